/**
 * PSNR: peak signal-to-noise ratio in decibels.
 *
 * The numbers are those of `calculate_psnr` and `calculate_psnr_pt` in `basicsr/metrics/psnr_ssim.py`.
 *
 * @module
 */
import type { FloatImage, RawImage } from "../data/image.ts";
import { levelPair, type PlanePair, type ReferenceMetricOptions, unitPair } from "./planes.ts";

/**
 * `10 * log10(255² / mse)` of two 8-bit images, in dB; `Infinity` for identical ones. All channels count alike.
 *
 * @example
 * ```ts
 * import { calculatePsnr } from "./psnr.ts";
 * const gray = (v: number) => ({ width: 1, height: 1, channels: 1 as const, data: Uint8Array.of(v) });
 * console.assert(calculatePsnr(gray(255), gray(0)) === 0);
 * ```
 * @throws {UserError} With exit code DATA if the images are not 8-bit, or of different shapes.
 */
export function calculatePsnr(
  restored: RawImage,
  gt: RawImage,
  options: ReferenceMetricOptions = {},
): number {
  const mse = meanSquare(levelPair(restored, gt, options));
  return mse === 0 ? Infinity : 10 * Math.log10(255 * 255 / mse);
}

/**
 * The variant for float images in [0, 1], not rounded: `10 * log10(1 / (mse + 1e-8))`, which never exceeds 80 dB.
 *
 * @throws {UserError} With exit code DATA if the shapes differ.
 */
export function calculatePsnrPt(
  restored: FloatImage,
  gt: FloatImage,
  options: ReferenceMetricOptions = {},
): number {
  return 10 * Math.log10(1 / (meanSquare(unitPair(restored, gt, options)) + 1e-8));
}

function meanSquare({ a, b }: PlanePair): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = a[i]! - b[i]!;
    sum += d * d;
  }
  return sum / a.length;
}
