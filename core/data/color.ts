/**
 * RGB to YCbCr and back, as MATLAB's `rgb2ycbcr`: ITU-R BT.601, studio range (Y 16-235, chroma 16-240).
 *
 * Every function takes float32 images in [0, 1] or 8-bit images, and gives back the kind that it was given: floats
 * unrounded in [0, 1], bytes rounded to nearest (ties to even) and, unlike BasicSR, clamped to 0-255 instead of
 * wrapped. `bgr…` and `…bgr` take or give the channels in cv2's order. Sums run in float64 on float32 inputs, as
 * BasicSR's do (`basicsr/utils/color_util.py`).
 *
 * @module
 */
import { type AnyImage, blankLike, roundHalfEven } from "./convert.ts";

/** Rows: Y, Cb, Cr; columns: R, G, B in [0, 1]. Output in 0-255 levels. */
const TO_YCBCR = [
  [65.481, 128.553, 24.966],
  [-37.797, -74.203, 112.0],
  [112.0, -93.786, -18.214],
] as const;
const YCBCR_OFFSET = [16, 128, 128] as const;

/** Rows: R, G, B; columns: Y, Cb, Cr in 0-255 levels; then times 255 plus the offsets (MATLAB's constants). */
const TO_RGB = [
  [0.00456621, 0, 0.00625893],
  [0.00456621, -0.00153632, -0.00318811],
  [0.00456621, 0.00791071, 0],
] as const;
const RGB_OFFSET = [-222.921, 135.576, -276.836] as const;

/**
 * RGB to YCbCr, or to the Y channel alone.
 *
 * @param yOnly Gives an image of one channel.
 * @throws {TypeError} If the image has not three channels, or 16-bit samples.
 */
export function rgb2ycbcr<T extends AnyImage>(image: T, yOnly = false): T {
  return toYcbcr(image, yOnly, 0);
}

/** {@linkcode rgb2ycbcr} for an image whose channels are in the order blue, green, red. */
export function bgr2ycbcr<T extends AnyImage>(image: T, yOnly = false): T {
  return toYcbcr(image, yOnly, 2);
}

/**
 * YCbCr to RGB.
 *
 * @throws {TypeError} If the image has not three channels, or 16-bit samples.
 */
export function ycbcr2rgb<T extends AnyImage>(image: T): T {
  return fromYcbcr(image, 0);
}

/** {@linkcode ycbcr2rgb} with the channels in the order blue, green, red. */
export function ycbcr2bgr<T extends AnyImage>(image: T): T {
  return fromYcbcr(image, 2);
}

/**
 * The Y channel as metrics use it: of 8-bit RGB `[h, w, 3]` samples, in 0-255 levels, float32 and not rounded
 * (BasicSR's `to_y_channel`).
 */
export function yLevels(rgb: Uint8Array): Float32Array {
  const f = Math.fround;
  const [[kr, kg, kb]] = TO_YCBCR;
  const y = new Float32Array(rgb.length / 3);
  for (let p = 0, i = 0; p < y.length; p++, i += 3) {
    const sum = f(rgb[i]! / 255) * kr + f(rgb[i + 1]! / 255) * kg + f(rgb[i + 2]! / 255) * kb;
    y[p] = f((sum + 16) / 255) * 255;
  }
  return y;
}

function toYcbcr<T extends AnyImage>(image: T, yOnly: boolean, red: 0 | 2): T {
  const isByte = check(image, "ycbcr");
  const rows = yOnly ? 1 : 3;
  const out = blankLike(image, image.width, image.height, rows);
  const source = image.data, target = out.data;
  const unit = isByte ? 255 : 1;
  for (let i = 0, o = 0; i < source.length; i += 3) {
    const r = Math.fround(source[i + red]! / unit);
    const g = Math.fround(source[i + 1]! / unit);
    const b = Math.fround(source[i + 2 - red]! / unit);
    for (let k = 0; k < rows; k++, o++) {
      const [kr, kg, kb] = TO_YCBCR[k]!;
      const level = kr * r + kg * g + kb * b + YCBCR_OFFSET[k]!;
      target[o] = isByte ? byte(level) : level / 255;
    }
  }
  return out;
}

function fromYcbcr<T extends AnyImage>(image: T, red: 0 | 2): T {
  const isByte = check(image, "rgb");
  const out = blankLike(image, image.width, image.height, 3);
  const source = image.data, target = out.data;
  for (let i = 0; i < source.length; i += 3) {
    // float32, as BasicSR holds its input: (v / 255) * 255 is not v for every byte.
    const y = levels(source[i]!, isByte);
    const cb = levels(source[i + 1]!, isByte);
    const cr = levels(source[i + 2]!, isByte);
    for (let k = 0; k < 3; k++) {
      const [ky, kb, kr] = TO_RGB[k]!;
      const level = (ky * y + kb * cb + kr * cr) * 255 + RGB_OFFSET[k]!;
      target[i + (red === 0 ? k : 2 - k)] = isByte ? byte(level) : level / 255;
    }
  }
  return out;
}

function levels(value: number, isByte: boolean): number {
  return Math.fround((isByte ? Math.fround(value / 255) : value) * 255);
}

function byte(level: number): number {
  return Math.min(Math.max(roundHalfEven(level), 0), 255);
}

function check(image: AnyImage, to: string): boolean {
  if (image.channels !== 3) {
    throw new TypeError(
      `conversion to ${to} needs an image of 3 channels, received ${image.channels}`,
    );
  }
  if (image.data instanceof Uint16Array) {
    throw new TypeError(
      `conversion to ${to} takes 8-bit or float images, received one of 16 bits`,
    );
  }
  return image.data instanceof Uint8Array;
}
