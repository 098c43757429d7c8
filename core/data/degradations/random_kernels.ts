/**
 * Blur kernels drawn at random, as Real-ESRGAN's training draws them.
 *
 * Facts from `basicsr/data/degradations.py` (`random_bivariate_*`, `random_mixed_kernels`) and
 * `realesrgan/data/realesrgan_dataset.py`. As there, `beta` lies below 1 in one half of the draws and above 1 in the
 * other, and plateaus take no kernel noise. Ranges of one value (`[2, 2]`), which BasicSR refuses, are taken.
 *
 * @module
 */
import type { Rng } from "../../random.ts";
import {
  bivariateGaussian,
  bivariateGeneralizedGaussian,
  bivariatePlateau,
  type BlurShape,
  checkOdd,
  type Kernel,
  normalised,
} from "./kernels.ts";
import { circularLowpassKernel } from "./sinc.ts";

/** Lowest and highest value of a uniform draw. */
export type Range = readonly [low: number, high: number];

/** The kinds of kernels that can be mixed. BasicSR names `skew` too, but makes none. */
export const KERNEL_KINDS = [
  "iso",
  "aniso",
  "generalized_iso",
  "generalized_aniso",
  "plateau_iso",
  "plateau_aniso",
] as const;

/** One of {@linkcode KERNEL_KINDS}. */
export type KernelKind = (typeof KERNEL_KINDS)[number];

/** Ranges that a kernel is drawn from. */
export interface KernelRanges {
  /** Side in pixels, odd. */
  readonly size: number;
  /** Standard deviation along the first axis, in pixels. */
  readonly sigmaX: Range;
  /** Along the second axis; of anisotropic kernels. */
  readonly sigmaY: Range;
  /** Angle in radians; of anisotropic kernels. */
  readonly rotation: Range;
  /** Each weight is multiplied by a number of this range; none if left out. */
  readonly noise?: Range | null;
}

/** Draws a Gaussian. */
export function randomBivariateGaussian(
  ranges: KernelRanges,
  isotropic: boolean,
  rng: Rng,
): Kernel {
  return noisy(bivariateGaussian(drawShape(ranges, isotropic, rng)), ranges.noise, rng);
}

/** Draws a generalized Gaussian; `beta` is `[low, high]` around 1. */
export function randomBivariateGeneralizedGaussian(
  ranges: KernelRanges,
  beta: Range,
  isotropic: boolean,
  rng: Rng,
): Kernel {
  const shape = drawShape(ranges, isotropic, rng);
  return noisy(bivariateGeneralizedGaussian(shape, drawBeta(beta, rng)), ranges.noise, rng);
}

/** Draws a plateau; `beta` is `[low, high]` around 1. */
export function randomBivariatePlateau(
  ranges: KernelRanges,
  beta: Range,
  isotropic: boolean,
  rng: Rng,
): Kernel {
  const shape = drawShape(ranges, isotropic, rng);
  return noisy(bivariatePlateau(shape, drawBeta(beta, rng)), ranges.noise, rng);
}

/** A choice among kinds of kernels. */
export interface KernelMix {
  /** The kinds. */
  readonly kinds: readonly KernelKind[];
  /** How often each is taken, in any unit. */
  readonly probs: readonly number[];
  /** `beta` of generalized Gaussians. */
  readonly betag: Range;
  /** `beta` of plateaus. */
  readonly betap: Range;
}

/** Draws the kind of a kernel, then the kernel. */
export function randomMixedKernel(mix: KernelMix, ranges: KernelRanges, rng: Rng): Kernel {
  const kind = choose(mix.kinds, mix.probs, rng);
  const isotropic = kind.endsWith("_iso") || kind === "iso";
  if (kind === "iso" || kind === "aniso") return randomBivariateGaussian(ranges, isotropic, rng);
  return kind.startsWith("generalized")
    ? randomBivariateGeneralizedGaussian(ranges, mix.betag, isotropic, rng)
    : randomBivariatePlateau({ ...ranges, noise: null }, mix.betap, isotropic, rng);
}

