/**
 * What an export is asked for, and what of it concerns which target.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { ExportPrecision, Target, TargetOptions } from "./target.ts";

/** What may be said about the form of models; each target takes what concerns it. */
export type ExportForm = Omit<TargetOptions, "calibration" | "say">;

/** How one target is written. */
export interface TargetPlan {
  /** The target. */
  readonly target: Target;
  /** How numbers are kept. */
  readonly precision: ExportPrecision;
  /** What it is told. */
  readonly options: TargetOptions;
  /** What people should know of it beforehand. */
  readonly notes: readonly string[];
}

/** How options are spelled where people give them. */
const SPELLED: Readonly<Record<Exclude<keyof ExportForm, "precision">, string>> = {
  layout: "layout",
  version: "model_version",
  shardBytes: "shard_mb",
  quantize: "quantize",
};

/**
 * Gives each target what concerns it.
 *
 * @throws {UserError} USAGE for what none of them takes: says which targets do.
 */
export function planTargets(
  targets: readonly Target[],
  form: ExportForm,
  all: readonly Target[] = targets,
): TargetPlan[] {
  const { precision, ...rest } = form;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  for (const [key] of given) {
    const takes = (target: Target) => target.options.includes(key as keyof TargetOptions);
    if (targets.some(takes)) continue;
    throw new UserError(
      `${SPELLED[key as keyof typeof SPELLED]} has no meaning for ${names(targets)}: ` +
        `it is for ${names(all.filter(takes))}`,
      ExitCode.USAGE,
    );
  }
  const has = (target: Target) => precision === undefined || target.precisions.includes(precision);
  if (!targets.some(has)) {
    throw new UserError(
      `${names(targets)} cannot be written in ${precision}, ${names(all.filter(has))} can`,
      ExitCode.USAGE,
    );
  }
  return targets.map((target) => {
    const own = given.filter(([key]) => target.options.includes(key as keyof TargetOptions));
    const taken = has(target) ? precision ?? target.precisions[0]! : target.precisions[0]!;
    return {
      target,
      precision: taken,
      options: { ...Object.fromEntries(own), precision: taken },
      notes: has(target) ? [] : [`there is no ${precision} of it: written in ${taken}`],
    };
  });
}

function names(targets: readonly Target[]): string {
  return targets.length === 0 ? "none" : targets.map(({ name }) => name).join(", ");
}
