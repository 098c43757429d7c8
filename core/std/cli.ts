/**
 * Splitting of command lines: `@std/cli`, or npm `minimist`, from which it descends, where JSR cannot be reached.
 *
 * Only what both do alike is offered: long flags that are declared. What they do differently (a flag given twice, the
 * value `-`, `--no-x`, numbers) is settled before and after.
 *
 * @module
 */
import { importStd } from "./source.ts";

/** The flags of a command line, without dashes. */
export interface ArgsSpec {
  /** Flags without a value. */
  readonly boolean?: readonly string[];
  /** Flags with a value. */
  readonly string?: readonly string[];
  /** Those of `string` that may be given several times. */
  readonly collect?: readonly string[];
}

/** A command line, split. */
export interface ParsedArgs {
  /** Words that belong to no flag, as text. */
  readonly _: readonly string[];
  /**
   * Flags: `boolean` ones are false if absent; `string` ones are `undefined` if absent, empty without a value, and the
   * last value counts; `collect` ones are lists. What was not declared is here as well, for the caller to refuse.
   */
  readonly [flag: string]: unknown;
}

/** What is used of either package. */
type Parse = (
  args: string[],
  options: { boolean: string[]; string: string[]; collect?: string[] },
) => Record<string, unknown>;

let parse: Promise<Parse> | undefined;

/** Splits a command line into flags and words. Words after `--` are never flags. */
export async function parseArgs(args: readonly string[], spec: ArgsSpec = {}): Promise<ParsedArgs> {
  parse ??= load();
  const { boolean = [], string = [], collect = [] } = spec;
  const parsed = (await parse)(joinValues(args, string), {
    boolean: [...boolean],
    string: [...string, "_"],
    collect: [...collect],
  });
  const result: Record<string, unknown> = { _: (parsed["_"] as unknown[]).map(String) };
  for (const [key, value] of Object.entries(parsed)) {
    if (key === "_") continue;
    const name = key.startsWith(NEGATED) ? key.slice(NEGATED.length - 3) : key;
    const list = Array.isArray(value) ? value : [value];
    result[name] = collect.includes(name) ? list : list.at(-1);
  }
  for (const name of boolean) result[name] ??= false;
  for (const name of collect) result[name] ??= [];
  return result as ParsedArgs;
}

/** Stands in for `no-` at the start of a name: minimist would take it as a negation of what follows. */
const NEGATED = "\u0001no-";

/** Writes `--flag value` as `--flag=value`, so that neither package has to guess what the next word is. */
function joinValues(args: readonly string[], string: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [...joined, ...args.slice(i)];
    if (arg.startsWith("--no-")) {
      joined.push(`--${NEGATED}${arg.slice(5)}`);
    } else if (arg.startsWith("--") && string.includes(arg.slice(2))) {
      const next = args[i + 1];
      if (next === undefined || next.startsWith("-")) joined.push(`${arg}=`);
      else joined.push(`${arg}=${args[++i]}`);
    } else {
      joined.push(arg);
    }
  }
  return joined;
}

async function load(): Promise<Parse> {
  const std = await importStd("@std/cli") as { readonly parseArgs: Parse } | undefined;
  if (std !== undefined) return std.parseArgs;
  const { default: minimist } = await import("minimist") as { readonly default: Parse };
  return (args, { boolean, string }) => minimist(args, { boolean, string });
}
