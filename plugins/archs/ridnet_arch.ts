/**
 * RIDNet: denoising by blocks of dilated convolutions in two branches, residual blocks, and channel attention.
 *
 * Paper: S. Anwar and N. Barnes, "Real Image Denoising with Feature Attention", ICCV 2019,
 * https://arxiv.org/abs/1904.07396
 * Origin: BasicSR `basicsr/archs/ridnet_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 *
 * As in BasicSR the mean is taken off times `img_range`, but the image is not multiplied with it: images have to be in
 * [0, `img_range`]. Two ways lead to networks for images in [0, 1]: `img_range: 1`, or `unit_range: true`, which is not in
 * BasicSR and is what published weights need here.
 *
 * Differs from BasicSR: the layers that take the mean off and add it (`sub_mean`, `add_mean`) are not trained, as was meant
 * there; images with one channel work.
 *
 * @module
 */
import { addSame, biasAdd, relu, scaleChannels } from "../../core/engine/ops.ts";
import { type Tensor4D, tf } from "../../core/engine/tf.ts";
import { conv2dLayout } from "../../core/nn/layout.ts";
import {
  Buffer,
  Conv2d,
  DIV2K_RGB_MEAN,
  GlobalAvgPool,
  type Image,
  makeLayer,
  Module,
  ReLU,
  ResidualBlockNoBN,
  scaled,
  Sequential,
  Sigmoid,
  values,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  hasAll,
  requireSize,
  type WeightsSignature,
} from "../../core/weights/signature.ts";

/** Options of {@linkcode RIDNet}, spelled as in YAML under `network_g`. */
export interface RIDNetOptions {
  /** Channels of the input: 3 or 1. */
  readonly in_channels: number;
  /** Channels of the features; 16 or more. */
  readonly mid_channels: number;
  /** Channels of the output, as many as the input has. */
  readonly out_channels: number;
  /** Attention blocks, default 4. */
  readonly num_block?: number;
  /** Value of white, default 255. */
  readonly img_range?: number;
  /** Mean that is taken off, RGB in [0, 1]; default that of DIV2K. A single channel takes the average. */
  readonly rgb_mean?: number[];
  /** What the image is divided by first, for each channel; default 1. A single channel takes the average. */
  readonly rgb_std?: number[];
  /** Whether images are in [0, 1] outside of the network and in [0, `img_range`] inside. Default false. */
  readonly unit_range?: boolean;
}

const three = z.array(z.number()).length(3);
const options = z.strictObject({
  in_channels: z.literal([3, 1], "must be 3 or 1"),
  mid_channels: z.int().min(16),
  out_channels: z.literal([3, 1], "must be 3 or 1"),
  num_block: z.int().min(0).default(4),
  img_range: z.number().positive().default(255),
  rgb_mean: three.default([...DIV2K_RGB_MEAN]),
  rgb_std: three.default([1, 1, 1]),
  unit_range: z.boolean().default(false),
}) satisfies z.ZodType<Required<RIDNetOptions>>;

const weights: WeightsSignature = {
  matches: (dict) => hasAll(dict, "sub_mean.bias", "head.weight", "tail.weight"),
  options(dict) {
    const shift = dict.get("sub_mean.bias")!.data;
    // Published weights are for 8-bit images.
    const img_range = Math.abs(Number(shift[0])) > 2 ? 255 : 1;
    return {
      in_channels: requireSize(dict, "head.weight", 1),
      mid_channels: requireSize(dict, "head.weight"),
      out_channels: requireSize(dict, "tail.weight"),
      num_block: countOf(dict, "body.*."),
      img_range,
      unit_range: img_range !== 1,
    };
  },
  traits(found) {
    const { in_channels, out_channels } = options.parse(found);
    return {
      scale: 1,
      inputChannels: in_channels,
      outputChannels: out_channels,
      purpose: "denoising",
    };
  },
};

/** Maps `lq` `[n, h, w, c]`, float32 RGB (for the range see above), to the same. */
@ARCH_REGISTRY.register({ options, weights })
export class RIDNet extends Module<Image> {
  private readonly sub_mean: MeanShift;
  private readonly add_mean: MeanShift;
  private readonly head: Conv2d;
  private readonly body: Sequential;
  private readonly tail: Conv2d;
  private readonly range: number;

