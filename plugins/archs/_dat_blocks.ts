/**
 * The blocks of DAT.
 *
 * Origin: DAT `basicsr/archs/dat_arch.py` (https://github.com/zhengchen1999/DAT, Apache-2.0): keys and arithmetic.
 *
 * @module
 */
import { addSame, scaleChannels } from "../../core/engine/ops.ts";
import { type Tensor, type Tensor3D, type Tensor4D, tf } from "../../core/engine/tf.ts";
import {
  BatchNorm2d,
  type Buffer,
  channelAttention,
  constant,
  Conv2d,
  cropTo,
  Dropout,
  DropPath,
  fromHeads,
  GELU,
  gelu,
  GlobalAvgPool,
  HeadsAttention,
  type Image,
  indexBuffer,
  LayerNorm,
  Linear,
  maskBuffer,
  Module,
  ModuleList,
  padToMultiple,
  Parameter,
  positionBias,
  queryScale,
  relativePositionIndex,
  ReLU,
  roll,
  Sequential,
  shiftedWindowMask,
  shiftedWindowMaskValues,
  sigmoid,
  toHeads,
  values,
  type WindowSize,
} from "../../core/nn/mod.ts";
import type { DATConfig } from "./dat_arch.ts";

/** Whether block `index` of group `group` shifts its windows: every second one of those that have windows. */
export function shiftsWindows(group: number, index: number): boolean {
  return index % 4 === (group % 2 === 0 ? 2 : 0);
}

/** Attention, in windows and among channels in turn, and a gated perceptron, with a skip around each. */
export class DATB extends Module<Image> {
  private readonly norm1: LayerNorm;
  private readonly attn: SpatialAttention | ChannelAttention;
  private readonly drop_path: DropPath;
  private readonly ffn: SGFN;
  private readonly norm2: LayerNorm;

  /** Creates block `index` of group `group`, which is skipped while training at rate `rate`. */
  constructor(o: DATConfig, group: number, index: number, rate: number) {
    super();
    const heads = o.num_heads[group]!;
    this.norm1 = new LayerNorm(o.embed_dim);
    this.attn = index % 2 === 0
      ? new SpatialAttention(o, heads, shiftsWindows(group, index))
      : new ChannelAttention(o, heads);
    this.drop_path = new DropPath(rate);
    this.ffn = new SGFN(o.embed_dim, Math.floor(o.embed_dim * o.expansion_factor));
    this.norm2 = new LayerNorm(o.embed_dim);
  }

  /** `[n, h, w, embed_dim]` to the same. */
  override forward(x: Image): Image {
    const y = addSame(x, this.drop_path.forward(this.attn.forward(this.norm1.forward(x))));
    return addSame(y, this.drop_path.forward(this.ffn.forward(this.norm2.forward(y))));
  }
}

/** Perceptron of which one half of the hidden channels, convolved, is the factor of the other. */
class SGFN extends Module<Image> {
  readonly fc1: Linear;
  readonly sg: SpatialGate;
  readonly fc2: Linear;

  constructor(dim: number, hidden: number) {
    super();
    const half = Math.floor(hidden / 2);
    this.fc1 = new Linear(dim, hidden);
    this.sg = new SpatialGate(half);
    this.fc2 = new Linear(half, dim);
  }

  override forward(x: Image): Image {
    return this.fc2.forward(this.sg.forward(gelu(this.fc1.forward(x) as Image))) as Image;
  }
}

/** `[n, h, w, 2·dim]` to `[n, h, w, dim]`. */
class SpatialGate extends Module<Image> {
  readonly norm: LayerNorm;
  readonly conv: Conv2d;

  constructor(dim: number) {
    super();
    this.norm = new LayerNorm(dim);
    this.conv = new Conv2d(dim, dim, 3, { groups: dim });
  }

  override forward(x: Image): Image {
    const [a, b] = tf.split(x, 2, 3) as [Image, Image];
    return tf.mul(a, this.conv.forward(this.norm.forward(b)));
  }
}

/** What both kinds of attention have beside them. */
abstract class GatedAttention extends Module<Image> {
  protected abstract readonly dwconv: Sequential;
  protected abstract readonly channel_interaction: Sequential;
  protected abstract readonly spatial_interaction: Sequential;
  protected abstract readonly proj: Linear;
  protected abstract readonly proj_drop: Dropout;

  /** A gate for each channel, made of `x`, applied to `y`. */
  protected byChannel(x: Image, y: Image): Image {
    return scaleChannels(y, sigmoid(this.channel_interaction.forward(x)));
  }

