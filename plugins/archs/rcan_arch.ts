/**
 * RCAN: groups of residual blocks with channel attention, skips around blocks, groups and the whole.
 *
 * Paper: Y. Zhang et al., "Image Super-Resolution Using Very Deep Residual Channel Attention Networks", ECCV 2018,
 * https://arxiv.org/abs/1807.02758
 * Origin: BasicSR `basicsr/archs/rcan_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 *
 * As in BasicSR a group has 16 blocks unless told otherwise; the paper and the shipped options have 20.
 * Differs from BasicSR: images with one channel work (there the mean always has three); see `core/nn/image_mean.ts`.
 * The paper's files are recognised by their names.
 *
 * @module
 */
import { addSame, scaleChannels } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  type Buffer,
  Conv2d,
  DIV2K_RGB_MEAN,
  GlobalAvgPool,
  type Image,
  isUpsampleScale,
  makeLayer,
  meanBuffer,
  Module,
  ReLU,
  scaled,
  Sequential,
  Sigmoid,
  Upsample,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  hasAll,
  requireSize,
  upsampleOf,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import { fromEdsrPytorch } from "./_edsr_pytorch.ts";

/** Options of {@linkcode RCAN}, spelled as in YAML under `network_g`. */
export interface RCANOptions {
  /** Channels of the input. */
  readonly num_in_ch: number;
  /** Channels of the output. */
  readonly num_out_ch: number;
  /** Channels of the features, default 64. */
  readonly num_feat?: number;
  /** Residual groups, default 10. */
  readonly num_group?: number;
  /** Blocks in each group, default 16. */
  readonly num_block?: number;
  /** What the channels are divided by inside the attention, default 16; rounded down, at least one channel must remain. */
  readonly squeeze_factor?: number;
  /** Scale factor, 3 or a power of two; default 4. */
  readonly upscale?: number;
  /** Factor of the branches of the blocks, default 1. */
  readonly res_scale?: number;
  /** What 1.0 in the image is multiplied with inside, default 255. */
  readonly img_range?: number;
  /**
   * Mean that is taken off, RGB in [0, 1]; default that of DIV2K. One value for each channel; a
   * single channel takes their average.
   */
  readonly rgb_mean?: number[];
}

const options = z.strictObject({
  num_in_ch: z.int().min(1),
  num_out_ch: z.int().min(1),
  num_feat: z.int().min(1).default(64),
  num_group: z.int().min(0).default(10),
  num_block: z.int().min(0).default(16),
  squeeze_factor: z.int().min(1).default(16),
  upscale: z.int().refine(isUpsampleScale, "must be 3 or a power of two").default(4),
  res_scale: z.number().default(1),
  img_range: z.number().positive().default(255),
  rgb_mean: z.array(z.number()).min(1).default([...DIV2K_RGB_MEAN]),
}) satisfies z.ZodType<Required<RCANOptions>>;

/** Attention of the first block. */
const SQUEEZED = "body.0.residual_group.0.rcab.3.attention.1.weight";

const weights: WeightsSignature = {
  normalize: (dict) => fromEdsrPytorch(dict, officialName),
  matches: (dict) => hasAll(dict, "conv_first.weight", SQUEEZED, "conv_after_body.weight"),
  options(dict) {
    const num_feat = requireSize(dict, "conv_first.weight");
    return {
      num_in_ch: requireSize(dict, "conv_first.weight", 1),
      num_out_ch: requireSize(dict, "conv_last.weight"),
      num_feat,
      num_group: countOf(dict, "body.*."),
      num_block: countOf(dict, "body.0.residual_group.*."),
      // Rounded down when the network was built: any factor that gives the number of channels will do.
      squeeze_factor: Math.floor(num_feat / requireSize(dict, SQUEEZED)),
      upscale: upsampleOf(dict, "upsample"),
    };
  },
  traits(found) {
    const { upscale, num_in_ch, num_out_ch } = options.parse(found);
    return { scale: upscale, inputChannels: num_in_ch, outputChannels: num_out_ch };
  },
};

