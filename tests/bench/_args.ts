/**
 * The command line of `deno task bench`.
 *
 * @module
 */
import { parseFor } from "../../core/cli/args.ts";
import type { Command } from "../../core/cli/commands.ts";
import { commandHelp } from "../../core/cli/help.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { nearest } from "../../core/text.ts";
import { type Precision, type Work, WORKS } from "./_work.ts";

/** What was asked for. */
export interface BenchOptions {
  /** What to measure, in the order of the table. */
  readonly works: readonly Work[];
  /** At which precisions. */
  readonly precisions: readonly Precision[];
  /** Counted turns of each side. */
  readonly steps: number;
  /** Within three minutes, leaving things out. */
  readonly quick: boolean;
  /** Measures on a busy machine, too. */
  readonly force: boolean;
  /** Without PyTorch. */
  readonly oursOnly: boolean;
  /** A Python that has PyTorch and BasicSR; absent for our own. */
  readonly python?: string;
  /** Where the JSON goes; absent for a new file below {@linkcode DEFAULT_FOLDER}. */
  readonly out?: string;
}

/** Folder of the JSON files, from the project's folder. */
export const DEFAULT_FOLDER = "experiments/bench";

const PRECISIONS: readonly Precision[] = ["fp32", "bf16"];
const DEFAULT_STEPS = 12;
const FEWEST_STEPS = 10;

const BENCH: Command = {
  name: "bench",
  summary: "Compare with PyTorch and BasicSR",
  description:
    "Does the same work with this project and with PyTorch and BasicSR, turn by turn on this machine, " +
    "and prints a table in Markdown. PyTorch is fetched once by pip or uv into the cache folder.",
  flags: [
    {
      name: "work",
      value: "NAMES",
      fallback: "all",
      help: `What to measure, separated by commas: ${WORKS.map(({ name }) => name).join(", ")}`,
    },
    {
      name: "precision",
      value: "NAMES",
      fallback: PRECISIONS.join(","),
      help: "Arithmetic of steps and inference; bf16 only on processors that have it",
    },
    {
      name: "steps",
      value: "N",
      fallback: `${DEFAULT_STEPS}, at least ${FEWEST_STEPS}`,
      help: "Counted turns of each side",
    },
    { name: "quick", help: "Takes three minutes at most: fewer turns, no torch.compile" },
    { name: "force", help: "Measures even if something else keeps the cores busy" },
    { name: "ours-only", help: "Measures this project alone; needs no Python" },
    { name: "python", value: "PATH", help: "Python with PyTorch and BasicSR, instead of our own" },
    {
      name: "out",
      value: "FILE",
      fallback: `${DEFAULT_FOLDER}/<time>.json`,
      help: "Where every single measurement goes, as JSON",
    },
  ],
  examples: ["deno task bench --quick", "deno task bench --work edsr,rcan --precision fp32"],
  run: async () => await (await import("./bench.ts")).main(Deno.args),
};

/** The help text. */
export function benchHelp(): string {
  return commandHelp(BENCH).replace("deno run -A mod.ts bench", "deno task bench");
}

/**
 * Reads the command line.
 *
 * @throws {UserError} USAGE, for an unknown flag or a wrong value.
 */
export async function parseBench(args: readonly string[]): Promise<BenchOptions> {
  const { flags } = await parseFor(BENCH, args);
  const text = (name: string) => flags[name] as string | undefined;
  const steps = Number(text("steps") ?? DEFAULT_STEPS);
  if (!(Number.isInteger(steps) && steps >= FEWEST_STEPS)) {
    throw new UserError(
      `--steps must be an integer of ${FEWEST_STEPS} or more, received ${text("steps")}; ` +
        `--quick takes fewer`,
      ExitCode.USAGE,
    );
  }
  const names = chosen("work", text("work"), WORKS.map(({ name }) => name));
  const python = text("python");
  const out = text("out");
  return {
    works: WORKS.filter(({ name }) => names.includes(name)),
    precisions: chosen("precision", text("precision"), PRECISIONS),
    steps,
    quick: flags["quick"] === true,
    force: flags["force"] === true,
    oursOnly: flags["ours-only"] === true,
    ...(python === undefined ? {} : { python }),
    ...(out === undefined ? {} : { out }),
  };
}

function chosen<T extends string>(flag: string, list: string | undefined, all: readonly T[]): T[] {
  if (list === undefined) return [...all];
  return list.split(",").map((name) => {
    const known = all.find((one) => one === name);
    if (known !== undefined) return known;
    const near = nearest(name, all)[0];
    throw new UserError(
      `--${flag} "${name}" is unknown, ` +
        (near === undefined ? `it is one of ${all.join(", ")}` : `did you mean "${near}"?`),
      ExitCode.USAGE,
    );
  });
}
