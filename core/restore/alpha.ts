/**
 * Transparency of a tile: through the network as a gray picture, or enlarged by bicubic interpolation.
 *
 * Opaque stays opaque and transparent stays transparent: where alpha is 1, or 0, as far as the eye of an interpolation
 * reaches, it is so in the output, whatever a network makes of a flat surface. Tiles that are one of both throughout need
 * no second pass.
 *
 * @module
 */
import { imresizeTo } from "../data/resize.ts";
import { planes, putLuma } from "./colours.ts";

/** Pixels around one within which alpha must be constant for the output to be that constant. */
export const STEADY_RADIUS = 4;

/** What is needed to enlarge the alpha of a tile. */
export interface AlphaJob {
  /** Pixels of the tile's window, alpha last. */
  readonly data: Float32Array;
  /** Channels of `data`. */
  readonly channels: number;
  /** Columns of the window. */
  readonly width: number;
  /** Rows of the window. */
  readonly height: number;
  /** Output pixels for each input pixel. */
  readonly scale: number;
  /** Makes a gray picture of so many times the size from one; by interpolation if it is left out. */
  readonly network?: (gray: Float32Array) => Promise<Float32Array>;
}

/** Alpha of the output, in [0, 1]: one number for each pixel, or one for all. */
export async function enlargeAlpha(job: AlphaJob): Promise<Float32Array | number> {
  const { data, channels, width, height, scale, network } = job;
  const from = { first: channels - 1, count: 1 };
  const alpha = planes(data, channels, from, { channels: 1, colours: 1 });
  const steady = constantOf(alpha);
  if (steady === 0 || steady === 1) return steady;
  const image = { width, height, channels: 1, data: alpha };
  const made = network === undefined
    ? scale === 1 ? alpha : imresizeTo(image, width * scale, height * scale).data
    : await network(alpha);
  const enlarged = new Float32Array(made.length);
  for (let i = 0; i < made.length; i++) enlarged[i] = Math.min(1, Math.max(0, made[i]!));
  keepSteady(alpha, width, height, scale, enlarged);
  return enlarged;
}

/** Alpha as a picture for a network of `colours` channels. */
export function alphaInput(
  gray: Float32Array,
  channels: number,
  colours: number,
): Float32Array {
  // A map of noise levels is 0: there is none in alpha.
  return planes(gray, 1, { first: 0, count: 1 }, { channels, colours });
}

/** Alpha of what the network made of {@linkcode alphaInput}. */
export function alphaOutput(output: Float32Array, channels: number): Float32Array {
  if (channels !== 3) return output;
  const gray = new Float32Array(output.length / 3);
  putLuma(output, gray, 1, 0);
  return gray;
}

/** The number that all of `values` are, or undefined. */
function constantOf(values: Float32Array): number | undefined {
  const [first] = values;
  for (let i = 1; i < values.length; i++) if (values[i] !== first) return undefined;
  return first;
}

/** Puts back 0 and 1 where there is nothing else around. */
function keepSteady(
  alpha: Float32Array,
  width: number,
  height: number,
  scale: number,
  enlarged: Float32Array,
): void {
  for (const value of [0, 1]) {
    const others = otherwise(alpha, width, height, value);
    for (let y = 0; y < height; y++) {
      const top = Math.max(0, y - STEADY_RADIUS), bottom = Math.min(height, y + STEADY_RADIUS + 1);
      for (let x = 0; x < width; x++) {
        if (alpha[y * width + x] !== value) continue;
        const left = Math.max(0, x - STEADY_RADIUS), right = Math.min(width, x + STEADY_RADIUS + 1);
        const w = width + 1;
        const count = others[bottom * w + right]! - others[top * w + right]! -
          others[bottom * w + left]! + others[top * w + left]!;
        if (count > 0) continue;
        for (let j = 0; j < scale; j++) {
          const at = ((y * scale + j) * width + x) * scale;
          enlarged.fill(value, at, at + scale);
        }
      }
    }
  }
}

/** Numbers of pixels that are not `value` above and to the left of each corner: a summed-area table. */
function otherwise(alpha: Float32Array, width: number, height: number, value: number): Int32Array {
  const sums = new Int32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0, row = 0; x < width; x++) {
      if (alpha[y * width + x] !== value) row++;
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row;
    }
  }
  return sums;
}
