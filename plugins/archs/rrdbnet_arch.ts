/**
 * RRDBNet, the network of ESRGAN and Real-ESRGAN: dense blocks in residual blocks in residual blocks, upsampling by
 * repeating pixels.
 *
 * Paper: X. Wang et al., "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", ECCVW 2018,
 * https://arxiv.org/abs/1809.00219
 * Origin: BasicSR `basicsr/archs/rrdbnet_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic.
 *
 * As in BasicSR the network itself enlarges by 4, and for scales 2 and 1 pixels are moved into channels first. The networks
 * of ESRGAN's first release and BSRGAN instead have as many steps of upsampling as the scale asks for, which
 * `use_pixel_unshuffle: false` gives (the name is traiNNer-redux's).
 *
 * Differs from BasicSR: other scales are refused (there they all mean 4); what a dense block has made so far is kept as one
 * tensor, to which each convolution appends; sizes that pixels cannot be moved into channels at are mirrored up to the next
 * ones. Files with the names of ESRGAN's first release, and with those of RealSR and BSRGAN, are recognised.
 *
 * @module
 */
import { addSame } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  Conv2d,
  cropTo,
  defaultInitWeights,
  type Image,
  interpolateBy,
  leakyRelu,
  makeLayer,
  Module,
  padToMultiple,
  pixelUnshuffle,
  scaled,
  type Sequential,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  hasAll,
  renamed,
  requireSize,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import type { StateDict } from "../../core/weights/state_dict.ts";

/** Options of {@linkcode RRDBNet}, spelled as in YAML under `network_g`. */
export interface RRDBNetOptions {
  /** Channels of the input. */
  readonly num_in_ch: number;
  /** Channels of the output. */
  readonly num_out_ch: number;
  /** Scale factor: 1, 2 or 4 (default); 8 without `use_pixel_unshuffle`. */
  readonly scale?: 1 | 2 | 4 | 8;
  /** Channels of the features, default 64. */
  readonly num_feat?: number;
  /** Residual blocks of three dense blocks each, default 23. */
  readonly num_block?: number;
  /** Channels that each convolution of a dense block appends, default 32. */
  readonly num_grow_ch?: number;
  /** Whether scales below 4 move pixels into channels rather than upsample in fewer steps; default true, as in BasicSR. */
  readonly use_pixel_unshuffle?: boolean;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1),
  num_out_ch: z.int().min(1),
  scale: z.literal([1, 2, 4, 8], "must be 1, 2 or 4, or 8 without use_pixel_unshuffle").default(4),
  num_feat: z.int().min(1).default(64),
  num_block: z.int().min(0).default(23),
  num_grow_ch: z.int().min(1).default(32),
  use_pixel_unshuffle: z.boolean().default(true),
}) satisfies z.ZodType<Required<RRDBNetOptions>>;

const weights: WeightsSignature = {
  normalize(dict) {
    if (dict.has("model.1.sub.0.RDB1.conv1.0.weight")) return fromFirstRelease(dict);
    return dict.has("RRDB_trunk.0.RDB1.conv1.weight") ? fromRealSR(dict) : dict;
  },
  matches: (dict) =>
    hasAll(dict, "conv_first.weight", "body.0.rdb1.conv1.weight", "conv_hr.weight"),
  options(dict) {
    const inner = requireSize(dict, "conv_first.weight", 1);
    const num_out_ch = requireSize(dict, "conv_last.weight");
    const steps = ["conv_up1", "conv_up2", "conv_up3"].filter((key) => dict.has(`${key}.weight`));
    // Networks have as many channels in as out, or one for each pixel of a block.
    const ratio = inner / num_out_ch;
    const unshuffle = steps.length === 2 && (ratio === 4 || ratio === 16) ? Math.sqrt(ratio) : 1;
    const scale = 2 ** steps.length / unshuffle;
    return {
      num_in_ch: inner / unshuffle ** 2,
      num_out_ch,
      scale,
      num_feat: requireSize(dict, "conv_first.weight"),
      num_block: countOf(dict, "body.*."),
      num_grow_ch: requireSize(dict, "body.0.rdb1.conv1.weight"),
      use_pixel_unshuffle: steps.length === 2,
    };
  },
  traits(found) {
    const { scale, num_in_ch, num_out_ch } = options.parse(found);
    return { scale, inputChannels: num_in_ch, outputChannels: num_out_ch };
  },
};

/**
 * BasicSR's names for those of ESRGAN's first release: a sequence `model` of the first convolution, the blocks with a
 * convolution after them (`model.1.sub`), steps of upsampling with three modules each, and two convolutions around an activation.
 */
