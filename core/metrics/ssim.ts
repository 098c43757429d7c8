/**
 * SSIM: structural similarity. Z. Wang et al., "Image quality assessment: from error visibility to structural
 * similarity", TIP 2004.
 *
 * The numbers are those of `calculate_ssim` and `calculate_ssim_pt` in `basicsr/metrics/psnr_ssim.py`: a Gaussian
 * window of 11x11 pixels (sigma 1.5 pixels), only windows that lie within the image, channels averaged.
 *
 * @module
 */
import type { FloatImage, RawImage } from "../data/image.ts";
import { ExitCode, UserError } from "../errors.ts";
import { levelPair, type PlanePair, type ReferenceMetricOptions, unitPair } from "./planes.ts";

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** The window is the product of this with itself, so that rows and columns can be filtered one after the other. */
const GAUSSIAN = gaussian();

/**
 * SSIM of two 8-bit images, at most 1 (identical).
 *
 * @throws {UserError} With exit code DATA if the images are not 8-bit, of different shapes, or smaller than 11x11
 * pixels after the crop.
 */
export function calculateSsim(
  restored: RawImage,
  gt: RawImage,
  options: ReferenceMetricOptions = {},
): number {
  return meanSsim(levelPair(restored, gt, options), 1);
}

/**
 * The variant for float images in [0, 1], not rounded.
 *
 * @throws {UserError} With exit code DATA if the shapes differ or the images are smaller than 11x11 pixels after the
 * crop.
 */
export function calculateSsimPt(
  restored: FloatImage,
  gt: FloatImage,
  options: ReferenceMetricOptions = {},
): number {
  return meanSsim(unitPair(restored, gt, options), 255);
}

function meanSsim(pair: PlanePair, levels: number): number {
  if (pair.width < WINDOW || pair.height < WINDOW) {
    throw new UserError(
      `SSIM needs at least ${WINDOW}x${WINDOW} pixels after crop_border, ` +
        `received ${pair.width}x${pair.height}`,
      ExitCode.DATA,
    );
  }
  let sum = 0;
  for (let c = 0; c < pair.channels; c++) sum += channelSsim(pair, c, levels).ssim;
  return sum / pair.channels;
}

/** Means over the windows of one channel. */
export interface ChannelSsim {
  /** Structural similarity. */
  readonly ssim: number;
  /** Its terms of contrast and structure alone, without luminance. */
  readonly contrast: number;
}

/**
 * SSIM of one channel, whose samples times `levels` are in 0-255. Filters rows as they come and keeps the last eleven, so
 * that memory does not grow with the image.
 */
export function channelSsim(pair: PlanePair, channel: number, levels: number): ChannelSsim {
  const { width, height, channels, a, b } = pair;
  const outWidth = width - WINDOW + 1;
  const moments = 5; // a, b, a², b², ab
  const ring = Array.from({ length: WINDOW }, () => new Float64Array(moments * outWidth));
  const row = new Float64Array(moments * width);
  const column = new Float64Array(moments * outWidth);
  let total = 0, contrasts = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, i = y * width * channels + channel; x < width; x++, i += channels) {
      const p = a[i]! * levels, q = b[i]! * levels;
      row[x] = p;
      row[width + x] = q;
      row[2 * width + x] = p * p;
      row[3 * width + x] = q * q;
      row[4 * width + x] = p * q;
    }
    filterRow(row, width, ring[y % WINDOW]!, outWidth, moments);
    if (y < WINDOW - 1) continue;
    column.fill(0);
    for (let t = 0; t < WINDOW; t++) {
      const w = GAUSSIAN[t]!;
      const line = ring[(y - WINDOW + 1 + t) % WINDOW]!;
      for (let i = 0; i < column.length; i++) column[i]! += w * line[i]!;
    }
    for (let x = 0; x < outWidth; x++) {
      const ma = column[x]!, mb = column[outWidth + x]!;
      const va = column[2 * outWidth + x]! - ma * ma;
      const vb = column[3 * outWidth + x]! - mb * mb;
      const cov = column[4 * outWidth + x]! - ma * mb;
      total += ((2 * ma * mb + C1) * (2 * cov + C2)) /
        ((ma * ma + mb * mb + C1) * (va + vb + C2));
      contrasts += (2 * cov + C2) / (va + vb + C2);
    }
  }
  const windows = outWidth * (height - WINDOW + 1);
  return { ssim: total / windows, contrast: contrasts / windows };
}

function filterRow(
  row: Float64Array,
  width: number,
  out: Float64Array,
  outWidth: number,
  moments: number,
): void {
  for (let m = 0; m < moments; m++) {
    const from = m * width, to = m * outWidth;
    for (let x = 0; x < outWidth; x++) {
      let s = 0;
      for (let t = 0; t < WINDOW; t++) s += GAUSSIAN[t]! * row[from + x + t]!;
      out[to + x] = s;
    }
  }
}

/** Normalised samples of a Gaussian, as cv2's `getGaussianKernel(11, 1.5)`. */
function gaussian(): Float64Array {
  const k = Float64Array.from(
    { length: WINDOW },
    (_, i) => Math.exp(-((i - (WINDOW - 1) / 2) ** 2) / (2 * SIGMA * SIGMA)),
  );
  const sum = k.reduce((s, v) => s + v, 0);
  return k.map((v) => v / sum);
}
