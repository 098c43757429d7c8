/**
 * SRVGGNetCompact, the small network of Real-ESRGAN: convolutions in a row, a pixel shuffle, and the input enlarged by
 * repeating pixels.
 *
 * Paper: X. Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data", ICCVW 2021,
 * https://arxiv.org/abs/2107.10833
 * Origin: BasicSR `basicsr/archs/srvgg_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 * Differs from BasicSR: channels that the skip cannot join are refused when the network is built.
 *
 * From weights without slopes nobody can tell `relu` from `leakyrelu`; they are taken for `relu`.
 *
 * @module
 */
import { tf } from "../../core/engine/tf.ts";
import {
  BlockSequence,
  Conv2d,
  type Image,
  interpolateBy,
  LeakyReLU,
  Module,
  PReLU,
  ReLU,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  requireSize,
  shuffleOf,
  sizeOf,
  type WeightsSignature,
} from "../../core/weights/signature.ts";

/** Options of {@linkcode SRVGGNetCompact}, spelled as in YAML under `network_g`. */
export interface SRVGGNetCompactOptions {
  /** Channels of the input, default 3. */
  readonly num_in_ch?: number;
  /** Channels of the output, default 3; as many as the input has, unless that has one. */
  readonly num_out_ch?: number;
  /** Channels of the features, default 64. */
  readonly num_feat?: number;
  /** Convolutions between the first and the last, default 16. */
  readonly num_conv?: number;
  /** Scale factor, default 4. */
  readonly upscale?: number;
  /** What follows each convolution but the last, default `prelu`. */
  readonly act_type?: "prelu" | "relu" | "leakyrelu";
}

const options = z.strictObject({
  num_in_ch: z.int().min(1).default(3),
  num_out_ch: z.int().min(1).default(3),
  num_feat: z.int().min(1).default(64),
  num_conv: z.int().min(0).default(16),
  upscale: z.int().min(1).default(4),
  act_type: z.enum(["prelu", "relu", "leakyrelu"]).default("prelu"),
}) satisfies z.ZodType<Required<SRVGGNetCompactOptions>>;

const weights: WeightsSignature = {
  matches: (dict) =>
    sizeOf(dict, "body.0.weight", 3) === 3 && sizeOf(dict, "body.2.weight", 3) === 3,
  options(dict) {
    const last = countOf(dict, "body.*.") - 1;
    const num_in_ch = requireSize(dict, "body.0.weight", 1);
    const { scale, channels } = shuffleOf(requireSize(dict, `body.${last}.weight`), num_in_ch);
    return {
      num_in_ch,
      num_out_ch: channels,
      num_feat: requireSize(dict, "body.0.weight"),
      num_conv: last / 2 - 1,
      upscale: scale,
      act_type: dict.has("body.1.weight") ? "prelu" : "relu",
    };
  },
  traits(found) {
    const { upscale, num_in_ch, num_out_ch } = options.parse(found);
    return { scale: upscale, inputChannels: num_in_ch, outputChannels: num_out_ch };
  },
};

/** Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, num_out_ch]`. */
@ARCH_REGISTRY.register({ options, weights })
export class SRVGGNetCompact extends Module<Image> {
  private readonly body: BlockSequence;
  private readonly upscale: number;

  /**
   * Creates it.
   *
   * @throws {RangeError} If the skip cannot join input and output.
   */
  constructor(opt: SRVGGNetCompactOptions = {}) {
    super();
    const o = options.parse(opt);
    if (o.num_in_ch !== o.num_out_ch && o.num_in_ch !== 1) {
      throw new RangeError(
        `num_out_ch must be num_in_ch (${o.num_in_ch}), received ${o.num_out_ch}`,
      );
    }
    const activation = { prelu: () => new PReLU(o.num_feat), relu: () => new ReLU() };
    const stages = Array.from({ length: o.num_conv + 1 }, (_, i) => [
      new Conv2d(i === 0 ? o.num_in_ch : o.num_feat, o.num_feat, 3),
      o.act_type === "leakyrelu" ? new LeakyReLU(0.1) : activation[o.act_type](),
    ]);
    const shuffle = o.upscale;
    this.body = new BlockSequence(
      ...stages.flat(),
      new Conv2d(o.num_feat, o.num_out_ch * shuffle ** 2, 3, { shuffle }),
    );
    this.upscale = o.upscale;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    return tf.add(this.body.forward(lq), interpolateBy(lq, this.upscale));
  }
}
