/**
 * SwinIR: attention in shifted windows, in residual groups, for super-resolution, denoising and compression artefacts.
 *
 * Paper: J. Liang et al., "SwinIR: Image Restoration Using Swin Transformer", ICCVW 2021, https://arxiv.org/abs/2108.10257
 * Origin: BasicSR `basicsr/archs/swinir_arch.py`, 8d56e3a (Apache-2.0): options, keys, arithmetic, initial values; and the
 * authors' code (https://github.com/JingyunLiang/SwinIR, Apache-2.0), of which `nearest+conv` for x2 is.
 *
 * As in BasicSR windows are no larger than `img_size`, and are not shifted where they are as large; `upscale` means nothing
 * without an upsampler; groups for real photos (`nearest+conv`) have 64 features after the body.
 * Differs from BasicSR: any size of image (there `SwinIRModel` pads by reflection; here `forward` does the same); unknown
 * options are refused; with `ape` images must be of `img_size`, padding included; `use_checkpoint` works.
 *
 * @module
 */
import { addSame, biasAdd } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  BlockSequence,
  type Buffer,
  checkHeads,
  Conv2d,
  cropTo,
  DIV2K_RGB_MEAN,
  Dropout,
  DropPath,
  dropPathRates,
  enlarge,
  headRadius,
  type Image,
  initTransformer,
  isUpsampleScale,
  LayerNorm,
  maskBuffer,
  meanBuffer,
  Mlp,
  Module,
  padToMultiple,
  Parameter,
  PatchEmbed,
  RESI_RADIUS,
  type ResiConnection,
  resiConnection,
  roll,
  scaled,
  Sequential,
  shiftedWindowMaskValues,
  TRANSFORMER_STD,
  truncNormal,
  type UpsamplingHead,
  upsamplingHead,
  WindowAttention,
  windowedRadius,
  type WindowSize,
  windowSteps,
  withPositions,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import { swinirWeights } from "./_swinir_weights.ts";

/** Options of {@linkcode SwinIR}, spelled as in YAML under `network_g`. */
export interface SwinIROptions {
  /**
   * Size of the training images, one number or height and width; default 64. Windows are no larger, `ape` has a position for
   * each of its pixels, and the masks in files are for it.
   */
  readonly img_size?: number | [number, number];
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
  /** Height and width of a window, default 7. */
  readonly window_size?: number;
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
  /** Scale factor, default 2; without an upsampler the size stays. */
  readonly upscale?: number;
  /** What 1.0 in the image is multiplied with inside, default 1. */
  readonly img_range?: number;
  /**
   * How the image is enlarged: `pixelshuffle` (classical), `pixelshuffledirect` (lightweight), `nearest+conv` (real photos, 2
   * or 4), or not at all (`""`, the default).
   */
  readonly upsampler?: Upsampler | null;
  /** Convolutions at the end of a group, default `1conv`. */
  readonly resi_connection?: ResiConnection;
}

/** Values of `upsampler`. */
export type Upsampler = "" | "pixelshuffle" | "pixelshuffledirect" | "nearest+conv";

const rate = z.number().min(0).lt(1);
const options = z.strictObject({
  img_size: z.union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])]).default(64),
  patch_size: z.int().min(1).default(1),
  in_chans: z.int().min(1).default(3),
  embed_dim: z.int().min(1).default(96),
  depths: z.array(z.int().min(0)).min(1).default([6, 6, 6, 6]),
  num_heads: z.array(z.int().min(1)).min(1).default([6, 6, 6, 6]),
  window_size: z.int().min(1).default(7),
  mlp_ratio: z.number().positive().default(4),
  qkv_bias: z.boolean().default(true),
  qk_scale: z.number().nullable().default(null),
  drop_rate: rate.default(0),
  attn_drop_rate: rate.default(0),
  drop_path_rate: rate.default(0.1),
  ape: z.boolean().default(false),
  patch_norm: z.boolean().default(true),
  use_checkpoint: z.boolean().default(false),
  upscale: z.int().min(1).default(2),
  img_range: z.number().positive().default(1),
  upsampler: z.literal(["", "pixelshuffle", "pixelshuffledirect", "nearest+conv", null]).default(
    "",
  ),
  resi_connection: z.literal(["1conv", "3conv"]).default("1conv"),
}) satisfies z.ZodType<Required<SwinIROptions>>;