  /** A gate for each pixel, made of `x`, applied to `y`. */
  protected byPixel(x: Image, y: Image): Image {
    return tf.mul(y, sigmoid(this.spatial_interaction.forward(x)));
  }

  /** The sum of both branches, mixed. */
  protected joined(a: Image, b: Image): Image {
    return this.proj_drop.forward(this.proj.forward(addSame(a, b))) as Image;
  }
}

function depthwise(dim: number): Sequential {
  return new Sequential(
    new Conv2d(dim, dim, 3, { groups: dim }),
    new BatchNorm2d(dim),
    new GELU(),
  );
}

function channelInteraction(dim: number): Sequential {
  const inner = Math.floor(dim / 8);
  return new Sequential(
    new GlobalAvgPool(),
    new Conv2d(dim, inner, 1),
    new BatchNorm2d(inner),
    new GELU(),
    new Conv2d(inner, dim, 1),
  );
}

function spatialInteraction(dim: number): Sequential {
  const inner = Math.floor(dim / 16);
  return new Sequential(
    new Conv2d(dim, inner, 1),
    new BatchNorm2d(inner),
    new GELU(),
    new Conv2d(inner, 1, 1),
  );
}

/** Attention within standing windows for one half of the channels, and within lying ones for the other. */
class SpatialAttention extends GatedAttention {
  readonly attn_mask_0: Buffer | undefined;
  readonly attn_mask_1: Buffer | undefined;
  readonly qkv: Linear;
  override readonly proj: Linear;
  override readonly proj_drop: Dropout;
  readonly attns: ModuleList<WindowBranch>;
  override readonly dwconv: Sequential;
  override readonly channel_interaction: Sequential;
  override readonly spatial_interaction: Sequential;
  readonly #multiple: number;

  constructor(o: DATConfig, heads: number, shifts: boolean) {
    super();
    const { embed_dim: dim, split_size: [tall, wide], img_size: size } = o;
    this.#multiple = Math.max(tall, wide);
    if (shifts) {
      this.attn_mask_0 = fileMask(size, [tall, wide]);
      this.attn_mask_1 = fileMask(size, [wide, tall]);
    }
    this.qkv = new Linear(dim, 3 * dim, { bias: o.qkv_bias });
    this.proj = new Linear(dim, dim);
    this.proj_drop = new Dropout(o.drop_rate);
    this.attns = new ModuleList([
      new WindowBranch(o, [tall, wide], heads / 2, shifts),
      new WindowBranch(o, [wide, tall], heads / 2, shifts),
    ]);
    this.dwconv = depthwise(dim);
    this.channel_interaction = channelInteraction(dim);
    this.spatial_interaction = spatialInteraction(dim);
  }

  override forward(x: Image): Image {
    const [, h, w, c] = x.shape;
    const qkv = this.qkv.forward(x) as Image;
    const v = tf.slice(qkv, [0, 0, 0, 2 * c], [...qkv.shape.slice(0, 3), c] as Image["shape"]);
    const padded = padToMultiple(qkv, this.#multiple, "zeros");
    const [n, tall, wide] = padded.shape;
    // Queries, keys and values, each in two halves.
    const halves = tf.split(tf.reshape(padded, [n * tall * wide, 3, 2, c / 2]), 2, 2);
    const parts = halves.map((half, i) => {
      const branch = tf.reshape(half, [n, tall, wide, 3 * c / 2]) as Image;
      return cropTo(this.attns.at(i).forward(branch), [h, w]);
    });
    const attended = tf.concat(parts, 3) as Image;
    const convolved = this.dwconv.forward(v);
    return this.joined(this.byChannel(convolved, attended), this.byPixel(attended, convolved));
  }
}

/** By how much windows are shifted: half their size, rounded down. */
function shiftOf([tall, wide]: WindowSize): readonly [number, number] {
  return [Math.floor(tall / 2), Math.floor(wide / 2)];
}

/** The mask for images of `img_size`, which files carry; `forward` makes its own for the image that it is given. */
function fileMask(size: number, window: WindowSize): Buffer {
  const count = window[0] * window[1];
  return maskBuffer(
    [size ** 2 / count, count, count],
    () => shiftedWindowMaskValues([size, size], window, shiftOf(window)),
  );
}

/** Attention within windows of one size: `[n, h, w, 3·dim]` to `[n, h, w, dim]`. */
class WindowBranch extends Module<Image> {
  readonly rpe_biases: Buffer;
  readonly relative_position_index: Buffer;
  readonly pos: DynamicPosBias;
  readonly heads: HeadsAttention;
  readonly #window: WindowSize;
  readonly #shifts: boolean;

