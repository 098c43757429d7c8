/**
 * Pictures as streams: bands of rows from top to bottom, made of stored images and collected into them.
 *
 * @module
 */
import { breather } from "./_breathe.ts";
import { imageChannels, toFloat } from "./convert.ts";
import type { Channels, FloatImage, RawImage } from "./image.ts";

/**
 * A picture that comes from top to bottom in bands of rows: float32 `[rows, width, channels]`, RGB order, nominal range
 * [0, 1], alpha (2 or 4 channels) not multiplied into the colours. The heights of the bands add up to `height`; a band has
 * as many rows as suits its maker. Can be iterated once; leaving the loop early releases what the maker holds.
 */
export interface Rows extends AsyncIterable<FloatImage> {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Gray 1, gray and alpha 2, RGB 3, RGBA 4. */
  readonly channels: Channels;
}

/** Samples of a band: 1 MB of float32. */
const BAND_SAMPLES = 2 ** 18;
const MAX_BAND_ROWS = 64;

/** How many rows a band has whose maker has no wishes of its own. */
export function bandRows(width: number, channels: number): number {
  return Math.min(MAX_BAND_ROWS, Math.max(1, Math.floor(BAND_SAMPLES / (width * channels))));
}

/**
 * The image as a stream. Bands of a stored image are made as they are asked for; those of a float image are views of it.
 *
 * @throws {RangeError} If it has not 1 to 4 channels, no pixels, or samples that do not fit its size.
 */
export function rowsOf(image: RawImage | FloatImage): Rows {
  const { width, height, data } = image;
  const channels = imageChannels(image.channels);
  if (!(width > 0 && height > 0) || data.length !== width * height * channels) {
    throw new RangeError(
      `rowsOf: ${data.length} samples are no image of ${width}x${height}x${channels}`,
    );
  }
  const step = bandRows(width, channels);
  return {
    width,
    height,
    channels,
    async *[Symbol.asyncIterator]() {
      const breathe = breather();
      for (let y = 0; y < height; y += step) {
        await breathe();
        const rows = Math.min(step, height - y);
        const part = [y * width * channels, (y + rows) * width * channels] as const;
        yield data instanceof Float32Array
          ? { width, height: rows, channels, data: data.subarray(...part) }
          : toFloat({ width, height: rows, channels, data: data.subarray(...part) });
      }
    },
  };
}

/**
 * Collects a stream into a stored image: clipped to [0, 1], rounded half to even at the depth; NaN becomes 0.
 *
 * @throws {RangeError} If the bands do not make up the picture that the stream announces.
 */
export async function pixelsOf(rows: Rows, depth: 8 | 16): Promise<RawImage> {
  const { width, height, channels } = rows;
  const length = width * height * channels;
  const data = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  let at = 0;
  for await (const band of checked(rows)) {
    quantise(band.data, data.subarray(at, at + band.data.length));
    at += band.data.length;
  }
  return { width, height, channels, data };
}

/**
 * The same bands, with a check that they make up the picture.
 *
 * @throws {RangeError} At the first band that does not fit, or at the end if rows are missing.
 */
export async function* checked(rows: Rows): AsyncGenerator<FloatImage> {
  const { width, height, channels } = rows;
  let done = 0;
  for await (const band of rows) {
    done += band.height;
    const fits = band.width === width && band.channels === channels && done <= height &&
      band.data.length === width * band.height * channels;
    if (!fits) {
      throw new RangeError(
        `a band of ${band.width}x${band.height}x${band.channels} with ${band.data.length} samples that ends at row ` +
          `${done} does not fit a picture of ${width}x${height}x${channels}`,
      );
    }
    yield band;
  }
  if (done !== height) throw new RangeError(`${done} rows came of a picture with ${height}`);
}

/** Clips to [0, 1] and rounds half to even, 8 or 16 bit as `target` is; NaN becomes 0. Computes in float32 as numpy does. */
export function quantise(source: Float32Array, target: Uint8Array | Uint16Array): void {
  const n = source.length;
  if (target instanceof Uint8Array) {
    // The conversion to clamped bytes is this very rounding (ECMA-262, ToUint8Clamp), done by the machine.
    const clamped = new Uint8ClampedArray(target.buffer, target.byteOffset, n);
    for (let i = 0; i < n; i++) clamped[i] = Math.fround(source[i]! * 255);
    return;
  }
  // 1.5 * 2^52: doubles of that size are integers, so the addition itself rounds, ties to even (IEEE 754).
  const big = 6755399441055744;
  for (let i = 0; i < n; i++) {
    const value = Math.fround(source[i]! * 65535);
    target[i] = value > 0 ? value < 65535 ? (value + big) - big : 65535 : 0;
  }
}
