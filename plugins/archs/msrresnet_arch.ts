/**
 * MSRResNet: SRResNet without normalisation, and with a bilinear skip from the input to the output.
 *
 * Paper: C. Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
 * CVPR 2017, https://arxiv.org/abs/1609.04802
 * Origin: BasicSR `basicsr/archs/srresnet_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 * Differs from the paper, as BasicSR does: leaky ReLU with slope 0.1, no skip around the body.
 *
 * @module
 */
import { tf } from "../../core/engine/tf.ts";
import {
  Conv2d,
  defaultInitWeights,
  type Image,
  interpolateBy,
  leakyRelu,
  makeLayer,
  Module,
  ResidualBlockNoBN,
  type Sequential,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  hasAll,
  requireSize,
  type WeightsSignature,
} from "../../core/weights/signature.ts";

/** Options of {@linkcode MSRResNet}, spelled as in YAML under `network_g`. */
export interface MSRResNetOptions {
  /** Channels of the input, default 3. */
  readonly num_in_ch?: number;
  /** Channels of the output, default 3; as many as the input has, unless that has one. */
  readonly num_out_ch?: number;
  /** Channels of the features, default 64. */
  readonly num_feat?: number;
  /** Residual blocks, default 16. */
  readonly num_block?: number;
  /** Scale factor: 2, 3 or 4 (default). */
  readonly upscale?: 2 | 3 | 4;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1).default(3),
  num_out_ch: z.int().min(1).default(3),
  num_feat: z.int().min(1).default(64),
  num_block: z.int().min(0).default(16),
  upscale: z.literal([2, 3, 4], "must be 2, 3 or 4").default(4),
}) satisfies z.ZodType<Required<MSRResNetOptions>>;

const weights: WeightsSignature = {
  matches: (dict) => hasAll(dict, "conv_first.weight", "upconv1.weight", "conv_hr.weight"),
  options(dict) {
    const num_feat = requireSize(dict, "conv_first.weight");
    const upscale = requireSize(dict, "upconv1.weight") === 9 * num_feat ? 3 : 2;
    return {
      num_in_ch: requireSize(dict, "conv_first.weight", 1),
      num_out_ch: requireSize(dict, "conv_last.weight"),
      num_feat,
      num_block: countOf(dict, "body.*."),
      upscale: dict.has("upconv2.weight") ? 4 : upscale,
    };
  },
  traits(found) {
    const { upscale, num_in_ch, num_out_ch } = options.parse(found);
    return { scale: upscale, inputChannels: num_in_ch, outputChannels: num_out_ch };
  },
};

/** Slope of all leaky ReLUs. */
const SLOPE = 0.1;

/** Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, num_out_ch]`. */
@ARCH_REGISTRY.register({ options, weights })
export class MSRResNet extends Module<Image> {
  private readonly upscale: 2 | 3 | 4;
  private readonly conv_first: Conv2d;
  private readonly body: Sequential;
  private readonly upconv1: Conv2d;
  private readonly upconv2: Conv2d | undefined; // only at x4, which goes in two steps
  private readonly conv_hr: Conv2d;
  private readonly conv_last: Conv2d;

  /**
   * Creates it.
   *
   * @throws {RangeError} If the skip cannot join input and output.
   */
  constructor(opt: MSRResNetOptions = {}) {
    super();
    const { num_in_ch, num_out_ch, num_feat, num_block, upscale } = options.parse(opt);
    // The skip adds the input to the output; a single channel of the input goes to all of the output.
    if (num_in_ch !== num_out_ch && num_in_ch !== 1) {
      throw new RangeError(`num_out_ch must be num_in_ch (${num_in_ch}), received ${num_out_ch}`);
    }
    this.upscale = upscale;
    this.conv_first = new Conv2d(num_in_ch, num_feat, 3);
    this.body = makeLayer(num_block, () => new ResidualBlockNoBN(num_feat));
    const shuffle = upscale === 3 ? 3 : 2;
    const upconv = (): Conv2d => new Conv2d(num_feat, num_feat * shuffle ** 2, 3, { shuffle });
    this.upconv1 = upconv();
    this.upconv2 = upscale === 4 ? upconv() : undefined;
    this.conv_hr = new Conv2d(num_feat, num_feat, 3);
    this.conv_last = new Conv2d(num_feat, num_out_ch, 3);
    const upconvs = this.upconv2 ? [this.upconv1, this.upconv2] : [this.upconv1];
    defaultInitWeights([this.conv_first, ...upconvs, this.conv_hr, this.conv_last], 0.1);
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const features = leakyRelu(this.conv_first.forward(lq), SLOPE);
    let y = leakyRelu(this.upconv1.forward(this.body.forward(features)), SLOPE);
    if (this.upconv2) y = leakyRelu(this.upconv2.forward(y), SLOPE);
    y = this.conv_last.forward(leakyRelu(this.conv_hr.forward(y), SLOPE));
    return tf.add(y, interpolateBy(lq, this.upscale, { mode: "bilinear" }));
  }
}
