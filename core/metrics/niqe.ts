/**
 * NIQE: naturalness of an image without a reference.
 *
 * A. Mittal et al., "Making a 'Completely Blind' Image Quality Analyzer", IEEE Signal Processing Letters 2013. The numbers
 * are those of BasicSR's `basicsr/metrics/niqe.py`, which agree with the authors' MATLAB code: 18 features of blocks of 96x96
 * pixels at two scales (generalised Gaussians fitted to normalised samples and to products of neighbours), and the distance
 * of their distribution from that of pristine pictures. `niqe_pris_params.safetensors` beside this file holds the latter, and
 * the 7x7 window: the arrays of `niqe_pris_params.npz` of BasicSR (Apache-2.0).
 *
 * Computed in float64 (BasicSR: float32), so that the last digits may differ; pictures with flat areas differ most. An image
 * without texture, such as one of a single colour, has no distribution: the result is NaN, where BasicSR fails.
 *
 * @module
 */
import { roundHalfEven } from "../data/convert.ts";
import { yLevels } from "../data/color.ts";
import type { RawImage } from "../data/image.ts";
import { imresize } from "../data/resize.ts";
import { crop } from "../data/transforms.ts";
import { ExitCode, UserError } from "../errors.ts";
import { readSafetensors } from "../weights/safetensors.ts";
import { fitGaussian } from "./_gaussian_fit.ts";
import { pseudoInverseForm } from "./linalg.ts";

/** Options of NIQE, spelled as in code. */
export interface NiqeOptions {
  /** Pixels cut off at each side first. Default 0. */
  readonly cropBorder?: number;
  /** What a colour image becomes: Y (BT.601, as PSNR and SSIM) or gray as cv2 makes it. Default `y`. */
  readonly convertTo?: "y" | "gray";
}

/** Side of a block in pixels. */
const BLOCK = 96;
const FEATURES = 36;
const WINDOW = 7;

/** One channel in 0-255 levels. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/**
 * NIQE of an 8-bit image; lower is better. Blocks that do not fit at the right and at the bottom are left out.
 *
 * @throws {UserError} With exit code DATA if the image is not 8-bit, has an alpha channel, or does not hold two blocks of
 * 96x96 pixels after the crop.
 */
export function calculateNiqe(image: RawImage, options: NiqeOptions = {}): number {
  let plane = planeOf(image, options);
  const columns = Math.floor(plane.width / BLOCK), rows = Math.floor(plane.height / BLOCK);
  if (columns * rows < 2) {
    throw new UserError(
      `NIQE needs two blocks of ${BLOCK}x${BLOCK} pixels at least after crop_border, ` +
        `received ${plane.width}x${plane.height}`,
      ExitCode.DATA,
    );
  }
  plane = cut(plane, columns * BLOCK, rows * BLOCK);
  const blocks = Array.from({ length: columns * rows }, () => new Float64Array(FEATURES));
  for (const scale of [1, 2]) {
    const normalized = normalize(plane);
    const side = BLOCK / scale;
    for (const [i, features] of blocks.entries()) {
      const left = i % columns * side, top = Math.floor(i / columns) * side;
      blockFeatures(normalized, left, top, side, features.subarray((scale - 1) * FEATURES / 2));
    }
    if (scale === 1) plane = halved(plane);
  }
  return distance(blocks);
}

/** How the numbers are made, for example `Y (BT.601), crop 2, blocks of 96x96, 8 bit`. */
export function niqeRecipe({ cropBorder = 0, convertTo = "y" }: NiqeOptions): string {
  const plane = convertTo === "y" ? "Y (BT.601)" : "gray (cv2)";
  return `${plane}, crop ${cropBorder}, blocks of ${BLOCK}x${BLOCK}, 8 bit`;
}

function planeOf(image: RawImage, { cropBorder = 0, convertTo = "y" }: NiqeOptions): Plane {
  if (!(image.data instanceof Uint8Array)) {
    throw new UserError(
      "NIQE takes 8-bit images, this one has 16 bits: convert it to 8 bits first",
      ExitCode.DATA,
    );
  }
  if (image.channels !== 1 && image.channels !== 3) {
    throw new UserError(
      `NIQE takes RGB or gray images, this one has ${image.channels} channels: remove its alpha channel first`,
      ExitCode.DATA,
    );
  }
  if (!Number.isInteger(cropBorder) || cropBorder < 0) {
    throw new RangeError(`crop_border must be an integer of 0 or more, received ${cropBorder}`);
  }
  const width = image.width - 2 * cropBorder, height = image.height - 2 * cropBorder;
  if (width < 1 || height < 1) {
    throw new UserError(
      `nothing is left of an image of ${image.width}x${image.height} after crop_border ${cropBorder}, lower it`,
      ExitCode.DATA,
    );
  }
  const { data, channels } = cropBorder === 0
    ? image
    : crop<RawImage>(image, cropBorder, cropBorder, height, width);
  const bytes = data as Uint8Array;
  const levels = channels === 1 ? bytes : convertTo === "y" ? yLevels(bytes) : grayLevels(bytes);
  // Rounded, as MATLAB's code works on 8-bit images.
  return { width, height, data: Float64Array.from(levels, roundHalfEven) };
}

/** cv2's gray of float32 pixels, in levels; OpenCV 5 multiplies and adds with one rounding: green, blue, red. */
function grayLevels(rgb: Uint8Array): Float32Array {
  const f = Math.fround;
  const kr = f(0.299), kg = f(0.587), kb = f(0.114);
  const gray = new Float32Array(rgb.length / 3);
  for (let p = 0, i = 0; p < gray.length; p++, i += 3) {
    const green = f(f(rgb[i + 1]! / 255) * kg);
    const blue = f(f(rgb[i + 2]! / 255) * kb + green);
    gray[p] = f(f(rgb[i]! / 255) * kr + blue) * 255;
  }
  return gray;
}

