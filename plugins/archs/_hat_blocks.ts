/**
 * The blocks of HAT.
 *
 * Origin: HAT `hat/archs/hat_arch.py`, 1638a9a (Apache-2.0, https://github.com/XPixelGroup/HAT): keys and arithmetic.
 *
 * @module
 */
import { addSame, scaleChannels } from "../../core/engine/ops.ts";
import { type Tensor3D, tf } from "../../core/engine/tf.ts";
import {
  BlockSequence,
  type Buffer,
  Conv2d,
  DropPath,
  fromHeads,
  GELU,
  GlobalAvgPool,
  HeadsAttention,
  Identity,
  type Image,
  LayerNorm,
  Linear,
  Mlp,
  Module,
  overlappingWindows,
  type Parameter,
  positionBias,
  positionTable,
  queryScale,
  ReLU,
  roll,
  scaled,
  Sequential,
  Sigmoid,
  toHeads,
  WindowAttention,
} from "../../core/nn/mod.ts";

/** What the blocks need to know. */
export interface HATBlockOptions {
  /** Channels. */
  readonly embed_dim: number;
  /** Height and width of a window. */
  readonly window_size: number;
  /** What the channels are divided by inside the convolutional branch. */
  readonly compress_ratio: number;
  /** What the channels are divided by inside the channel attention. */
  readonly squeeze_factor: number;
  /** Factor of the convolutional branch. */
  readonly conv_scale: number;
  /** By what share of a window the larger ones are wider. */
  readonly overlap_ratio: number;
  /** Hidden channels of the perceptrons, as a multiple. */
  readonly mlp_ratio: number;
  /** Whether queries, keys and values have a bias. */
  readonly qkv_bias: boolean;
  /** Factor of the queries. */
  readonly qk_scale: number | null;
  /** Share of elements that is dropped. */
  readonly drop_rate: number;
  /** Share of attention weights that is dropped. */
  readonly attn_drop_rate: number;
  /** Whether blocks are computed twice. */
  readonly use_checkpoint: boolean;
  /** What is at the end of a group. */
  readonly resi_connection: "1conv" | "identity";
}

/** The tables of indices, which the network holds. */
export interface HATTables {
  /** Of plain windows. */
  readonly plain: Buffer;
  /** Of overlapping ones. */
  readonly overlapping: Buffer;
}

/** Height and width of the overlapping windows. */
export function largerWindow({ window_size, overlap_ratio }: HATBlockOptions): number {
  return window_size + Math.floor(window_size * overlap_ratio);
}

/** `resi_connection`. */
export function groupEnd({ embed_dim, resi_connection }: HATBlockOptions): Conv2d | Identity {
  return resi_connection === "1conv" ? new Conv2d(embed_dim, embed_dim, 3) : new Identity();
}

/** Residual hybrid attention group: blocks, attention to overlapping windows, a convolution, and a skip around them. */
export class RHAG extends Module<Image> {
  private readonly residual_group: AttenBlocks;
  private readonly conv: Conv2d | Identity;

  /** Creates it with a block for each rate of `rates`. */
  constructor(
    o: HATBlockOptions,
    tables: HATTables,
    heads: number,
    shifts: boolean,
    rates: readonly number[],
  ) {
    super();
    this.residual_group = new AttenBlocks(o, tables, heads, shifts, rates);
    this.conv = groupEnd(o);
  }

  /** `[n, h, w, embed_dim]` to the same. */
  override forward(x: Image): Image {
    return addSame(this.conv.forward(this.residual_group.forward(x)), x);
  }
}

/** The attention of a group. */
class AttenBlocks extends Module<Image> {
  readonly blocks: BlockSequence;
  readonly overlap_attn: OCAB;

  constructor(
    o: HATBlockOptions,
    tables: HATTables,
    heads: number,
    shifts: boolean,
    rates: readonly number[],
  ) {
    super();
    this.blocks = new BlockSequence(
      ...rates.map((rate, i) => {
        const shift = shifts && i % 2 === 1 ? Math.floor(o.window_size / 2) : 0;
        return new HAB(o, tables.plain, heads, shift, rate);
      }),
    );
    if (o.use_checkpoint) this.blocks.checkpointEvery = 1;
    this.overlap_attn = new OCAB(o, tables.overlapping, heads);
  }

  override forward(x: Image): Image {
    return this.overlap_attn.forward(this.blocks.forward(x));
  }
}

/** Hybrid attention block: attention within windows and, beside it, a convolutional branch; then a perceptron. */
class HAB extends Module<Image> {
  readonly norm1: LayerNorm;
  readonly attn: WindowAttention;
  readonly conv_block: CAB;
  readonly drop_path: DropPath;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly #shift: number;
  readonly #convScale: number;

