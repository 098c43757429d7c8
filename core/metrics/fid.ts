/**
 * FID: Fréchet distance of the features that InceptionV3 finds in two sets of images.
 *
 * M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", NeurIPS 2017,
 * https://arxiv.org/abs/1706.08500: |μ₁ - μ₂|² + tr(C₁ + C₂ - 2·√(C₁·C₂)) of 2048 features. Preparation of images,
 * network and formula as `pytorch-fid` 0.3.0 and BasicSR's `basicsr/metrics/fid.py`.
 *
 * With C₁ = F·Fᵀ the trace of √(C₁·C₂) is the sum of the square roots of the eigenvalues of the symmetric Fᵀ·C₂·F. So no
 * square root of a matrix is taken, which fails for singular ones: the two originals then add 1e-6 to the diagonals and
 * try again, which is not needed here.
 *
 * A distance of sets, not of images: there is no `Metric` of it, `denosr metrics` computes it.
 *
 * @module
 */
import { toColour, toFloat } from "../data/convert.ts";
import type { RawImage } from "../data/image.ts";
import { compile, type CompiledFunction } from "../engine/compile.ts";
import { type Tensor4D, tf } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import { InceptionV3 } from "../nets/inception.ts";
import { interpolate } from "../nn/resample.ts";
import { pivotedCholesky, symmetricEigenvalues } from "./linalg.ts";

/** Mean and covariance of a set of feature vectors. */
export interface FeatureStatistics {
  /** Number of vectors. */
  readonly count: number;
  /** Mean, d numbers. */
  readonly mean: Float64Array;
  /** Covariance (over count - 1), d·d numbers. */
  readonly covariance: Float64Array;
}

/**
 * Statistics of feature vectors of one length.
 *
 * @throws {UserError} DATA, if there are fewer than two.
 */
export function featureStatistics(features: readonly ArrayLike<number>[]): FeatureStatistics {
  const count = features.length;
  if (count < 2) {
    throw new UserError(
      `FID needs two images at least in each folder, received ${count}`,
      ExitCode.DATA,
    );
  }
  const d = features[0]!.length;
  const mean = new Float64Array(d);
  for (const x of features) for (let i = 0; i < d; i++) mean[i]! += x[i]! / count;
  const covariance = new Float64Array(d * d);
  // Four vectors in one go: the matrix does not fit into the processor's cache.
  for (let k = 0; k < count; k += 4) {
    const group = Array.from({ length: 4 }, (_, j) => {
      const x = features[k + j];
      return Float64Array.from({ length: d }, (_, i) => x === undefined ? 0 : x[i]! - mean[i]!);
    });
    const [a, b, c, e] = group as [Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < d; i++) {
      const ai = a[i]!, bi = b[i]!, ci = c[i]!, ei = e[i]!, row = i * d;
      for (let j = i; j < d; j++) {
        covariance[row + j]! += ai * a[j]! + bi * b[j]! + ci * c[j]! + ei * e[j]!;
      }
    }
  }
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      covariance[j * d + i] = covariance[i * d + j]! /= count - 1;
    }
  }
  return { count, mean, covariance };
}

/**
 * Fréchet distance of two normal distributions, 0 or more up to rounding errors.
 *
 * @throws {RangeError} If they are not of the same dimension.
 */
export function frechetDistance(a: FeatureStatistics, b: FeatureStatistics): number {
  const d = a.mean.length;
  if (b.mean.length !== d) {
    throw new RangeError(`features of ${d} and ${b.mean.length} numbers cannot be compared`);
  }
  let distance = 0;
  for (let i = 0; i < d; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * d + i]! +
      b.covariance[i * d + i]!;
  }
  // The set of fewer images has the smaller factor.
  const [small, large] = a.count <= b.count ? [a, b] : [b, a];
  return distance - 2 * traceOfRoot(small.covariance, large.covariance, d);
}

/** tr √(C₁·C₂). */
function traceOfRoot(c1: Float64Array, c2: Float64Array, d: number): number {
  const { rows, rank } = pivotedCholesky(c1, d);
  const product = new Float64Array(rank * rank);
  const image = new Float64Array(d);
  for (let r = 0; r < rank; r++) {
    const row = rows[r]!;
    for (let i = 0; i < d; i++) {
      let sum = 0;
      for (let j = 0, at = i * d; j < d; j++, at++) sum += c2[at]! * row[j]!;
      image[i] = sum;
    }
    for (let s = 0; s <= r; s++) {
      const other = rows[s]!;
      let sum = 0;
      for (let i = 0; i < d; i++) sum += other[i]! * image[i]!;
      product[r * rank + s] = product[s * rank + r] = sum;
    }
  }
  return symmetricEigenvalues(product, rank).reduce((sum, v) => sum + Math.sqrt(Math.max(v, 0)), 0);
}

/** The recipe of a FID, to be printed beside it. */
export function fidRecipe(a: number, b: number): string {
  const few = Math.min(a, b) < 2048 ? ", too few to compare with other set sizes" : "";
  return `InceptionV3 of 2015-12-05, 2048 features, 299x299 bilinear, ${a} and ${b} images${few}`;
}

/** Something that finds features of images; dispose of it. */
export interface FeatureSource extends Disposable {
  /** The features of an image, always the same number. */
  of(image: RawImage): Promise<Float32Array>;
}

/** Finds the features of FID. */
export class FidFeatures implements FeatureSource {
  readonly #net: InceptionV3;
  readonly #forward: CompiledFunction<[Tensor4D], Tensor4D>;

  /** Takes a network with its weights, which is disposed of with this. */
  constructor(net: InceptionV3) {
    this.#net = net;
    this.#forward = compile((x: Tensor4D) => net.forward(x)[0]!, { name: "InceptionV3" });
  }

  /**
   * Finds and loads the network.
   *
   * @throws {UserError} If its weights are missing; the message says what to put where.
   */
  static async open(): Promise<FidFeatures> {
    const net = new InceptionV3({ resize_input: false });
    await net.loadPretrained("fid");
    return new FidFeatures(net);
  }

  /** The 2048 features of an image of any size; gray ones count as three equal channels, alpha is dropped. */
  async of(image: RawImage): Promise<Float32Array> {
    const { width, height, data } = toFloat(toColour(image));
    // Resized outside, so that images of all sizes share what is compiled.
    const x = tf.tidy(() =>
      interpolate(tf.tensor4d(data, [1, height, width, 3]), [299, 299], { mode: "bilinear" })
    );
    const features = await this.#forward(x);
    x.dispose();
    try {
      return await features.data() as Float32Array;
    } finally {
      features.dispose();
    }
  }

  /** Releases the network. */
  [Symbol.dispose](): void {
    this.#forward.dispose();
    this.#net.dispose();
  }
}
