/**
 * Between stored images and images to compute with: depths, channels, rounding.
 *
 * @module
 */
import type { Channels, FloatImage, RawImage } from "./image.ts";

/** An image of either kind; the pixel functions of this folder give back the kind that they were given. */
export type AnyImage = RawImage | FloatImage;

/** `k / 255` in float32 for every byte: the division that BasicSR makes (`astype(float32) / 255.`). */
const BYTE_TO_UNIT = Float32Array.from({ length: 256 }, (_, k) => k / 255);

/**
 * To float32 in [0, 1]: 8-bit samples over 255, 16-bit samples over 65535. Channels stay as they are.
 *
 * BasicSR reads 16-bit files as 8 bits (cv2's `IMREAD_COLOR`); here their precision is kept.
 */
export function toFloat(image: RawImage): FloatImage {
  const { width, height, channels, data: source } = image;
  const data = new Float32Array(source.length);
  if (source instanceof Uint8Array) {
    for (let i = 0; i < data.length; i++) data[i] = BYTE_TO_UNIT[source[i]!]!;
  } else {
    for (let i = 0; i < data.length; i++) data[i] = source[i]! / 65535;
  }
  return { width, height, channels, data };
}

/**
 * To three channels, as cv2's `IMREAD_COLOR` gives them: gray becomes three equal channels, and alpha is dropped
 * (not blended, whatever colour lies under transparent pixels is kept). RGB images are given back as they are.
 */
export function toColour(image: RawImage): RawImage {
  const { width, height, channels, data: source } = image;
  if (channels === 3) return image;
  const pixels = width * height;
  const data = source instanceof Uint8Array
    ? new Uint8Array(pixels * 3)
    : new Uint16Array(pixels * 3);
  const green = channels === 4 ? 1 : 0;
  const blue = channels === 4 ? 2 : 0;
  for (let p = 0, from = 0, to = 0; p < pixels; p++, from += channels, to += 3) {
    data[to] = source[from]!;
    data[to + 1] = source[from + green]!;
    data[to + 2] = source[from + blue]!;
  }
  return { width, height, channels: 3, data };
}

/**
 * To 8 bits: clamps to `[min, max]`, scales to 0-255, rounds to the nearest integer with ties to even, as BasicSR's
 * `tensor2img` does (in float32). NaN becomes 0.
 *
 * @throws {RangeError} If the image has not 1 to 4 channels.
 */
export function toRaw8(
  image: FloatImage,
  [min, max]: readonly [number, number] = [0, 1],
): RawImage & { readonly data: Uint8Array } {
  const { width, height, channels, data: source } = image;
  const f = Math.fround;
  const span = f(max - min);
  const data = new Uint8Array(source.length);
  for (let i = 0; i < data.length; i++) {
    const clamped = Math.min(Math.max(source[i]!, min), max);
    data[i] = roundHalfEven(f(f(f(clamped - min) / span) * 255));
  }
  return { width, height, channels: imageChannels(channels), data };
}

/** Nearest integer, ties to even (numpy's `round`), for magnitudes below 2^51. NaN stays NaN. */
export function roundHalfEven(x: number): number {
  // 1.5 * 2^52: doubles of that size are integers, so the addition itself rounds, ties to even (IEEE 754).
  const big = 6755399441055744;
  return (x + big) - big;
}

/**
 * The channel count as the type of stored images.
 *
 * @throws {RangeError} If it is not 1 to 4.
 */
export function imageChannels(channels: number): Channels {
  if (channels === 1 || channels === 2 || channels === 3 || channels === 4) return channels;
  throw new RangeError(`an image file holds 1 to 4 channels, received ${channels}`);
}

/** A zeroed image of the same kind (and depth) as `image`, with other sides. */
export function blankLike<T extends AnyImage>(
  image: T,
  width: number,
  height: number,
  channels: number = image.channels,
): T {
  const length = width * height * channels;
  const data = image.data instanceof Float32Array
    ? new Float32Array(length)
    : image.data instanceof Uint16Array
    ? new Uint16Array(length)
    : new Uint8Array(length);
  // T is one of the two image kinds, and the array above is of the kind of its own.
  return { width, height, channels, data } as AnyImage as T;
}
