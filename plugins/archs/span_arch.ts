/**
 * SPAN: convolutions in a row with attention maps that have no parameters of their own; blocks of three convolutions and a
 * skip are trained where one convolution is evaluated.
 *
 * Paper: C. Wan et al., "Swift Parameter-free Attention Network for Efficient Super-Resolution", CVPRW 2024,
 * https://arxiv.org/abs/2311.12770
 * Origin: https://github.com/hongyuanyu/SPAN `basicsr/archs/span_arch.py` (Apache-2.0), and spandrel's `SPAN` (MIT), from
 * which `norm` and the marker `no_norm` are: options, keys, arithmetic.
 *
 * As in the origin the features of block 6 that go into the sum at the end are those after the activation, which works in
 * place there, and `bias` is accepted and of no effect.
 * Differs from the origin: `eval_conv` is a buffer, derived from `conv` and `sk` when the network goes into evaluation mode
 * or loads weights in it, not for every image; what a file has there is not read. State dicts have it up to date.
 *
 * @module
 */
import { addSame, sigmoid } from "../../core/engine/ops.ts";
import { type Tensor4D, tf } from "../../core/engine/tf.ts";
import {
  biasThrough,
  Buffer,
  Conv2d,
  DIV2K_RGB_MEAN,
  type Image,
  meanBuffer,
  MergedConv2d,
  mergePointwiseFirst,
  mergePointwiseLast,
  type MergingBlock,
  MergingNetwork,
  Module,
  padPointwise,
  scaled,
  Sequential,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  hasAll,
  requireSize,
  shuffleOf,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/** Options of {@linkcode SPAN}, spelled as in YAML under `network_g`. */
export interface SPANOptions {
  /** Channels of the input. */
  readonly num_in_ch: number;
  /** Channels of the output. */
  readonly num_out_ch: number;
  /** Channels of the features, default 48. */
  readonly feature_channels?: number;
  /** Scale factor, default 4. */
  readonly upscale?: number;
  /** Of no effect: all convolutions have a bias. */
  readonly bias?: boolean;
  /** Whether the mean is taken off and the image multiplied with `img_range`, default true. */
  readonly norm?: boolean;
  /** What 1.0 in the image is multiplied with inside, default 255. */
  readonly img_range?: number;
  /** Mean that is taken off, RGB in [0, 1]; default that of DIV2K. A single channel takes the average. */
  readonly rgb_mean?: number[];
}

const options = z.strictObject({
  num_in_ch: z.int().min(1),
  num_out_ch: z.int().min(1),
  feature_channels: z.int().min(1).default(48),
  upscale: z.int().min(1).default(4),
  bias: z.boolean().default(true),
  norm: z.boolean().default(true),
  img_range: z.number().positive().default(255),
  rgb_mean: z.array(z.number()).min(1).default([...DIV2K_RGB_MEAN]),
}) satisfies z.ZodType<Required<SPANOptions>>;

const weights: WeightsSignature = {
  matches: (dict) => hasAll(dict, "conv_1.sk.weight", "block_6.c3_r.sk.weight", "conv_cat.weight"),
  options(dict) {
    const num_in_ch = requireSize(dict, "conv_1.sk.weight", 1);
    const { scale, channels } = shuffleOf(requireSize(dict, "upsampler.0.weight"), num_in_ch);
    return {
      num_in_ch,
      num_out_ch: channels,
      feature_channels: requireSize(dict, "conv_1.sk.weight"),
      upscale: scale,
      norm: !dict.has("no_norm"),
    };
  },
  traits(found) {
    const { upscale, num_in_ch, num_out_ch } = options.parse(found);
    return { scale: upscale, inputChannels: num_in_ch, outputChannels: num_out_ch };
  },
};

/** Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, num_out_ch]`. */
@ARCH_REGISTRY.register({ options, weights })
export class SPAN extends MergingNetwork {
  /** Says in files that there is no normalisation; its value does not matter. */
  private readonly no_norm: Buffer | undefined;
  private readonly conv_1: Conv3XC;
  private readonly block_1: SPAB;
  private readonly block_2: SPAB;
  private readonly block_3: SPAB;
  private readonly block_4: SPAB;
  private readonly block_5: SPAB;
  private readonly block_6: SPAB;
  private readonly conv_cat: Conv2d;
  private readonly conv_2: Conv3XC;
  private readonly upsampler: Sequential;
  private readonly mean: Buffer | undefined;
  private readonly imgRange: number;

  /**
   * Creates it.
   *
   * @throws {RangeError} If the mean does not fit the channels.
   */
  constructor(opt: SPANOptions) {
    super();
    const o = options.parse(opt);
    const channels = o.feature_channels;
    this.no_norm = o.norm ? undefined : new Buffer([1]);
    this.conv_1 = new Conv3XC(o.num_in_ch, channels);
    this.block_1 = new SPAB(channels);
    this.block_2 = new SPAB(channels);
    this.block_3 = new SPAB(channels);
    this.block_4 = new SPAB(channels);
    this.block_5 = new SPAB(channels);
    this.block_6 = new SPAB(channels);
    this.conv_cat = new Conv2d(4 * channels, channels, 1);
    this.conv_2 = new Conv3XC(channels, channels);
    const shuffle = o.upscale;
    this.upsampler = new Sequential(
      new Conv2d(channels, o.num_out_ch * shuffle ** 2, 3, { shuffle }),
    );
    this.mean = o.norm ? meanBuffer(o.rgb_mean, o.num_in_ch) : undefined;
    this.imgRange = o.img_range;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const x = this.mean ? scaled(tf.sub(lq, this.mean.value), this.imgRange) : lq;
    const first = this.conv_1.forward(x);
    const one = this.block_1.forward(first);
    let y = one;
    for (const block of [this.block_2, this.block_3, this.block_4, this.block_5]) {
      // What a block leaves behind goes at once.
      y = tf.tidy(() => block.forward(y));
    }
    const [six, inner] = this.block_6.both(y);
    const all = tf.concat([first, this.conv_2.forward(six), one, inner], 3);
    return this.upsampler.forward(this.conv_cat.forward(all));
  }

  /** As in {@linkcode Module}, with `eval_conv` up to date. */
  override async stateDict(): Promise<StateDict> {
    this.mergeWeights();
    return await super.stateDict();
  }
}

/** Three convolutions in a row and a 1x1 one beside them, which are one 3x3 convolution. */
class Conv3XC extends Module<Image> implements MergingBlock {
  readonly sk: Conv2d;
  readonly conv: Sequential;
  readonly eval_conv: MergedConv2d;
  readonly #parts: readonly [Conv2d, Conv2d, Conv2d];

  constructor(input: number, output: number) {
    super();
    const gain = 2;
    this.sk = new Conv2d(input, output, 1);
    this.#parts = [
      new Conv2d(input, input * gain, 1),
      new Conv2d(input * gain, output * gain, 3, { padding: 0 }),
      new Conv2d(output * gain, output, 1),
    ];
    this.conv = new Sequential(...this.#parts);
    this.eval_conv = new MergedConv2d(input, output, { persistent: true });
  }

  override forward(x: Image): Image {
    if (!this.training) return this.eval_conv.forward(x);
    // Padded before the first convolution, whose bias is in the margin too.
    const padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]);
    return addSame(this.conv.forward(padded), this.sk.forward(x));
  }

  mergeWeights(): void {
    const [w1, w2, w3] = this.#parts.map(({ weight }) => weight.value as unknown as Tensor4D);
    const [b1, b2, b3] = this.#parts.map(({ bias }) => bias!.value);
    const weight = mergePointwiseLast(mergePointwiseFirst(w1!, w2!), w3!);
    const bias = biasThrough(tf.add(biasThrough(b1!, w2!), b2!), w3!);
    const { sk } = this;
    this.eval_conv.set({
      weight: tf.add(weight, padPointwise(sk.weight.value as unknown as Tensor4D)),
      bias: tf.addN([bias, b3!, sk.bias!.value]),
    });
  }
}

/** Swift parameter-free attention block. */
class SPAB extends Module<Image> {
  readonly c1_r: Conv3XC;
  readonly c2_r: Conv3XC;
  readonly c3_r: Conv3XC;

  constructor(channels: number) {
    super();
    this.c1_r = new Conv3XC(channels, channels);
    this.c2_r = new Conv3XC(channels, channels);
    this.c3_r = new Conv3XC(channels, channels);
  }

  override forward(x: Image): Image {
    return this.both(x)[0];
  }

  /** The output, and what the first convolution and activation made. */
  both(x: Image): [Image, Image] {
    const inner = silu(this.c1_r.forward(x));
    const y = this.c3_r.forward(silu(this.c2_r.forward(inner)));
    return [tf.mul(addSame(y, x), tf.sub(sigmoid(y), 0.5)), inner];
  }
}

/** x / (1 + e⁻ˣ). */
function silu(x: Image): Image {
  return tf.mul(x, sigmoid(x));
}
