/**
 * RRDBNet, the network of ESRGAN and Real-ESRGAN: dense blocks in residual blocks in residual blocks, upsampling by
 * repeating pixels.
 *
 * Paper: X. Wang et al., "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", ECCVW 2018,
 * https://arxiv.org/abs/1809.00219
 * Origin: BasicSR `basicsr/archs/rrdbnet_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 *
 * As in BasicSR the network itself always enlarges by 4; for scales 2 and 1 pixels are moved into channels first.
 * Differs from BasicSR: other scales are refused (there they all mean 4); what a dense block has made so far is kept as one
 * tensor, to which each convolution appends.
 *
 * @module
 */
import { addSame } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  Conv2d,
  defaultInitWeights,
  type Image,
  interpolateBy,
  leakyRelu,
  makeLayer,
  Module,
  pixelUnshuffle,
  scaled,
  type Sequential,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";

/** Options of {@linkcode RRDBNet}, spelled as in YAML under `network_g`. */
export interface RRDBNetOptions {
  /** Channels of the input. */
  readonly num_in_ch: number;
  /** Channels of the output. */
  readonly num_out_ch: number;
  /** Scale factor: 1, 2 or 4 (default). */
  readonly scale?: 1 | 2 | 4;
  /** Channels of the features, default 64. */
  readonly num_feat?: number;
  /** Residual blocks of three dense blocks each, default 23. */
  readonly num_block?: number;
  /** Channels that each convolution of a dense block appends, default 32. */
  readonly num_grow_ch?: number;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1),
  num_out_ch: z.int().min(1),
  scale: z.literal([1, 2, 4], "must be 1, 2 or 4").default(4),
  num_feat: z.int().min(1).default(64),
  num_block: z.int().min(0).default(23),
  num_grow_ch: z.int().min(1).default(32),
}) satisfies z.ZodType<Required<RRDBNetOptions>>;

/** Slope of all leaky ReLUs. */
const SLOPE = 0.2;
/** Factor of all residual branches. */
const RES_SCALE = 0.2;

/**
 * Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·scale, w·scale, num_out_ch]`; h and w are multiples of
 * 4 / `scale`.
 */
@ARCH_REGISTRY.register({ options })
export class RRDBNet extends Module<Image> {
  private readonly conv_first: Conv2d;
  private readonly body: Sequential;
  private readonly conv_body: Conv2d;
  private readonly conv_up1: Conv2d;
  private readonly conv_up2: Conv2d;
  private readonly conv_hr: Conv2d;
  private readonly conv_last: Conv2d;
  private readonly unshuffle: number;

  /** Creates it. */
  constructor(opt: RRDBNetOptions) {
    super();
    const { num_in_ch, num_out_ch, scale, num_feat, num_block, num_grow_ch } = options.parse(opt);
    this.unshuffle = 4 / scale;
    this.conv_first = new Conv2d(num_in_ch * this.unshuffle ** 2, num_feat, 3);
    this.body = makeLayer(num_block, () => new RRDB(num_feat, num_grow_ch));
    this.conv_body = new Conv2d(num_feat, num_feat, 3);
    this.conv_up1 = new Conv2d(num_feat, num_feat, 3);
    this.conv_up2 = new Conv2d(num_feat, num_feat, 3);
    this.conv_hr = new Conv2d(num_feat, num_feat, 3);
    this.conv_last = new Conv2d(num_feat, num_out_ch, 3);
  }

  /** 4 / `scale`. */
  override get sizeMultiple(): number {
    return this.unshuffle;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const x = this.unshuffle === 1 ? lq : pixelUnshuffle(lq, this.unshuffle);
    const first = this.conv_first.forward(x);
    let y = addSame(first, this.conv_body.forward(this.body.forward(first)));
    y = leakyRelu(this.conv_up1.forward(interpolateBy(y, 2)), SLOPE);
    y = leakyRelu(this.conv_up2.forward(interpolateBy(y, 2)), SLOPE);
    return this.conv_last.forward(leakyRelu(this.conv_hr.forward(y), SLOPE));
  }
}

/** Residual in residual dense block: three dense blocks in a row, and a skip around them. */
class RRDB extends Module<Image> {
  readonly rdb1: ResidualDenseBlock;
  readonly rdb2: ResidualDenseBlock;
  readonly rdb3: ResidualDenseBlock;

  constructor(numFeat: number, numGrowCh: number) {
    super();
    this.rdb1 = new ResidualDenseBlock(numFeat, numGrowCh);
    this.rdb2 = new ResidualDenseBlock(numFeat, numGrowCh);
    this.rdb3 = new ResidualDenseBlock(numFeat, numGrowCh);
  }

  override forward(x: Image): Image {
    let y = x;
    // What a dense block leaves behind is ten times as large as its result.
    for (const block of [this.rdb1, this.rdb2, this.rdb3]) y = tf.tidy(() => block.forward(y));
    return addSame(scaled(y, RES_SCALE), x);
  }
}

/** Four convolutions, each of which sees the input and what those before it made, a fifth over all that, and a skip. */
class ResidualDenseBlock extends Module<Image> {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly conv3: Conv2d;
  readonly conv4: Conv2d;
  readonly conv5: Conv2d;

  constructor(numFeat: number, numGrowCh: number) {
    super();
    const conv = (index: number, out: number): Conv2d =>
      new Conv2d(numFeat + index * numGrowCh, out, 3);
    this.conv1 = conv(0, numGrowCh);
    this.conv2 = conv(1, numGrowCh);
    this.conv3 = conv(2, numGrowCh);
    this.conv4 = conv(3, numGrowCh);
    this.conv5 = conv(4, numFeat);
    defaultInitWeights([this], 0.1);
  }

  override forward(x: Image): Image {
    let all = x;
    for (const conv of [this.conv1, this.conv2, this.conv3, this.conv4]) {
      all = tf.concat([all, leakyRelu(conv.forward(all), SLOPE)], 3);
    }
    return addSame(scaled(this.conv5.forward(all), RES_SCALE), x);
  }
}
