/**
 * By what a file of weights is recognised: the names of its tensors, and what their shapes say about the network.
 *
 * An arch gives its signature where it registers, so that a new file in `plugins/archs/` is recognised like any other. The
 * idea, to infer constructor arguments from keys and shapes, is spandrel's (https://github.com/chaiNNer-org/spandrel).
 *
 * @module
 */
import type { StateDict } from "./state_dict.ts";

/** What a network does with pictures. */
export type Purpose =
  | "super-resolution"
  | "denoising"
  | "restoration"
  | "discriminator"
  | "features";

/** What somebody who feeds a network has to know about it. */
export interface NetworkTraits {
  /** Output pixels for each input pixel, along a side. */
  readonly scale: number;
  /** Channels of the input, a map of noise levels included. */
  readonly inputChannels: number;
  /** Channels of the output. */
  readonly outputChannels: number;
  /** What it is for; by default super-resolution if it enlarges, else restoration. */
  readonly purpose?: Purpose;
  /** True if the last input channel is a map of the noise level, sigma / 255. */
  readonly noiseMap?: boolean;
}

/** By what the files of an arch are recognised. All functions are given names in the arch's own spelling. */
export interface WeightsSignature {
  /**
   * Puts names of other releases into the arch's own spelling. Called first, with every file: it must leave alone what it
   * does not know, and give the same dict if there is nothing to do.
   */
  normalize?(dict: StateDict): StateDict;
  /** Whether these tensors are of this arch; looks at names and ranks, quickly. */
  matches(dict: StateDict): boolean;
  /**
   * The options that the file was made with, as under `network_g` without `type`. What no tensor shows is left to the
   * default of the arch, or to what the published files of that kind have.
   *
   * @throws {RangeError} If it is a variant that this arch cannot be.
   */
  options(dict: StateDict): Record<string, unknown>;
  /** What the network with these options, defaults filled in, is like. */
  traits(options: Record<string, unknown>): NetworkTraits;
}

/** Size of axis `axis` of the tensor `key`, or undefined without such a tensor. */
export function sizeOf(dict: StateDict, key: string, axis = 0): number | undefined {
  return dict.get(key)?.shape[axis];
}

/**
 * Size of axis `axis` of the tensor `key`.
 *
 * @throws {RangeError} If there is no such tensor.
 */
export function requireSize(dict: StateDict, key: string, axis = 0): number {
  const size = sizeOf(dict, key, axis);
  if (size === undefined) throw new RangeError(`the file lacks ${key}`);
  return size;
}

/**
 * How many numbers, from 0 on, stand in place of `*` in the names: with `body.*.` that of the blocks `body.0.…`,
 * `body.1.…`. One more than the largest, so that gaps count.
 */
export function countOf(dict: StateDict, pattern: string): number {
  const [before, after] = pattern.split("*") as [string, string];
  let count = 0;
  for (const key of dict.keys()) {
    if (!key.startsWith(before)) continue;
    const number = /^\d+/.exec(key.slice(before.length))?.[0];
    if (number === undefined || !key.startsWith(after, before.length + number.length)) continue;
    count = Math.max(count, Number(number) + 1);
  }
  return count;
}

/** Whether all of `keys` are there. */
export function hasAll(dict: StateDict, ...keys: readonly string[]): boolean {
  return keys.every((key) => dict.has(key));
}

/** A ratio that gives `part` where `whole` is multiplied by it and rounded down, as constructors do; `part / whole` if it can. */
export function ratioOf(whole: number, part: number): number {
  const exact = part / whole;
  // A little more survives the rounding of the division.
  return [exact, exact + 1e-9].find((ratio) => Math.floor(whole * ratio) === part) ?? exact;
}

/** The whole number whose square is nearest to `value`, which must be a square. */
export function exactSqrt(value: number): number {
  const root = Math.round(Math.sqrt(value));
  if (root * root !== value) throw new RangeError(`${value} is no square of a whole number`);
  return root;
}

/**
 * Scale and channels of a pixel shuffle that gets `total` channels: as many as the input has if that leaves a square, else 3,
 * 4 or 1. No tensor says more; the rule is spandrel's.
 *
 * @throws {RangeError} If none of these leaves a square.
 */
export function shuffleOf(
  total: number,
  inputChannels: number,
): { readonly scale: number; readonly channels: number } {
  for (const channels of [inputChannels, 3, 4, 1]) {
    const scale = Math.sqrt(total / channels);
    if (Number.isInteger(scale)) return { scale, channels };
  }
  throw new RangeError(`${total} channels are no image's times a square`);
}

/**
 * The factor of an `Upsample` (`core/nn/blocks.ts`) whose convolutions are `<prefix>.0`, `<prefix>.2`, …: the product of their
 * pixel shuffles; 1 without any.
 *
 * @throws {RangeError} If the channels of one are no square of the features'.
 */
export function upsampleOf(dict: StateDict, prefix: string): number {
  let scale = 1;
  for (let stage = 0; dict.has(`${prefix}.${stage}.weight`); stage += 2) {
    const [out, inner] = dict.get(`${prefix}.${stage}.weight`)!.shape as [number, number];
    scale *= exactSqrt(out / inner);
  }
  return scale;
}

/** The same tensors under the names that `rename` gives; those that it gives none are left out. */
export function renamed(dict: StateDict, rename: (key: string) => string | undefined): StateDict {
  const result: StateDict = new Map();
  for (const [key, tensor] of dict) {
    const name = rename(key);
    if (name !== undefined) result.set(name, tensor);
  }
  return result;
}
