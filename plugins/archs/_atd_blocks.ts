/**
 * The blocks of ATD.
 *
 * Origin: ATD (https://github.com/LabShuHangGU/Adaptive-Token-Dictionary, Apache-2.0): keys and arithmetic.
 *
 * @module
 */
import { normalize } from "../../core/engine/norm_ops.ts";
import { addSame, detach } from "../../core/engine/ops.ts";
import {
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "../../core/engine/tf.ts";
import {
  type Buffer,
  constant,
  Conv2d,
  fromHeads,
  GELU,
  gelu,
  HeadsAttention,
  type Image,
  LayerNorm,
  Linear,
  Module,
  ModuleList,
  normal,
  Parameter,
  positionBias,
  positionTable,
  queryScale,
  type ResiConnection,
  resiConnection,
  roll,
  Sequential,
  shiftedWindowMask,
  sigmoid,
  toHeads,
} from "../../core/nn/mod.ts";

/** What the blocks need to know. */
export interface ATDBlockOptions {
  /** Channels. */
  readonly embed_dim: number;
  /** Height and width of a window. */
  readonly window_size: number;
  /** Pixels that attend to each other within a category. */
  readonly category_size: number;
  /** Tokens of a dictionary. */
  readonly num_tokens: number;
  /** Channels by which pixels and tokens are compared. */
  readonly reducted_dim: number;
  /** Size of the convolution in the perceptrons. */
  readonly convffn_kernel_size: number;
  /** Hidden channels of the perceptrons, as a multiple. */
  readonly mlp_ratio: number;
  /** Whether queries, keys and values have a bias. */
  readonly qkv_bias: boolean;
  /** Convolutions at the end of a group. */
  readonly resi_connection: ResiConnection;
}

/** Group of layers that share a dictionary, convolutions, and a skip around them. */
export class ATDB extends Module<Image> {
  private readonly residual_group: BasicBlock;
  private readonly conv: Conv2d | Sequential;

  /** Creates it with `depth` layers. */
  constructor(o: ATDBlockOptions, index: Buffer, depth: number, heads: number) {
    super();
    this.residual_group = new BasicBlock(o, index, depth, heads);
    this.conv = resiConnection(o.embed_dim, o.resi_connection);
  }

  /** `[n, h, w, embed_dim]` to the same. */
  override forward(x: Image): Image {
    return addSame(this.conv.forward(this.residual_group.forward(x)), x);
  }
}

/** The layers of a group, and the dictionary from which they start. */
class BasicBlock extends Module<Image> {
  readonly td: Parameter;
  readonly layers: ModuleList<ATDTransformerLayer>;

  constructor(o: ATDBlockOptions, index: Buffer, depth: number, heads: number) {
    super();
    this.td = new Parameter([o.num_tokens, o.embed_dim], normal(1));
    this.layers = new ModuleList(
      Array.from({ length: depth }, (_, i) => {
        const shift = i % 2 === 1 ? Math.floor(o.window_size / 2) : 0;
        return new ATDTransformerLayer(o, index, heads, shift, i === depth - 1);
      }),
    );
  }

  override forward(x: Image): Image {
    const { value } = this.td;
    let tokens = tf.tile(tf.expandDims(value as Tensor as Tensor2D), [
      x.shape[0],
      1,
      1,
    ]) as Tensor3D;
    let y = x;
    for (const layer of this.layers) [y, tokens] = layer.forward(y, tokens);
    return y;
  }
}

/** Three kinds of attention side by side, a perceptron, and the refinement of the dictionary. */
class ATDTransformerLayer extends Module<[Image, Tensor3D]> {
  readonly sigma: Parameter | undefined;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: InstanceNorm | undefined;
  readonly wqkv: Linear;
  readonly attn_win: WindowBranch;
  readonly attn_atd: DictionaryAttention;
  readonly attn_aca: CategoryAttention;
  readonly convffn: ConvFFN;

  constructor(o: ATDBlockOptions, index: Buffer, heads: number, shift: number, last: boolean) {
    super();
    const { embed_dim: dim, num_tokens } = o;
    if (!last) this.sigma = new Parameter([num_tokens, 1], constant(0));
    this.norm1 = new LayerNorm(dim);
    this.norm2 = new LayerNorm(dim);
    if (!last) this.norm3 = new InstanceNorm(num_tokens);
    this.wqkv = new Linear(dim, 3 * dim, { bias: o.qkv_bias });
    this.attn_win = new WindowBranch(o, index, heads, shift);
    this.attn_atd = new DictionaryAttention(o);
    this.attn_aca = new CategoryAttention(o, heads);
    this.convffn = new ConvFFN(dim, Math.floor(dim * o.mlp_ratio), o.convffn_kernel_size);
  }

  override forward(...inputs: Tensor[]): [Image, Tensor3D] {
    const [x, tokens] = inputs as [Image, Tensor3D];
    const [n, h, w, c] = x.shape;
    const normed = this.norm1.forward(x);
    const qkv = this.wqkv.forward(normed) as Image;
    const [byToken, similar] = this.attn_atd.forward(normed, tokens);
    const branches = [byToken, this.attn_aca.forward(qkv, similar), this.attn_win.forward(qkv)];
    let y = branches.reduce((sum: Image, branch) => addSame(sum, branch), x);
    y = addSame(y, this.convffn.forward(this.norm2.forward(y)));
    if (!this.sigma || !this.norm3) return [y, tokens];
    const shares = tf.softmax(this.norm3.forward(tf.transpose(similar, [0, 2, 1])));
    const seen = tf.matMul(shares, tf.reshape(y, [n, h * w, c]) as Tensor3D);
    const kept = sigmoid(this.sigma.value);
    return [y, tf.add(tf.mul(tokens, kept), tf.mul(seen, tf.sub(1, kept)))];
  }
}

/** `nn.InstanceNorm1d` with factors and biases: `[n, channels, length]`, each line on its own. */
class InstanceNorm extends Module<Tensor3D> {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(channels: number) {
    super();
    this.weight = new Parameter([channels], constant(1));
    this.bias = new Parameter([channels], constant(0));
  }

  override forward(x: Tensor3D): Tensor3D {
    const [factors, biases] = [this.weight, this.bias].map(({ value }) => tf.expandDims(value, 1));
    return tf.add(tf.mul(normalize(x, 1e-5), factors!), biases!);
  }
}

/** Attention within windows. */
class WindowBranch extends Module<Image> {
  readonly relative_position_bias_table: Parameter;
  readonly proj: Linear;
  readonly heads: HeadsAttention;
  readonly #size: number;
  readonly #shift: number;
  readonly #index: Buffer;

  constructor(o: ATDBlockOptions, index: Buffer, heads: number, shift: number) {
    super();
    this.relative_position_bias_table = positionTable((2 * o.window_size - 1) ** 2, heads);
    this.proj = new Linear(o.embed_dim, o.embed_dim);
    this.heads = new HeadsAttention(queryScale(o.embed_dim, heads, undefined));
    this.#size = o.window_size;
    this.#shift = shift;
    this.#index = index;
  }

  override forward(qkv: Image): Image {
    const [n, h, w] = qkv.shape;
    const window = [this.#size, this.#size] as const, shift = this.#shift;
    const { value: table } = this.relative_position_bias_table;
    const heads = table.shape[1]!;
    let bias = positionBias(table, this.#index.value);
    if (shift > 0) bias = tf.add<Tensor4D>(bias, shiftedWindowMask([h, w], window, [shift, shift]));
    const moved = roll(qkv, [-shift, -shift]);
    const [q, k, v] = toHeads(moved, window, heads, 3) as [Tensor3D, Tensor3D, Tensor3D];
    const y = fromHeads(this.heads.forward(q, k, v, bias), window, heads, [n, h, w]);
    return this.proj.forward(roll(y, [shift, shift])) as Image;
  }
}

/** Attention of pixels to the tokens of the dictionary: what it gives, and its weights `[n, pixels, tokens]`. */
class DictionaryAttention extends Module<[Image, Tensor3D]> {
  readonly scale: Parameter;
  readonly wq: Linear;
  readonly wk: Linear;
  readonly wv: Linear;

  constructor({ embed_dim: dim, num_tokens, reducted_dim, qkv_bias: bias }: ATDBlockOptions) {
    super();
    this.scale = new Parameter([num_tokens], constant(0.5));
    this.wq = new Linear(dim, reducted_dim, { bias });
    this.wk = new Linear(dim, reducted_dim, { bias });
    this.wv = new Linear(dim, dim, { bias });
  }

  override forward(...inputs: Tensor[]): [Image, Tensor3D] {
    const [x, tokens] = inputs as [Image, Tensor3D];
    const [n, h, w, c] = x.shape;
    const count = tokens.shape[1];
    const q = unit(tf.reshape(this.wq.forward(x), [n, h * w, -1]) as Tensor3D);
    const k = unit(this.wk.forward(tokens) as Tensor3D);
    const sharpness = tf.mul(tf.clipByValue(this.scale.value, 0, 1), Math.log(count));
    const scores = tf.mul(tf.matMul(q, k, false, true), tf.add(sharpness, 1));
    const weights = tf.softmax(scores) as Tensor3D;
    const y = tf.matMul(weights, this.wv.forward(tokens) as Tensor3D);
    return [tf.reshape(y, [n, h, w, c]), weights];
  }
}

/** Rows of length 1; as `F.normalize`, made longer by no more than 10¹². */
function unit(x: Tensor3D): Tensor3D {
  return tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), 2, true), 1e-24)));
}

