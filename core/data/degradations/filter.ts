/**
 * Filtering with small kernels, Gaussian blur, and the sharpening of Real-ESRGAN's GT images.
 *
 * Facts from `basicsr/utils/img_process_util.py` (`filter2D`, `usm_sharp`, `USMSharp`) and from OpenCV's documentation
 * of `getGaussianKernel` and `GaussianBlur`. Borders are mirrored without repeating the outermost pixel (reflect101);
 * images smaller than the kernel, on which BasicSR's `filter2D` fails, are mirrored as often as needed. Sums run in
 * float64; between two passes there is float32.
 *
 * @module
 */
import type { FloatImage } from "../image.ts";
import { checkOdd, type Kernel } from "./kernels.ts";

/**
 * Correlates every channel with the kernel (it is not turned round, as in cv2 and PyTorch). The size stays.
 *
 * Kernels that are a column times a row, such as isotropic Gaussians, are applied in two passes.
 *
 * @throws {RangeError} If the kernel's side is even.
 */
export function filter2D(image: FloatImage, kernel: Kernel): FloatImage {
  checkOdd(kernel.size);
  const factors = separate(kernel);
  if (factors !== undefined) return filterSeparable(image, factors.column, factors.row);
  const { width, height, channels } = image;
  const { size } = kernel;
  const padded = reflectPad(image, (size - 1) / 2);
  const rowLength = width * channels, stride = padded.width * channels;
  const taps = new Taps(kernel.data, (k) => Math.floor(k / size) * stride + k % size * channels);
  const out = new Float32Array(height * rowLength);
  const sum = new Float64Array(rowLength);
  for (let y = 0; y < height; y++) {
    taps.apply(padded.data, y * stride, sum);
    out.set(sum, y * rowLength);
  }
  return { width, height, channels, data: out };
}

/** Correlates every channel with a column of odd length, then with a row of odd length. The size stays. */
export function filterSeparable(
  image: FloatImage,
  column: Float64Array,
  row: Float64Array,
): FloatImage {
  checkOdd(column.length);
  checkOdd(row.length);
  const { width, height, channels } = image;
  const rowLength = width * channels;
  const top = (column.length - 1) / 2, left = (row.length - 1) / 2;
  const out = new Float32Array(height * rowLength);
  const middle = new Float32Array(rowLength + 2 * left * channels);
  const sum = new Float64Array(rowLength);
  const across = new Taps(row, (k) => k * channels);
  for (let y = 0; y < height; y++) {
    new Taps(column, (k) => reflect(y + k - top, height) * rowLength).apply(image.data, 0, sum);
    for (let x = -left, o = 0; x < width + left; x++) {
      const from = reflect(x, width) * channels;
      for (let c = 0; c < channels; c++, o++) middle[o] = sum[from + c]!;
    }
    across.apply(middle, 0, sum);
    out.set(sum, y * rowLength);
  }
  return { width, height, channels, data: out };
}

/** Fixed weights of cv2 for small sizes where sigma is not given; the right halves. */
const SMALL_GAUSSIANS: { readonly [size: number]: readonly number[] } = {
  1: [1],
  3: [1 / 2, 1 / 4],
  5: [3 / 8, 1 / 4, 1 / 16],
  7: [9 / 32, 7 / 32, 7 / 64, 1 / 32],
  9: [15 / 64, 51 / 256, 15 / 128, 13 / 256, 1 / 64],
};

/**
 * The weights of a one-dimensional Gaussian, as cv2's `getGaussianKernel` gives them.
 *
 * @param size Odd number of weights.
 * @param sigma In pixels; 0 takes `0.3 * ((size - 1) / 2 - 1) + 0.8`, and cv2's fixed weights up to 9 pixels.
 * @throws {RangeError} If the size is even.
 */
