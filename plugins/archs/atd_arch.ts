/**
 * ATD: attention to a dictionary of tokens that each image refines, among pixels of the same category by that dictionary, and
 * within shifted windows, side by side.
 *
 * Paper: L. Zhang et al., "Transcending the Limit of Local Window: Advanced Super-Resolution Transformer with Adaptive Token
 * Dictionary", CVPR 2024, https://arxiv.org/abs/2401.08209
 * Origin: ATD (https://github.com/LabShuHangGU/Adaptive-Token-Dictionary, Apache-2.0) as spandrel 0.4.2 has it: options, keys,
 * arithmetic, initial values.
 *
 * As in the original images are padded by mirroring, with the edge repeated, to multiples of `window_size`.
 * Differs from the original: pixels of one category keep the order of the image (there it depends on the sort); images smaller
 * than the padding work; with `ape` images must be of `img_size`, padding included.
 *
 * @module
 */
import { addSame, biasAdd } from "../../core/engine/ops.ts";
import { tf } from "../../core/engine/tf.ts";
import {
  Buffer,
  checkHeads,
  Conv2d,
  cropTo,
  DIV2K_RGB_MEAN,
  enlarge,
  type Image,
  indexBuffer,
  initTransformer,
  isUpsampleScale,
  LayerNorm,
  meanBuffer,
  Module,
  padToMultiple,
  Parameter,
  PatchEmbed,
  relativePositionIndex,
  type ResiConnection,
  resiConnection,
  scaled,
  Sequential,
  type SizePadding,
  TRANSFORMER_STD,
  truncNormal,
  type UpsamplingHead,
  upsamplingHead,
  withPositions,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import { ATDB } from "./_atd_blocks.ts";
import { atdWeights } from "./_atd_weights.ts";

/** Options of {@linkcode ATD}, spelled as in YAML under `network_g`. */
export interface ATDOptions {
  /** Size of the training images, of which only `ape` takes notice; default 64. */
  readonly img_size?: number;
  /** What `img_size` is divided by, default 1. */
  readonly patch_size?: number;
  /** Channels of input and output, default 3. */
  readonly in_chans?: number;
  /** Channels of the features, default 90. */
  readonly embed_dim?: number;
  /** Layers of each group, default 6, 6, 6, 6; every second one shifts its windows. */
  readonly depths?: number[];
  /** Heads of the attention in each group, default 6, 6, 6, 6. */
  readonly num_heads?: number[];
  /** Height and width of a window, default 8. */
  readonly window_size?: number;
  /** Pixels that attend to each other within a category, default 256. */
  readonly category_size?: number;
  /** Tokens of a dictionary, default 64. */
  readonly num_tokens?: number;
  /** Channels by which pixels and tokens are compared, default 4. */
  readonly reducted_dim?: number;
  /** Size of the convolution in the perceptrons, odd; default 5. */
  readonly convffn_kernel_size?: number;
  /** Hidden channels of the perceptrons, as a multiple of `embed_dim`; default 2. */
  readonly mlp_ratio?: number;
  /** Whether queries, keys and values have a bias, default true. */
  readonly qkv_bias?: boolean;
  /** Whether features get a trained offset for each pixel of `img_size`, default false. */
  readonly ape?: boolean;
  /** Whether features are normalised before the first layer, default true. */
  readonly patch_norm?: boolean;
  /** Scale factor, default 1; without an upsampler the size stays. */
  readonly upscale?: number;
  /** What 1.0 in the image is multiplied with inside, default 1. */
  readonly img_range?: number;
  /**
   * How the image is enlarged: `pixelshuffle` (classical), `pixelshuffledirect` (lightweight), `nearest+conv` (real photos,
   * 4), or not at all (`""`, the default).
   */
  readonly upsampler?: "" | "pixelshuffle" | "pixelshuffledirect" | "nearest+conv";
  /** Convolutions at the end of a group, default `1conv`. */
  readonly resi_connection?: ResiConnection;
  /** Whether the mean of RGB is taken off and `img_range` applied, default true. */
  readonly norm?: boolean;
}

const options = z.strictObject({
  img_size: z.int().min(1).default(64),
  patch_size: z.int().min(1).default(1),
  in_chans: z.int().min(1).default(3),
  embed_dim: z.int().min(1).default(90),
  depths: z.array(z.int().min(0)).min(1).default([6, 6, 6, 6]),
  num_heads: z.array(z.int().min(1)).min(1).default([6, 6, 6, 6]),
  window_size: z.int().min(1).default(8),
  category_size: z.int().min(1).default(256),
  num_tokens: z.int().min(1).default(64),
  reducted_dim: z.int().min(1).default(4),
  convffn_kernel_size: z.int().min(1).refine((size) => size % 2 === 1, "must be odd").default(5),
  mlp_ratio: z.number().positive().default(2),
  qkv_bias: z.boolean().default(true),
  ape: z.boolean().default(false),
  patch_norm: z.boolean().default(true),
  upscale: z.int().min(1).default(1),
  img_range: z.number().positive().default(1),
  upsampler: z.literal(["", "pixelshuffle", "pixelshuffledirect", "nearest+conv"]).default(""),
  resi_connection: z.literal(["1conv", "3conv"]).default("1conv"),
  norm: z.boolean().default(true),
}) satisfies z.ZodType<Required<ATDOptions>>;

/** Options with their defaults. */
export type ATDConfig = Required<ATDOptions>;

/**
 * Maps `lq` `[n, h, w, in_chans]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, in_chans]`, without an upsampler to
 * the same size.
 */
@ARCH_REGISTRY.register({ options, weights: atdWeights })
export class ATD extends Module<Image> {
  private readonly absolute_pos_embed: Parameter | undefined;
  private readonly no_norm: Buffer | undefined;
  private readonly relative_position_index_SA: Buffer;
  private readonly conv_first: Conv2d;
  private readonly patch_embed: PatchEmbed;
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
  private readonly opt: ATDConfig;

  /**
   * Creates it.
   *
   * @throws {RangeError} If options do not fit each other.
   */
  constructor(opt: ATDOptions) {
    super();
    const o = this.opt = options.parse(opt);
    check(o);
    const { embed_dim, in_chans, upscale, upsampler, window_size: size } = o;
    if (o.ape) {
      const shape = [1, Math.floor(o.img_size / o.patch_size) ** 2, embed_dim];
      this.absolute_pos_embed = new Parameter(shape, truncNormal(TRANSFORMER_STD));
    }
    // That files have it says all; its value is nothing.
    if (!o.norm) this.no_norm = new Buffer([1]);
    this.relative_position_index_SA = indexBuffer(
      [size ** 2, size ** 2],
      relativePositionIndex([size, size]),
    );
    this.conv_first = new Conv2d(in_chans, embed_dim, 3);
    this.patch_embed = new PatchEmbed(embed_dim, o.patch_norm);
    this.layers = new Sequential(
      ...o.depths.map((depth, i) =>
        new ATDB(o, this.relative_position_index_SA, depth, o.num_heads[i]!)
      ),
    );
    this.norm = new LayerNorm(embed_dim);
    this.conv_after_body = resiConnection(embed_dim, o.resi_connection);
    this.#head = upsamplingHead(upsampler, embed_dim, in_chans, upscale);
    ({
      conv_before_upsample: this.conv_before_upsample,
      upsample: this.upsample,
      conv_up1: this.conv_up1,
      conv_up2: this.conv_up2,
      conv_hr: this.conv_hr,
      conv_last: this.conv_last,
    } = this.#head);
    this.mean = o.norm && in_chans === 3 ? meanBuffer(DIV2K_RGB_MEAN, 3) : undefined;
    initTransformer(this);
  }

  /** A window: `forward` pads to multiples of it. */
  override get sizeMultiple(): number {
    return this.opt.window_size;
  }

  /** As the original does. */
  override get sizePadding(): SizePadding {
    return "mirror";
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const [, h, w] = lq.shape;
    const { upsampler, upscale, window_size, norm } = this.opt;
    const range = norm ? this.opt.img_range : 1;
    const padded = padToMultiple(lq, window_size, "mirror");
    const x = scaled(this.mean ? tf.sub(padded, this.mean.value) : padded, range);
    const first = this.conv_first.forward(x);
    const deep = addSame(this.conv_after_body.forward(this.#features(first)), first);
    const y = upsampler ? enlarge(this.#head, deep) : addSame(x, this.conv_last!.forward(deep));
    const inRange = scaled(y, 1 / range);
    const scale = upsampler ? upscale : 1;
    return cropTo(this.mean ? biasAdd(inRange, this.mean.value) : inRange, [h * scale, w * scale]);
  }

  #features(first: Image): Image {
    const x = withPositions(this.patch_embed.forward(first), this.absolute_pos_embed);
    return this.norm.forward(this.layers.forward(x));
  }
}

function check(o: ATDConfig): void {
  checkHeads(o.embed_dim, o.depths, o.num_heads);
  if (o.upsampler === "nearest+conv" && o.upscale !== 4) {
    throw new RangeError(`upscale must be 4 with upsampler "nearest+conv", received ${o.upscale}`);
  }
  if (o.upsampler === "pixelshuffle" && !isUpsampleScale(o.upscale)) {
    throw new RangeError(`upscale must be 3 or a power of two, received ${o.upscale}`);
  }
}
