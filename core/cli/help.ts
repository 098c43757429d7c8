/**
 * Help texts, made from the table of commands.
 *
 * @module
 */
import { type Command, COMMANDS, type Flag } from "./commands.ts";

/** Columns of the left half, in which flags stand. */
const LEFT = 28;

/** The overview: `denosr --help`. */
export function overview(): string {
  const widest = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    wrap(
      "DenoSR restores pictures and videos (super-resolution, denoising, deblurring) with networks from any " +
        "weights file, and trains and tests such networks from YAML files.",
      80,
    ),
    "",
    "Usage: deno task COMMAND [FLAGS]      or: deno run -A mod.ts COMMAND [FLAGS]",
    "",
    "Commands:",
    ...COMMANDS.map((c) => `  ${c.name.padEnd(widest + 2)}${c.summary}`),
    "",
    "Examples:",
    "  deno task restore photo.jpg",
    "  deno task train -opt options/train_demo_x2.yml",
    "  deno task new arch MyNet",
    "",
    wrap(
      "COMMAND --help describes a command. Exit codes: 0 done, 1 some items failed, 2 usage or options, " +
        "3 environment, 4 data, 5 diverged, 6 storage, 130/143 stopped. Under `deno task` the " +
        "test command is called `evaluate`, because `deno task test` runs the project's own tests.",
      80,
    ),
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  return [
    `Usage: deno run -A mod.ts ${command.name}${command.words ? ` ${command.words}` : ""}${
      command.flags.filter((f) => f.required).map((f) => ` ${dashed(f)} ${f.value}`).join("")
    } [FLAGS]`,
    "",
    wrap(command.description, 80),
    "",
    ...groups(command).flatMap(([heading, flags], i, all) => [
      `${heading}:`,
      ...flags.map(flagHelp),
      ...(i === all.length - 1 ? ["  --help".padEnd(LEFT) + "Shows this text"] : []),
      "",
    ]),
    ...(command.notes ?? []).flatMap((note) => [wrap(note, 80), ""]),
    command.examples.length > 1 ? "Examples:" : "Example:",
    ...command.examples.map((e) => `  ${e}`),
  ].join("\n");
}

/** Flags under their headings, in the order in which the headings appear. */
function groups({ flags }: Command): (readonly [string, readonly Flag[]])[] {
  const found = new Map<string, Flag[]>();
  for (const flag of flags) {
    const heading = flag.group ?? "Flags";
    found.set(heading, [...(found.get(heading) ?? []), flag]);
  }
  return found.size === 0 ? [["Flags", []]] : [...found];
}

function flagHelp(flag: Flag): string {
  const short = flag.short ? `-${flag.short}, ` : "";
  const left = `  ${short}--${flag.name}${flag.value ? ` ${flag.value}` : ""}`;
  const notes = [
    flag.choices ? `one of ${flag.choices.join(", ")}` : "",
    flag.fallback ? `default ${flag.fallback}` : "",
    flag.required ? "required" : "",
  ].filter(Boolean).join("; ");
  const text = flag.help + (notes ? ` (${notes})` : "");
  const lines = wrap(text, 56).split("\n");
  const first = left.length < LEFT - 1
    ? left.padEnd(LEFT) + lines[0]
    : `${left}\n${" ".repeat(LEFT)}${lines[0]}`;
  return [first, ...lines.slice(1).map((l) => " ".repeat(LEFT) + l)].join("\n");
}

function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line].join("\n");
}

/** BasicSR's `-opt` with its one dash, others with two. */
function dashed({ name }: Flag): string {
  return name === "opt" ? "-opt" : `--${name}`;
}
