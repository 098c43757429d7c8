/**
 * Bicubic resizing that gives MATLAB's `imresize` numbers: a = -0.5, mirrored borders, and, when reducing, a kernel
 * widened by the factor (antialiasing). This is how the LQ images of the benchmarks are made.
 *
 * Facts from `basicsr/utils/matlab_functions.py`. Unlike there, images smaller than the kernel and sizes that need no
 * padding at the far side work as well (BasicSR fails on them), by mirroring as often as needed as MATLAB does.
 *
 * @module
 */
import type { FloatImage } from "./image.ts";

/** Taps of one axis: output sample `i` is the sum of `weights[i * taps + t] * input[indices[i * taps + t]]`. */
interface Axis {
  readonly taps: number;
  readonly weights: Float64Array;
  readonly indices: Uint32Array;
}

/**
 * Resizes by one factor; the sides become `ceil(side * scale)`. Nothing is rounded or clamped: bicubic overshoots, so
 * the result may leave the range of the input.
 *
 * @param image Float32 `[h, w, c]` in any range.
 * @param scale Factor above 0, for example `1 / 4` or `2`.
 * @param antialiasing Widens the kernel when `scale` is below 1.
 * @throws {RangeError} If `scale` is not a positive number, or the image has no pixels.
 */
export function imresize(image: FloatImage, scale: number, antialiasing = true): FloatImage {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new RangeError(`imresize: scale must be a positive number, received ${scale}`);
  }
  const width = Math.ceil(image.width * scale), height = Math.ceil(image.height * scale);
  return resample(image, width, height, scale, scale, antialiasing);
}

/**
 * Resizes to given sides, with a factor of its own for each axis (MATLAB's `imresize(img, [rows cols])`).
 *
 * @throws {RangeError} If a side is not a positive integer, or the image has no pixels.
 */
export function imresizeTo(
  image: FloatImage,
  width: number,
  height: number,
  antialiasing = true,
): FloatImage {
  for (const side of [width, height]) {
    if (!(Number.isInteger(side) && side > 0)) {
      throw new RangeError(
        `imresizeTo: sides must be positive integers, received ${width}x${height}`,
      );
    }
  }
  return resample(
    image,
    width,
    height,
    width / image.width,
    height / image.height,
    antialiasing,
  );
}

function resample(
  image: FloatImage,
  width: number,
  height: number,
  scaleX: number,
  scaleY: number,
  antialiasing: boolean,
): FloatImage {
  const { channels } = image;
  if (image.width < 1 || image.height < 1) {
    throw new RangeError(`cannot resize an image of ${image.width}x${image.height} pixels`);
  }
  const vertical = axis(image.height, height, scaleY, antialiasing);
  const horizontal = axis(image.width, width, scaleX, antialiasing);

  const rowLength = image.width * channels;
  const middle = new Float32Array(height * rowLength);
  const sum = new Float64Array(rowLength);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let t = y * vertical.taps; t < (y + 1) * vertical.taps; t++) {
      const w = vertical.weights[t]!;
      if (w === 0) continue;
      const from = vertical.indices[t]! * rowLength;
      for (let x = 0; x < rowLength; x++) sum[x]! += w * image.data[from + x]!;
    }
    middle.set(sum, y * rowLength);
  }

  const data = new Float32Array(height * width * channels);
  const { taps, weights, indices } = horizontal;
  for (let y = 0, o = 0; y < height; y++) {
    const row = y * rowLength;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, o++) {
        let s = 0;
        for (let t = x * taps; t < (x + 1) * taps; t++) {
          s += weights[t]! * middle[row + indices[t]! * channels + c]!;
        }
        data[o] = s;
      }
    }
  }
  return { width, height, channels, data };
}

function axis(inLength: number, outLength: number, scale: number, antialiasing: boolean): Axis {
  const shrink = scale < 1 && antialiasing ? scale : 1;
  const support = 4 / shrink;
  const taps = Math.ceil(support) + 2;
  const weights = new Float64Array(outLength * taps);
  const indices = new Uint32Array(outLength * taps);
  for (let i = 0; i < outLength; i++) {
    // 1-based coordinates, as in MATLAB: 0.5 in the output is 0.5 in the input.
    const centre = (i + 1) / scale + 0.5 * (1 - 1 / scale);
    const left = Math.floor(centre - support / 2);
    let total = 0;
    for (let t = 0; t < taps; t++) {
      const w = cubic((centre - left - t) * shrink);
      weights[i * taps + t] = w;
      indices[i * taps + t] = mirror(left + t - 1, inLength);
      total += w;
    }
    for (let t = 0; t < taps; t++) weights[i * taps + t]! /= total;
  }
  return { taps, weights, indices };
}

/** Keys' cubic with a = -0.5. */
function cubic(x: number): number {
  const a = Math.abs(x);
  if (a <= 1) return (1.5 * a - 2.5) * a * a + 1;
  if (a <= 2) return ((-0.5 * a + 2.5) * a - 4) * a + 2;
  return 0;
}

/** 0-based index with the border mirrored and its pixel repeated: -1 is 0, `length` is `length - 1`. */
function mirror(index: number, length: number): number {
  const period = 2 * length;
  const k = ((index % period) + period) % period;
  return k < length ? k : period - 1 - k;
}
