/**
 * Noise on the device: BasicSR's `add_gaussian_noise_pt` and `add_poisson_noise_pt` (`basicsr/data/degradations.py`) for
 * planes, one strength for each picture, in colour or the same in all channels.
 *
 * Differs from there: gray Gaussian noise is drawn for each picture of its own, where BasicSR lays one pattern over the whole
 * batch. Numbers are drawn once and then used for whichever kind a picture has, where BasicSR draws both kinds. How Poisson
 * numbers are drawn says `core/engine/poisson.ts`.
 *
 * @module
 */
import { presentValues } from "../engine/present_values.ts";
import { poissonTable, randomPoisson } from "../engine/poisson.ts";
import { randomNormal, randomUniform } from "../engine/random_ops.ts";
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../engine/tf.ts";

/** How noisy each picture becomes. */
export interface NoiseAmounts {
  /** `[n]`: deviation in levels of 255 for Gaussian noise, factor for Poisson noise. */
  readonly amount: Tensor;
  /** `[n]`: 1 for noise that is the same in all channels, else 0. */
  readonly gray: Tensor;
}

/** Levels of an 8-bit channel. */
const LEVELS = 256;
/** Numbers of levels that a picture may be taken to have: 1, 2, 4, … 256. */
const DOUBLINGS = 9;

/** Gaussian noise to add to planes of `shape` `[n, c, h, w]`, for values in [0, 1]. */
export function gaussianNoise(
  shape: Tensor4D["shape"],
  { amount, gray }: NoiseAmounts,
): Tensor4D {
  const [n] = shape;
  return tf.tidy(() => {
    const noise = shared(randomNormal<Tensor4D>(shape), gray);
    return tf.mul(noise, tf.reshape(tf.div(amount, 255), [n, 1, 1, 1])) as Tensor4D;
  });
}

/** The table of {@linkcode poissonNoise}, a vector for the device, 4.7 MB; to be made once. */
export function poissonNoiseTable(): Float32Array {
  const means = Array.from({ length: DOUBLINGS * LEVELS }, (_, row) => {
    const vals = 2 ** Math.floor(row / LEVELS), level = row % LEVELS;
    // float32, as where PyTorch computes them
    return Math.fround(Math.fround(level / 255) * vals);
  });
  return poissonTable(means);
}

/**
 * Poisson noise to add to planes `[n, 3, h, w]` in [0, 1]: each picture is rounded to 8 bits, counted out with as many
 * quanta for white as it has different levels, rounded up to a power of two, and the difference times `amount` is the noise.
 *
 * @param table {@linkcode poissonNoiseTable} on the device.
 * @param mask 1 where the picture is, `[1, 1, h, w]`; elsewhere levels do not count. Default everywhere.
 */
export function poissonNoise(
  x: Tensor4D,
  { amount, gray }: NoiseAmounts,
  table: Tensor,
  mask?: Tensor4D,
): Tensor4D {
  const [n] = x.shape;
  return tf.tidy(() => {
    const flags = tf.reshape(gray, [n, 1, 1, 1]);
    const level = blend(levelsOf(x), levelsOf(luma(x)), flags);
    const doublings = tf.reshape(doublingsOf(distinctLevels(level, mask)), [n, 1, 1, 1]);
    const rows = tf.add(tf.mul(doublings, LEVELS), level);
    const count = randomPoisson(rows, table, shared(randomUniform<Tensor4D>(x.shape), gray));
    const noise = tf.sub(tf.div(count, tf.pow(2, doublings)), tf.div(level, 255));
    return tf.mul(noise, tf.reshape(amount, [n, 1, 1, 1])) as Tensor4D;
  });
}

/** How many different 8-bit levels each picture of planes has: `[n]`, float32. */
export function distinctLevels(levels: Tensor4D, mask?: Tensor4D): Tensor {
  const [n, c, h, w] = levels.shape;
  return tf.tidy(() => {
    // What is outside is given a level that is inside.
    const inside = mask
      ? blend(tf.slice(levels, [0, 0, 0, 0], [n, 1, 1, 1]), levels, mask)
      : levels;
    const numbers = tf.cast(tf.reshape(inside, [n, c * h * w]), "int32") as Tensor2D;
    return tf.sum(presentValues(numbers, LEVELS), 1);
  });
}

/** The binary logarithm, rounded up, of whole numbers up to 256. */
function doublingsOf(counts: Tensor): Tensor {
  const steps = tf.tensor1d(Array.from({ length: DOUBLINGS - 1 }, (_, i) => 2 ** i));
  return tf.sum(tf.cast(tf.greater(tf.expandDims(counts, 1), steps), "float32"), 1);
}

function levelsOf(x: Tensor): Tensor4D {
  return tf.round(tf.mul(tf.clipByValue(x, 0, 1), 255)) as Tensor4D;
}

/** torchvision's `rgb_to_grayscale`: `[n, 3, h, w]` to `[n, 1, h, w]`. */
function luma(x: Tensor4D): Tensor {
  const weights = tf.tensor4d([0.2989, 0.587, 0.114], [1, 3, 1, 1]);
  return tf.sum(tf.mul(x, weights), 1, true);
}

/** Gives the pictures whose flag is 1 the numbers of their first channel in all channels. */
function shared(numbers: Tensor4D, gray: Tensor): Tensor4D {
  const [n, , h, w] = numbers.shape;
  const first = tf.slice(numbers, [0, 0, 0, 0], [n, 1, h, w]);
  return blend(numbers, first, tf.reshape(gray, [n, 1, 1, 1]));
}

/** `a` where `flag` is 0, `b` where it is 1. */
function blend(a: Tensor, b: Tensor, flag: Tensor): Tensor4D {
  return tf.add(tf.mul(a, tf.sub(1, flag)), tf.mul(b, flag)) as Tensor4D;
}
