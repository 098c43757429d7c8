/**
 * HAT: attention in shifted windows beside convolutions with channel attention, and at the end of each group attention from
 * windows to larger, overlapping ones.
 *
 * Paper: X. Chen et al., "Activating More Pixels in Image Super-Resolution Transformer", CVPR 2023,
 * https://arxiv.org/abs/2205.04437
 * Origin: HAT `hat/archs/hat_arch.py`, 1638a9a (Apache-2.0, https://github.com/XPixelGroup/HAT): options, keys, arithmetic,
 * initial values. HAT-S has `embed_dim` 144, `compress_ratio` 24 and `squeeze_factor` 24; HAT 180, 3 and 30 in six groups; HAT-L
 * twelve groups.
 *
 * As in the original some indices of overlapping windows are negative in files: they count from the end of the table.
 * Differs from the original: any size of image (there `HATModel` pads; here `forward` does, by reflection); `pixelshuffle` is
 * the only upsampler, since without one that network ends in its features; `use_checkpoint`, which means nothing there, works.
 *
 * @module
 */
import { addSame, biasAdd } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  type Buffer,
  checkHeads,
  Conv2d,
  cropTo,
  DIV2K_RGB_MEAN,
  Dropout,
  dropPathRates,
  type Identity,
  type Image,
  indexBuffer,
  initTransformer,
  isUpsampleScale,
  LayerNorm,
  LeakyReLU,
  meanBuffer,
  Module,
  overlappingPositionIndex,
  padToMultiple,
  Parameter,
  PatchEmbed,
  relativePositionIndex,
  scaled,
  Sequential,
  TRANSFORMER_STD,
  truncNormal,
  Upsample,
  withPositions,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import { groupEnd, largerWindow, RHAG } from "./_hat_blocks.ts";
import { hatWeights } from "./_hat_weights.ts";

/** Options of {@linkcode HAT}, spelled as in YAML under `network_g`. */
export interface HATOptions {
  /** Size of the training images; default 64. No less than a window; `ape` has a position for each of its pixels. */
  readonly img_size?: number;
  /** What `img_size` is divided by, default 1. */
  readonly patch_size?: number;
  /** Channels of input and output, default 3. */
  readonly in_chans?: number;
  /** Channels of the features, default 96. */
  readonly embed_dim?: number;
  /** Blocks of each group, default 6, 6, 6, 6; every second block shifts its windows. */
  readonly depths?: number[];
  /** Heads of the attention in each group, default 6, 6, 6, 6. */
  readonly num_heads?: number[];
  /** Height and width of a window, default 7; the published networks have 16. */
  readonly window_size?: number;
  /** What `embed_dim` is divided by inside the convolutional branch, default 3; rounded down. */
  readonly compress_ratio?: number;
  /** What `embed_dim` is divided by inside the channel attention, default 30; rounded down, at least one channel must remain. */
  readonly squeeze_factor?: number;
  /** Factor of the convolutional branch, default 0.01. */
  readonly conv_scale?: number;
  /** By what share of a window the larger ones are wider, default 0.5; rounded down to pixels, an even number. */
  readonly overlap_ratio?: number;
  /** Hidden channels of the perceptrons, as a multiple of `embed_dim`; default 4. */
  readonly mlp_ratio?: number;
  /** Whether queries, keys and values have a bias, default true. */
  readonly qkv_bias?: boolean;
  /** Factor of the queries; default 1 / √(channels of a head). */
  readonly qk_scale?: number | null;
  /** Share of elements that is dropped while training, default 0. */
  readonly drop_rate?: number;
  /** Share of attention weights that is dropped while training, default 0. */
  readonly attn_drop_rate?: number;
  /** Share of samples for which the last block is skipped while training, rising from 0 at the first; default 0.1. */
  readonly drop_path_rate?: number;
  /** Whether features get a trained offset for each pixel of `img_size`, default false. */
  readonly ape?: boolean;
  /** Whether features are normalised before the first block, default true. */
  readonly patch_norm?: boolean;
  /** Whether blocks are computed twice while training, in place of being kept; default false. */
  readonly use_checkpoint?: boolean;
  /** Scale factor, 3 or a power of two; default 2. */
  readonly upscale?: number;
  /** What 1.0 in the image is multiplied with inside, default 1. */
  readonly img_range?: number;
  /** How the image is enlarged: `pixelshuffle`. */
  readonly upsampler?: "pixelshuffle";
  /** What is at the end of a group: a convolution (`1conv`, the default) or nothing (`identity`). */
  readonly resi_connection?: "1conv" | "identity";
  /** Channels between body and output, default 64. */
  readonly num_feat?: number;
}

const rate = z.number().min(0).lt(1);
const options = z.strictObject({
  img_size: z.int().min(1).default(64),
  patch_size: z.int().min(1).default(1),
  in_chans: z.int().min(1).default(3),
  embed_dim: z.int().min(1).default(96),
  depths: z.array(z.int().min(0)).min(1).default([6, 6, 6, 6]),
  num_heads: z.array(z.int().min(1)).min(1).default([6, 6, 6, 6]),
  window_size: z.int().min(1).default(7),
  compress_ratio: z.number().min(1).default(3),
  squeeze_factor: z.number().min(1).default(30),
  conv_scale: z.number().default(0.01),
  overlap_ratio: z.number().min(0).default(0.5),
  mlp_ratio: z.number().positive().default(4),
  qkv_bias: z.boolean().default(true),
  qk_scale: z.number().nullable().default(null),
  drop_rate: rate.default(0),
  attn_drop_rate: rate.default(0),
  drop_path_rate: rate.default(0.1),
  ape: z.boolean().default(false),
  patch_norm: z.boolean().default(true),
  use_checkpoint: z.boolean().default(false),
  upscale: z.int().refine(isUpsampleScale, "must be 3 or a power of two").default(2),
  img_range: z.number().positive().default(1),
  upsampler: z.literal("pixelshuffle").default("pixelshuffle"),
  resi_connection: z.literal(["1conv", "identity"]).default("1conv"),
  num_feat: z.int().min(1).default(64),
}) satisfies z.ZodType<Required<HATOptions>>;

