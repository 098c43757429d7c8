/**
 * Resizing as PyTorch's `F.interpolate` does it (no antialiasing, pixels' middles at half coordinates), and MATLAB's.
 *
 * `bilinear` (triangle), `bicubic` (Keys' cubic, a = -0.75) and `nearest` are those of cv2's `resize` as well. `area` is
 * the mean of all pixels that an output pixel touches, each with the same weight (adaptive pooling); cv2's `INTER_AREA`
 * weighs the pixels at the rim by what is covered of them, which is the same where the factor is a whole number.
 * `matlab_bicubic` is {@linkcode imresizeTo}: antialiased, a = -0.5.
 *
 * @module
 */
import type { FloatImage } from "../image.ts";
import { imresizeTo } from "../resize.ts";

/** The ways to resize. */
export const RESIZE_MODES = ["nearest", "area", "bilinear", "bicubic", "matlab_bicubic"] as const;

/** One of {@linkcode RESIZE_MODES}. */
export type ResizeMode = (typeof RESIZE_MODES)[number];

/** Taps of one axis: output `i` is the sum of `weights[t] * input[indices[t]]` for `t` from `starts[i]` to the next. */
interface Axis {
  readonly starts: readonly number[];
  readonly indices: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Resizes to given sides. Nothing is clamped: bicubic overshoots.
 *
 * @throws {RangeError} If a side is not a positive integer.
 */
export function resizeTo(
  image: FloatImage,
  width: number,
  height: number,
  mode: ResizeMode,
): FloatImage {
  for (const side of [width, height]) {
    if (!(Number.isInteger(side) && side > 0)) {
      throw new RangeError(`resizeTo: sides must be positive integers, got ${width}x${height}`);
    }
  }
  if (width === image.width && height === image.height) return image;
  if (mode === "matlab_bicubic") return imresizeTo(image, width, height);
  return resample(
    image,
    axis(image.height, height, image.height / height, mode),
    axis(image.width, width, image.width / width, mode),
  );
}

/**
 * Resizes by a factor, as `F.interpolate(scale_factor=…)`: sides become `floor(side * factor)`, at least 1, and
 * bilinear and bicubic take the factor itself rather than the ratio of the rounded sides.
 *
 * @throws {RangeError} If the factor is not a positive number.
 */
export function resizeBy(image: FloatImage, factor: number, mode: ResizeMode): FloatImage {
  if (!(factor > 0 && factor < Infinity)) {
    throw new RangeError(`resizeBy: the factor must be a positive number, received ${factor}`);
  }
  const height = Math.max(1, Math.floor(image.height * factor));
  const width = Math.max(1, Math.floor(image.width * factor));
  if (mode === "matlab_bicubic") return resizeTo(image, width, height, mode);
  if (width === image.width && height === image.height && factor === 1) return image;
  return resample(
    image,
    axis(image.height, height, 1 / factor, mode),
    axis(image.width, width, 1 / factor, mode),
  );
}

function resample(image: FloatImage, vertical: Axis, horizontal: Axis): FloatImage {
  const { channels } = image;
  const height = vertical.starts.length - 1, width = horizontal.starts.length - 1;
  const data = new Float32Array(width * height * channels);
  const row = new Float64Array(image.width * channels);
  for (let y = 0, o = 0; y < height; y++) {
    row.fill(0);
    for (let t = vertical.starts[y]!; t < vertical.starts[y + 1]!; t++) {
      const from = vertical.indices[t]! * row.length, w = vertical.weights[t]!;
      for (let i = 0; i < row.length; i++) row[i]! += w * image.data[from + i]!;
    }
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, o++) {
        let sum = 0;
        for (let t = horizontal.starts[x]!; t < horizontal.starts[x + 1]!; t++) {
          sum += horizontal.weights[t]! * row[horizontal.indices[t]! * channels + c]!;
        }
        data[o] = sum;
      }
    }
  }
  return { width, height, channels, data };
}

/** `step` is how many input pixels one output pixel is wide. */
function axis(
  inLength: number,
  outLength: number,
  step: number,
  mode: Exclude<ResizeMode, "matlab_bicubic">,
): Axis {
  const starts = [0], indices: number[] = [], weights: number[] = [];
  const tap = (index: number, weight: number): void => {
    indices.push(Math.min(Math.max(index, 0), inLength - 1));
    weights.push(weight);
  };
  for (let i = 0; i < outLength; i++) {
    if (mode === "nearest") {
      tap(Math.floor(i * step), 1);
    } else if (mode === "area") {
      const first = Math.floor(i * inLength / outLength);
      const end = Math.ceil((i + 1) * inLength / outLength);
      for (let k = first; k < end; k++) tap(k, 1 / (end - first));
    } else {
      const centre = (i + 0.5) * step - 0.5;
      // Left of the first pixel's middle bilinear sampling stops; bicubic sampling goes on.
      const at = mode === "bilinear" ? Math.max(centre, 0) : centre;
      const left = Math.floor(at), f = at - left;
      if (mode === "bilinear") {
        tap(left, 1 - f);
        tap(left + 1, f);
      } else {
        for (let k = -1; k <= 2; k++) tap(left + k, cubic(Math.abs(f - k)));
      }
    }
    starts.push(indices.length);
  }
  return { starts, indices, weights };
}

/** Keys' cubic with a = -0.75, of a distance below 2 and above. */
function cubic(x: number): number {
  const a = -0.75;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