/** Options of a blur, spelled as in YAML. */
export interface BlurOptions {
  /** Largest side of the kernels in pixels, odd; each draw takes an odd side from 7 up to it. */
  readonly blur_kernel_size: number;
  /** Kinds of kernels. */
  readonly kernel_list: readonly KernelKind[];
  /** How often each kind is taken. */
  readonly kernel_prob: readonly number[];
  /** Standard deviations in pixels. */
  readonly blur_sigma: Range;
  /** `beta` of generalized Gaussians. */
  readonly betag_range: Range;
  /** `beta` of plateaus. */
  readonly betap_range: Range;
  /** Probability of a low-pass kernel instead. */
  readonly sinc_prob: number;
  /** Angles of anisotropic kernels, in radians. Default -pi to pi. */
  readonly rotation_range?: Range;
  /** Each weight of a kernel (not of plateaus) is multiplied by a number of this range. */
  readonly kernel_noise_range?: Range | null;
}

/** Draws the kernel of one blur of Real-ESRGAN: low-pass with `sinc_prob`, otherwise one of the list. Not padded. */
export function randomBlurKernel(options: BlurOptions, rng: Rng): Kernel {
  const size = randomKernelSize(options.blur_kernel_size, rng);
  if (rng.chance(options.sinc_prob)) {
    return circularLowpassKernel(rng.uniform(size < 13 ? Math.PI / 3 : Math.PI / 5, Math.PI), size);
  }
  const { blur_sigma, rotation_range = [-Math.PI, Math.PI] } = options;
  const mix: KernelMix = {
    kinds: options.kernel_list,
    probs: options.kernel_prob,
    betag: options.betag_range,
    betap: options.betap_range,
  };
  return randomMixedKernel(mix, {
    size,
    sigmaX: blur_sigma,
    sigmaY: blur_sigma,
    rotation: rotation_range,
    noise: options.kernel_noise_range,
  }, rng);
}

/** Draws a low-pass kernel of Real-ESRGAN's last filter. Not padded. */
export function randomSincKernel(
  largest: number,
  rng: Rng,
  cutoff: Range = [Math.PI / 3, Math.PI],
): Kernel {
  const size = randomKernelSize(largest, rng);
  return circularLowpassKernel(rng.uniform(...cutoff), size);
}

/** Draws an odd side from 7 (or `largest`, if that is less) up to `largest`. */
export function randomKernelSize(largest: number, rng: Rng): number {
  checkOdd(largest);
  const smallest = Math.min(7, largest);
  return smallest + 2 * rng.int((largest - smallest) / 2 + 1);
}

/** Draws one of `items`; each is taken as often as its weight says, in any unit. */
export function choose<T>(items: readonly T[], weights: readonly number[], rng: Rng): T {
  let left = rng.float() * weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < items.length; i++) {
    left -= weights[i]!;
    if (left < 0) return items[i]!;
  }
  // Only rounding gets here; an item of weight 0 must not profit from it.
  return items[weights.findLastIndex((w) => w > 0)]!;
}

function drawShape(ranges: KernelRanges, isotropic: boolean, rng: Rng): BlurShape {
  const { size, sigmaX, sigmaY, rotation } = ranges;
  checkOdd(size);
  if (isotropic) return { size, sigmaX: rng.uniform(...sigmaX) };
  return {
    size,
    sigmaX: rng.uniform(...sigmaX),
    sigmaY: rng.uniform(...sigmaY),
    theta: rng.uniform(...rotation),
  };
}

function drawBeta([low, high]: Range, rng: Rng): number {
  return rng.chance() ? rng.uniform(low, 1) : rng.uniform(1, high);
}

function noisy(kernel: Kernel, noise: Range | null | undefined, rng: Rng): Kernel {
  if (!noise) return kernel;
  const data = kernel.data.map((w) => w * rng.uniform(...noise));
  return normalised({ size: kernel.size, data });
}
