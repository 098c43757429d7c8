/**
 * NAFNet: a U-Net whose blocks have no activation functions; what is not linear in them is the product of two halves of the
 * channels.
 *
 * Paper: L. Chen et al., "Simple Baselines for Image Restoration", ECCV 2022, https://arxiv.org/abs/2204.04676
 * Origin: https://github.com/megvii-research/NAFNet `basicsr/models/archs/NAFNet_arch.py` (MIT): options, keys, arithmetic.
 *
 * As in the origin, sizes that are no multiples of 2 to the number of levels are padded with zeros and cropped, and the means
 * of the attention are those of the whole input (not of windows as large as training's, which is the origin's `NAFNetLocal`).
 *
 * @module
 */
import { addSame, scaleChannels } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  BlockSequence,
  constant,
  Conv2d,
  cropTo,
  GlobalAvgPool,
  type Image,
  LayerNorm,
  Module,
  ModuleList,
  padToMultiple,
  Parameter,
  Sequential,
  type SizePadding,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  hasAll,
  requireSize,
  type WeightsSignature,
} from "../../core/weights/signature.ts";

/** Options of {@linkcode NAFNet}, spelled as in YAML under `network_g`. */
export interface NAFNetOptions {
  /** Channels of the image, default 3. */
  readonly img_channel?: number;
  /** Channels of the features at full resolution, default 16; twice as many at each level below. */
  readonly width?: number;
  /** Blocks at the lowest resolution, default 1. */
  readonly middle_blk_num?: number;
  /** Blocks at each level on the way down; default none, and no levels. */
  readonly enc_blk_nums?: number[];
  /** Blocks at each level on the way up, from the lowest; as many levels. */
  readonly dec_blk_nums?: number[];
}

const counts = z.array(z.int().min(0)).default([]);
const options = z.strictObject({
  img_channel: z.int().min(1).default(3),
  width: z.int().min(1).default(16),
  middle_blk_num: z.int().min(0).default(1),
  enc_blk_nums: counts,
  dec_blk_nums: counts,
}) satisfies z.ZodType<Required<NAFNetOptions>>;

const weights: WeightsSignature = {
  matches: (dict) => hasAll(dict, "intro.weight", "ending.weight", "middle_blks.0.sca.1.weight"),
  options(dict) {
    const counted = (list: string): number[] =>
      Array.from(
        { length: countOf(dict, `${list}.*.`) },
        (_, level) => countOf(dict, `${list}.${level}.*.`),
      );
    return {
      img_channel: requireSize(dict, "intro.weight", 1),
      width: requireSize(dict, "intro.weight"),
      middle_blk_num: countOf(dict, "middle_blks.*."),
      enc_blk_nums: counted("encoders"),
      dec_blk_nums: counted("decoders"),
    };
  },
  traits(found) {
    const { img_channel } = options.parse(found);
    return { scale: 1, inputChannels: img_channel, outputChannels: img_channel };
  },
};

/** Maps `lq` `[n, h, w, img_channel]`, float32 RGB in [0, 1], to the same. */
@ARCH_REGISTRY.register({ options, weights })
export class NAFNet extends Module<Image> {
  private readonly intro: Conv2d;
  private readonly ending: Conv2d;
  private readonly encoders: ModuleList<BlockSequence>;
  private readonly decoders: ModuleList<BlockSequence>;
  private readonly middle_blks: BlockSequence;
  private readonly ups: ModuleList<Sequential>;
  private readonly downs: ModuleList<Conv2d>;

