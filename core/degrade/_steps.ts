/**
 * The compiled functions that the second-order degradation is made of, and what they take from the host.
 *
 * @module
 */
import { compile, type CompileOptions, type CompileStats } from "../engine/compile.ts";
import { randomCrop } from "../engine/random_ops.ts";
import { type Scalar, type Tensor, type Tensor2D, type Tensor4D, tf } from "../engine/tf.ts";
import { JPEG_MULTIPLE, jpegPlanes } from "./diffjpeg.ts";
import { filterPlanes } from "./filter2d.ts";
import { gaussianNoise, type NoiseAmounts, poissonNoise } from "./noise.ts";
import type { NoisePlan, ResizePlan } from "./plan.ts";
import {
  cornerMask,
  fromPlanes,
  mapPlanes,
  mirroredIndices,
  pickPlanes,
  roundedUp,
  toPlanes,
} from "./planes.ts";
import { resizeMatrix } from "./resize.ts";
import { usmSharp } from "./usm_sharp.ts";

/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];

/** Numbers of rows and columns that a picture has with its border. */
export interface Border {
  readonly rows: Tensor;
  readonly columns: Tensor;
}

/** Matrices of a resizing, and the size that the picture has afterwards. */
export interface Resizing {
  readonly rows: Tensor2D;
  readonly columns: Tensor2D;
  readonly height: Scalar;
  readonly width: Scalar;
}

/** Noise; Poisson noise needs the table. */
export interface Noise extends NoiseAmounts {
  readonly table?: Tensor;
}

/** A function with what has happened to it. */
interface Compiled {
  readonly stats: CompileStats;
  dispose(): void;
}

/** Compiles all steps. */
export function compileSteps(side: number, scale: number, eager: boolean) {
  const all: Compiled[] = [];
  const make = <P extends readonly unknown[], R>(
    name: string,
    fn: (...args: P) => R,
    options: CompileOptions = {},
  ) => {
    const made = compile(fn, { name, eager, maxForms: 24, warnAfter: Infinity, ...options });
    all.push(made);
    return made;
  };
  return {
    all: all as readonly Compiled[],
    sharpen: make("usmSharp", (x: Tensor4D) => usmSharp(x)),
    first: {
      gaussian: make("degradeGaussian", firstRound),
      poisson: make("degradePoisson", firstRound),
    },
    second: {
      blurred: make(
        "blurAndResize",
        (x: Tensor4D, to: Resizing, kernel: Tensor4D, border: Border) =>
          resized(blurred(x, kernel, border), to),
      ),
      plain: make("resize", resized),
    },
    finish: {
      gaussian: finishers("finishGaussian"),
      poisson: finishers("finishPoisson"),
    },
    crop: make("cropPair", (lq: Tensor4D, gt: Tensor4D) => {
      const [lqs, gts] = randomCrop([lq, gt], [side, side], [1, scale]);
      return { lq: lqs!, gt: gts! };
    }),
  };

  function finishers(name: string) {
    return {
      jpegLast: make(`${name}JpegLast`, jpegLast),
      jpegFirst: make(`${name}JpegFirst`, jpegFirst),
    };
  }
}

/** Blur, resizing, noise and JPEG: `[n, h, w, 3]` to planes in the corner of a canvas. */
function firstRound(
  x: Tensor4D,
  kernel: Tensor4D,
  border: Border,
  to: Resizing,
  noise: Noise,
  quality: Tensor,
): Tensor4D {
  const small = resized(blurred(toPlanes(x), kernel, border), to);
  return jpegPlanes(noisy(small, noise, to), quality, false);
}

function jpegFirst(
  x: Tensor4D,
  size: Pick<Resizing, "height" | "width">,
  noise: Noise,
  to: Resizing,
  kernel: Tensor4D,
  border: Border,
  quality: Tensor,
): Tensor4D {
  const coded = jpegPlanes(noisy(x, noise, size), quality, false);
  return inLevels(blurred(resized(coded, to), kernel, border));
}

function jpegLast(
  x: Tensor4D,
  size: Pick<Resizing, "height" | "width">,
  noise: Noise,
  to: Resizing,
  kernel: Tensor4D,
  border: Border,
  quality: Tensor,
): Tensor4D {
  const filtered = blurred(resized(noisy(x, noise, size), to), kernel, border);
  const [n, c, h, w] = filtered.shape;
  const bottom = roundedUp(h, JPEG_MULTIPLE) - h, right = roundedUp(w, JPEG_MULTIPLE) - w;
  const padded = tf.pad(tf.clipByValue(filtered, 0, 1), [[0, 0], [0, 0], [0, bottom], [0, right]]);
  return inLevels(tf.slice(jpegPlanes(padded as Tensor4D, quality, false), 0, [n, c, h, w]));
}

function blurred(x: Tensor4D, kernel: Tensor4D, { rows, columns }: Border): Tensor4D {
  const [n, k] = kernel.shape;
  return filterPlanes(pickPlanes(x, rows, columns), tf.reshape(kernel, [n, k, kernel.shape[2]]));
}

function resized(x: Tensor4D, { rows, columns }: Resizing): Tensor4D {
  return mapPlanes(x, rows, columns);
}

/** With noise, in [0, 1], and zero outside of the picture. */
function noisy(
  x: Tensor4D,
  { table, ...amounts }: Noise,
  { height, width }: Pick<Resizing, "height" | "width">,
): Tensor4D {
  const mask = cornerMask(height, width, x.shape[2], x.shape[3]);
  const noise = table ? poissonNoise(x, amounts, table, mask) : gaussianNoise(x.shape, amounts);
  return tf.mul(tf.clipByValue(tf.add(x, noise), 0, 1), mask) as Tensor4D;
}

/** In whole levels of 255, `[n, h, w, 3]`. */
function inLevels(x: Tensor4D): Tensor4D {
  return tf.div(tf.clipByValue(tf.round(tf.mul(fromPlanes(x), 255)), 0, 255), 255);
}

/** Tensors of a border, for a picture of `size` in a canvas. */
export function borderInputs(size: Size, canvas: Size, kernelSize: number): Border {
  const along = (axis: 0 | 1) =>
    tf.tensor1d(
      mirroredIndices(size[axis], (kernelSize - 1) / 2, canvas[axis] + kernelSize - 1),
      "int32",
    );
  return { rows: along(0), columns: along(1) };
}

/** Tensors and numbers of a resizing, from a picture of `size` in a canvas to another canvas. */
export function resizeInputs(
  plan: ResizePlan,
  size: Size,
  canvas: Size,
  toCanvas: Size,
): { rows: Tensor2D; columns: Tensor2D; height: number; width: number } {
  const { mode, factor, size: [height, width] } = plan;
  const along = (axis: 0 | 1) => {
    const rows = toCanvas[axis], columns = canvas[axis];
    const matrix = resizeMatrix(mode, size[axis], plan.size[axis], { factor, rows, columns });
    return tf.tensor2d(matrix, [rows, columns]);
  };
  return { rows: along(0), columns: along(1), height, width };
}

/** Tensors of noise. */
export function noiseInputs({ amount, gray }: NoisePlan): { amount: Tensor; gray: Tensor } {
  return { amount: tf.tensor1d([...amount]), gray: tf.tensor1d(gray.map(Number)) };
}