function cut({ width, data }: Plane, w: number, h: number): Plane {
  const out = new Float64Array(w * h);
  for (let y = 0; y < h; y++) out.set(data.subarray(y * width, y * width + w), y * w);
  return { width: w, height: h, data: out };
}

/** Half the size, bicubic with antialiasing. */
function halved({ width, height, data }: Plane): Plane {
  const small = imresize(
    { width, height, channels: 1, data: Float32Array.from(data, (v) => v / 255) },
    0.5,
  );
  const levels = Float64Array.from(small.data, (v) => v * 255);
  return { width: small.width, height: small.height, data: levels };
}

/** (x - μ) / (σ + 1) with mean and deviation of the window around each pixel; the rim is repeated outwards. */
function normalize({ width, height, data }: Plane): Plane {
  const { window } = params();
  const r = (WINDOW - 1) / 2;
  const wide = width + 2 * r;
  const padded = new Float64Array(wide * (height + 2 * r));
  for (let y = 0; y < height + 2 * r; y++) {
    const from = Math.min(Math.max(y - r, 0), height - 1) * width;
    for (let x = 0; x < wide; x++) {
      padded[y * wide + x] = data[from + Math.min(Math.max(x - r, 0), width - 1)]!;
    }
  }
  const out = new Float64Array(width * height);
  const mean = new Float64Array(width), square = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    mean.fill(0);
    square.fill(0);
    for (let tap = 0; tap < WINDOW * WINDOW; tap++) {
      const weight = window[tap]!;
      const from = (y + Math.floor(tap / WINDOW)) * wide + tap % WINDOW;
      for (let x = 0; x < width; x++) {
        const v = padded[from + x]!;
        mean[x]! += weight * v;
        square[x]! += weight * v * v;
      }
    }
    for (let x = 0; x < width; x++) {
      const m = mean[x]!;
      const deviation = Math.sqrt(Math.abs(square[x]! - m * m));
      out[y * width + x] = (data[y * width + x]! - m) / (deviation + 1);
    }
  }
  return { width, height, data: out };
}

/** Rows and columns by which neighbours are away: to the left, above, above on the left, above on the right. */
const SHIFTS = [[0, 1], [1, 0], [1, 1], [1, -1]] as const;

/** 18 features of a block: two of its samples, four of each of four products of neighbours (around the rim too). */
function blockFeatures(
  { width, data }: Plane,
  left: number,
  top: number,
  side: number,
  features: Float64Array,
): void {
  const block = new Float64Array(side * side);
  for (let y = 0; y < side; y++) {
    const from = (top + y) * width + left;
    block.set(data.subarray(from, from + side), y * side);
  }
  const own = fitGaussian(block);
  features[0] = own.alpha;
  features[1] = (own.left + own.right) / 2;
  const products = new Float64Array(side * side);
  let at = 2;
  for (const [down, right] of SHIFTS) {
    for (let y = 0; y < side; y++) {
      const row = (y < down ? y - down + side : y - down) * side;
      for (let x = 0, at = y * side; x < side; x++, at++) {
        const from = x - right;
        const wrapped = from < 0 ? from + side : from >= side ? from - side : from;
        products[at] = block[at]! * block[row + wrapped]!;
      }
    }
    const { alpha, left, right: rightScale, meanRatio } = fitGaussian(products);
    features[at++] = alpha;
    features[at++] = (rightScale - left) * meanRatio;
    features[at++] = left;
    features[at++] = rightScale;
  }
}

/** Distance of the features' distribution from that of pristine pictures. */
function distance(blocks: readonly Float64Array[]): number {
  const { mean, covariance } = params();
  const whole = blocks.filter((b) => b.every((v) => !Number.isNaN(v)));
  if (whole.length < 2) return NaN;
  const d = new Float64Array(FEATURES), center = new Float64Array(FEATURES);
  for (let i = 0; i < FEATURES; i++) {
    const known = blocks.map((b) => b[i]!).filter((v) => !Number.isNaN(v));
    d[i] = mean[i]! - known.reduce((s, v) => s + v, 0) / known.length;
    center[i] = whole.reduce((s, b) => s + b[i]!, 0) / whole.length;
  }
  const half = new Float64Array(FEATURES * FEATURES);
  for (let i = 0; i < FEATURES; i++) {
    for (let j = 0; j < FEATURES; j++) {
      let sum = 0;
      for (const b of whole) sum += (b[i]! - center[i]!) * (b[j]! - center[j]!);
      const at = i * FEATURES + j;
      half[at] = (covariance[at]! + sum / (whole.length - 1)) / 2;
    }
  }
  return Math.sqrt(pseudoInverseForm(half, d));
}

interface Params {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  readonly window: Float64Array;
}

let loaded: Params | undefined;

/** What is known of pristine pictures. */
function params(): Params {
  if (loaded !== undefined) return loaded;
  const file = new URL("niqe_pris_params.safetensors", import.meta.url);
  const { tensors } = readSafetensors(Deno.readFileSync(file));
  const array = (name: string) => tensors.get(name)!.data as Float64Array;
  loaded = {
    mean: array("mu_pris_param"),
    covariance: array("cov_pris_param"),
    window: array("gaussian_window"),
  };
  return loaded;
}