type Options = z.output<typeof options>;

/**
 * Maps `lq` `[n, h, w, in_chans]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, in_chans]`, without an upsampler to
 * the same size.
 */
@ARCH_REGISTRY.register({ options, weights: swinirWeights })
export class SwinIR extends Module<Image> {
  private readonly absolute_pos_embed: Parameter | undefined;
  private readonly conv_first: Conv2d;
  private readonly patch_embed: PatchEmbed;
  private readonly pos_drop: Dropout;
  private readonly layers: Sequential;
  private readonly norm: LayerNorm;
  private readonly conv_after_body: Conv2d | Sequential;
  readonly #head: UpsamplingHead;
  private readonly conv_before_upsample: Sequential | undefined;
  private readonly conv_up1: Conv2d | undefined;
  private readonly conv_up2: Conv2d | undefined;
  private readonly conv_hr: Conv2d | undefined;
  private readonly upsample: Sequential | undefined;
  private readonly conv_last: Conv2d | undefined;
  private readonly mean: Buffer | undefined;
  private readonly window: number;
  private readonly opt: Options;

  /**
   * Creates it.
   *
   * @throws {RangeError} If options do not fit each other.
   */
  constructor(opt: SwinIROptions) {
    super();
    const o = this.opt = options.parse(opt);
    const { embed_dim, in_chans, depths, num_heads, upscale } = o;
    checkHeads(embed_dim, depths, num_heads);
    const resolution = [o.img_size, o.img_size].flat().slice(0, 2).map((size) =>
      Math.floor(size / o.patch_size)
    ) as [number, number];
    this.window = Math.min(o.window_size, ...resolution);
    if (depths.some((depth) => depth > 1) && resolution.some((size) => size % this.window !== 0)) {
      throw new RangeError(
        `img_size ${o.img_size} is no multiple of window_size ${o.window_size} (patch_size ${o.patch_size})`,
      );
    }
    if (o.ape) {
      const shape = [1, resolution[0] * resolution[1], embed_dim];
      this.absolute_pos_embed = new Parameter(shape, truncNormal(TRANSFORMER_STD));
    }
    this.conv_first = new Conv2d(in_chans, embed_dim, 3);
    this.patch_embed = new PatchEmbed(embed_dim, o.patch_norm);
    this.pos_drop = new Dropout(o.drop_rate);
    const rates = dropPathRates(depths.reduce((sum, depth) => sum + depth, 0), o.drop_path_rate);
    this.layers = new Sequential(
      ...depths.map((depth, i) => new RSTB(o, resolution, num_heads[i]!, rates.splice(0, depth))),
    );
    this.norm = new LayerNorm(embed_dim);
    this.conv_after_body = resiConnection(embed_dim, o.resi_connection);
    const { upsampler } = o;
    if (upsampler === "pixelshuffle" && !isUpsampleScale(upscale)) {
      throw new RangeError(`upscale must be 3 or a power of two, received ${upscale}`);
    }
    if (upsampler === "nearest+conv" && upscale !== 2 && upscale !== 4) {
      throw new RangeError(
        `upscale must be 2 or 4 with upsampler "nearest+conv", received ${upscale}`,
      );
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
    // As in BasicSR, other numbers of channels have no mean.
    this.mean = in_chans === 3 ? meanBuffer(DIV2K_RGB_MEAN, 3) : undefined;
    initTransformer(this);
  }

  /** A window: `forward` pads to multiples of it. */
  override get sizeMultiple(): number {
    return this.window;
  }

  /** As far as windows, shifted ones, and convolutions reach one after the other; everything with `ape`. */
  override get receptiveField(): number | undefined {
    const { ape, depths, resi_connection, img_size, patch_size, window_size } = this.opt;
    if (ape) return Infinity;
    const least = Math.min(...[img_size].flat()) / patch_size;
    const end = RESI_RADIUS[resi_connection];
    return windowedRadius(this.window, [
      1, // the first convolution
      ...depths.flatMap((depth) => [...windowSteps(depth, Math.floor(least) > window_size), end]),
      end,
      headRadius(this.#head),
    ]);
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const [, h, w] = lq.shape;
    const { img_range, upsampler, upscale } = this.opt;
    const padded = padToMultiple(lq, this.window, "reflect");
    const x = scaled(this.mean ? tf.sub(padded, this.mean.value) : padded, img_range);
    const first = this.conv_first.forward(x);
    const deep = addSame(this.conv_after_body.forward(this.#features(first)), first);
    const y = upsampler ? enlarge(this.#head, deep) : addSame(x, this.conv_last!.forward(deep));
    const inRange = scaled(y, 1 / img_range);
    const result = this.mean ? biasAdd(inRange, this.mean.value) : inRange;
    const scale = upsampler ? upscale : 1;
    return cropTo(result, [h * scale, w * scale]);
  }

  #features(first: Image): Image {
    const x = withPositions(this.patch_embed.forward(first), this.absolute_pos_embed);
    return this.norm.forward(this.layers.forward(this.pos_drop.forward(x)));
  }
}

/** Residual group: blocks, a convolution, and a skip around them. */
class RSTB extends Module<Image> {
  readonly residual_group: BasicLayer;
  readonly conv: Conv2d | Sequential;

  constructor(o: Options, resolution: WindowSize, heads: number, rates: readonly number[]) {
    super();
    this.residual_group = new BasicLayer(o, resolution, heads, rates);
    this.conv = resiConnection(o.embed_dim, o.resi_connection);
  }

  override forward(x: Image): Image {
    return addSame(this.conv.forward(this.residual_group.forward(x)), x);
  }
}

/** The blocks of a group. */
class BasicLayer extends Module<Image> {
  readonly blocks: BlockSequence;

  constructor(o: Options, resolution: WindowSize, heads: number, rates: readonly number[]) {
    super();
    this.blocks = new BlockSequence(
      ...rates.map((rate, i) => new SwinTransformerBlock(o, resolution, heads, i % 2 === 1, rate)),
    );
    if (o.use_checkpoint) this.blocks.checkpointEvery = 1;
  }

  override forward(x: Image): Image {
    return this.blocks.forward(x);
  }
}

/** Attention within windows, shifted in every second block, and a perceptron, with a skip around each. */
class SwinTransformerBlock extends Module<Image> {
  readonly attn_mask: Buffer | undefined;
  readonly norm1: LayerNorm;
  readonly attn: WindowAttention;
  readonly drop_path: DropPath;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly #shift: number;

  constructor(o: Options, resolution: WindowSize, heads: number, shifts: boolean, rate: number) {
    super();
    const { embed_dim } = o;
    const size = Math.min(o.window_size, ...resolution);
    const fits = Math.min(...resolution) > o.window_size;
    this.#shift = shifts && fits ? Math.floor(o.window_size / 2) : 0;
    const window = [size, size] as const;
    if (this.#shift > 0) this.attn_mask = fileMask(resolution, window, this.#shift);
    this.norm1 = new LayerNorm(embed_dim);
    this.attn = new WindowAttention({
      dim: embed_dim,
      window,
      heads,
      shift: this.#shift,
      bias: o.qkv_bias,
      scale: o.qk_scale,
      weightDrop: o.attn_drop_rate,
      drop: o.drop_rate,
    });
    this.drop_path = new DropPath(rate);
    this.norm2 = new LayerNorm(embed_dim);
    this.mlp = new Mlp(embed_dim, Math.floor(embed_dim * o.mlp_ratio), o.drop_rate);
  }

  override forward(x: Image): Image {
    const shifted = roll(this.norm1.forward(x), [-this.#shift, -this.#shift]);
    const branch = roll(this.attn.forward(shifted), [this.#shift, this.#shift]);
    const y = addSame(x, this.drop_path.forward(branch));
    return addSame(y, this.drop_path.forward(this.mlp.forward(this.norm2.forward(y))));
  }
}

/** The mask for images of `img_size`, which PyTorch's files carry; `forward` makes its own for the image that it is given. */
function fileMask(resolution: WindowSize, window: WindowSize, shift: number): Buffer {
  const count = window[0] * window[1];
  const [h, w] = resolution;
  const windows = h * w / count;
  return maskBuffer(
    [windows, count, count],
    () => shiftedWindowMaskValues([h, w], window, [shift, shift]),
  );
}
