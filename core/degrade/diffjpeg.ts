/**
 * JPEG on the device, whose rounding may be smooth (BasicSR `basicsr/utils/diffjpeg.py`, after
 * https://github.com/mlomnitz/DiffJPEG): colour transform, colour planes at half size, cosine transform of blocks of 8x8,
 * quantisation, and all the way back. Sides are padded with zeros to multiples of 16.
 *
 * The cosine transform of blocks is one product with a matrix of 64x64, and the levels' shift by 128 is left out where it
 * cancels. Kept from there: quantisation tables are transposed; chroma is enlarged by repetition; results are not rounded
 * to 8 bits. Not kept: a tensor of qualities is not overwritten.
 *
 * @module
 */
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../engine/tf.ts";
import { fromPlanes, roundedUp, toPlanes } from "./planes.ts";

/** Sides of planes have to be multiples of this. */
export const JPEG_MULTIPLE = 16;

/** Settings of {@linkcode diffJpeg}. */
export interface DiffJpegOptions {
  /** Rounds as round(x) + (x - round(x))³, which has a gradient. Default true, as in BasicSR. */
  readonly differentiable?: boolean;
}

/** Tables of ITU-T T.81, annex K.1. */
const LUMA = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
];
const CHROMA = [
  [17, 18, 24, 47],
  [18, 21, 26, 66],
  [24, 26, 56, 99],
  [47, 66, 99, 99],
];

/** Y, Cb and Cr of R, G and B, without the shift of 128. */
const TO_YCBCR = [
  [0.299, 0.587, 0.114],
  [-0.168736, -0.331264, 0.5],
  [0.5, -0.418688, -0.081312],
];
/** What Cb and Cr add to Y for R, G and B. */
const TO_RGB = [
  [0, 1.402],
  [-0.344136, -0.714136],
  [1.772, 0],
];

/**
 * Compresses pictures `[n, h, w, 3]`, RGB in [0, 1], and restores them, in [0, 1].
 *
 * @param quality From above 0 to 100: a number, or a tensor `[n]` with one for each picture.
 */
export function diffJpeg(
  x: Tensor4D,
  quality: number | Tensor,
  options: DiffJpegOptions = {},
): Tensor4D {
  const [n, h, w] = x.shape;
  return tf.tidy(() => {
    const bottom = roundedUp(h, JPEG_MULTIPLE) - h, right = roundedUp(w, JPEG_MULTIPLE) - w;
    const padded = tf.pad(toPlanes(x), [[0, 0], [0, 0], [0, bottom], [0, right]]) as Tensor4D;
    const qualities = typeof quality === "number" ? tf.fill([n], quality) : quality;
    const restored = jpegPlanes(padded, qualities, options.differentiable ?? true);
    return fromPlanes(tf.slice(restored, [0, 0, 0, 0], [n, 3, h, w]));
  });
}

/**
 * The same for planes `[n, 3, h, w]` whose sides are multiples of {@linkcode JPEG_MULTIPLE}.
 *
 * @param qualities `[n]`.
 */
export function jpegPlanes(x: Tensor4D, qualities: Tensor, differentiable: boolean): Tensor4D {
  const [n, , h, w] = x.shape;
  return tf.tidy(() => {
    const factors = tf.reshape(factorOf(qualities), [n, 1, 1]);
    const [y, cb, cr] = tf.split(mixColours(tf.mul(x, 255), TO_YCBCR), 3, 1);
    const halved = tf.concat([cb!, cr!].map(halve), 1);
    const luma = code(tf.sub(y!, 128), LUMA, factors, differentiable);
    const chroma = code(halved, CHROMA, factors, differentiable);
    const offsets = tf.split(mixColours(chroma, TO_RGB), 3, 1);
    const rgb = tf.concat(offsets.map((offset) => addEnlarged(luma, offset)), 1);
    return tf.div(tf.clipByValue(tf.add(rgb, 128), 0, 255), 255) as Tensor4D;
  });

  function halve(plane: Tensor): Tensor {
    return tf.mean(tf.reshape(plane, [n, 1, h / 2, 2, w / 2, 2]), [3, 5]);
  }

  /** To each pixel the one of a plane of half the size. */
  function addEnlarged(plane: Tensor, half: Tensor): Tensor {
    const sum = tf.add(
      tf.reshape(plane, [n * h / 2, 2, w / 2, 2]),
      tf.reshape(half, [n * h / 2, 1, w / 2, 1]),
    );
    return tf.reshape(sum, [n, 1, h, w]);
  }
}

/** At quality 100 everything would be divided by 0; these steps are too small to be seen. */
const LEAST_FACTOR = 1e-4;

/** BasicSR's `quality_to_factor`: what the tables are multiplied by. */
function factorOf(quality: Tensor): Tensor {
  const low = tf.div(50, quality), high = tf.sub(2, tf.div(quality, 50));
  return tf.maximum(tf.where(tf.less(quality, 50), low, high), LEAST_FACTOR);
}

/** Multiplies the channels of planes `[n, c, h, w]` by a matrix. */
function mixColours(x: Tensor, matrix: readonly (readonly number[])[]): Tensor {
  const [n, c, h, w] = x.shape as Tensor4D["shape"];
  const mixed = tf.matMul(
    tf.tensor3d([matrix.map((row) => [...row])]) as Tensor,
    tf.reshape(x, [n, c, h * w]),
  );
  return tf.reshape(mixed, [n, matrix.length, h, w]);
}

/** Transforms, quantises and restores planes `[n, c, h, w]`. */
function code(
  x: Tensor,
  table: readonly (readonly number[])[],
  factors: Tensor,
  differentiable: boolean,
): Tensor {
  const [n, c, h, w] = x.shape as Tensor4D["shape"];
  const blocks = [n * c, h / 8, 8, w / 8, 8];
  const order = [0, 1, 3, 2, 4];
  const flat = tf.reshape(tf.transpose(tf.reshape(x, blocks), order), [-1, 64]);
  const { forward, inverse } = cosines();
  const steps = tf.mul(tf.tensor1d(transposed(table)), factors); // [n, 1, 64]
  const levels = tf.div(tf.reshape(tf.matMul(flat, forward), [n, -1, 64]), steps);
  const rounded = tf.round(levels);
  const coded = differentiable
    ? tf.add(rounded, tf.pow(tf.sub(levels, rounded), tf.scalar(3, "int32")))
    : rounded;
  const restored = tf.matMul(tf.reshape(tf.mul(coded, steps), [-1, 64]) as Tensor2D, inverse);
  const grid = tf.reshape(restored, [n * c, h / 8, w / 8, 8, 8]);
  return tf.reshape(tf.transpose(grid, order), [n, c, h, w]);
}

/** The table of 64 steps; frequencies that it does not name have 99. */
function transposed(table: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from({ length: 64 }, (_, i) => table[i % 8]?.[i >> 3] ?? 99);
}

/** The matrices `[64, 64]` of the transform of a block and its inverse, which is the transpose. */
function cosines(): { forward: Tensor2D; inverse: Tensor2D } {
  const line = (x: number, u: number) =>
    Math.cos((2 * x + 1) * u * Math.PI / 16) * (u === 0 ? Math.SQRT1_2 : 1) / 2;
  const forward = tf.tensor2d(
    Float32Array.from({ length: 4096 }, (_, i) => {
      const pixel = i >> 6, frequency = i & 63;
      return line(pixel >> 3, frequency >> 3) * line(pixel & 7, frequency & 7);
    }),
    [64, 64],
  );
  return { forward, inverse: tf.transpose(forward) };
}
