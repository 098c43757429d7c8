/**
 * OmniSR: attention among pixels and among channels, each within blocks of the image and within grids that span it.
 *
 * Paper: H. Wang et al., "Omni Aggregation Networks for Lightweight Image Super-Resolution", CVPR 2023,
 * https://arxiv.org/abs/2304.10244
 * Origin: Omni-SR (https://github.com/Francis0625/Omni-SR, Apache-2.0) as spandrel 0.4.2 has it: options, keys, arithmetic.
 *
 * As in the original images are padded with zeros to multiples of `window_size`.
 * Differs from the original: images of less than 16 pixels, which fail there, are padded to as many.
 *
 * @module
 */
import { addSame } from "../../core/engine/ops.ts";
import {
  Conv2d,
  cropTo,
  type Image,
  makeLayer,
  Module,
  padTo,
  Sequential,
  type SizePadding,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  exactSqrt,
  hasAll,
  requireSize,
  sizeOf,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import { OSAG } from "./_omnisr_blocks.ts";

/** Options of {@linkcode OmniSR}, spelled as in YAML under `network_g`. */
export interface OmniSROptions {
  /** Channels of the input, default 3. */
  readonly num_in_ch?: number;
  /** Channels of the output, default 3. */
  readonly num_out_ch?: number;
  /** Channels of the features, a multiple of 4; default 64. */
  readonly num_feat?: number;
  /** Blocks of each group, default 1. */
  readonly block_num?: number;
  /** Whether attention among pixels has a bias for each relative position, default true. */
  readonly pe?: boolean;
  /** Height and width of a block, and pixels of a grid along a side; default 8. */
  readonly window_size?: number;
  /** Groups, default 1; the published networks have 5. */
  readonly res_num?: number;
  /** Scale factor, default 4. */
  readonly up_scale?: number;
  /** Whether the convolutions outside of the blocks have a bias, default true. */
  readonly bias?: boolean;
}

const options = z.strictObject({
  num_in_ch: z.int().min(1).default(3),
  num_out_ch: z.int().min(1).default(3),
  num_feat: z.int().min(4).multipleOf(4).default(64),
  block_num: z.int().min(0).default(1),
  pe: z.boolean().default(true),
  window_size: z.int().min(1).default(8),
  res_num: z.int().min(0).default(1),
  up_scale: z.int().min(1).default(4),
  bias: z.boolean().default(true),
}) satisfies z.ZodType<Required<OmniSROptions>>;

const BLOCK = "residual_layer.0.residual_layer.0.layer";

const weights: WeightsSignature = {
  // Counts of operations, left behind by a profiler.
  normalize(dict) {
    const extra = [...dict.keys()].filter((key) => /(^|\.)total_(ops|params)$/.test(key));
    if (extra.length === 0 || !dict.has(`${BLOCK}.0.fn.0.weight`)) return dict;
    return new Map([...dict].filter(([key]) => !extra.includes(key)));
  },
  matches: (dict) => hasAll(dict, `${BLOCK}.0.fn.0.weight`, "input.weight", "up.0.weight"),
  options(dict) {
    const num_in_ch = requireSize(dict, "input.weight", 1);
    const shuffled = requireSize(dict, "up.0.weight");
    const num_out_ch =
      [num_in_ch, 3, 1, 4].find((channels) => Number.isInteger(Math.sqrt(shuffled / channels))) ??
        num_in_ch;
    const table = sizeOf(dict, `${BLOCK}.2.fn.rel_pos_bias.weight`);
    return {
      num_in_ch,
      num_out_ch,
      num_feat: requireSize(dict, "input.weight"),
      block_num: countOf(dict, "residual_layer.0.residual_layer.*.") - 1,
      pe: table !== undefined,
      window_size: table === undefined ? 8 : (exactSqrt(table) + 1) / 2,
      res_num: countOf(dict, "residual_layer.*."),
      up_scale: exactSqrt(shuffled / num_out_ch),
      bias: dict.has("input.bias"),
    };
  },
  traits: ({ num_in_ch, num_out_ch, up_scale }) => ({
    scale: Number(up_scale),
    inputChannels: Number(num_in_ch),
    outputChannels: Number(num_out_ch),
  }),
};

/** Least height and width that the gates of groups can do. */
const LEAST = 16;

/** Maps `lq` `[n, h, w, num_in_ch]`, float32 RGB in [0, 1], to `[n, h·up_scale, w·up_scale, num_out_ch]`. */
@ARCH_REGISTRY.register({ options, weights })
export class OmniSR extends Module<Image> {
  private readonly residual_layer: Sequential;
  private readonly input: Conv2d;
  private readonly output: Conv2d;
  private readonly up: Sequential;
  private readonly windowSize: number;
  private readonly scale: number;

  /** Creates it. */
  constructor(opt: OmniSROptions) {
    super();
    const o = options.parse(opt);
    const { num_feat, bias, up_scale } = o;
    this.windowSize = o.window_size;
    this.scale = up_scale;
    this.residual_layer = makeLayer(
      o.res_num,
      () => new OSAG(num_feat, o.block_num, o.window_size, o.pe, bias),
    );
    this.input = new Conv2d(o.num_in_ch, num_feat, 3, { bias });
    this.output = new Conv2d(num_feat, num_feat, 3, { bias });
    this.up = new Sequential(
      new Conv2d(num_feat, o.num_out_ch * up_scale ** 2, 3, { bias, shuffle: up_scale }),
    );
  }

  /** A window: `forward` pads to multiples of it. */
  override get sizeMultiple(): number {
    return this.windowSize;
  }

  /** As the original does. */
  override get sizePadding(): SizePadding {
    return "zeros";
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const [, h, w] = lq.shape;
    const whole = (size: number) =>
      Math.ceil(Math.max(size, LEAST) / this.windowSize) * this.windowSize;
    const first = this.input.forward(padTo(lq, [whole(h), whole(w)], "zeros"));
    const deep = addSame(this.output.forward(this.residual_layer.forward(first)), first);
    return cropTo(this.up.forward(deep), [h * this.scale, w * this.scale]);
  }
}
