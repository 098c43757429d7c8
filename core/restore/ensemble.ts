/**
 * Geometric self-ensemble of tiles: the mean of what a network makes of the eight flips and turns, as
 * `core/train/self_ensemble.ts` computes it on the device; here one after the other, so that a tile needs no more memory.
 *
 * Paper: B. Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPRW 2017,
 * https://arxiv.org/abs/1707.02921, section 3.4.
 *
 * @module
 */

/** Pixels, row by row. */
export interface Pixels {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Samples, channels interleaved. */
  readonly data: Float32Array;
}

/**
 * The mean over the eight symmetries. `restore` gives pictures `scale` times as wide and high with `outChannels`; turned ones
 * have width and height swapped.
 */
export async function ensemble(
  input: Pixels,
  channels: number,
  scale: number,
  outChannels: number,
  restore: (input: Pixels) => Promise<Float32Array>,
): Promise<Float32Array> {
  const { width, height } = input;
  const sum = new Float64Array(width * height * scale ** 2 * outChannels);
  for (const transpose of [false, true]) {
    for (const [flipX, flipY] of [[false, false], [true, false], [false, true], [true, true]]) {
      const at = walk(width, height, channels, flipX!, flipY!, transpose);
      const sent = new Float32Array(input.data.length);
      visit(at, channels, (there, here) => sent[there] = input.data[here]!);
      const [w, h] = transpose ? [height, width] : [width, height];
      const made = await restore({ width: w, height: h, data: sent });
      const back = walk(width * scale, height * scale, outChannels, flipX!, flipY!, transpose);
      visit(back, outChannels, (there, here) => sum[here]! += made[there]!);
    }
  }
  const mean = new Float32Array(sum.length);
  for (let i = 0; i < mean.length; i++) mean[i] = sum[i]! / 8;
  return mean;
}

/** Where pixels go to: `start + x * right + y * down`. */
interface Walk {
  readonly width: number;
  readonly height: number;
  readonly start: number;
  readonly right: number;
  readonly down: number;
}

function walk(
  width: number,
  height: number,
  channels: number,
  flipX: boolean,
  flipY: boolean,
  transpose: boolean,
): Walk {
  const right = (transpose ? height : 1) * channels, down = (transpose ? 1 : width) * channels;
  return {
    width,
    height,
    start: (flipX ? (width - 1) * right : 0) + (flipY ? (height - 1) * down : 0),
    right: flipX ? -right : right,
    down: flipY ? -down : down,
  };
}

function visit(
  { width, height, start, right, down }: Walk,
  channels: number,
  move: (there: number, here: number) => void,
): void {
  for (let y = 0, here = 0; y < height; y++) {
    for (let x = 0, there = start + y * down; x < width; x++, there += right) {
      for (let c = 0; c < channels; c++, here++) move(there + c, here);
    }
  }
}