/** Largest factor of the scores. */
const MAX_SCALE = 100;

/** Attention among pixels that are next to each other when they are ordered by the token that they are most like. */
class CategoryAttention extends Module<Image> {
  readonly logit_scale: Parameter;
  readonly proj: Linear;
  readonly #size: number;
  readonly #heads: number;

  constructor(o: ATDBlockOptions, heads: number) {
    super();
    this.logit_scale = new Parameter([1, 1], constant(Math.log(10)));
    this.proj = new Linear(o.embed_dim, o.embed_dim, { bias: o.qkv_bias });
    this.#size = o.category_size;
    this.#heads = heads;
  }

  override forward(...inputs: Tensor[]): Image {
    const [qkv, similar] = inputs as [Image, Tensor3D];
    const [n, h, w, c3] = qkv.shape;
    const count = h * w;
    const size = Math.min(count, this.#size);
    const groups = Math.ceil(count / size);
    const { sorted, back } = byCategory(similar);
    const order = tf.gather(sorted, filledUp(count, groups * size), 1) as Tensor2D;
    const grouped = tf.reshape(rows(qkv, order, count), [n, groups * size, 1, c3]) as Image;
    const window = [size, 1] as const;
    const [q, k, v] = toHeads(grouped, window, this.#heads, 3) as [Tensor3D, Tensor3D, Tensor3D];
    const factor = tf.exp(tf.minimum(this.logit_scale.value, Math.log(MAX_SCALE)));
    const scores = tf.matMul(tf.mul(q, factor) as Tensor3D, k, false, true);
    const mixed = tf.matMul(tf.softmax(scores), v) as Tensor3D;
    const y = fromHeads(mixed, window, this.#heads, [n, groups * size, 1]);
    const image = tf.reshape(rows(y, back, groups * size), [n, h, w, c3 / 3]) as Image;
    return this.proj.forward(image) as Image;
  }
}

/** 0, 1, … below `count`, and on to `length` back again: the last group is filled up by mirroring the end. */
function filledUp(count: number, length: number): Tensor {
  const at = tf.range(0, length, 1, "int32");
  const pixels = tf.scalar(count, "int32");
  const last = tf.sub(tf.add(pixels, pixels), tf.scalar(1, "int32"));
  return tf.minimum(at, tf.sub(last, at));
}

/**
 * The order of pixels by the token that each is most like, and within one as in the image; and where each went: both
 * `[n, pixels]`, of `[n, pixels, tokens]`.
 */
function byCategory(similar: Tensor3D): { readonly sorted: Tensor2D; readonly back: Tensor2D } {
  const [n, count] = similar.shape;
  const place = tf.range(0, count, 1, "int32");
  const category = tf.cast(tf.argMax(detach(similar), 2), "int32");
  // All different, so that no tie is left to the engine.
  const keys = tf.add(tf.mul(category, tf.scalar(count, "int32")), place);
  const sorted = tf.topk(tf.neg(keys), count).indices as Tensor2D;
  const back = tf.topk(tf.neg(sorted), count).indices as Tensor2D;
  return { sorted: tf.reshape(sorted, [n, count]), back: tf.reshape(back, [n, count]) };
}

/** Pixels of each image in the order of `order`, `[n, m]`, of `count` pixels: `[n·m, c]`. */
function rows(x: Tensor, order: Tensor2D, count: number): Tensor {
  const [n] = order.shape;
  const start = tf.mul(tf.range(0, n, 1, "int32"), tf.scalar(count, "int32"));
  const flat = tf.reshape(x, [n * count, -1]);
  return tf.gather(flat, tf.reshape(tf.add(order, tf.reshape(start, [n, 1])), [-1]));
}

/** Perceptron whose hidden channels are convolved as well. */
class ConvFFN extends Module<Image> {
  readonly fc1: Linear;
  readonly dwconv: DepthwiseConv;
  readonly fc2: Linear;

  constructor(dim: number, hidden: number, kernel: number) {
    super();
    this.fc1 = new Linear(dim, hidden);
    this.dwconv = new DepthwiseConv(hidden, kernel);
    this.fc2 = new Linear(hidden, dim);
  }

  override forward(x: Image): Image {
    const hidden = gelu(this.fc1.forward(x) as Image);
    return this.fc2.forward(addSame(hidden, this.dwconv.forward(hidden))) as Image;
  }
}

/** Convolution of each channel, and GELU. */
class DepthwiseConv extends Module<Image> {
  readonly depthwise_conv: Sequential;

  constructor(dim: number, kernel: number) {
    super();
    this.depthwise_conv = new Sequential(
      new Conv2d(dim, dim, kernel, { groups: dim }),
      new GELU(),
    );
  }

  override forward(x: Image): Image {
    return this.depthwise_conv.forward(x);
  }
}