function fromFirstRelease(dict: StateDict): StateDict {
  const blocks = countOf(dict, "model.1.sub.*.") - 1;
  const last = countOf(dict, "model.*.") - 1;
  const layers = new Map([
    ["model.0", "conv_first"],
    [`model.1.sub.${blocks}`, "conv_body"],
    [`model.${last - 2}`, "conv_hr"],
    [`model.${last}`, "conv_last"],
  ]);
  for (let step = 1; 3 * step < last - 2; step++) layers.set(`model.${3 * step}`, `conv_up${step}`);
  return renamed(dict, (key) => {
    const [, layer, kind] = /^(.+)\.(\w+)$/.exec(key) ?? [];
    const name = layers.get(layer ?? "");
    return name !== undefined
      ? `${name}.${kind}`
      : key.replace(/^model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\./, "body.$1.rdb$2.conv$3.");
  });
}

/** BasicSR's names for those of RealSR and BSRGAN. */
function fromRealSR(dict: StateDict): StateDict {
  return renamed(
    dict,
    (key) =>
      key.replace(/^RRDB_trunk\.(\d+)\.RDB(\d)\./, "body.$1.rdb$2.").replace(
        /^trunk_conv\./,
        "conv_body.",
      )
        .replace(/^upconv(\d)\./, "conv_up$1.").replace(/^HRconv\./, "conv_hr."),
  );
}

/** Slope of all leaky ReLUs. */
const SLOPE = 0.2;
/** Factor of all residual branches. */
const RES_SCALE = 0.2;

/**
 * Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·scale, w·scale, num_out_ch]`. Sizes that are no multiples of
 * 4 / `scale` are mirrored up to such, and what comes of that is cut off.
 */
@ARCH_REGISTRY.register({ options, weights })
export class RRDBNet extends Module<Image> {
  private readonly conv_first: Conv2d;
  private readonly body: Sequential;
  private readonly conv_body: Conv2d;
  private readonly conv_up1: Conv2d | undefined;
  private readonly conv_up2: Conv2d | undefined;
  private readonly conv_up3: Conv2d | undefined;
  private readonly conv_hr: Conv2d;
  private readonly conv_last: Conv2d;
  private readonly unshuffle: number;
  private readonly scale: number;

  /**
   * Creates it.
   *
   * @throws {RangeError} If the scale is 8 and pixels are to be moved into channels.
   */
  constructor(opt: RRDBNetOptions) {
    super();
    const o = options.parse(opt);
    const { num_in_ch, num_out_ch, scale, num_feat, num_block, num_grow_ch } = o;
    if (scale === 8 && o.use_pixel_unshuffle) {
      throw new RangeError(
        "scale must be 1, 2 or 4, received 8, which asks for use_pixel_unshuffle: false",
      );
    }
    this.scale = scale;
    this.unshuffle = o.use_pixel_unshuffle ? 4 / scale : 1;
    const steps = Math.log2(scale * this.unshuffle);
    const upconv = (step: number): Conv2d | undefined =>
      step <= steps ? new Conv2d(num_feat, num_feat, 3) : undefined;
    this.conv_first = new Conv2d(num_in_ch * this.unshuffle ** 2, num_feat, 3);
    this.body = makeLayer(num_block, () => new RRDB(num_feat, num_grow_ch));
    this.conv_body = new Conv2d(num_feat, num_feat, 3);
    this.conv_up1 = upconv(1);
    this.conv_up2 = upconv(2);
    this.conv_up3 = upconv(3);
    this.conv_hr = new Conv2d(num_feat, num_feat, 3);
    this.conv_last = new Conv2d(num_feat, num_out_ch, 3);
  }

  /** 4 / `scale` where pixels are moved into channels: also the grid on which parts of an image have to lie. */
  override get sizeMultiple(): number {
    return this.unshuffle;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const { unshuffle } = this;
    const x = unshuffle === 1
      ? lq
      : pixelUnshuffle(padToMultiple(lq, unshuffle, "reflect"), unshuffle);
    const first = this.conv_first.forward(x);
    let y = addSame(first, this.conv_body.forward(this.body.forward(first)));
    for (const conv of [this.conv_up1, this.conv_up2, this.conv_up3]) {
      if (conv) y = leakyRelu(conv.forward(interpolateBy(y, 2)), SLOPE);
    }
    y = this.conv_last.forward(leakyRelu(this.conv_hr.forward(y), SLOPE));
    const [, h, w] = lq.shape;
    return unshuffle === 1 ? y : cropTo(y, [h * this.scale, w * this.scale]);
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