/** BasicSR's name for `body.<group>.<rest>` of the paper's files (https://github.com/yulunzhang/RCAN). */
function officialName(group: number, rest: string, isLast: boolean): string | undefined {
  if (isLast) return `conv_after_body.${rest}`;
  const [, block, inner] = /^body\.(\d+)\.(.+)$/.exec(rest) ?? [];
  if (inner === undefined) return undefined;
  if (!inner.startsWith("body.")) return `body.${group}.conv.${inner}`;
  const name = inner.replace(/^body\./, "rcab.")
    .replace(".conv_du.0.", ".attention.1.").replace(".conv_du.2.", ".attention.3.");
  return `body.${group}.residual_group.${block}.${name}`;
}

/** Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, num_out_ch]`. */
@ARCH_REGISTRY.register({ options, weights })
export class RCAN extends Module<Image> {
  private readonly conv_first: Conv2d;
  private readonly body: Sequential;
  private readonly conv_after_body: Conv2d;
  private readonly upsample: Upsample;
  private readonly conv_last: Conv2d;
  private readonly imgRange: number;
  private readonly meanIn: Buffer;
  private readonly meanOut: Buffer;

  /**
   * Creates it.
   *
   * @throws {RangeError} If `squeeze_factor` leaves no channel.
   */
  constructor(opt: RCANOptions) {
    super();
    const o = options.parse(opt);
    if (o.squeeze_factor > o.num_feat) {
      throw new RangeError(`squeeze_factor ${o.squeeze_factor} is above num_feat ${o.num_feat}`);
    }
    this.conv_first = new Conv2d(o.num_in_ch, o.num_feat, 3);
    this.body = makeLayer(o.num_group, () => new ResidualGroup(o));
    this.conv_after_body = new Conv2d(o.num_feat, o.num_feat, 3);
    this.upsample = new Upsample(o.upscale, o.num_feat);
    this.conv_last = new Conv2d(o.num_feat, o.num_out_ch, 3);
    this.imgRange = o.img_range;
    this.meanIn = meanBuffer(o.rgb_mean, o.num_in_ch);
    this.meanOut = meanBuffer(o.rgb_mean, o.num_out_ch);
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const x = this.conv_first.forward(scaled(tf.sub(lq, this.meanIn.value), this.imgRange));
    const features = addSame(this.conv_after_body.forward(this.body.forward(x)), x);
    const y = this.conv_last.forward(this.upsample.forward(features));
    return tf.add(tf.div(y, this.imgRange), this.meanOut.value);
  }
}

/** What the parts need to know. */
type Sizes = Required<Pick<RCANOptions, "num_feat" | "num_block" | "squeeze_factor" | "res_scale">>;

/** Blocks, a convolution, and a skip around them. */
class ResidualGroup extends Module<Image> {
  readonly residual_group: Sequential;
  readonly conv: Conv2d;

  constructor(sizes: Sizes) {
    super();
    this.residual_group = makeLayer(sizes.num_block, () => new RCAB(sizes));
    this.conv = new Conv2d(sizes.num_feat, sizes.num_feat, 3);
  }

  override forward(x: Image): Image {
    return addSame(this.conv.forward(this.residual_group.forward(x)), x);
  }
}

/** Residual channel attention block. */
class RCAB extends Module<Image> {
  readonly rcab: Sequential;
  readonly #resScale: number;

  constructor({ num_feat, squeeze_factor, res_scale }: Sizes) {
    super();
    this.rcab = new Sequential(
      new Conv2d(num_feat, num_feat, 3),
      new ReLU(),
      new Conv2d(num_feat, num_feat, 3),
      new ChannelAttention(num_feat, squeeze_factor),
    );
    this.#resScale = res_scale;
  }

  override forward(x: Image): Image {
    return addSame(scaled(this.rcab.forward(x), this.#resScale), x);
  }
}

/** Scales each channel by a factor in (0, 1) that depends on the means of all channels. */
class ChannelAttention extends Module<Image> {
  readonly attention: Sequential;

  constructor(numFeat: number, squeezeFactor: number) {
    super();
    const squeezed = Math.floor(numFeat / squeezeFactor);
    this.attention = new Sequential(
      new GlobalAvgPool(),
      new Conv2d(numFeat, squeezed, 1),
      new ReLU(),
      new Conv2d(squeezed, numFeat, 1),
      new Sigmoid(),
    );
  }

  override forward(x: Image): Image {
    return scaleChannels(x, this.attention.forward(x) as Image);
  }
}
