/**
 * VGGStyleDiscriminator: convolutions that halve the image down to 4x4, then two linear layers to one number.
 *
 * Paper: C. Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
 * CVPR 2017, https://arxiv.org/abs/1609.04802
 * Origin: BasicSR `basicsr/archs/discriminator_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 * Differs from BasicSR: `num_in_ch` and `num_feat` have defaults; width is checked as well as height.
 *
 * @module
 */
import { type Tensor2D, tf } from "../../core/engine/tf.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { BatchNorm2d, Conv2d, type Image, leakyRelu, Linear, Module } from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import { hasAll, requireSize, type WeightsSignature } from "../../core/weights/signature.ts";

/** Options of {@linkcode VGGStyleDiscriminator}, spelled as in YAML under `network_d`. */
export interface VGGStyleDiscriminatorOptions {
  /** Channels of the input, default 3. */
  readonly num_in_ch?: number;
  /** Channels of the first features, default 64. */
  readonly num_feat?: number;
  /** Height and width of the images: 128 (default) or 256. */
  readonly input_size?: 128 | 256;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1).default(3),
  num_feat: z.int().min(1).default(64),
  input_size: z.literal([128, 256], "must be 128 or 256").default(128),
}) satisfies z.ZodType<Required<VGGStyleDiscriminatorOptions>>;

const weights: WeightsSignature = {
  matches: (dict) => hasAll(dict, "conv0_0.weight", "bn4_1.running_var", "linear2.weight"),
  options: (dict) => ({
    num_in_ch: requireSize(dict, "conv0_0.weight", 1),
    num_feat: requireSize(dict, "conv0_0.weight"),
    input_size: dict.has("conv5_0.weight") ? 256 : 128,
  }),
  traits: ({ num_in_ch }) => ({
    scale: 1,
    inputChannels: Number(num_in_ch),
    outputChannels: 1,
    purpose: "discriminator",
  }),
};

/** Slope of all leaky ReLUs. */
const SLOPE = 0.2;

/** Maps images `[n, input_size, input_size, num_in_ch]`, float32 RGB in [0, 1], to logits `[n, 1]`. */
@ARCH_REGISTRY.register({ options, weights })
export class VGGStyleDiscriminator extends Module<Tensor2D> {
  private readonly conv0_0: Conv2d;
  private readonly conv0_1: Conv2d;
  private readonly bn0_1: BatchNorm2d;
  private readonly conv1_0: Conv2d;
  private readonly bn1_0: BatchNorm2d;
  private readonly conv1_1: Conv2d;
  private readonly bn1_1: BatchNorm2d;
  private readonly conv2_0: Conv2d;
  private readonly bn2_0: BatchNorm2d;
  private readonly conv2_1: Conv2d;
  private readonly bn2_1: BatchNorm2d;
  private readonly conv3_0: Conv2d;
  private readonly bn3_0: BatchNorm2d;
  private readonly conv3_1: Conv2d;
  private readonly bn3_1: BatchNorm2d;
  private readonly conv4_0: Conv2d;
  private readonly bn4_0: BatchNorm2d;
  private readonly conv4_1: Conv2d;
  private readonly bn4_1: BatchNorm2d;
  private readonly conv5_0: Conv2d | undefined; // only for 256, which is halved once more
  private readonly bn5_0: BatchNorm2d | undefined;
  private readonly conv5_1: Conv2d | undefined;
  private readonly bn5_1: BatchNorm2d | undefined;
  private readonly linear1: Linear;
  private readonly linear2: Linear;
  readonly #size: number;

  /** Creates it. */
  constructor(opt: VGGStyleDiscriminatorOptions = {}) {
    super();
    const { num_in_ch, num_feat, input_size } = options.parse(opt);
    this.#size = input_size;
    const same = (from: number, to: number): Conv2d => new Conv2d(from, to, 3, { bias: false });
    const half = (size: number): Conv2d =>
      new Conv2d(size, size, 4, { stride: 2, padding: 1, bias: false });
    const [c1, c2, c4, c8] = [1, 2, 4, 8].map((k) => k * num_feat) as [
      number,
      number,
      number,
      number,
    ];
    this.conv0_0 = new Conv2d(num_in_ch, c1, 3);
    this.conv0_1 = half(c1);
    this.bn0_1 = new BatchNorm2d(c1);
    this.conv1_0 = same(c1, c2);
    this.bn1_0 = new BatchNorm2d(c2);
    this.conv1_1 = half(c2);
    this.bn1_1 = new BatchNorm2d(c2);
    this.conv2_0 = same(c2, c4);
    this.bn2_0 = new BatchNorm2d(c4);
    this.conv2_1 = half(c4);
    this.bn2_1 = new BatchNorm2d(c4);
    this.conv3_0 = same(c4, c8);
    this.bn3_0 = new BatchNorm2d(c8);
    this.conv3_1 = half(c8);
    this.bn3_1 = new BatchNorm2d(c8);
    this.conv4_0 = same(c8, c8);
    this.bn4_0 = new BatchNorm2d(c8);
    this.conv4_1 = half(c8);
    this.bn4_1 = new BatchNorm2d(c8);
    if (input_size === 256) {
      this.conv5_0 = same(c8, c8);
      this.bn5_0 = new BatchNorm2d(c8);
      this.conv5_1 = half(c8);
      this.bn5_1 = new BatchNorm2d(c8);
    }
    this.linear1 = new Linear(c8 * 4 * 4, 100);
    this.linear2 = new Linear(100, 1);
  }

  /**
   * See the class.
   *
   * @throws {UserError} If the images are of another size than `input_size`.
   */
  override forward(x: Image): Tensor2D {
    const [n, h, w] = x.shape, size = this.#size;
    if (h !== size || w !== size) {
      throw new UserError(
        `VGGStyleDiscriminator was made for images of ${size}x${size}, received ${w}x${h}: ` +
          `make gt_size of the training dataset and network_d.input_size (128 or 256) the same`,
        ExitCode.USAGE,
      );
    }
    let y = leakyRelu(this.conv0_0.forward(x), SLOPE);
    const stages: [Conv2d | undefined, BatchNorm2d | undefined][] = [
      [this.conv0_1, this.bn0_1],
      [this.conv1_0, this.bn1_0],
      [this.conv1_1, this.bn1_1],
      [this.conv2_0, this.bn2_0],
      [this.conv2_1, this.bn2_1],
      [this.conv3_0, this.bn3_0],
      [this.conv3_1, this.bn3_1],
      [this.conv4_0, this.bn4_0],
      [this.conv4_1, this.bn4_1],
      [this.conv5_0, this.bn5_0],
      [this.conv5_1, this.bn5_1],
    ];
    for (const [conv, norm] of stages) {
      if (conv && norm) y = leakyRelu(norm.forward(conv.forward(y)), SLOPE);
    }
    // The first linear layer counts its inputs as PyTorch does: channel, row, column.
    const flat = tf.reshape(tf.transpose(y, [0, 3, 1, 2]), [n, -1]);
    return this.linear2.forward(leakyRelu(this.linear1.forward(flat), SLOPE)) as Tensor2D;
  }
}
