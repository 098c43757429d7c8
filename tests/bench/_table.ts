/**
 * Measurements as a table in Markdown, laid out as `deno fmt` does it, so that it can be pasted.
 *
 * @module
 */
import type { Course } from "./_alternate.ts";
import type { Side } from "./_contender.ts";
import type { Load } from "./_machine.ts";
import { pairRatios, spread } from "./_stats.ts";
import type { Precision } from "./_work.ts";

/** One row: a work at one precision. */
export interface Row {
  /** What `--work` calls it. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** Absent for what has no precision. */
  readonly precision?: Precision;
  /** Why nothing was measured. */
  readonly skipped?: string;
  /** How each side did; ours first. */
  readonly courses: readonly Course[];
  /** What else the machine did in the meantime, where that is known. */
  readonly load?: Load | undefined;
  /** True if a network computes: PyTorch then has modes, or something else takes its place, and memory is told. */
  readonly computes: boolean;
}

const HEAD = [
  "work",
  "precision",
  "ours",
  "PyTorch",
  "mode",
  "times as fast",
  "our memory",
  "PyTorch's",
  "times as little",
];

const MODES: Readonly<Record<Side, string>> = {
  ours: "",
  eager: "eager",
  compiled: "compiled",
  ncnn: "ncnn",
  exported: "exported",
};

/** The mode of PyTorch that counts: the one with the lower median. */
export function bestPeer({ courses }: Row): Course | undefined {
  return courses.filter(({ side, seconds, failure }) =>
    side !== "ours" && seconds.length > 0 && failure === undefined
  ).toSorted((a, b) => spread(a.seconds).median - spread(b.seconds).median)[0];
}

/** All rows under their head. */
export function resultTable(rows: readonly Row[]): string {
  return markdownTable([HEAD, ...rows.map(cells)]);
}

function cells(row: Row): string[] {
  const { title, precision = "", skipped } = row;
  if (skipped !== undefined) {
    return [title, precision, `skipped: ${skipped}`, "", "", "", "", "", ""];
  }
  const ours = row.courses.find(({ side }) => side === "ours");
  const peer = bestPeer(row);
  const usable = ours !== undefined && ours.failure === undefined ? ours : undefined;
  const hasPeer = row.courses.length > 1;
  return [
    title,
    precision,
    usable ? pace(usable) : "failed",
    peer ? pace(peer) : hasPeer ? "failed" : "",
    peer && row.computes ? MODES[peer.side] : "",
    usable && peer ? ratioCell(usable, peer) : "",
    row.computes ? memory(usable) : "",
    row.computes ? memory(peer) : "",
    row.computes && usable?.peakMemory && peer?.peakMemory
      ? `${(peer.peakMemory / usable.peakMemory).toFixed(2)}x`
      : "",
  ];
}

/** What a side needs for a turn, or gives in a second. */
export function pace({ seconds, images }: Course): string {
  const { median } = spread(seconds);
  return images === undefined
    ? `${median.toPrecision(3)} s`
    : `${(images / median).toFixed(0)} images/s`;
}

function ratioCell(ours: Course, peer: Course): string {
  const { median, min, max } = spread(pairRatios(ours.seconds, peer.seconds));
  return `${median.toFixed(2)}x (${min.toFixed(2)}-${max.toFixed(2)})`;
}

function memory(course: Course | undefined): string {
  return course?.peakMemory === undefined ? "" : `${(course.peakMemory / 1e9).toFixed(2)} GB`;
}

/** Rows of text as a Markdown table; the first is the head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 3, cell.length));
  }
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join(
    "\n",
  );
}
