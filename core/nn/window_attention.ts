/**
 * Attention in windows.
 *
 * Paper: Z. Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV 2021,
 * https://arxiv.org/abs/2103.14030
 * Origin: BasicSR `basicsr/archs/swinir_arch.py`, 8d56e3a (Apache-2.0): keys and arithmetic.
 *
 * @module
 */
import { attention, attentionWeights } from "../engine/attention_ops.ts";
import { type Tensor, type Tensor3D, type Tensor4D, tf } from "../engine/tf.ts";
import { Dropout } from "./dropout.ts";
import { Linear } from "./linear.ts";
import { type Buffer, type Image, Module, type Parameter } from "./module.ts";
import { positionTable } from "./transformer.ts";
import {
  fromHeads,
  indexBuffer,
  positionBias,
  relativePositionIndex,
  shiftedWindowMask,
  toHeads,
  type WindowSize,
} from "./windows.ts";

/** Multi-head attention from queries, keys and values that are there already. */
export class HeadsAttention extends Module<Tensor3D> {
  /** Drops weights. */
  readonly attn_drop: Dropout;

  /** Creates it; `scale` is the factor of the queries, `drop` the share of weights that is dropped while training. */
  constructor(readonly scale: number, drop = 0) {
    super();
    this.attn_drop = new Dropout(drop);
  }

  /**
   * Queries, keys and values `[heads·n·windows, pixels, d]` and a bias `[heads, 1, 1 or windows, pixels·pixels]` to
   * `[heads·n·windows, pixels, d]`.
   */
  override forward(...inputs: Tensor[]): Tensor3D {
    const [q, k, v] = inputs as [Tensor3D, Tensor3D, Tensor3D];
    const bias = inputs[3] as Tensor4D;
    const [heads, windows] = [bias.shape[0], bias.shape[2]];
    const grid = [heads, q.shape[0] / heads / windows, windows] as [number, number, number];
    if (!this.attn_drop.active) return attention(q, k, v, bias, grid, this.scale);
    const weights = attentionWeights(q, k, bias, grid, this.scale);
    return tf.matMul(this.attn_drop.forward(weights), v);
  }
}

/** Options of a {@linkcode WindowAttention}. */
export interface WindowAttentionOptions {
  /** Channels. */
  readonly dim: number;
  /** Height and width of the windows. */
  readonly window: WindowSize;
  /** Heads. */
  readonly heads: number;
  /** By how many pixels the image was moved up and to the left, cyclically; default 0. */
  readonly shift?: number;
  /** Whether queries, keys and values have a bias, default true. */
  readonly bias?: boolean;
  /** Factor of the queries; default 1 / √(channels of a head). */
  readonly scale?: number | null;
  /** Share of weights that is dropped while training, default 0. */
  readonly weightDrop?: number;
  /** Share of results that is dropped while training, default 0. */
  readonly drop?: number;
  /** The table of indices that several attentions share; by default each has its own. */
  readonly index?: Buffer;
}

/**
 * Multi-head self-attention within windows, with a trained bias for each relative position. Keys
 * `relative_position_bias_table`, `relative_position_index` (derived), `qkv`, `proj`.
 */
export class WindowAttention extends Module<Image> {
  /** Biases; ((2·wh - 1)·(2·ww - 1), heads). */
  readonly relative_position_bias_table: Parameter;
  /** Their rows for pairs of pixels; (wh·ww, wh·ww). */
  readonly relative_position_index: Buffer | undefined;
  /** Makes queries, keys and values. */
  readonly qkv: Linear;
  /** Mixes the heads. */
  readonly proj: Linear;
  /** The attention itself. */
  readonly heads: HeadsAttention;
  /** Drops results. */
  readonly proj_drop: Dropout;
  readonly #window: WindowSize;
  readonly #shift: number;
  readonly #index: Buffer;

  /** Creates it. */
  constructor(options: WindowAttentionOptions) {
    super();
    const { dim, window, heads, shift = 0, bias = true, weightDrop = 0, drop = 0 } = options;
    const [wh, ww] = window;
    this.#window = window;
    this.#shift = shift;
    this.relative_position_bias_table = positionTable((2 * wh - 1) * (2 * ww - 1), heads);
    if (options.index) {
      this.#index = options.index;
    } else {
      const shape = [wh * ww, wh * ww];
      this.#index = indexBuffer(shape, relativePositionIndex(window));
      this.relative_position_index = this.#index;
    }
    this.qkv = new Linear(dim, 3 * dim, { bias });
    this.proj = new Linear(dim, dim);
    this.heads = new HeadsAttention(queryScale(dim, heads, options.scale), weightDrop);
    this.proj_drop = new Dropout(drop);
  }

  /** `[n, h, w, dim]` to the same; h and w are multiples of the window. */
  override forward(x: Image): Image {
    const [n, h, w] = x.shape;
    const { value } = this.relative_position_bias_table;
    const heads = value.shape[1]!;
    const plain = positionBias(value, this.#index.value);
    const bias = this.#shift === 0 ? plain : tf.add<Tensor4D>(
      plain,
      shiftedWindowMask([h, w], this.#window, [this.#shift, this.#shift]),
    );
    const qkv = this.qkv.forward(x) as Image;
    const [q, k, v] = toHeads(qkv, this.#window, heads, 3) as [Tensor3D, Tensor3D, Tensor3D];
    const y = fromHeads(this.heads.forward(q, k, v, bias), this.#window, heads, [n, h, w]);
    return this.proj_drop.forward(this.proj.forward(y)) as Image;
  }
}

/** `qk_scale` as Swin transformers take it: without one, or with 0, 1 / √(channels of a head). */
export function queryScale(dim: number, heads: number, scale: number | null | undefined): number {
  return scale || 1 / Math.sqrt(dim / heads);
}

/**
 * Attention among the channels of each head within windows, whose queries and keys are normalised over the pixels: `[n, h, w,
 * 3·c]` to `[n, h, w, c]`. The factor of the scores is `temperature`, (heads, 1, 1).
 *
 * @param drop What is done to the weights, `[heads·n·windows, d, d]`.
 */
export function channelAttention(
  qkv: Image,
  window: WindowSize,
  temperature: Parameter,
  drop: (weights: Tensor3D) => Tensor3D = (weights) => weights,
): Image {
  const [n, h, w] = qkv.shape;
  const heads = temperature.shape[0]!;
  const [q, k, v] = toHeads(qkv, window, heads, 3) as [Tensor3D, Tensor3D, Tensor3D];
  const [batch, , d] = q.shape;
  const products = tf.matMul(q, k, true);
  // Lengths are taken off the products, of which there are fewer than of the numbers themselves.
  const lengths = tf.mul(tf.transpose(inverseLength(q), [0, 2, 1]), inverseLength(k));
  const scores = tf.reshape(tf.mul(products, lengths), [heads, batch / heads, d * d]);
  const warm = tf.reshape(tf.mul(scores, temperature.value), [batch, d, d]) as Tensor3D;
  const mixed = tf.matMul(v, drop(tf.softmax(warm)), false, true) as Tensor3D;
  return fromHeads(mixed, window, heads, [n, h, w]);
}

/** 1 / length of each column, `[b, n, d]` to `[b, 1, d]`; as `F.normalize` has it, no more than 10¹². */
function inverseLength(x: Tensor3D): Tensor3D {
  return tf.rsqrt(tf.maximum(tf.sum(tf.square(x), 1, true), 1e-24)) as Tensor3D;
}
