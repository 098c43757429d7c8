/**
 * Swin2SR: SwinIR with cosine attention, biases of positions from a small perceptron, and norms at the end of branches.
 *
 * Paper: M. V. Conde et al., "Swin2SR: SwinV2 Transformer for Compressed Image Super-Resolution and Restoration", ECCVW 2022,
 * https://arxiv.org/abs/2209.11345
 * Origin: Swin2SR `models/network_swin2sr.py` (https://github.com/mv-lab/swin2sr, Apache-2.0) and its copy in spandrel 0.4.2:
 * options, keys, arithmetic, initial values.
 *
 * As in the original windows are no larger than `img_size`, and are not shifted where they are as large; images of any size are
 * padded by reflection; with `pixelshuffle_aux` the image that was enlarged bicubically is the padded one, at the size of the
 * output.
 * Differs from the original: `pixelshuffle_hf`, which has three outputs, and the auxiliary output of `pixelshuffle_aux` are left
 * out; `patch_size` other than 1, which fails there, is refused; with `ape` images must be of `img_size`, padding included.
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
  enlarge,
  headRadius,
  type Image,
  initTransformer,
  isUpsampleScale,
  LayerNorm,
  LeakyReLU,
  meanBuffer,
  Module,
  padToMultiple,
  Parameter,
  RESI_RADIUS,
  type ResiConnection,
  resiConnection,
  scaled,
  Sequential,
  TRANSFORMER_STD,
  truncNormal,
  type UpsamplingHead,
  upsamplingHead,
  windowedRadius,
  windowSteps,
  withPositions,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import { bicubic, PatchEmbed, RSTB } from "./_swin2sr_blocks.ts";
import { swin2srWeights } from "./_swin2sr_weights.ts";

/** Options of {@linkcode Swin2SR}, spelled as in YAML under `network_g`. */
export interface Swin2SROptions {
  /** Size of the training images, default 64. Windows are no larger, and the masks in files are for it. */
  readonly img_size?: number;
  /** 1. */
  readonly patch_size?: 1;
  /** Channels of input and output, default 3. */
  readonly in_chans?: number;
  /** Channels of the features, default 96. */
  readonly embed_dim?: number;
  /** Blocks of each group, default 6, 6, 6, 6; every second block shifts its windows. */
  readonly depths?: number[];
  /** Heads of the attention in each group, default 6, 6, 6, 6. */
  readonly num_heads?: number[];
  /** Height and width of a window, default 7. */
  readonly window_size?: number;
  /** Hidden channels of the perceptrons, as a multiple of `embed_dim`; default 4. */
  readonly mlp_ratio?: number;
  /** Whether queries and values have a bias, default true. */
  readonly qkv_bias?: boolean;
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
  /** Scale factor, default 2; without an upsampler the size stays. */
  readonly upscale?: number;
  /** What 1.0 in the image is multiplied with inside, default 1. */
  readonly img_range?: number;
  /**
   * How the image is enlarged: `pixelshuffle` (classical), `pixelshuffle_aux` (compressed), `pixelshuffledirect`
   * (lightweight), `nearest+conv` (real photos, 4), or not at all (`""`, the default).
   */
  readonly upsampler?:
    | ""
    | "pixelshuffle"
    | "pixelshuffle_aux"
    | "pixelshuffledirect"
    | "nearest+conv";
  /** Convolutions at the end of a group, default `1conv`. */
  readonly resi_connection?: ResiConnection;
}

const rate = z.number().min(0).lt(1);
const options = z.strictObject({
  img_size: z.int().min(1).default(64),
  patch_size: z.literal(1).default(1),
  in_chans: z.int().min(1).default(3),
  embed_dim: z.int().min(1).default(96),
  depths: z.array(z.int().min(0)).min(1).default([6, 6, 6, 6]),
  num_heads: z.array(z.int().min(1)).min(1).default([6, 6, 6, 6]),
  window_size: z.int().min(2).default(7),
  mlp_ratio: z.number().positive().default(4),
  qkv_bias: z.boolean().default(true),
  drop_rate: rate.default(0),
  attn_drop_rate: rate.default(0),
  drop_path_rate: rate.default(0.1),
  ape: z.boolean().default(false),
  patch_norm: z.boolean().default(true),
  use_checkpoint: z.boolean().default(false),
  upscale: z.int().min(1).default(2),
  img_range: z.number().positive().default(1),
  upsampler: z.literal([
    "",
    "pixelshuffle",
    "pixelshuffle_aux",
    "pixelshuffledirect",
    "nearest+conv",
  ])
    .default(""),
  resi_connection: z.literal(["1conv", "3conv"]).default("1conv"),
}) satisfies z.ZodType<Required<Swin2SROptions>>;

/** Options with their defaults. */
export type Swin2SRConfig = Required<Swin2SROptions>;

/** Channels of the features between body and output. */
const NUM_FEAT = 64;

/**
 * Maps `lq` `[n, h, w, in_chans]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, in_chans]`, without an upsampler to
 * the same size.
 */
@ARCH_REGISTRY.register({ options, weights: swin2srWeights })
export class Swin2SR extends Module<Image> {
  private readonly absolute_pos_embed: Parameter | undefined;
  private readonly conv_first: Conv2d;
  private readonly patch_embed: PatchEmbed;
  private readonly pos_drop: Dropout;
  private readonly layers: Sequential;
  private readonly norm: LayerNorm;
  private readonly conv_after_body: Conv2d | Sequential;
  private readonly conv_bicubic: Conv2d | undefined;
  readonly #head: UpsamplingHead;
  private readonly conv_before_upsample: Sequential | undefined;
  private readonly conv_aux: Conv2d | undefined;
  private readonly conv_after_aux: Sequential | undefined;
  private readonly conv_up1: Conv2d | undefined;
  private readonly conv_up2: Conv2d | undefined;
  private readonly conv_hr: Conv2d | undefined;
  private readonly upsample: Sequential | undefined;
  private readonly conv_last: Conv2d | undefined;
  private readonly mean: Buffer | undefined;
  private readonly window: number;
  private readonly opt: Swin2SRConfig;

