/**
 * Pictures that exports are checked with: made by a formula, so that everybody has the same, and with what photographs have.
 *
 * @module
 */
import { Rng } from "../random.ts";
import type { ImageTensor } from "../runtimes/types.ts";

/** So many octaves of noise: patches of 64 pixels down to single pixels, each half as strong as the one before. */
const OCTAVES = 7;

/**
 * Images `[n, h, w, channels]` in [0, 1]: a slope of light, discs with sharp edges, stripes that grow finer, and noise of all
 * sizes whose strength falls with its frequency, as in photographs.
 *
 * @param key Pictures of other keys are others.
 */
export function testImages(
  [n, h, w]: readonly [n: number, h: number, w: number],
  channels: number,
  key: string = "export",
): ImageTensor {
  const data = new Float32Array(n * h * w * channels);
  for (let image = 0; image < n; image++) {
    const rng = new Rng(key, image);
    const texture = fractal(h, w, rng);
    const discs = Array.from({ length: 5 }, () => ({
      x: rng.uniform(0, w),
      y: rng.uniform(0, h),
      r: rng.uniform(0.08, 0.3) * Math.min(h, w),
      colour: Array.from({ length: channels }, () => rng.float()),
    }));
    const tint = Array.from({ length: channels }, () => rng.uniform(-0.3, 0.3));
    const turn = rng.uniform(0, Math.PI);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const [u, v] = [x / w, y / h];
        const disc = discs.findLast((one) => Math.hypot(x - one.x, y - one.y) < one.r);
        const stripes = 0.15 * Math.sin(40 * (u * u * Math.cos(turn) + v * v * Math.sin(turn)));
        for (let c = 0; c < channels; c++) {
          const ground = disc === undefined ? 0.5 * (u + v) + tint[c]! * (u - v) : disc.colour[c]!;
          const value = ground + stripes + 0.35 * texture[y * w + x]!;
          data[((image * h + y) * w + x) * channels + c] = Math.min(1, Math.max(0, value));
        }
      }
    }
  }
  return { shape: [n, h, w, channels], data };
}

/** Noise in about [-1, 1], row by row: random lattices of ever finer steps, interpolated. */
function fractal(h: number, w: number, rng: Rng): Float32Array {
  const sum = new Float32Array(h * w);
  for (let octave = 0, strength = 0.5; octave < OCTAVES; octave++, strength /= 2) {
    const step = 2 ** (OCTAVES - 1 - octave);
    const across = Math.ceil(w / step) + 2;
    const lattice = Float32Array.from(
      { length: (Math.ceil(h / step) + 2) * across },
      () => rng.uniform(-1, 1),
    );
    for (let y = 0; y < h; y++) {
      const row = Math.floor(y / step) * across, v = y / step % 1;
      for (let x = 0; x < w; x++) {
        const at = row + Math.floor(x / step), u = x / step % 1;
        const upper = lattice[at]! * (1 - u) + lattice[at + 1]! * u;
        const lower = lattice[at + across]! * (1 - u) + lattice[at + across + 1]! * u;
        sum[y * w + x]! += strength * (upper * (1 - v) + lower * v);
      }
    }
  }
  return sum;
}
