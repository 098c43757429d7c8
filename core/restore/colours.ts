/**
 * Between pixels of pictures and channels of networks.
 *
 * @module
 */
import type { FloatImage } from "../data/image.ts";

/** Weights of red, green and blue in gray: ITU-R BT.601, as OpenCV's `COLOR_RGB2GRAY`. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** Colours of `channels`, alpha left out: 1 or 3. */
export function coloursOf(channels: number): 1 | 3 {
  return channels < 3 ? 1 : 3;
}

/** Whether there is alpha among `channels`. */
export function hasAlpha(channels: number): boolean {
  return channels === 2 || channels === 4;
}

/**
 * Takes `count` channels, from `first` on, out of `data`, which has `channels`, and puts them at the front of pixels of
 * `target` channels. A single channel is repeated up to `colours`; a map of `noise` fills what is left, if it is given.
 */
export function planes(
  data: Float32Array,
  channels: number,
  from: { readonly first: number; readonly count: number },
  target: { readonly channels: number; readonly colours: number; readonly noise?: number },
): Float32Array {
  const { first, count } = from, { colours, noise = 0 } = target;
  const pixels = data.length / channels;
  if (channels === target.channels && count === channels) return data;
  const out = new Float32Array(pixels * target.channels);
  const step = count === 1 ? 0 : 1;
  for (let p = 0, i = first, o = 0; p < pixels; p++, i += channels, o += target.channels) {
    for (let c = 0; c < colours; c++) out[o + c] = data[i + c * step]!;
    for (let c = colours; c < target.channels; c++) out[o + c] = noise;
  }
  return out;
}

/**
 * Gray of the pixel at `i`, whose colours are clipped first: it is that of the picture that is seen, as in Real-ESRGAN, and
 * not of what a network overshoots by in one colour.
 */
function luma(data: Float32Array, i: number): number {
  return LUMA[0] * clipped(data[i]!) + LUMA[1] * clipped(data[i + 1]!) +
    LUMA[2] * clipped(data[i + 2]!);
}

function clipped(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** Gray of RGB pixels, put at channel `at` of pixels of `into.channels`. */
export function putLuma(rgb: Float32Array, into: Float32Array, channels: number, at: number): void {
  for (let i = 0, o = at; i < rgb.length; i += 3, o += channels) into[o] = luma(rgb, i);
}

/** Copies pixels of `count` channels to channels `at`, `at + 1`, … of pixels of `channels`. */
export function putPlanes(
  from: Float32Array,
  count: number,
  into: Float32Array,
  channels: number,
  at: number,
): void {
  for (let i = 0, o = at; i < from.length; i += count, o += channels) {
    for (let c = 0; c < count; c++) into[o + c] = from[i + c]!;
  }
}

/** A gray picture of a band of any channels, with its alpha if it has some. */
export function toGray(band: FloatImage): FloatImage {
  const { width, height, channels, data } = band;
  if (channels < 3) return band;
  const target = channels - 2;
  const gray = new Float32Array(width * height * target);
  for (let i = 0, o = 0; i < data.length; i += channels, o += target) {
    gray[o] = luma(data, i);
    if (target === 2) gray[o + 1] = data[i + 3]!;
  }
  return { width, height, channels: target, data: gray };
}

/** A band without its alpha. */
export function withoutAlpha(band: FloatImage): FloatImage {
  const { width, height, channels, data } = band;
  if (!hasAlpha(channels)) return band;
  const count = channels - 1;
  const out = planes(data, channels, { first: 0, count }, { channels: count, colours: count });
  return { width, height, channels: count, data: out };
}
