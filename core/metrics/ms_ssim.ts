/**
 * MS-SSIM: structural similarity at five scales. Z. Wang et al., "Multi-scale structural similarity for image quality
 * assessment", Asilomar 2003.
 *
 * Windows and constants are those of SSIM (`core/metrics/ssim.ts`): Gaussian, 11x11 pixels, sigma 1.5. From one scale to
 * the next 2x2 pixels are averaged; a side that is odd gets a pixel of zeros at both ends first, and negative terms count as
 * 0. In both the numbers are those of the PyTorch package `pytorch_msssim` 1.0.0, in which most figures in papers are made;
 * channels are averaged.
 *
 * @module
 */
import type { RawImage } from "../data/image.ts";
import { ExitCode, UserError } from "../errors.ts";
import { levelPair, type PlanePair, type ReferenceMetricOptions } from "./planes.ts";
import { channelSsim } from "./ssim.ts";

/** Exponents of the scales, finest first; the paper's. */
export const MS_SSIM_WEIGHTS: readonly number[] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** Smallest side, in pixels: the window has to fit into the coarsest scale. */
const LEAST = (11 - 1) * 2 ** (MS_SSIM_WEIGHTS.length - 1) + 1;

/**
 * MS-SSIM of two 8-bit images, at most 1 (identical).
 *
 * @throws {UserError} With exit code DATA if the images are not 8-bit, of different shapes, or have a side below 161 pixels
 * after the crop.
 */
export function calculateMsSsim(
  restored: RawImage,
  gt: RawImage,
  options: ReferenceMetricOptions = {},
): number {
  const pair = levelPair(restored, gt, options);
  if (Math.min(pair.width, pair.height) < LEAST) {
    throw new UserError(
      `MS-SSIM needs at least ${LEAST}x${LEAST} pixels after crop_border, ` +
        `received ${pair.width}x${pair.height}`,
      ExitCode.DATA,
    );
  }
  let sum = 0;
  for (let channel = 0; channel < pair.channels; channel++) sum += similarity(pair, channel);
  return sum / pair.channels;
}

function similarity(pair: PlanePair, channel: number): number {
  let at: PlanePair = {
    ...pair,
    channels: 1,
    a: plane(pair, pair.a, channel),
    b: plane(pair, pair.b, channel),
  };
  let product = 1;
  for (const [scale, weight] of MS_SSIM_WEIGHTS.entries()) {
    const { ssim, contrast } = channelSsim(at, 0, 1);
    const isLast = scale === MS_SSIM_WEIGHTS.length - 1;
    product *= Math.max(isLast ? ssim : contrast, 0) ** weight;
    if (!isLast) at = halved(at);
  }
  return product;
}

function plane({ channels }: PlanePair, data: ArrayLike<number>, channel: number): Float64Array {
  return Float64Array.from(
    { length: data.length / channels },
    (_, i) => data[i * channels + channel]!,
  );
}

function halved({ width, height, a, b }: PlanePair): PlanePair {
  const left = width % 2, top = height % 2;
  const w = (width + left) / 2, h = (height + top) / 2;
  const means = (data: ArrayLike<number>): Float64Array => {
    const out = new Float64Array(w * h);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        let sum = 0;
        for (let j = 2 * y - top; j < 2 * y - top + 2; j++) {
          for (let i = 2 * x - left; i < 2 * x - left + 2; i++) {
            if (j >= 0 && i >= 0) sum += data[j * width + i]!;
          }
        }
        out[y * w + x] = sum / 4;
      }
    }
    return out;
  };
  return { width: w, height: h, channels: 1, a: means(a), b: means(b) };
}
