/**
 * Restormer: a U-Net of transformer blocks whose attention is between channels, so that its cost grows with the number of
 * pixels and not with its square.
 *
 * Paper: S. W. Zamir et al., "Restormer: Efficient Transformer for High-Resolution Image Restoration", CVPR 2022,
 * https://arxiv.org/abs/2111.09881
 * Origin: https://github.com/swz30/Restormer `basicsr/models/archs/restormer_arch.py` (MIT): options, keys, arithmetic.
 *
 * The lengths by which queries and keys are divided are taken into account after their product, which is the same number
 * and smaller.
 *
 * @module
 */
import { addSame } from "../../core/engine/ops.ts";
import { scaleShift } from "../../core/engine/norm_ops.ts";
import { type Tensor, type Tensor4D, tf } from "../../core/engine/tf.ts";
import {
  BlockSequence,
  constant,
  Conv2d,
  gelu,
  type Image,
  LayerNorm,
  Module,
  Parameter,
  PixelUnshuffle,
  Sequential,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  hasAll,
  requireSize,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/** Options of {@linkcode Restormer}, spelled as in YAML under `network_g`. */
export interface RestormerOptions {
  /** Channels of the input, default 3; 6 for two views of a dual-pixel sensor. */
  readonly inp_channels?: number;
  /** Channels of the output, default 3; as many as the input has unless `dual_pixel_task`. */
  readonly out_channels?: number;
  /** Channels of the features at full resolution, default 48; twice as many at each level below. */
  readonly dim?: number;
  /** Blocks at each of the four levels, default 4, 6, 6, 8. */
  readonly num_blocks?: number[];
  /** Blocks at the end, default 4. */
  readonly num_refinement_blocks?: number;
  /** Heads of the attention at each level, default 1, 2, 4, 8. */
  readonly heads?: number[];
  /** Channels inside the second half of a block, by those of the block; default 2.66. Rounded down. */
  readonly ffn_expansion_factor?: number;
  /** Whether convolutions have a bias, default false. */
  readonly bias?: boolean;
  /** Whether layer norms take the mean off and add a bias; default `WithBias`. */
  readonly LayerNorm_type?: "WithBias" | "BiasFree";
  /** Whether features, and not the image, are what the end is added to; for deblurring with a dual-pixel sensor. */
  readonly dual_pixel_task?: boolean;
}

const four = z.array(z.int().min(1)).length(4);
const options = z.strictObject({
  inp_channels: z.int().min(1).default(3),
  out_channels: z.int().min(1).default(3),
  dim: z.int().min(2).default(48),
  num_blocks: four.default([4, 6, 6, 8]),
  num_refinement_blocks: z.int().min(0).default(4),
  heads: four.default([1, 2, 4, 8]),
  ffn_expansion_factor: z.number().positive().default(2.66),
  bias: z.boolean().default(false),
  LayerNorm_type: z.enum(["WithBias", "BiasFree"]).default("WithBias"),
  dual_pixel_task: z.boolean().default(false),
}) satisfies z.ZodType<Required<RestormerOptions>>;

/** Names of the four levels on the way down. */
const LEVELS = ["encoder_level1", "encoder_level2", "encoder_level3", "latent"] as const;

const weights: WeightsSignature = {
  matches: (dict) =>
    hasAll(dict, "patch_embed.proj.weight", "down1_2.body.0.weight", "latent.0.attn.temperature"),
  options(dict) {
    const dim = requireSize(dict, "patch_embed.proj.weight");
    return {
      inp_channels: requireSize(dict, "patch_embed.proj.weight", 1),
      out_channels: requireSize(dict, "output.weight"),
      dim,
      num_blocks: LEVELS.map((level) => countOf(dict, `${level}.*.`)),
      num_refinement_blocks: countOf(dict, "refinement.*."),
      heads: LEVELS.map((level) => requireSize(dict, `${level}.0.attn.temperature`)),
      ffn_expansion_factor: expansionOf(dict, dim),
      bias: dict.has("encoder_level1.0.attn.qkv.bias"),
      LayerNorm_type: dict.has("encoder_level1.0.norm1.body.bias") ? "WithBias" : "BiasFree",
      dual_pixel_task: dict.has("skip_conv.weight"),
    };
  },
  traits(found) {
    const { inp_channels, out_channels } = options.parse(found);
    return { scale: 1, inputChannels: inp_channels, outputChannels: out_channels };
  },
};

/** The factor from which, rounded down, all levels have the channels that they have; the published one if that will do. */
function expansionOf(dict: StateDict, dim: number): number {
  const hidden = LEVELS.map((level) => requireSize(dict, `${level}.0.ffn.project_out.weight`, 1));
  const fits = (factor: number): boolean =>
    hidden.every((size, level) => Math.floor(dim * 2 ** level * factor) === size);
  // The widest level rounds least; a little more than its share survives the rounding of the division.
  const widest = hidden[3]! / (8 * dim);
  return [2.66, widest, widest + 1e-9].find(fits) ?? widest;
}

/** Maps `lq` `[n, h, w, inp_channels]`, float32 RGB in [0, 1], h and w multiples of 8, to `[n, h, w, out_channels]`. */
@ARCH_REGISTRY.register({ options, weights })
export class Restormer extends Module<Image> {
  private readonly patch_embed: OverlapPatchEmbed;
  private readonly encoder_level1: BlockSequence;
  private readonly down1_2: Resize;
  private readonly encoder_level2: BlockSequence;
  private readonly down2_3: Resize;
  private readonly encoder_level3: BlockSequence;
  private readonly down3_4: Resize;
  private readonly latent: BlockSequence;
  private readonly up4_3: Resize;
  private readonly reduce_chan_level3: Conv2d;
  private readonly decoder_level3: BlockSequence;
  private readonly up3_2: Resize;
  private readonly reduce_chan_level2: Conv2d;
  private readonly decoder_level2: BlockSequence;
  private readonly up2_1: Resize;
  private readonly decoder_level1: BlockSequence;
  private readonly refinement: BlockSequence;
  private readonly skip_conv: Conv2d | undefined;
  private readonly output: Conv2d;

  /**
   * Creates it.
   *
   * @throws {RangeError} If heads do not divide the channels, or the image cannot be added to the output.
   */
  constructor(opt: RestormerOptions = {}) {
    super();
    const o = options.parse(opt);
    const { dim, bias } = o;
    for (const [level, heads] of o.heads.entries()) {
      if (dim * 2 ** level % heads !== 0) {
        throw new RangeError(
          `heads must divide the ${dim * 2 ** level} channels, received ${heads}`,
        );
      }
    }
    if (!o.dual_pixel_task && o.inp_channels !== o.out_channels && o.inp_channels !== 1) {
      throw new RangeError(
        `out_channels must be inp_channels (${o.inp_channels}), received ${o.out_channels}`,
      );
    }
    /** `count` blocks of the width of level `width` with the heads of level `level`. */
    const blocks = (count: number, level: number, width = level): BlockSequence =>
      new BlockSequence(
        ...Array.from(
          { length: count },
          () => new TransformerBlock(dim * 2 ** width, o.heads[level]!, o),
        ),
      );
    const [first, second, third, last] = o.num_blocks as [number, number, number, number];
    this.patch_embed = new OverlapPatchEmbed(o.inp_channels, dim);
    this.encoder_level1 = blocks(first, 0);
    this.down1_2 = downsample(dim);
    this.encoder_level2 = blocks(second, 1);
    this.down2_3 = downsample(2 * dim);
    this.encoder_level3 = blocks(third, 2);
    this.down3_4 = downsample(4 * dim);
    this.latent = blocks(last, 3);
    this.up4_3 = upsample(8 * dim);
    this.reduce_chan_level3 = new Conv2d(8 * dim, 4 * dim, 1, { bias });
    this.decoder_level3 = blocks(third, 2);
    this.up3_2 = upsample(4 * dim);
    this.reduce_chan_level2 = new Conv2d(4 * dim, 2 * dim, 1, { bias });
    this.decoder_level2 = blocks(second, 1);
    this.up2_1 = upsample(2 * dim);
    this.decoder_level1 = blocks(first, 0, 1);
    this.refinement = blocks(o.num_refinement_blocks, 0, 1);
    this.skip_conv = o.dual_pixel_task ? new Conv2d(dim, 2 * dim, 1, { bias }) : undefined;
    this.output = new Conv2d(2 * dim, o.out_channels, 3, { bias });
  }

  /** Three times halved. */
  override get sizeMultiple(): number {
    return 8;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const joined = (a: Image, b: Image): Image => tf.concat([a, b], 3);
    const first = this.patch_embed.forward(lq);
    const level1 = this.encoder_level1.forward(first);
    const level2 = this.encoder_level2.forward(this.down1_2.forward(level1));
    const level3 = this.encoder_level3.forward(this.down2_3.forward(level2));
    let y = this.latent.forward(this.down3_4.forward(level3));
    y = this.reduce_chan_level3.forward(joined(this.up4_3.forward(y), level3));
    y = this.decoder_level3.forward(y);
    y = this.reduce_chan_level2.forward(joined(this.up3_2.forward(y), level2));
    y = this.decoder_level2.forward(y);
    y = this.decoder_level1.forward(joined(this.up2_1.forward(y), level1));
    y = this.refinement.forward(y);
    return this.skip_conv
      ? this.output.forward(addSame(y, this.skip_conv.forward(first)))
      : tf.add(this.output.forward(y), lq);
  }
}

/** What blocks need to know. */
type BlockOptions = Required<
  Pick<RestormerOptions, "ffn_expansion_factor" | "bias" | "LayerNorm_type">
>;

/** Attention between channels and a gated feed-forward part, each with a norm before and a skip around. */
class TransformerBlock extends Module<Image> {
  readonly norm1: Norm;
  readonly attn: Attention;
  readonly norm2: Norm;
  readonly ffn: FeedForward;

  constructor(dim: number, heads: number, o: BlockOptions) {
    super();
    this.norm1 = new Norm(dim, o.LayerNorm_type);
    this.attn = new Attention(dim, heads, o.bias);
    this.norm2 = new Norm(dim, o.LayerNorm_type);
    this.ffn = new FeedForward(dim, Math.floor(dim * o.ffn_expansion_factor), o.bias);
  }

  override forward(x: Image): Image {
    const y = addSame(x, tf.tidy(() => this.attn.forward(this.norm1.forward(x))));
    return addSame(y, tf.tidy(() => this.ffn.forward(this.norm2.forward(y))));
  }
}

/** Layer norm over the channels, under the key `body`. */
class Norm extends Module<Image> {
  readonly body: LayerNorm | BiasFreeLayerNorm;

  constructor(dim: number, type: "WithBias" | "BiasFree") {
    super();
    this.body = type === "WithBias" ? new LayerNorm(dim) : new BiasFreeLayerNorm(dim);
  }

  override forward(x: Image): Image {
    return this.body.forward(x) as Image;
  }
}

/** x / √(variance + 1e-5) · weight: the mean counts for the variance and is not taken off. */
class BiasFreeLayerNorm extends Module<Image> {
  readonly weight: Parameter;

  constructor(dim: number) {
    super();
    this.weight = new Parameter([dim], constant(1));
  }

  override forward(x: Image): Image {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    return scaleShift(tf.mul(x, tf.rsqrt(tf.add(variance, 1e-5))), this.weight.value);
  }
}

/** Multi-Dconv head transposed attention: each head mixes its channels by how alike they are over the image. */
class Attention extends Module<Image> {
  readonly temperature: Parameter;
  readonly qkv: Conv2d;
  readonly qkv_dwconv: Conv2d;
  readonly project_out: Conv2d;
  readonly #heads: number;

  constructor(dim: number, heads: number, bias: boolean) {
    super();
    this.temperature = new Parameter([heads, 1, 1], constant(1));
    this.qkv = new Conv2d(dim, 3 * dim, 1, { bias });
    this.qkv_dwconv = new Conv2d(3 * dim, 3 * dim, 3, { groups: 3 * dim, bias });
    this.project_out = new Conv2d(dim, dim, 1, { bias });
    this.#heads = heads;
  }

  override forward(x: Image): Image {
    const [n, h, w, c] = x.shape;
    const heads = this.#heads;
    /** `[n, heads, h·w, c / heads]`. */
    const apart = (part: Tensor): Tensor4D =>
      tf.transpose(tf.reshape(part, [n, h * w, heads, c / heads]), [0, 2, 1, 3]) as Tensor4D;
    const parts = tf.split(this.qkv_dwconv.forward(this.qkv.forward(x)), 3, 3);
    const [q, k, v] = parts.map(apart) as [Tensor4D, Tensor4D, Tensor4D];
    const products = tf.mul(
      tf.matMul(q, k, true),
      tf.matMul(inverseLengths(q), inverseLengths(k), true),
    );
    const shares = tf.softmax(tf.mul(products, this.temperature.value));
    const mixed = tf.transpose(tf.matMul(v, shares, false, true), [0, 2, 1, 3]);
    return this.project_out.forward(tf.reshape(mixed, [n, h, w, c]));
  }
}

/** 1 / max(length, 1e-12) of the columns of `[n, heads, rows, columns]`, as in `F.normalize`: `[n, heads, 1, columns]`. */
function inverseLengths(x: Tensor4D): Tensor4D {
  return tf.rsqrt(tf.maximum(tf.sum(tf.square(x), 2, true), 1e-24)) as Tensor4D;
}

/** Gated-Dconv feed-forward part. */
class FeedForward extends Module<Image> {
  readonly project_in: Conv2d;
  readonly dwconv: Conv2d;
  readonly project_out: Conv2d;

  constructor(dim: number, hidden: number, bias: boolean) {
    super();
    this.project_in = new Conv2d(dim, 2 * hidden, 1, { bias });
    this.dwconv = new Conv2d(2 * hidden, 2 * hidden, 3, { groups: 2 * hidden, bias });
    this.project_out = new Conv2d(hidden, dim, 1, { bias });
  }

  override forward(x: Image): Image {
    const both = this.dwconv.forward(this.project_in.forward(x));
    const [gate, value] = tf.split(both, 2, 3) as [Image, Image];
    return this.project_out.forward(tf.mul(gelu(gate), value));
  }
}

/** The first convolution, under the key `proj`. */
class OverlapPatchEmbed extends Module<Image> {
  readonly proj: Conv2d;

  constructor(input: number, dim: number) {
    super();
    this.proj = new Conv2d(input, dim, 3, { bias: false });
  }

  override forward(x: Image): Image {
    return this.proj.forward(x);
  }
}

/** A change of resolution, under the key `body`. */
class Resize extends Module<Image> {
  readonly body: Sequential;

  constructor(...modules: Module<Image>[]) {
    super();
    this.body = new Sequential(...modules as Module<Tensor4D>[]);
  }

  override forward(x: Image): Image {
    return this.body.forward(x);
  }
}

/** Half the resolution and twice the channels. */
function downsample(dim: number): Resize {
  return new Resize(new Conv2d(dim, dim / 2, 3, { bias: false }), new PixelUnshuffle(2));
}

/** Twice the resolution and half the channels. */
function upsample(dim: number): Resize {
  return new Resize(new Conv2d(dim, 2 * dim, 3, { bias: false, shuffle: 2 }));
}
