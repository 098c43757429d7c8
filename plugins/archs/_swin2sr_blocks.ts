/**
 * The blocks of Swin2SR.
 *
 * Origin: Swin2SR `models/network_swin2sr.py` (https://github.com/mv-lab/swin2sr, Apache-2.0): keys and arithmetic. Attention
 * is that of Swin Transformer V2: Z. Liu et al., CVPR 2022, https://arxiv.org/abs/2111.09883.
 *
 * @module
 */
import { addSame, biasAdd } from "../../core/engine/ops.ts";
import {
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "../../core/engine/tf.ts";
import {
  BlockSequence,
  type Buffer,
  constant,
  Conv2d,
  Dropout,
  DropPath,
  fromHeads,
  HeadsAttention,
  type Image,
  indexBuffer,
  LayerNorm,
  Linear,
  maskBuffer,
  Mlp,
  Module,
  Parameter,
  positionBias,
  relativePositionIndex,
  ReLU,
  type ResiConnection,
  resiConnection,
  roll,
  Sequential,
  shiftedWindowMask,
  shiftedWindowMaskValues,
  sigmoid,
  toHeads,
  type WindowSize,
} from "../../core/nn/mod.ts";

/** What the blocks need to know. */
export interface Swin2SRBlockOptions {
  /** Size of the training images. */
  readonly img_size: number;
  /** Channels. */
  readonly embed_dim: number;
  /** Height and width of a window. */
  readonly window_size: number;
  /** Hidden channels of the perceptrons, as a multiple. */
  readonly mlp_ratio: number;
  /** Whether queries and values have a bias. */
  readonly qkv_bias: boolean;
  /** Share of elements that is dropped. */
  readonly drop_rate: number;
  /** Share of attention weights that is dropped. */
  readonly attn_drop_rate: number;
  /** Whether blocks are computed twice. */
  readonly use_checkpoint: boolean;
  /** Convolutions at the end of a group. */
  readonly resi_connection: ResiConnection;
}

/** A 1x1 convolution, and a norm where one is wanted. Keys `proj`, `norm`. */
export class PatchEmbed extends Module<Image> {
  private readonly proj: Conv2d;
  private readonly norm: LayerNorm | undefined;

  /** Creates it for `dim` channels. */
  constructor(dim: number, norm: boolean) {
    super();
    this.proj = new Conv2d(dim, dim, 1);
    this.norm = norm ? new LayerNorm(dim) : undefined;
  }

  /** `[n, h, w, dim]` to the same. */
  override forward(x: Image): Image {
    const y = this.proj.forward(x);
    return this.norm ? this.norm.forward(y) : y;
  }
}

/** Residual group: blocks, convolutions, and a skip around them. */
export class RSTB extends Module<Image> {
  private readonly residual_group: BasicLayer;
  private readonly conv: Conv2d | Sequential;
  private readonly patch_embed: PatchEmbed;

  /** Creates it with a block for each rate of `rates`. */
  constructor(o: Swin2SRBlockOptions, heads: number, rates: readonly number[]) {
    super();
    this.residual_group = new BasicLayer(o, heads, rates);
    this.conv = resiConnection(o.embed_dim, o.resi_connection);
    this.patch_embed = new PatchEmbed(o.embed_dim, false);
  }

  /** `[n, h, w, embed_dim]` to the same. */
  override forward(x: Image): Image {
    return addSame(this.patch_embed.forward(this.conv.forward(this.residual_group.forward(x))), x);
  }
}

/** The blocks of a group. */
class BasicLayer extends Module<Image> {
  readonly blocks: BlockSequence;

  constructor(o: Swin2SRBlockOptions, heads: number, rates: readonly number[]) {
    super();
    this.blocks = new BlockSequence(
      ...rates.map((rate, i) => new SwinTransformerBlock(o, heads, i % 2 === 1, rate)),
    );
    if (o.use_checkpoint) this.blocks.checkpointEvery = 1;
  }

  override forward(x: Image): Image {
    return this.blocks.forward(x);
  }
}

/** Attention within windows and a perceptron, each followed by a norm, with a skip around both. */
class SwinTransformerBlock extends Module<Image> {
  readonly attn_mask: Buffer | undefined;
  readonly norm1: LayerNorm;
  readonly attn: CosineAttention;
  readonly drop_path: DropPath;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly #shift: number;

  constructor(o: Swin2SRBlockOptions, heads: number, shifts: boolean, rate: number) {
    super();
    const { embed_dim, img_size } = o;
    const size = Math.min(o.window_size, img_size);
    const window = [size, size] as const;
    this.#shift = shifts && img_size > o.window_size ? Math.floor(o.window_size / 2) : 0;
    if (this.#shift > 0) {
      const shift = [this.#shift, this.#shift] as const;
      this.attn_mask = maskBuffer(
        [(img_size / size) ** 2, size ** 2, size ** 2],
        () => shiftedWindowMaskValues([img_size, img_size], window, shift),
      );
    }
    this.norm1 = new LayerNorm(embed_dim);
    this.attn = new CosineAttention(o, window, heads, this.#shift);
    this.drop_path = new DropPath(rate);
    this.norm2 = new LayerNorm(embed_dim);
    this.mlp = new Mlp(embed_dim, Math.floor(embed_dim * o.mlp_ratio), o.drop_rate);
  }

  override forward(x: Image): Image {
    const shifted = this.attn.forward(roll(x, [-this.#shift, -this.#shift]));
    const branch = this.norm1.forward(roll(shifted, [this.#shift, this.#shift]));
    const y = addSame(x, this.drop_path.forward(branch));
    return addSame(y, this.drop_path.forward(this.norm2.forward(this.mlp.forward(y))));
  }
}

/** Largest factor of the cosines. */
const MAX_SCALE = 100;

/** Self-attention within windows, where scores are cosines times a trained factor for each head. */
class CosineAttention extends Module<Image> {
  readonly logit_scale: Parameter;
  readonly q_bias: Parameter | undefined;
  readonly v_bias: Parameter | undefined;
  readonly relative_coords_table: Buffer;
  readonly relative_position_index: Buffer;
  readonly cpb_mlp: Sequential;
  readonly qkv: Linear;
  readonly proj: Linear;
  readonly heads: HeadsAttention;
  readonly proj_drop: Dropout;
  readonly #window: WindowSize;
  readonly #shift: number;

  constructor(o: Swin2SRBlockOptions, window: WindowSize, heads: number, shift: number) {
    super();
    const { embed_dim: dim } = o;
    const [size] = window;
    this.#window = window;
    this.#shift = shift;
    this.logit_scale = new Parameter([heads, 1, 1], constant(Math.log(10)));
    if (o.qkv_bias) {
      this.q_bias = new Parameter([dim], constant(0));
      this.v_bias = new Parameter([dim], constant(0));
    }
    const across = 2 * size - 1;
    this.relative_coords_table = maskBuffer(
      [1, across, across, 2],
      () => Float32Array.from(coordinates(size)),
    );
    this.relative_position_index = indexBuffer(
      [size ** 2, size ** 2],
      relativePositionIndex(window),
    );
    this.cpb_mlp = new Sequential(
      new Linear(2, 512),
      new ReLU(),
      new Linear(512, heads, { bias: false }),
    );
    this.qkv = new Linear(dim, 3 * dim, { bias: false });
    this.proj = new Linear(dim, dim);
    this.heads = new HeadsAttention(1, o.attn_drop_rate);
    this.proj_drop = new Dropout(o.drop_rate);
  }

  override forward(x: Image): Image {
    const [n, h, w] = x.shape;
    const heads = this.logit_scale.shape[0]!;
    let qkv = this.qkv.forward(x) as Image;
    if (this.q_bias && this.v_bias) {
      const { value: q } = this.q_bias;
      qkv = biasAdd(qkv, tf.concat([q, tf.zerosLike(q), this.v_bias.value]));
    }
    const [q, k, v] = toHeads(qkv, this.#window, heads, 3) as [Tensor3D, Tensor3D, Tensor3D];
    const y = this.heads.forward(this.#scaled(q), normalized(k), v, this.#bias(h, w));
    const joined = fromHeads(y, this.#window, heads, [n, h, w]);
    return this.proj_drop.forward(this.proj.forward(joined)) as Image;
  }

  /** Queries of length 1, times the factor of their head. */
  #scaled(q: Tensor3D): Tensor3D {
    const [heads, d] = [this.logit_scale.shape[0]!, q.shape[2]];
    const factor = tf.exp(tf.minimum(this.logit_scale.value, Math.log(MAX_SCALE)));
    const byHead = tf.reshape(normalized(q), [heads, -1, d]);
    return tf.reshape(tf.mul(byHead, factor), q.shape);
  }

  #bias(h: number, w: number): Tensor4D {
    const coordinates = tf.reshape(this.relative_coords_table.value, [-1, 2]);
    const table = tf.mul(sigmoid(this.cpb_mlp.forward(coordinates) as Tensor), 16);
    const bias = positionBias(table, this.relative_position_index.value);
    if (this.#shift === 0) return bias;
    const mask = shiftedWindowMask([h, w], this.#window, [this.#shift, this.#shift]);
    return tf.add<Tensor4D>(bias, mask);
  }
}

/** Rows of length 1, `[b, n, d]`; as `F.normalize`, made longer by no more than 10¹². */
function normalized(x: Tensor3D): Tensor3D {
  const squares = tf.sum(tf.square(x), 2, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squares, 1e-24)));
}

/** Relative positions of a window, on a logarithmic scale from -8 to 8 whose unit is that of log₂ 8. */
function coordinates(size: number): number[] {
  const scale = (offset: number): number => {
    const far = offset * 8 / (size - 1);
    return Math.sign(far) * Math.log2(Math.abs(far) + 1) / 3;
  };
  const across = 2 * size - 1;
  return Array.from({ length: across ** 2 }, (_, i) => [
    scale(Math.floor(i / across) + 1 - size),
    scale(i % across + 1 - size),
  ]).flat();
}

/** `F.interpolate` with `bicubic`: Keys' kernel of -0.75, without antialiasing, edges repeated. */
export function bicubic(x: Image, [height, width]: readonly [number, number]): Image {
  const [n, h, w, c] = x.shape;
  return tf.tidy(() => {
    const rows = tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [h, n * w * c]);
    const tall = tf.matMul(cubicWeights(h, height), rows as Tensor2D);
    const columns = tf.transpose(tf.reshape(tall, [height, n, w, c]), [2, 1, 0, 3]);
    const wide = tf.matMul(cubicWeights(w, width), tf.reshape(columns, [w, -1]) as Tensor2D);
    return tf.transpose(tf.reshape(wide, [width, n, height, c]), [1, 2, 0, 3]) as Image;
  });
}

const KEYS = -0.75;

/**
 * The matrix that resizes a line of `size` pixels to `to`. Made on the device of whole numbers, so that a recorded network has it for
 * all sizes: pixel i lies at ((2·i + 1)·size - to) / (2·to).
 */
function cubicWeights(size: number, to: number): Tensor2D {
  const [length, count, one] = [size, to, 1].map((value) => tf.scalar(value, "int32"));
  const double = tf.add(count!, count!);
  const odd = tf.add(tf.mul(tf.range(0, to, 1, "int32"), tf.scalar(2, "int32")), one!);
  // One pixel is added to each place, so that nothing is negative.
  const place = tf.add(tf.mul(odd, length!), count!);
  const whole = tf.floorDiv(place, double);
  const rest = tf.cast(tf.sub(place, tf.mul(whole, double)), "float32");
  const t = tf.div(rest, tf.cast(double, "float32"));
  const columns = tf.cast(tf.range(0, size, 1, "int32"), "float32");
  const taps = [-1, 0, 1, 2].map((tap) => {
    const from = tf.add(whole, tf.scalar(tap - 1, "int32"));
    const inside = tf.minimum(tf.maximum(from, tf.scalar(0, "int32")), tf.sub(length!, one!));
    const distance = tf.abs(tf.sub(columns, tf.expandDims(tf.cast(inside, "float32"), 1)));
    const isThere = tf.relu(tf.sub(1, distance));
    return tf.mul(isThere, tf.expandDims(cubic(t, tap), 1));
  });
  return taps.reduce((sum, tap) => tf.add(sum, tap)) as Tensor2D;
}

/** The kernel between a pixel and the place that lies `t`, 0 to 1, behind its neighbour `tap` pixels before. */
function cubic(t: Tensor, tap: number): Tensor {
  const distance = tf.abs(tf.sub(t, tap));
  const polynomial = (...factors: readonly number[]) =>
    factors.slice(1).reduce<Tensor>(
      (sum, factor) => tf.add(tf.mul(sum, distance), factor),
      tf.scalar(factors[0]!),
    );
  return tap === 0 || tap === 1
    ? polynomial(KEYS + 2, -(KEYS + 3), 0, 1)
    : polynomial(KEYS, -5 * KEYS, 8 * KEYS, -4 * KEYS);
}
