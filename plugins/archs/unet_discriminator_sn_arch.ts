/**
 * UNetDiscriminatorSN: a U-Net of convolutions with spectral norms, which judges every pixel.
 *
 * Paper: X. Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data", ICCVW 2021,
 * https://arxiv.org/abs/2107.10833
 * Origin: BasicSR `basicsr/archs/discriminator_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 * Differs from BasicSR: `num_in_ch` has a default.
 *
 * @module
 */
import { addSame } from "../../core/engine/ops.ts";
import {
  Conv2d,
  type Image,
  interpolateBy,
  leakyRelu,
  Module,
  SpectralConv2d,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import { hasAll, requireSize, type WeightsSignature } from "../../core/weights/signature.ts";

/** Options of {@linkcode UNetDiscriminatorSN}, spelled as in YAML under `network_d`. */
export interface UNetDiscriminatorSNOptions {
  /** Channels of the input, default 3. */
  readonly num_in_ch?: number;
  /** Channels of the first features, default 64. */
  readonly num_feat?: number;
  /** Whether features of the way down are added on the way up, default true. */
  readonly skip_connection?: boolean;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1).default(3),
  num_feat: z.int().min(1).default(64),
  skip_connection: z.boolean().default(true),
}) satisfies z.ZodType<Required<UNetDiscriminatorSNOptions>>;

const weights: WeightsSignature = {
  matches: (dict) => hasAll(dict, "conv0.weight", "conv1.weight_orig", "conv8.weight_u"),
  // No tensor shows whether there are skips: all that is published has them.
  options: (dict) => ({
    num_in_ch: requireSize(dict, "conv0.weight", 1),
    num_feat: requireSize(dict, "conv0.weight"),
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

/**
 * Maps images `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to logits `[n, h, w, 1]`. Height and width must be multiples
 * of 8.
 */
@ARCH_REGISTRY.register({ options, weights })
export class UNetDiscriminatorSN extends Module<Image> {
  private readonly conv0: Conv2d;
  private readonly conv1: SpectralConv2d;
  private readonly conv2: SpectralConv2d;
  private readonly conv3: SpectralConv2d;
  private readonly conv4: SpectralConv2d;
  private readonly conv5: SpectralConv2d;
  private readonly conv6: SpectralConv2d;
  private readonly conv7: SpectralConv2d;
  private readonly conv8: SpectralConv2d;
  private readonly conv9: Conv2d;
  readonly #skip: boolean;

  /** Creates it. */
  constructor(opt: UNetDiscriminatorSNOptions = {}) {
    super();
    const { num_in_ch, num_feat: c, skip_connection } = options.parse(opt);
    this.#skip = skip_connection;
    const down = (from: number, to: number): SpectralConv2d =>
      new SpectralConv2d(from, to, 4, { stride: 2, padding: 1, bias: false });
    const same = (from: number, to: number): SpectralConv2d =>
      new SpectralConv2d(from, to, 3, { bias: false });
    this.conv0 = new Conv2d(num_in_ch, c, 3);
    this.conv1 = down(c, 2 * c);
    this.conv2 = down(2 * c, 4 * c);
    this.conv3 = down(4 * c, 8 * c);
    this.conv4 = same(8 * c, 4 * c);
    this.conv5 = same(4 * c, 2 * c);
    this.conv6 = same(2 * c, c);
    this.conv7 = same(c, c);
    this.conv8 = same(c, c);
    this.conv9 = new Conv2d(c, 1, 3);
  }

  /** Three times it halves the image. */
  override get sizeMultiple(): number {
    return 8;
  }

  /** See the class. */
  override forward(x: Image): Image {
    const through = (layer: Module<Image>, y: Image): Image => leakyRelu(layer.forward(y), SLOPE);
    const up = (layer: Module<Image>, y: Image, skip: Image): Image => {
      const larger = through(layer, interpolateBy(y, 2, { mode: "bilinear" }));
      return this.#skip ? addSame(larger, skip) : larger;
    };
    const x0 = through(this.conv0, x);
    const x1 = through(this.conv1, x0);
    const x2 = through(this.conv2, x1);
    const x3 = through(this.conv3, x2);
    const x4 = up(this.conv4, x3, x2);
    const x5 = up(this.conv5, x4, x1);
    const x6 = up(this.conv6, x5, x0);
    return this.conv9.forward(through(this.conv8, through(this.conv7, x6)));
  }
}