  constructor(o: DATConfig, window: WindowSize, heads: number, shifts: boolean) {
    super();
    const dim = Math.floor(o.embed_dim / 2);
    const [wh, ww] = window;
    this.#window = window;
    this.#shifts = shifts;
    const across = 2 * ww - 1;
    const positions = Array.from({ length: (2 * wh - 1) * across }, (_, i) => [
      Math.floor(i / across) + 1 - wh,
      i % across + 1 - ww,
    ]);
    this.rpe_biases = maskBuffer([positions.length, 2], values(positions.flat()));
    this.relative_position_index = indexBuffer([wh * ww, wh * ww], relativePositionIndex(window));
    this.pos = new DynamicPosBias(Math.floor(dim / 4), heads);
    this.heads = new HeadsAttention(queryScale(dim, heads, o.qk_scale), o.attn_drop_rate);
  }

  override forward(x: Image): Image {
    const [n, h, w] = x.shape;
    const table = this.pos.forward(this.rpe_biases.value);
    const heads = table.shape[1]!;
    const [down, right] = this.#shifts ? shiftOf(this.#window) : [0, 0] as const;
    let bias = positionBias(table, this.relative_position_index.value);
    if (this.#shifts) {
      bias = tf.add<Tensor4D>(bias, shiftedWindowMask([h, w], this.#window, [down, right]));
    }
    const shifted = roll(x, [-down, -right]);
    const [q, k, v] = toHeads(shifted, this.#window, heads, 3) as [Tensor3D, Tensor3D, Tensor3D];
    const y = fromHeads(this.heads.forward(q, k, v, bias), this.#window, heads, [n, h, w]);
    return roll(y, [down, right]);
  }
}

/** A small perceptron that makes the bias of each relative position: `[positions, 2]` to `[positions, heads]`. */
class DynamicPosBias extends Module<Tensor> {
  readonly pos_proj: Linear;
  readonly pos1: Sequential;
  readonly pos2: Sequential;
  readonly pos3: Sequential;

  constructor(dim: number, heads: number) {
    super();
    const inner = Math.floor(dim / 4);
    const layer = (out: number) =>
      new Sequential(new LayerNorm(inner), new ReLU(), new Linear(inner, out));
    this.pos_proj = new Linear(2, inner);
    this.pos1 = layer(inner);
    this.pos2 = layer(inner);
    this.pos3 = layer(heads);
  }

  override forward(positions: Tensor): Tensor {
    const first = this.pos1.forward(this.pos_proj.forward(positions));
    return this.pos3.forward(this.pos2.forward(first));
  }
}

/** Attention among the channels of each head, whose queries and keys are normalised over the image. */
class ChannelAttention extends GatedAttention {
  readonly temperature: Parameter;
  readonly qkv: Linear;
  override readonly proj: Linear;
  override readonly proj_drop: Dropout;
  override readonly dwconv: Sequential;
  override readonly channel_interaction: Sequential;
  override readonly spatial_interaction: Sequential;
  readonly attn_drop: Dropout;

  constructor(o: DATConfig, heads: number) {
    super();
    const { embed_dim: dim } = o;
    this.temperature = new Parameter([heads, 1, 1], constant(1));
    this.qkv = new Linear(dim, 3 * dim, { bias: o.qkv_bias });
    this.proj = new Linear(dim, dim);
    this.proj_drop = new Dropout(o.drop_rate);
    this.dwconv = depthwise(dim);
    this.channel_interaction = channelInteraction(dim);
    this.spatial_interaction = spatialInteraction(dim);
    this.attn_drop = new Dropout(o.attn_drop_rate);
  }

  override forward(x: Image): Image {
    const [n, h, w, c] = x.shape;
    const qkv = this.qkv.forward(x) as Image;
    // The whole image is one window.
    const attended = channelAttention(
      qkv,
      [h, w],
      this.temperature,
      (weights) => this.attn_drop.forward(weights),
    );
    const values = tf.slice(qkv, [0, 0, 0, 2 * c], [n, h, w, c]);
    const convolved = this.dwconv.forward(values);
    return this.joined(this.byPixel(convolved, attended), this.byChannel(attended, convolved));
  }
}