  constructor(o: HATBlockOptions, index: Buffer, heads: number, shift: number, rate: number) {
    super();
    const { embed_dim: dim, window_size: size } = o;
    this.#shift = shift;
    this.#convScale = o.conv_scale;
    this.norm1 = new LayerNorm(dim);
    this.attn = new WindowAttention({
      dim,
      window: [size, size],
      heads,
      shift,
      bias: o.qkv_bias,
      scale: o.qk_scale,
      weightDrop: o.attn_drop_rate,
      drop: o.drop_rate,
      index,
    });
    this.conv_block = new CAB(o);
    this.drop_path = new DropPath(rate);
    this.norm2 = new LayerNorm(dim);
    this.mlp = new Mlp(dim, Math.floor(dim * o.mlp_ratio), o.drop_rate);
  }

  override forward(x: Image): Image {
    const normed = this.norm1.forward(x);
    const attended = this.attn.forward(roll(normed, [-this.#shift, -this.#shift]));
    const branch = this.drop_path.forward(roll(attended, [this.#shift, this.#shift]));
    const convolved = scaled(this.conv_block.forward(normed), this.#convScale);
    const y = addSame(addSame(x, branch), convolved);
    return addSame(y, this.drop_path.forward(this.mlp.forward(this.norm2.forward(y))));
  }
}

/** Two convolutions and channel attention. */
class CAB extends Module<Image> {
  readonly cab: Sequential;

  constructor({ embed_dim, compress_ratio, squeeze_factor }: HATBlockOptions) {
    super();
    const inner = Math.floor(embed_dim / compress_ratio);
    this.cab = new Sequential(
      new Conv2d(embed_dim, inner, 3),
      new GELU(),
      new Conv2d(inner, embed_dim, 3),
      new ChannelAttention(embed_dim, Math.floor(embed_dim / squeeze_factor)),
    );
  }

  override forward(x: Image): Image {
    return this.cab.forward(x);
  }
}

/** Scales each channel by a factor in (0, 1) that depends on the means of all channels. */
class ChannelAttention extends Module<Image> {
  readonly attention: Sequential;

  constructor(dim: number, squeezed: number) {
    super();
    this.attention = new Sequential(
      new GlobalAvgPool(),
      new Conv2d(dim, squeezed, 1),
      new ReLU(),
      new Conv2d(squeezed, dim, 1),
      new Sigmoid(),
    );
  }

  override forward(x: Image): Image {
    return scaleChannels(x, this.attention.forward(x));
  }
}

/** Overlapping cross-attention block: queries of windows, keys and values of larger ones around them; then a perceptron. */
class OCAB extends Module<Image> {
  readonly relative_position_bias_table: Parameter;
  readonly norm1: LayerNorm;
  readonly qkv: Linear;
  readonly proj: Linear;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly heads: HeadsAttention;
  readonly #window: number;
  readonly #larger: number;
  readonly #index: Buffer;

  constructor(o: HATBlockOptions, index: Buffer, heads: number) {
    super();
    const { embed_dim: dim, window_size } = o;
    this.#window = window_size;
    this.#larger = largerWindow(o);
    this.#index = index;
    this.relative_position_bias_table = positionTable((window_size + this.#larger - 1) ** 2, heads);
    this.norm1 = new LayerNorm(dim);
    this.qkv = new Linear(dim, 3 * dim, { bias: o.qkv_bias });
    this.proj = new Linear(dim, dim);
    this.norm2 = new LayerNorm(dim);
    this.mlp = new Mlp(dim, Math.floor(dim * o.mlp_ratio));
    this.heads = new HeadsAttention(queryScale(dim, heads, o.qk_scale));
  }

  override forward(x: Image): Image {
    const [n, h, w, c] = x.shape;
    const window = [this.#window, this.#window] as const;
    const larger = [this.#larger, this.#larger] as const;
    const { value: table } = this.relative_position_bias_table;
    const heads = table.shape[1]!;
    const qkv = this.qkv.forward(this.norm1.forward(x)) as Image;
    const [queries, others] = tf.split(qkv, [c, 2 * c], 3) as [Image, Image];
    const [q] = toHeads(queries, window, heads) as [Tensor3D];
    const around = overlappingWindows(others, this.#window, this.#larger);
    const [k, v] = toHeads(around, larger, heads, 2) as [Tensor3D, Tensor3D];
    const bias = positionBias(table, this.#index.value, true);
    const attended = fromHeads(this.heads.forward(q, k, v, bias), window, heads, [n, h, w]);
    const y = addSame(this.proj.forward(attended) as Image, x);
    return addSame(y, this.mlp.forward(this.norm2.forward(y)));
  }
}
