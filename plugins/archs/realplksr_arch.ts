/**
 * RealPLKSR: residual blocks with a large kernel over a part of the channels, and gates of their own.
 *
 * Paper: D. Lee et al., "Partial Large Kernel CNNs for Efficient Super-Resolution", https://arxiv.org/abs/2404.11848
 * Origin: neosr `realplksr_arch.py` (https://github.com/neosr-project/neosr, Apache-2.0) as in spandrel's `RealPLKSR` (MIT):
 * options, keys, arithmetic. Its upsampling by learned places is of W. Liu et al., "Learning to Upsample by Learning to
 * Sample", ICCV 2023, https://arxiv.org/abs/2308.15085.
 *
 * No tensor shows `norm_groups`; it is taken for 4. As in the origin the image has three channels.
 *
 * @module
 */
import { scaleShift } from "../../core/engine/norm_ops.ts";
import { addSame, sigmoid } from "../../core/engine/ops.ts";
import { dropout } from "../../core/engine/random_ops.ts";
import { type Tensor, tf } from "../../core/engine/tf.ts";
import {
  BlockSequence,
  constant,
  Conv2d,
  type Image,
  interpolateBy,
  LayerNorm,
  Module,
  Parameter,
  Sequential,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  exactSqrt,
  hasAll,
  ratioOf,
  requireSize,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import { DySample, small } from "./_dysample.ts";

/** Options of {@linkcode RealPLKSR}, spelled as in YAML under `network_g`. */
export interface RealPLKSROptions {
  /** Channels of the features, default 64. */
  readonly dim?: number;
  /** Blocks, default 28. */
  readonly n_blocks?: number;
  /** Scale factor, default 4. */
  readonly upscaling_factor?: number;
  /** Size of the large kernel, odd; default 17. */
  readonly kernel_size?: number;
  /** Share of the channels that it sees, default 0.25. */
  readonly split_ratio?: number;
  /** Whether blocks scale each element by an attention of its own, default true. */
  readonly use_ea?: boolean;
  /** Groups of the group norm at the end of a block, default 4. */
  readonly norm_groups?: number;
  /** Share of channels that are dropped after the blocks while training, default 0. */
  readonly dropout?: number;
  /** Whether pixels of the output are taken from learned places rather than from channels, default false. */
  readonly dysample?: boolean;
  /** Whether blocks begin with a layer norm rather than end with a group norm, default false. */
  readonly layer_norm?: boolean;
}

const options = z.strictObject({
  dim: z.int().min(1).default(64),
  n_blocks: z.int().min(0).default(28),
  upscaling_factor: z.int().min(1).default(4),
  kernel_size: z.int().min(1).refine((size) => size % 2 === 1, "must be odd").default(17),
  split_ratio: z.number().positive().max(1).default(0.25),
  use_ea: z.boolean().default(true),
  norm_groups: z.int().min(1).default(4),
  dropout: z.number().min(0).lt(1).default(0),
  dysample: z.boolean().default(false),
  layer_norm: z.boolean().default(false),
}) satisfies z.ZodType<Required<RealPLKSROptions>>;

/** Channels of the image. */
const COLOURS = 3;

const weights: WeightsSignature = {
  matches: (dict) =>
    hasAll(dict, "feats.0.weight", "feats.1.lk.conv.weight", "feats.1.channel_mixer.0.weight"),
  options(dict) {
    const dim = requireSize(dict, "feats.0.weight");
    const last = countOf(dict, "feats.*.") - 1;
    return {
      dim,
      n_blocks: last - 2,
      upscaling_factor: exactSqrt(requireSize(dict, `feats.${last}.weight`) / COLOURS),
      kernel_size: requireSize(dict, "feats.1.lk.conv.weight", 2),
      split_ratio: ratioOf(dim, requireSize(dict, "feats.1.lk.conv.weight")),
      use_ea: dict.has("feats.1.attn.f.0.weight"),
      dysample: dict.has("to_img.init_pos"),
      layer_norm: dict.has("feats.1.layer_norm.weight"),
    };
  },
  traits(found) {
    const { upscaling_factor: scale } = options.parse(found);
    return { scale, inputChannels: COLOURS, outputChannels: COLOURS };
  },
};

/** Maps `lq` `[n, h, w, 3]`, float32 RGB in [0, 1], to `[n, h·upscaling_factor, w·upscaling_factor, 3]`. */
@ARCH_REGISTRY.register({ options, weights })
export class RealPLKSR extends Module<Image> {
  private readonly feats: BlockSequence;
  private readonly to_img: DySample | undefined;
  private readonly scale: number;

  /**
   * Creates it.
   *
   * @throws {RangeError} If the groups do not divide the channels, or no channel is left for the large kernel.
   */
  constructor(opt: RealPLKSROptions = {}) {
    super();
    const o = options.parse(opt);
    if (!o.layer_norm && o.dim % o.norm_groups !== 0) {
      throw new RangeError(`norm_groups must divide dim (${o.dim}), received ${o.norm_groups}`);
    }
    if (Math.floor(o.dim * o.split_ratio) < 1) {
      throw new RangeError(`split_ratio ${o.split_ratio} leaves none of ${o.dim} channels`);
    }
    const scale = o.upscaling_factor;
    const shuffle = o.dysample ? 1 : scale;
    this.feats = new BlockSequence(
      small(new Conv2d(COLOURS, o.dim, 3)),
      ...Array.from({ length: o.n_blocks }, () => new PLKBlock(o)),
      new ChannelDropout(o.dropout),
      small(new Conv2d(o.dim, COLOURS * scale ** 2, 3, { shuffle })),
    );
    this.to_img = o.dysample ? new DySample(COLOURS, scale) : undefined;
    this.scale = scale;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const y = this.feats.forward(lq);
    if (this.to_img === undefined) return addSame(y, interpolateBy(lq, this.scale));
    const [n, h, w] = lq.shape;
    const blocks = tf.tile(tf.reshape(lq, [n, h, w, COLOURS, 1]), [1, 1, 1, 1, this.scale ** 2]);
    return this.to_img.forward(addSame(y, tf.reshape(blocks, y.shape)));
  }
}

/** Two convolutions, the large kernel, attention, a 1x1 convolution; a norm before or after; and a skip. */
class PLKBlock extends Module<Image> {
  readonly layer_norm: LayerNorm | undefined;
  readonly channel_mixer: Sequential;
  readonly lk: PLKConv2d;
  readonly attn: EA | undefined;
  readonly refine: Conv2d;
  readonly norm: GroupNorm | undefined;

  constructor(o: Required<RealPLKSROptions>) {
    super();
    const { dim } = o;
    this.layer_norm = o.layer_norm ? new LayerNorm(dim, { eps: 1e-6 }) : undefined;
    this.channel_mixer = new Sequential(
      new Conv2d(dim, 2 * dim, 3),
      new Mish(),
      small(new Conv2d(2 * dim, dim, 3)),
    );
    this.lk = new PLKConv2d(Math.floor(dim * o.split_ratio), o.kernel_size);
    this.attn = o.use_ea ? new EA(dim) : undefined;
    this.refine = small(new Conv2d(dim, dim, 1));
    this.norm = o.layer_norm ? undefined : new GroupNorm(o.norm_groups, dim);
  }

  override forward(x: Image): Image {
    let y = this.layer_norm?.forward(x) ?? x;
    y = this.lk.forward(this.channel_mixer.forward(y));
    y = this.refine.forward(this.attn?.forward(y) ?? y);
    return addSame(this.norm?.forward(y) ?? y, x);
  }
}

/** A convolution over the first channels; the others pass. */
class PLKConv2d extends Module<Image> {
  readonly conv: Conv2d;
  readonly #channels: number;

  constructor(channels: number, kernel: number) {
    super();
    this.conv = small(new Conv2d(channels, channels, kernel));
    this.#channels = channels;
  }

  override forward(x: Image): Image {
    const rest = x.shape[3] - this.#channels;
    if (rest === 0) return this.conv.forward(x);
    const [seen, passed] = tf.split(x, [this.#channels, rest], 3) as [Image, Image];
    return tf.concat([this.conv.forward(seen), passed], 3);
  }
}

/** Element-wise attention. */
class EA extends Module<Image> {
  readonly f: Sequential;

  constructor(dim: number) {
    super();
    this.f = new Sequential(small(new Conv2d(dim, dim, 3)));
  }

  override forward(x: Image): Image {
    return tf.mul(x, sigmoid(this.f.forward(x)));
  }
}

/** x·tanh(log(1 + eˣ)). */
class Mish extends Module<Tensor> {
  override forward(x: Tensor): Tensor {
    return tf.mul(x, tf.tanh(tf.softplus(x)));
  }
}

/** PyTorch's `nn.GroupNorm`: each group of channels of an image has mean 0 and variance 1; then a factor and a bias. */
class GroupNorm extends Module<Image> {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #groups: number;

  constructor(groups: number, channels: number) {
    super();
    this.weight = new Parameter([channels], constant(1));
    this.bias = new Parameter([channels], constant(0));
    this.#groups = groups;
  }

  override forward(x: Image): Image {
    const [n, h, w, c] = x.shape;
    const grouped = tf.reshape(x, [n, h * w, this.#groups, c / this.#groups]);
    const centred = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
    const variance = tf.mean(tf.square(centred), [1, 3], true);
    const y = tf.reshape(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), x.shape) as Image;
    return scaleShift(y, this.weight.value, this.bias.value);
  }
}

/** `nn.Dropout2d`: drops whole channels of an image while training. */
class ChannelDropout extends Module<Image> {
  readonly #rate: number;

  constructor(rate: number) {
    super();
    this.#rate = rate;
  }

  override forward(x: Image): Image {
    if (!this.training || this.#rate === 0) return tf.clone(x);
    const [n, , , c] = x.shape;
    return dropout(x, this.#rate, [n, 1, 1, c]);
  }
}
