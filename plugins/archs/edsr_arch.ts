/**
 * EDSR: residual blocks without normalisation, a long skip, pixel-shuffle upsampling.
 *
 * Paper: B. Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPRW 2017,
 * https://arxiv.org/abs/1707.02921
 * Origin: BasicSR `basicsr/archs/edsr_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 *
 * Differs from BasicSR: images with one channel work (there the mean always has three); see `core/nn/image_mean.ts`.
 * Files of EDSR-PyTorch are recognised by their names.
 *
 * @module
 */
import { addSame } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  type Buffer,
  Conv2d,
  DIV2K_RGB_MEAN,
  type Image,
  isUpsampleScale,
  makeLayer,
  meanBuffer,
  Module,
  ResidualBlockNoBN,
  scaled,
  type Sequential,
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

/** Options of {@linkcode EDSR}, spelled as in YAML under `network_g`. */
export interface EDSROptions {
  /** Channels of the input. */
  readonly num_in_ch: number;
  /** Channels of the output. */
  readonly num_out_ch: number;
  /** Channels of the features, default 64. */
  readonly num_feat?: number;
  /** Residual blocks, default 16. */
  readonly num_block?: number;
  /** Scale factor, 3 or a power of two; default 4. */
  readonly upscale?: number;
  /** Factor of the residual branches, default 1; the large model of the paper takes 0.1. */
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
  num_block: z.int().min(0).default(16),
  upscale: z.int().refine(isUpsampleScale, "must be 3 or a power of two").default(4),
  res_scale: z.number().default(1),
  img_range: z.number().positive().default(255),
  rgb_mean: z.array(z.number()).min(1).default([...DIV2K_RGB_MEAN]),
}) satisfies z.ZodType<Required<EDSROptions>>;

const weights: WeightsSignature = {
  normalize: (dict) =>
    fromEdsrPytorch(
      dict,
      (block, rest, isLast) =>
        isLast
          ? `conv_after_body.${rest}`
          : `body.${block}.${rest.replace(/^body\.0\./, "conv1.").replace(/^body\.2\./, "conv2.")}`,
    ),
  matches: (dict) =>
    hasAll(dict, "conv_first.weight", "body.0.conv1.weight", "conv_after_body.weight"),
  options(dict) {
    const num_feat = requireSize(dict, "conv_first.weight");
    return {
      num_in_ch: requireSize(dict, "conv_first.weight", 1),
      num_out_ch: requireSize(dict, "conv_last.weight"),
      num_feat,
      num_block: countOf(dict, "body.*."),
      upscale: upsampleOf(dict, "upsample"),
      // No tensor shows it; it is what the large model of the paper has.
      res_scale: num_feat >= 256 ? 0.1 : 1,
    };
  },
  traits(found) {
    const { upscale, num_in_ch, num_out_ch } = options.parse(found);
    return { scale: upscale, inputChannels: num_in_ch, outputChannels: num_out_ch };
  },
};

/** Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, num_out_ch]`. */
@ARCH_REGISTRY.register({ options, weights })
export class EDSR extends Module<Image> {
  private readonly conv_first: Conv2d;
  private readonly body: Sequential;
  private readonly conv_after_body: Conv2d;
  private readonly upsample: Upsample;
  private readonly conv_last: Conv2d;
  private readonly imgRange: number;
  private readonly meanIn: Buffer;
  private readonly meanOut: Buffer;

  /** Creates it. */
  constructor(opt: EDSROptions) {
    super();
    const o = options.parse(opt);
    this.conv_first = new Conv2d(o.num_in_ch, o.num_feat, 3);
    const block = { resScale: o.res_scale, pytorchInit: true };
    this.body = makeLayer(o.num_block, () => new ResidualBlockNoBN(o.num_feat, block));
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
