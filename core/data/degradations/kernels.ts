/**
 * Blur kernels in closed form: bivariate Gaussian, generalized Gaussian and plateau, with any rotation.
 *
 * Facts from `basicsr/data/degradations.py`; the shapes are those of F. Pascal et al., "Parameter Estimation For
 * Multivariate Generalized Gaussian Distributions", https://arxiv.org/abs/1302.6498, and `1 / (1 + x^beta)`.
 * Everything here is float64 and normalised to a sum of 1. `cdf2`, the weight of skewed kernels, is there as it is in
 * BasicSR; neither makes skewed kernels from it.
 *
 * @module
 */
import type { FloatImage } from "../image.ts";

/** A square filter: `data[y * size + x]`, float64. */
export interface Kernel {
  /** Side in pixels. */
  readonly size: number;
  /** Weights, row by row. */
  readonly data: Float64Array;
}

/** A symmetric 2x2 matrix `[[xx, xy], [xy, yy]]`, in square pixels. */
export type Matrix2 = readonly [xx: number, xy: number, yy: number];

/** What a kernel of this file is made from. */
export interface BlurShape {
  /** Side in pixels. */
  readonly size: number;
  /** Standard deviation along the first axis, in pixels. */
  readonly sigmaX: number;
  /** Along the second axis, in pixels. Default: as the first (an isotropic kernel). */
  readonly sigmaY?: number;
  /** Angle of the first axis, in radians. Default 0. */
  readonly theta?: number;
}

/** The covariance of a Gaussian with deviations `sigmaX` and `sigmaY` (pixels), turned by `theta` radians. */
export function sigmaMatrix2(sigmaX: number, sigmaY: number, theta: number): Matrix2 {
  const cos = Math.cos(theta), sin = Math.sin(theta);
  const a = sigmaX ** 2, b = sigmaY ** 2;
  return [a * cos * cos + b * sin * sin, (a - b) * sin * cos, a * sin * sin + b * cos * cos];
}

/** Coordinates of the rows or columns of a kernel: 0 in the middle, left of it where the size is even. */
export function meshGrid(size: number): Float64Array {
  const first = Math.floor(-size / 2) + 1;
  return Float64Array.from({ length: size }, (_, i) => first + i);
}

/** The squared Mahalanobis distance of each pixel from the middle: `[x y] · inverse(sigma) · [x y]ᵀ`. */
export function distances2(sigma: Matrix2, size: number): Float64Array {
  const [xx, xy, yy] = sigma;
  const det = xx * yy - xy * xy;
  const grid = meshGrid(size);
  const out = new Float64Array(size * size);
  for (let i = 0, o = 0; i < size; i++) {
    const y = grid[i]!;
    for (let j = 0; j < size; j++, o++) {
      const x = grid[j]!;
      out[o] = (yy * x * x - 2 * xy * x * y + xx * y * y) / det;
    }
  }
  return out;
}

/** The bivariate Gaussian density on the grid, not normalised (1 in the middle). */
export function pdf2(sigma: Matrix2, size: number): Kernel {
  return { size, data: distances2(sigma, size).map((d) => Math.exp(-0.5 * d)) };
}

/**
 * The standard bivariate normal distribution function of the grid times `skew`: `Phi(u) * Phi(v)`, `[u v] = [x y] · skew`.
 *
 * @param skew The matrix, row by row.
 */
export function cdf2(skew: readonly [number, number, number, number], size: number): Kernel {
  const grid = meshGrid(size);
  const data = new Float64Array(size * size);
  for (let i = 0, o = 0; i < size; i++) {
    for (let j = 0; j < size; j++, o++) {
      const x = grid[j]!, y = grid[i]!;
      data[o] = normalCdf(x * skew[0] + y * skew[2]) * normalCdf(x * skew[1] + y * skew[3]);
    }
  }
  return { size, data };
}

/** A Gaussian. */
export function bivariateGaussian(shape: BlurShape): Kernel {
  return normalised(pdf2(covariance(shape), shape.size));
}

/** A generalized Gaussian, `exp(-d^beta / 2)` of the squared distance `d`; `beta` 1 is the Gaussian. */
export function bivariateGeneralizedGaussian(shape: BlurShape, beta: number): Kernel {
  return fromDistances(shape, (d) => Math.exp(-0.5 * d ** beta));
}

/** A plateau, `1 / (1 + d^beta)` of the squared distance `d`. */
export function bivariatePlateau(shape: BlurShape, beta: number): Kernel {
  return fromDistances(shape, (d) => 1 / (d ** beta + 1));
}

/** The kernel with the sum 1. */
export function normalised({ size, data }: Kernel): Kernel {
  const sum = data.reduce((a, b) => a + b, 0);
  return { size, data: data.map((v) => v / sum) };
}

/** The kernel in the middle of a larger one of zeros; one that is as large already is given back as it is. */
export function padKernel(kernel: Kernel, size: number): Kernel {
  if (size <= kernel.size) return kernel;
  const margin = Math.floor((size - kernel.size) / 2);
  const data = new Float64Array(size * size);
  for (let y = 0; y < kernel.size; y++) {
    const row = kernel.data.subarray(y * kernel.size, (y + 1) * kernel.size);
    data.set(row, (y + margin) * size + margin);
  }
  return { size, data };
}

/** The kernel that changes nothing: 1 in the middle. */
export function pulseKernel(size: number): Kernel {
  const data = new Float64Array(size * size);
  data[(data.length - 1) / 2] = 1;
  return { size, data };
}

/** The kernel as a one-channel image, float32, as samples hold it. */
export function kernelImage({ size, data }: Kernel): FloatImage {
  return { width: size, height: size, channels: 1, data: Float32Array.from(data) };
}

/** Refuses sides that have no middle. */
export function checkOdd(size: number): void {
  if (!(Number.isInteger(size) && size > 0 && size % 2 === 1)) {
    throw new RangeError(`a kernel's size must be an odd number, received ${size}`);
  }
}

function covariance({ sigmaX, sigmaY = sigmaX, theta = 0 }: BlurShape): Matrix2 {
  return sigmaMatrix2(sigmaX, sigmaY, theta);
}

function fromDistances(shape: BlurShape, weight: (distance: number) => number): Kernel {
  const { size } = shape;
  return normalised({ size, data: distances2(covariance(shape), size).map(weight) });
}

/** The normal distribution function by Marsaglia's series, exact to about 1e-16 (G. Marsaglia, J. Stat. Soft. 11, 2004). */
function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = x, term = x;
  for (let i = 3; sum + term !== sum; i += 2) {
    term *= x * x / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}