  /**
   * Creates it.
   *
   * @throws {RangeError} If input and output differ in channels.
   */
  constructor(opt: RIDNetOptions) {
    super();
    const o = options.parse(opt);
    if (o.in_channels !== o.out_channels) {
      throw new RangeError(
        `out_channels must be in_channels (${o.in_channels}), received ${o.out_channels}`,
      );
    }
    const shift = (sign: 1 | -1): MeanShift =>
      new MeanShift(o.in_channels, o.rgb_std, o.rgb_mean.map((mean) => sign * o.img_range * mean));
    this.sub_mean = shift(-1);
    this.add_mean = shift(1);
    this.head = new Conv2d(o.in_channels, o.mid_channels, 3);
    this.body = makeLayer(o.num_block, () => new EAM(o.mid_channels));
    this.tail = new Conv2d(o.mid_channels, o.out_channels, 3);
    this.range = o.unit_range ? o.img_range : 1;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const x = scaled(lq, this.range);
    const features = this.body.forward(relu(this.head.forward(this.sub_mean.forward(x))));
    const residual = this.add_mean.forward(this.tail.forward(features));
    return scaled(addSame(x, residual), 1 / this.range);
  }
}

/** A 1x1 convolution that divides by the deviation and adds a shift, which is divided by it too. */
class MeanShift extends Module<Image> {
  readonly weight: Buffer;
  readonly bias: Buffer;

  constructor(channels: number, std: readonly number[], shift: readonly number[]) {
    super();
    const fitting = (all: readonly number[]): readonly number[] =>
      channels === 1 ? [all.reduce((sum, value) => sum + value, 0) / all.length] : all;
    const by = fitting(std);
    const eye = by.flatMap((value, row) => by.map((_, column) => row === column ? 1 / value : 0));
    const shape = [channels, channels, 1, 1];
    this.weight = new Buffer(shape, values(eye), { layout: conv2dLayout(shape) });
    this.bias = new Buffer([channels], values(fitting(shift).map((value, i) => value / by[i]!)));
  }

  override forward(x: Image): Image {
    const filter = this.weight.value as unknown as Tensor4D;
    return biasAdd(tf.conv2d(x, filter, 1, "valid"), this.bias.value);
  }
}

/** Enhancement attention module: merge-and-run unit, two residual blocks, channel attention. */
class EAM extends Module<Image> {
  readonly merge: MergeRun;
  readonly block1: ResidualBlockNoBN;
  readonly block2: EResidualBlockNoBN;
  readonly ca: ChannelAttention;

  constructor(channels: number) {
    super();
    this.merge = new MergeRun(channels);
    this.block1 = new ResidualBlockNoBN(channels);
    this.block2 = new EResidualBlockNoBN(channels);
    this.ca = new ChannelAttention(channels);
  }

  override forward(x: Image): Image {
    const y = relu(this.block1.forward(this.merge.forward(x)));
    return this.ca.forward(this.block2.forward(y));
  }
}

/** Two branches of convolutions with growing dilation, a convolution over both, and a skip. */
class MergeRun extends Module<Image> {
  readonly dilation1: Sequential;
  readonly dilation2: Sequential;
  readonly aggregation: Sequential;

  constructor(channels: number) {
    super();
    const conv = (dilation: number): Conv2d => new Conv2d(channels, channels, 3, { dilation });
    this.dilation1 = new Sequential(conv(1), new ReLU(), conv(2), new ReLU());
    this.dilation2 = new Sequential(conv(3), new ReLU(), conv(4), new ReLU());
    this.aggregation = new Sequential(new Conv2d(2 * channels, channels, 3), new ReLU());
  }

  override forward(x: Image): Image {
    const branches = [this.dilation1.forward(x), this.dilation2.forward(x)];
    return addSame(this.aggregation.forward(tf.concat(branches, 3)), x);
  }
}

/** Residual block of three convolutions with a ReLU after the sum. */
class EResidualBlockNoBN extends Module<Image> {
  readonly body: Sequential;

  constructor(channels: number) {
    super();
    this.body = new Sequential(
      new Conv2d(channels, channels, 3),
      new ReLU(),
      new Conv2d(channels, channels, 3),
      new ReLU(),
      new Conv2d(channels, channels, 1),
    );
  }

  override forward(x: Image): Image {
    return relu(addSame(this.body.forward(x), x));
  }
}

/** Scales each channel by a factor in (0, 1) that depends on the means of all channels. */
class ChannelAttention extends Module<Image> {
  readonly attention: Sequential;

  constructor(channels: number) {
    super();
    const squeezed = Math.floor(channels / 16);
    this.attention = new Sequential(
      new GlobalAvgPool(),
      new Conv2d(channels, squeezed, 1),
      new ReLU(),
      new Conv2d(squeezed, channels, 1),
      new Sigmoid(),
    );
  }

  override forward(x: Image): Image {
    return scaleChannels(x, this.attention.forward(x) as Image);
  }
}
