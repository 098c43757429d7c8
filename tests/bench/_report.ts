/**
 * A finished comparison, for people and as data.
 *
 * @module
 */
import { bytes } from "../../core/text.ts";
import { type Side, SIDE_NAMES } from "./_contender.ts";
import { type Load, MOST_DISTURBED, type Processor, shownFlags } from "./_machine.ts";
import { bestPeer, pace, resultTable, type Row } from "./_table.ts";

/** Everything that was found. */
export interface BenchReport {
  /** When it began, ISO 8601 in UTC. */
  readonly date: string;
  /** As it was typed. */
  readonly commandLine: string;
  /** The machine. */
  readonly processor: Processor;
  /** Bytes of memory that the machine has. */
  readonly memory: number;
  /** Versions of each side, by name; those of PyTorch are absent if it did not take part. */
  readonly versions: {
    readonly ours: Readonly<Record<string, string>>;
    readonly peer?: Readonly<Record<string, string>>;
  };
  /** The machine before the first worker, where that is known. */
  readonly before?: Load | undefined;
  /** The machine from then on. */
  readonly during?: Load | undefined;
  /** True if it was too busy and was measured nevertheless. */
  readonly forced: boolean;
  /** What was left out, and why. */
  readonly notes: readonly string[];
  /** The measurements. */
  readonly rows: readonly Row[];
}

/** Sides that did not get to the end, with the row's name; the first line of `what` says how. */
export function failuresOf(
  rows: readonly Row[],
): { readonly row: string; readonly side: Side; readonly what: string }[] {
  return rows.flatMap((row) =>
    row.courses.filter(({ failure }) => failure !== undefined)
      .map(({ side, failure }) => ({ row: rowName(row), side, what: failure! }))
  );
}

/** For example `edsr fp32`. */
export function rowName({ name, precision }: Pick<Row, "name" | "precision">): string {
  return precision === undefined ? name : `${name} ${precision}`;
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** The report in Markdown. */
export function reportText(report: BenchReport): string {
  const { processor, versions, before, during, notes, rows } = report;
  const { model, cores, threads } = processor;
  const flags = shownFlags(processor);
  const facts = [
    `${report.date}, \`${report.commandLine}\``,
    `Machine: ${model}, ${cores} cores, ${threads} threads, ${bytes(report.memory)}` +
    `, ${flags.join(" ") || "none of the instruction sets that are looked for"}`,
    `Ours: ${versionText(versions.ours)}`,
    ...(versions.peer ? [`PyTorch: ${versionText(versions.peer)}`] : []),
    ...(before ? [`Before the run: ${loadText(before)}`] : []),
    ...(during ? [`During the run: ${loadText(during)}`] : []),
    ...disturbed(rows),
    ...(report.forced
      ? ["THE MACHINE WAS BUSY (--force): these numbers are not to be relied on"]
      : []),
    ...notes,
    ...otherModes(rows),
    ...failuresOf(rows).filter(({ side }) => side === "compiled")
      .map(({ row, side, what }) => `${row}: ${SIDE_NAMES[side]} ${reason(what)}`),
  ];
  return `${facts.map((fact) => `- ${fact}`).join("\n")}\n\n${resultTable(rows)}`;
}

/** What the cores did besides. */
export function loadText({ others, stolen }: Load): string {
  const work = `${percent(others)} of the cores' time went to other work`;
  return `${work}, ${percent(stolen)} was stolen by the host`;
}

/** Rows during which something else kept the cores busy. */
function disturbed(rows: readonly Row[]): string[] {
  const texts = rows.filter(({ load }) => load && load.others + load.stolen > MOST_DISTURBED)
    .map((row) => `${rowName(row)} (${percent(row.load!.others + row.load!.stolen)})`);
  return texts.length === 0 ? [] : [`DISTURBED by other work or the host: ${texts.join(", ")}`];
}

function versionText(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
}

/** The mode of PyTorch that does not count, so that nobody has to wonder. */
function otherModes(rows: readonly Row[]): string[] {
  const texts = rows.flatMap((row) => {
    const best = bestPeer(row);
    return row.courses.filter((course) =>
      course.side !== "ours" && course !== best && course.failure === undefined
    ).map((course) => `${rowName(row)} ${course.side} ${pace(course)}`);
  });
  return texts.length === 0 ? [] : [`PyTorch's slower mode: ${texts.join("; ")}`];
}

/** In one line how a worker ended, and what it says about it: the last of its lines that looks like an error. */
export function reason(what: string): string {
  const [how, ...lines] = what.split("\n");
  const error = lines.findLast((line) => /error\b[^:]*: /i.test(line)) ?? lines.at(-1);
  return error === undefined ? how! : `${how}: ${error.trim()}`;
}

/** The report as JSON. */
export function reportJson(report: BenchReport): string {
  const { processor, ...rest } = report;
  const plain = { ...rest, processor: { ...processor, flags: shownFlags(processor) } };
  return `${JSON.stringify(plain, null, 2)}\n`;
}