  /**
   * Creates it.
   *
   * @throws {RangeError} If the ways down and up differ in levels.
   */
  constructor(opt: NAFNetOptions = {}) {
    super();
    const o = options.parse(opt);
    if (o.enc_blk_nums.length !== o.dec_blk_nums.length) {
      throw new RangeError(
        `dec_blk_nums must have as many levels as enc_blk_nums (${o.enc_blk_nums.length}), ` +
          `received ${o.dec_blk_nums.length}`,
      );
    }
    const { width } = o;
    const blocks = (count: number, channels: number): BlockSequence =>
      new BlockSequence(...Array.from({ length: count }, () => new NAFBlock(channels)));
    // Twice as wide at each level.
    const widths = o.enc_blk_nums.map((_, level) => width * 2 ** level);
    const widest = width * 2 ** widths.length;
    const upward = widths.toReversed();
    this.intro = new Conv2d(o.img_channel, width, 3);
    this.ending = new Conv2d(width, o.img_channel, 3);
    this.encoders = new ModuleList(widths.map((c, i) => blocks(o.enc_blk_nums[i]!, c)));
    this.decoders = new ModuleList(upward.map((c, i) => blocks(o.dec_blk_nums[i]!, c)));
    this.middle_blks = blocks(o.middle_blk_num, widest);
    this.ups = new ModuleList(
      upward.map((c) => new Sequential(new Conv2d(2 * c, 4 * c, 1, { bias: false, shuffle: 2 }))),
    );
    this.downs = new ModuleList(
      widths.map((c) => new Conv2d(c, 2 * c, 2, { stride: 2, padding: 0 })),
    );
  }

  /** Halved at each level: `forward` pads. */
  override get sizeMultiple(): number {
    return 2 ** this.encoders.length;
  }

  /** As the original does. */
  override get sizePadding(): SizePadding {
    return "zeros";
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const [, h, w] = lq.shape;
    const x = padToMultiple(lq, 2 ** this.encoders.length, "zeros");
    let y = this.intro.forward(x);
    const skips: Image[] = [];
    for (const [level, encoder] of [...this.encoders].entries()) {
      skips.push(encoder.forward(y));
      y = this.downs.at(level).forward(skips.at(-1)!);
    }
    y = this.middle_blks.forward(y);
    for (const [level, decoder] of [...this.decoders].entries()) {
      y = decoder.forward(addSame(this.ups.at(level).forward(y), skips.pop()!));
    }
    return cropTo(addSame(this.ending.forward(y), x), [h, w]);
  }
}

/** Two residual branches: a depthwise convolution with channel attention, and two 1x1 convolutions; both gated. */
class NAFBlock extends Module<Image> {
  readonly beta: Parameter;
  readonly gamma: Parameter;
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly conv3: Conv2d;
  readonly sca: Sequential;
  readonly conv4: Conv2d;
  readonly conv5: Conv2d;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;

  constructor(channels: number) {
    super();
    const shape = [1, channels, 1, 1];
    const layout = { view: shape, order: [0, 2, 3, 1], shape: [1, 1, 1, channels] };
    this.beta = new Parameter(shape, constant(0), layout);
    this.gamma = new Parameter(shape, constant(0), layout);
    this.conv1 = new Conv2d(channels, 2 * channels, 1);
    this.conv2 = new Conv2d(2 * channels, 2 * channels, 3, { groups: 2 * channels });
    this.conv3 = new Conv2d(channels, channels, 1);
    this.sca = new Sequential(new GlobalAvgPool(), new Conv2d(channels, channels, 1));
    this.conv4 = new Conv2d(channels, 2 * channels, 1);
    this.conv5 = new Conv2d(channels, channels, 1);
    this.norm1 = new LayerNorm(channels, { eps: 1e-6 });
    this.norm2 = new LayerNorm(channels, { eps: 1e-6 });
  }

  override forward(x: Image): Image {
    let branch = gated(this.conv2.forward(this.conv1.forward(this.norm1.forward(x))));
    branch = this.conv3.forward(scaleChannels(branch, this.sca.forward(branch)));
    const y = addSame(x, tf.mul(branch, this.beta.value));
    branch = this.conv5.forward(gated(this.conv4.forward(this.norm2.forward(y))));
    return addSame(y, tf.mul(branch, this.gamma.value));
  }
}

/** The product of the two halves of the channels. */
function gated(x: Image): Image {
  const [first, second] = tf.split(x, 2, 3) as [Image, Image];
  return tf.mul(first, second);
}
