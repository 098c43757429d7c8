/**
 * Schemas that degradations share: ranges, probabilities, and the options of a blur.
 *
 * @module
 */
import type { AnySchema, OptionsShape } from "../../options/schema_types.ts";
import { z } from "../../options/zod.ts";
import { KERNEL_KINDS } from "./random_kernels.ts";

/**
 * `[low, high]`, both within the limits.
 *
 * @param what Unit, or what else a reader has to know, for the message.
 */
export function rangeSchema(least: number, most: number, what = ""): AnySchema {
  const limits = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  return pairSchema(
    `[low, high]${what && ` ${what}`}, ${limits}, low not above high`,
    (low, high) => least <= low && low <= high && high <= most,
  );
}

/** `[low, high]`, low above 0 and not above 1, high not below 1. */
export function aroundOneSchema(): AnySchema {
  return pairSchema(
    "[low, high], low above 0 and not above 1, high from 1",
    (low, high) => 0 < low && low <= 1 && 1 <= high,
  );
}

function pairSchema(wanted: string, fits: (low: number, high: number) => boolean): AnySchema {
  const error = ({ input }: { readonly input?: unknown }): string =>
    `must be ${wanted}, received ${show(input)}`;
  return z.tuple([z.number(), z.number()], { error }).refine(([low, high]) => fits(low, high), {
    error,
  });
}

/** A probability. */
export function probSchema(): AnySchema {
  return z.number().min(0).max(1);
}

/** How often each of some things is taken, in any unit; `length` of them if it is known. */
export function weightsSchema(length?: number): AnySchema {
  const list = z.array(z.number().min(0)).min(1).refine((w) => w.some((v) => v > 0), {
    error: "must hold a number above 0",
  });
  return length === undefined ? list : list.length(length);
}

/** An odd side of kernels, in pixels. */
export function kernelSizeSchema(): AnySchema {
  return z.int().min(3).refine((size) => size % 2 === 1, {
    error: (issue) => `must be an odd number, received ${show(issue.input)}`,
  });
}

/** What a blur's options are where the options file does not say: those of Real-ESRGAN's first blur. */
const BLUR_DEFAULTS = {
  blur_kernel_size: 21,
  kernel_list: [...KERNEL_KINDS],
  kernel_prob: [0.45, 0.25, 0.12, 0.03, 0.12, 0.03],
  blur_sigma: [0.2, 3],
  betag_range: [0.5, 4],
  betap_range: [1, 2],
  sinc_prob: 0.1,
};

/**
 * The options of a blur (`BlurOptions`), with BasicSR's keys.
 *
 * @param suffix Follows every key: `2` for the second blur of Real-ESRGAN.
 * @param sigma Default of `blur_sigma`.
 */
export function blurShape(
  suffix = "",
  sigma: readonly [number, number] = [0.2, 3],
): OptionsShape {
  const d = BLUR_DEFAULTS;
  const shape: OptionsShape = {
    blur_kernel_size: kernelSizeSchema().default(d.blur_kernel_size),
    kernel_list: z.array(z.enum(KERNEL_KINDS)).min(1).default(d.kernel_list),
    kernel_prob: weightsSchema().default(d.kernel_prob),
    blur_sigma: rangeSchema(0.01, Infinity, "in pixels").default([...sigma]),
    betag_range: aroundOneSchema().default(d.betag_range),
    betap_range: aroundOneSchema().default(d.betap_range),
    sinc_prob: probSchema().default(d.sinc_prob),
  };
  return Object.fromEntries(Object.entries(shape).map(([key, s]) => [key + suffix, s]));
}

/** What {@linkcode blurShape} cannot say of a single key: a weight for each kind of kernel. */
export function kernelsProblem(
  options: { readonly [key: string]: unknown },
  suffix = "",
): string | undefined {
  const kinds = options[`kernel_list${suffix}`], probs = options[`kernel_prob${suffix}`];
  return Array.isArray(kinds) && Array.isArray(probs) && kinds.length !== probs.length
    ? `must hold as many numbers as kernel_list${suffix}, which has ${kinds.length}, received ${probs.length}`
    : undefined;
}

/**
 * What a schema makes of options that a caller gives, with the defaults.
 *
 * @param where Put before the keys in messages.
 * @throws {TypeError} With the first thing that is wrong; the message starts with the key.
 */
export function parseOptions(schema: AnySchema, value: unknown, where = ""): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const key = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`);
  throw new TypeError(`${(where + key.join("")).replace(/^\./, "")} ${message}`);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