type Options = z.output<typeof options>;

/** Maps `lq` `[n, h, w, in_chans]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, in_chans]`. */
@ARCH_REGISTRY.register({ options, weights: hatWeights })
export class HAT extends Module<Image> {
  private readonly absolute_pos_embed: Parameter | undefined;
  private readonly relative_position_index_SA: Buffer;
  private readonly relative_position_index_OCA: Buffer;
  private readonly conv_first: Conv2d;
  private readonly patch_embed: PatchEmbed;
  private readonly pos_drop: Dropout;
  private readonly layers: Sequential;
  private readonly norm: LayerNorm;
  private readonly conv_after_body: Conv2d | Identity;
  private readonly conv_before_upsample: Sequential;
  private readonly upsample: Upsample;
  private readonly conv_last: Conv2d;
  private readonly mean: Buffer | undefined;
  private readonly opt: Options;

  /**
   * Creates it.
   *
   * @throws {RangeError} If options do not fit each other.
   */
  constructor(opt: HATOptions) {
    super();
    const o = this.opt = options.parse(opt);
    const { embed_dim, in_chans, depths, window_size, num_feat } = o;
    const resolution = check(o);
    const larger = largerWindow(o);
    if (o.ape) {
      const shape = [1, resolution ** 2, embed_dim];
      this.absolute_pos_embed = new Parameter(shape, truncNormal(TRANSFORMER_STD));
    }
    const pixels = window_size ** 2;
    const indices = overlappingPositionIndex(window_size, larger);
    this.relative_position_index_SA = indexBuffer(
      [pixels, pixels],
      relativePositionIndex([window_size, window_size]),
    );
    this.relative_position_index_OCA = indexBuffer([pixels, larger ** 2], indices);
    this.conv_first = new Conv2d(in_chans, embed_dim, 3);
    this.patch_embed = new PatchEmbed(embed_dim, o.patch_norm);
    this.pos_drop = new Dropout(o.drop_rate);
    const rates = dropPathRates(depths.reduce((sum, depth) => sum + depth, 0), o.drop_path_rate);
    const tables = {
      plain: this.relative_position_index_SA,
      overlapping: this.relative_position_index_OCA,
    };
    const shifts = resolution > window_size;
    this.layers = new Sequential(
      ...depths.map((depth, i) =>
        new RHAG(o, tables, o.num_heads[i]!, shifts, rates.splice(0, depth))
      ),
    );
    this.norm = new LayerNorm(embed_dim);
    this.conv_after_body = groupEnd(o);
    this.conv_before_upsample = new Sequential(new Conv2d(embed_dim, num_feat, 3), new LeakyReLU());
    this.upsample = new Upsample(o.upscale, num_feat);
    this.conv_last = new Conv2d(num_feat, in_chans, 3);
    this.mean = in_chans === 3 ? meanBuffer(DIV2K_RGB_MEAN, 3) : undefined;
    initTransformer(this);
  }

  /** A window: `forward` pads to multiples of it. */
  override get sizeMultiple(): number {
    return this.opt.window_size;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const [, h, w] = lq.shape;
    const { img_range, upscale, window_size } = this.opt;
    const padded = padToMultiple(lq, window_size, "reflect");
    const x = scaled(this.mean ? tf.sub(padded, this.mean.value) : padded, img_range);
    const first = this.conv_first.forward(x);
    const deep = addSame(this.conv_after_body.forward(this.#features(first)), first);
    const y = this.conv_last.forward(
      this.upsample.forward(this.conv_before_upsample.forward(deep)),
    );
    const inRange = scaled(y, 1 / img_range);
    const result = this.mean ? biasAdd(inRange, this.mean.value) : inRange;
    return cropTo(result, [h * upscale, w * upscale]);
  }

  #features(first: Image): Image {
    const x = withPositions(this.patch_embed.forward(first), this.absolute_pos_embed);
    return this.norm.forward(this.layers.forward(this.pos_drop.forward(x)));
  }
}

/** Refuses what does not fit; gives height and width of the training images in patches. */
function check(o: Options): number {
  const resolution = Math.floor(o.img_size / o.patch_size);
  if (resolution < o.window_size) {
    throw new RangeError(`img_size ${o.img_size} is less than a window of ${o.window_size}`);
  }
  checkHeads(o.embed_dim, o.depths, o.num_heads);
  for (const key of ["compress_ratio", "squeeze_factor"] as const) {
    if (o[key] > o.embed_dim) {
      throw new RangeError(`${key} ${o[key]} is above embed_dim ${o.embed_dim}`);
    }
  }
  if ((largerWindow(o) - o.window_size) % 2 !== 0) {
    throw new RangeError(
      `overlap_ratio ${o.overlap_ratio} of a window of ${o.window_size} is an odd number of pixels`,
    );
  }
  return resolution;
}
