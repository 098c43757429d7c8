/**
 * Networks without an engine, and pictures, for tests of what restores.
 *
 * @module
 */
import type { FloatImage } from "../../../core/data/image.ts";
import type { Rows } from "../../../core/data/rows.ts";
import { imageChannels } from "../../../core/data/convert.ts";
import type { NetworkInput, RunOptions, TileNetwork } from "../../../core/restore/network.ts";

/** Enlarges twice; each output is a sum over 5x5 inputs, zeros around, with other weights for each of the four outputs. */
export function fakeNetwork(
  options: {
    readonly channels?: 1 | 3;
    readonly noiseMap?: boolean;
    readonly before?: (input: NetworkInput, options: RunOptions) => void | Promise<void>;
  } = {},
): TileNetwork & { readonly inputs: NetworkInput[] } {
  const { channels = 3, noiseMap = false, before } = options;
  const inputChannels = channels + (noiseMap ? 1 : 0);
  const inputs: NetworkInput[] = [];
  return {
    inputs,
    noiseMap,
    stage: {
      source: "fake.pth",
      arch: "Fake",
      options: {},
      scale: 2,
      inputChannels,
      outputChannels: channels,
      parameters: 0,
    },
    async run(input, options = {}) {
      inputs.push(input);
      await before?.(input, options);
      const { width, height, data } = input;
      const out = new Float32Array(width * height * 4 * channels);
      for (let y = 0; y < 2 * height; y++) {
        for (let x = 0; x < 2 * width; x++) {
          for (let c = 0; c < channels; c++) {
            let sum = 0;
            for (let j = -RADIUS; j <= RADIUS; j++) {
              for (let i = -RADIUS; i <= RADIUS; i++) {
                const v = (y >> 1) + j, u = (x >> 1) + i;
                if (u < 0 || v < 0 || u >= width || v >= height) continue;
                // Not symmetric: a flipped window must not go unnoticed.
                const w = 1 / (12 + 3 * i + j + (x & 1) + 2 * (y & 1) + c);
                sum += w * data[(v * width + u) * inputChannels + c]!;
              }
            }
            out[(y * 2 * width + x) * channels + c] = sum / 3;
          }
        }
      }
      return out;
    },
  };
}

/** How far {@linkcode fakeNetwork} looks. */
export const RADIUS = 2;

/** A picture of numbers in [0, 1] that repeat nowhere near. */
export function picture(width: number, height: number, channels: number, seed = 1): FloatImage {
  let state = seed;
  const data = Float32Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
  return { width, height, channels, data };
}

/** An image as rows that come in bands of these heights, over and over. */
export function banded(image: FloatImage, ...heights: number[]): Rows & { closed: boolean } {
  const { width, height, channels, data } = image;
  const rows = {
    width,
    height,
    channels: imageChannels(channels),
    closed: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (let y = 0, i = 0; y < height; i++) {
          const count = Math.min(height - y, heights[i % heights.length]!);
          const part = data.slice(y * width * channels, (y + count) * width * channels);
          yield await Promise.resolve({ width, height: count, channels, data: part });
          y += count;
        }
      } finally {
        rows.closed = true;
      }
    },
  };
  return rows;
}

/** All rows together. */
export async function collect(rows: Rows): Promise<FloatImage> {
  const { width, height, channels } = rows;
  const data = new Float32Array(width * height * channels);
  let at = 0;
  for await (const band of rows) {
    data.set(band.data, at);
    at += band.data.length;
  }
  if (at !== data.length) throw new Error(`${at} samples of ${data.length} came`);
  return { width, height, channels, data };
}

/** The largest distance between two samples. */
export function distance(a: FloatImage, b: FloatImage): number {
  if (a.data.length !== b.data.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  return most;
}