  /**
   * Creates it.
   *
   * @throws {RangeError} If options do not fit each other.
   */
  constructor(opt: Swin2SROptions) {
    super();
    const o = this.opt = options.parse(opt);
    const { embed_dim, in_chans, depths, upscale, upsampler } = o;
    this.window = Math.min(o.window_size, o.img_size);
    check(o, this.window);
    if (o.ape) {
      const shape = [1, o.img_size ** 2, embed_dim];
      this.absolute_pos_embed = new Parameter(shape, truncNormal(TRANSFORMER_STD));
    }
    this.conv_first = new Conv2d(in_chans, embed_dim, 3);
    this.patch_embed = new PatchEmbed(embed_dim, o.patch_norm);
    this.pos_drop = new Dropout(o.drop_rate);
    const rates = dropPathRates(depths.reduce((sum, depth) => sum + depth, 0), o.drop_path_rate);
    this.layers = new Sequential(
      ...depths.map((depth, i) => new RSTB(o, o.num_heads[i]!, rates.splice(0, depth))),
    );
    this.norm = new LayerNorm(embed_dim);
    this.conv_after_body = resiConnection(embed_dim, o.resi_connection);
    if (upsampler === "pixelshuffle_aux") {
      this.conv_bicubic = new Conv2d(in_chans, NUM_FEAT, 3);
      this.conv_aux = new Conv2d(NUM_FEAT, in_chans, 3);
      this.conv_after_aux = new Sequential(new Conv2d(3, NUM_FEAT, 3), new LeakyReLU());
    }
    this.#head = upsamplingHead(upsampler, embed_dim, in_chans, upscale);
    ({
      conv_before_upsample: this.conv_before_upsample,
      upsample: this.upsample,
      conv_up1: this.conv_up1,
      conv_up2: this.conv_up2,
      conv_hr: this.conv_hr,
      conv_last: this.conv_last,
    } = this.#head);
    this.mean = in_chans === 3 ? meanBuffer(DIV2K_RGB_MEAN, 3) : undefined;
    initTransformer(this);
  }

  /** A window: `forward` pads to multiples of it. */
  override get sizeMultiple(): number {
    return this.window;
  }

  /** As far as windows, shifted ones, and convolutions reach one after the other; everything with `ape`. */
  override get receptiveField(): number | undefined {
    const { ape, depths, resi_connection, img_size, upsampler } = this.opt;
    if (ape) return Infinity;
    const end = RESI_RADIUS[resi_connection];
    // With `pixelshuffle_aux` three convolutions go before, two of them instead of one.
    const aux = upsampler === "pixelshuffle_aux" ? 2 : 0;
    return windowedRadius(this.window, [
      1, // the first convolution
      ...depths.flatMap((depth) => [...windowSteps(depth, img_size > this.window), end]),
      end,
      headRadius(this.#head) + aux,
    ]);
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const [, h, w] = lq.shape;
    const { img_range, upsampler, upscale } = this.opt;
    const scale = upsampler ? upscale : 1;
    const size = [h * scale, w * scale] as const;
    const padded = padToMultiple(lq, this.window, "reflect");
    const x = scaled(this.mean ? tf.sub(padded, this.mean.value) : padded, img_range);
    const first = this.conv_first.forward(x);
    const deep = addSame(this.conv_after_body.forward(this.#features(first)), first);
    let y: Image;
    if (upsampler === "") y = addSame(x, this.conv_last!.forward(deep));
    else if (this.conv_bicubic) {
      const enlarged = this.conv_bicubic.forward(bicubic(x, size));
      const aux = this.conv_aux!.forward(this.conv_before_upsample!.forward(deep));
      const fine = this.upsample!.forward(this.conv_after_aux!.forward(aux));
      y = this.conv_last!.forward(addSame(cropTo(fine, size), enlarged));
    } else y = enlarge(this.#head, deep);
    const inRange = scaled(y, 1 / img_range);
    return cropTo(this.mean ? biasAdd(inRange, this.mean.value) : inRange, size);
  }

  #features(first: Image): Image {
    const x = withPositions(this.patch_embed.forward(first), this.absolute_pos_embed);
    return this.norm.forward(this.layers.forward(this.pos_drop.forward(x)));
  }
}

function check(o: Swin2SRConfig, window: number): void {
  const { embed_dim, depths, num_heads, upsampler, upscale } = o;
  checkHeads(embed_dim, depths, num_heads);
  if (depths.some((depth) => depth > 1) && o.img_size % window !== 0) {
    throw new RangeError(`img_size ${o.img_size} is no multiple of window_size ${window}`);
  }
  if (upsampler === "nearest+conv" && upscale !== 4) {
    throw new RangeError(`upscale must be 4 with upsampler "nearest+conv", received ${upscale}`);
  }
  if (upsampler.startsWith("pixelshuffle") && upsampler !== "pixelshuffledirect") {
    if (!isUpsampleScale(upscale)) {
      throw new RangeError(`upscale must be 3 or a power of two, received ${upscale}`);
    }
  }
  if (upsampler === "pixelshuffle_aux" && o.in_chans !== 3) {
    throw new RangeError(`in_chans must be 3 with upsampler "pixelshuffle_aux"`);
  }
}
