/**
 * Convolution with a spectral norm, with PyTorch's state and arithmetic.
 *
 * Paper: T. Miyato et al., "Spectral Normalization for Generative Adversarial Networks", ICLR 2018,
 * https://arxiv.org/abs/1802.05957. State and order of operations are those of `torch.nn.utils.spectral_norm`.
 *
 * @module
 */
import { biasAdd, detach } from "../engine/ops.ts";
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import type { Rng } from "../random.ts";
import { isRecomputing } from "./checkpoint.ts";
import { torchDefault } from "./init.ts";
import { conv2dLayout } from "./layout.ts";
import { Buffer, type Image, Module, Parameter } from "./module.ts";

/** Options of a {@linkcode SpectralConv2d}. */
export interface SpectralConvOptions {
  /** Step between outputs, default 1. */
  readonly stride?: number;
  /** Zeros added on each side, default (kernel - 1) / 2, rounded down. */
  readonly padding?: number;
  /** Whether a bias is added, default true. */
  readonly bias?: boolean;
}

/** Smallest length that a vector is divided by; PyTorch's default. */
const EPS = 1e-12;

/**
 * 2-D convolution, `[n, h, w, in]` to `[n, h', w', out]`, whose weight as a matrix (out, in·k·k) is divided by an estimate of
 * its largest singular value, σ = uᵀWv. While training, each call moves u and v by one power iteration; evaluation takes them
 * as they are. The gradient goes through σ, with u and v for constants. Keys `bias`, `weight_orig`, `weight_u`, `weight_v`.
 */
export class SpectralConv2d extends Module<Tensor4D> {
  /** Bias; (out). */
  readonly bias: Parameter | undefined;
  /** Weight before it is divided; (out, in, k, k) in files. */
  readonly weight_orig: Parameter;
  /** Estimate of the first left singular vector; (out). */
  readonly weight_u: Buffer;
  /** Estimate of the first right singular vector; (in·k·k). */
  readonly weight_v: Buffer;
  readonly #stride: number;
  readonly #padding: number;
  readonly #kernel: number;

  /** Creates it for a `kernel` x `kernel` window. */
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    options: SpectralConvOptions = {},
  ) {
    super();
    const { stride = 1, padding = Math.floor((kernel - 1) / 2), bias = true } = options;
    this.#stride = stride;
    this.#padding = padding;
    this.#kernel = kernel;
    const shape = [outChannels, inChannels, kernel, kernel];
    const fanIn = inChannels * kernel * kernel;
    this.bias = bias ? new Parameter([outChannels], torchDefault(fanIn)) : undefined;
    this.weight_orig = new Parameter(shape, torchDefault(fanIn), conv2dLayout(shape));
    this.weight_u = new Buffer([outChannels], unitVector);
    this.weight_v = new Buffer([fanIn], unitVector, {
      layout: {
        view: [inChannels, kernel, kernel],
        order: [1, 2, 0],
        shape: [fanIn],
      },
    });
  }

  /** See the class. */
  override forward(x: Image): Tensor4D {
    const p = this.#padding;
    const same = this.#stride === 1 && 2 * p === this.#kernel - 1;
    const input = same || p === 0 ? x : tf.pad(x, [[0, 0], [p, p], [p, p], [0, 0]]);
    const y = tf.conv2d(input, this.#weight(), this.#stride, same ? "same" : "valid");
    return this.bias ? biasAdd(y, this.bias.value) : y;
  }

  /** The weight that is convolved with, `[k, k, in, out]`. */
  #weight(): Tensor4D {
    const weight = this.weight_orig.value;
    const out = this.weight_u.size;
    // Sums of products and not matrix products, which mixed precision would compute from rounded numbers.
    const matrix = tf.reshape(weight as Tensor, [-1, out]);
    const column = (v: Tensor): Tensor => tf.reshape(v, [-1, 1]);
    let u: Tensor = this.weight_u.value, v: Tensor = this.weight_v.value;
    // A second time the same vectors are taken that the first time has left.
    const iterates = this.training && !isRecomputing();
    if (iterates) v = detach(unit(tf.sum(tf.mul(matrix, u), 1)));
    const product = tf.sum(tf.mul(matrix, column(v)), 0);
    if (iterates) {
      u = detach(unit(product));
      this.weight_u.value.assign(u as typeof this.weight_u.value);
      this.weight_v.value.assign(v as typeof this.weight_v.value);
    }
    return tf.div(weight as Tensor, tf.sum(tf.mul(product, u))) as Tensor4D;
  }
}

function unit(vector: Tensor): Tensor {
  return tf.div(vector, tf.maximum(tf.sqrt(tf.sum(tf.square(vector))), EPS));
}

/** A random direction. */
function unitVector(rng: Rng, [size]: readonly number[]): Float32Array {
  const vector = Float32Array.from({ length: size! }, () => rng.normal(0, 1));
  const length = Math.sqrt(vector.reduce((sum, v) => sum + v * v, 0));
  return vector.map((v) => v / Math.max(length, EPS));
}
