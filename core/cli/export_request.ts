/**
 * From the flags of `export` to what is exported.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { ExportOptions } from "../export/export.ts";
import { targetNames } from "../export/registry.ts";
import type { ExportPrecision, TargetOptions, WeightQuantization } from "../export/target.ts";
import type { FlagValues } from "./flags.ts";

/** What a command line asks for; without `source` and options file the model that comes with the program. */
export type ExportRequest = ExportOptions & { readonly source: string | undefined };

/**
 * Reads the flags.
 *
 * @throws {UserError} USAGE for values that are none.
 */
export function exportRequest(flags: FlagValues): ExportRequest {
  const text = (name: string) => flags[name] as string | undefined;
  if (flags["verify"] === true && flags["no-verify"] === true) {
    throw usage("--verify and --no-verify contradict each other");
  }
  const shard = number(flags, "shard_mb", 1 / 1024, 1024);
  return {
    source: text("model"),
    targets: targetNames(text("to")!),
    folder: text("output")!,
    name: text("name"),
    optionsFile: text("opt"),
    paramKey: text("param_key"),
    noise: number(flags, "noise", 0, 255),
    plugins: (flags["plugins"] ?? []) as readonly string[],
    precision: text("precision") as ExportPrecision | undefined,
    layout: text("layout") as TargetOptions["layout"],
    quantize: text("quantize") as WeightQuantization | undefined,
    shardBytes: shard === undefined ? undefined : Math.round(shard * 2 ** 20),
    version: number(flags, "model_version", 1, 2 ** 31 - 1, true),
    calibrate: flags["calibrate"] as readonly string[] | undefined,
    verify: flags["no-verify"] !== true,
    overwrite: flags["overwrite"] === true,
  };
}

function number(
  flags: FlagValues,
  name: string,
  least: number,
  most: number,
  whole = false,
): number | undefined {
  const text = flags[name] as string | undefined;
  if (text === undefined) return undefined;
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "a whole number" : "a number";
  throw usage(
    `--${name} must be ${kind} from ${Number(least.toPrecision(2))} to ${most}, received "${text}"`,
  );
}

/** A command line that `export` does not take. */
export function usage(what: string): UserError {
  return new UserError(`export: ${what}; see export --help`, ExitCode.USAGE);
}