export function gaussianWeights(size: number, sigma = 0): Float64Array {
  checkOdd(size);
  const middle = (size - 1) / 2;
  const fixed = sigma > 0 ? undefined : SMALL_GAUSSIANS[size];
  if (fixed !== undefined) {
    return Float64Array.from({ length: size }, (_, i) => fixed[Math.abs(i - middle)]!);
  }
  const s = sigma > 0 ? sigma : 0.3 * (middle - 1) + 0.8;
  const weights = Float64Array.from(
    { length: size },
    (_, i) => Math.exp(-0.5 * ((i - middle) / s) ** 2),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}

/** cv2's `GaussianBlur` with a square window of odd size and its default border. */
export function gaussianBlur(image: FloatImage, size: number, sigma = 0): FloatImage {
  const weights = gaussianWeights(size, sigma);
  return filterSeparable(image, weights, weights);
}

/** Strength and reach of {@linkcode usmSharp}. */
export interface UsmOptions {
  /** Share of the difference to the blurred image that is added. Default 0.5. */
  readonly weight?: number;
  /** Size of the blur's window in pixels; an even one becomes the next odd one. Default 50. */
  readonly radius?: number;
  /** Only differences above this many 0-255 levels count. Default 10. */
  readonly threshold?: number;
}

/** Unsharp masking where the image differs from its blurred self, with a soft mask. Float32 in [0, 1]. */
export function usmSharp(image: FloatImage, options: UsmOptions = {}): FloatImage {
  const { weight = 0.5, radius = 50, threshold = 10 } = options;
  const size = radius % 2 === 0 ? radius + 1 : radius;
  const f = Math.fround;
  const blurred = gaussianBlur(image, size);
  const residual = image.data.map((v, i) => v - blurred.data[i]!);
  const mask = residual.map((r) => f(Math.abs(r) * 255) > threshold ? 1 : 0);
  const soft = gaussianBlur({ ...image, data: mask }, size).data;
  const data = image.data.map((v, i) => {
    const sharp = Math.min(Math.max(v + weight * residual[i]!, 0), 1);
    return soft[i]! * sharp + (1 - soft[i]!) * v;
  });
  return { ...image, data };
}

/** The index within an image side of `length`, mirrored at the middle of the outermost pixels: -1 is 1. */
export function reflect(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const k = ((index % period) + period) % period;
  return k < length ? k : period - k;
}

/** Surrounds the image with its mirror (reflect101): the same margin on all sides, or `[top, left, bottom, right]`. */
export function reflectPad(
  image: FloatImage,
  margin: number | readonly [top: number, left: number, bottom: number, right: number],
): FloatImage {
  const [top, left, bottom, right] = typeof margin === "number"
    ? [margin, margin, margin, margin]
    : margin;
  const { channels } = image;
  const width = image.width + left + right, height = image.height + top + bottom;
  const data = new Float32Array(width * height * channels);
  const columns = Uint32Array.from(
    { length: width * channels },
    (_, i) => reflect(Math.floor(i / channels) - left, image.width) * channels + i % channels,
  );
  for (let y = 0, o = 0; y < height; y++) {
    const from = reflect(y - top, image.height) * image.width * channels;
    for (let x = 0; x < columns.length; x++, o++) data[o] = image.data[from + columns[x]!]!;
  }
  return { width, height, channels, data };
}

/** A weighted sum of rows that begin at several places of an array: four at a time, which is more than twice as fast as one. */
class Taps {
  readonly #offsets: readonly number[];
  readonly #weights: readonly number[];

  constructor(weights: Float64Array, offsetOf: (k: number) => number) {
    const kept = [...weights.keys()].filter((k) => weights[k] !== 0); // padded kernels hold many zeros
    const offsets = kept.map(offsetOf);
    while (offsets.length % 4 !== 0) offsets.push(offsets[0]!);
    this.#offsets = offsets;
    this.#weights = offsets.map((_, i) => i < kept.length ? weights[kept[i]!]! : 0);
  }

  /** Writes to `sum` the rows of its length that begin at the offsets from `start` on, times their weights. */
  apply(source: Float32Array, start: number, sum: Float64Array): void {
    const at = this.#offsets, w = this.#weights;
    sum.fill(0);
    for (let t = 0; t < at.length; t += 4) {
      const a = start + at[t]!, b = start + at[t + 1]!, c = start + at[t + 2]!;
      const d = start + at[t + 3]!;
      const p = w[t]!, q = w[t + 1]!, r = w[t + 2]!, s = w[t + 3]!;
      for (let i = 0; i < sum.length; i++) {
        sum[i]! += p * source[a + i]! + q * source[b + i]! + r * source[c + i]! +
          s * source[d + i]!;
      }
    }
  }
}

/** The column and the row whose product the kernel is, if there are such (within float64 rounding). */
function separate(
  { size, data }: Kernel,
): { column: Float64Array; row: Float64Array } | undefined {
  let peak = 0;
  for (let k = 0; k < data.length; k++) if (Math.abs(data[k]!) > Math.abs(data[peak]!)) peak = k;
  const top = data[peak]!;
  if (top === 0) return undefined;
  const y = Math.floor(peak / size), x = peak % size;
  const row = data.slice(y * size, (y + 1) * size);
  const column = Float64Array.from({ length: size }, (_, i) => data[i * size + x]! / top);
  for (let k = 0; k < data.length; k++) {
    const product = column[Math.floor(k / size)]! * row[k % size]!;
    if (Math.abs(product - data[k]!) > 1e-13 * Math.abs(top)) return undefined;
  }
  return { column, row };
}
