/**
 * DAT: blocks that attend within rectangular windows and blocks that attend among channels, in turn, each beside a
 * convolutional branch with which it exchanges gates.
 *
 * Paper: Z. Chen et al., "Dual Aggregation Transformer for Image Super-Resolution", ICCV 2023,
 * https://arxiv.org/abs/2308.03364
 * Origin: DAT `basicsr/archs/dat_arch.py` (https://github.com/zhengchen1999/DAT, Apache-2.0) and its copy in spandrel 0.4.2:
 * options, keys, arithmetic, initial values.
 *
 * As in the original images of any size work: inside windows queries, keys and values are padded with zeros. `qk_scale` has no
 * meaning for attention among channels, nor `drop_rate` for the perceptrons.
 * Differs from the original: sizes of windows that do not fit each other are refused, rather than failing in `forward`.
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
  DIV2K_RGB_MEAN,
  dropPathRates,
  type Image,
  initTransformer,
  isUpsampleScale,
  LayerNorm,
  LeakyReLU,
  meanBuffer,
  Module,
  type ResiConnection,
  resiConnection,
  scaled,
  Sequential,
  type SizePadding,
  Upsample,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import { DATB, shiftsWindows } from "./_dat_blocks.ts";
import { datWeights } from "./_dat_weights.ts";

/** Options of {@linkcode DAT}, spelled as in YAML under `network_g`. */
export interface DATOptions {
  /** Size of the training images, a multiple of `split_size`; the masks in files are for it. Default 64. */
  readonly img_size?: number;
  /** Channels of input and output, default 3. */
  readonly in_chans?: number;
  /** Channels of the features, default 180. */
  readonly embed_dim?: number;
  /** Height and width of the windows of one half of the channels; those of the other half lie. Default 2, 4. */
  readonly split_size?: [number, number];
  /** Blocks of each group, default 2, 2, 2, 2. */
  readonly depth?: number[];
  /** Heads of the attention in each group, even numbers; default 2, 2, 2, 2. */
  readonly num_heads?: number[];
  /** Hidden channels of the perceptrons, as a multiple of `embed_dim`; default 4. */
  readonly expansion_factor?: number;
  /** Whether queries, keys and values have a bias, default true. */
  readonly qkv_bias?: boolean;
  /** Factor of the queries in windows; default 1 / √(channels of a head). */
  readonly qk_scale?: number | null;
  /** Share of what attention gives that is dropped while training, default 0. */
  readonly drop_rate?: number;
  /** Share of attention weights that is dropped while training, default 0. */
  readonly attn_drop_rate?: number;
  /** Share of samples for which the last block is skipped while training, rising from 0 at the first; default 0.1. */
  readonly drop_path_rate?: number;
  /** Whether blocks are computed twice while training, in place of being kept; default false. */
  readonly use_chk?: boolean;
  /** Scale factor, default 2; with `pixelshuffle` 3 or a power of two. */
  readonly upscale?: number;
  /** What 1.0 in the image is multiplied with inside, default 1. */
  readonly img_range?: number;
  /** Convolutions at the end of a group, default `1conv`. */
  readonly resi_connection?: ResiConnection;
  /** How the image is enlarged, default `pixelshuffle`; DAT-light has `pixelshuffledirect`. */
  readonly upsampler?: "pixelshuffle" | "pixelshuffledirect";
}

const rate = z.number().min(0).lt(1);
const options = z.strictObject({
  img_size: z.int().min(1).default(64),
  in_chans: z.int().min(1).default(3),
  embed_dim: z.int().min(32).default(180),
  split_size: z.tuple([z.int().min(1), z.int().min(1)]).default([2, 4]),
  depth: z.array(z.int().min(0)).min(1).default([2, 2, 2, 2]),
  num_heads: z.array(z.int().min(2).multipleOf(2)).min(1).default([2, 2, 2, 2]),
  expansion_factor: z.number().positive().default(4),
  qkv_bias: z.boolean().default(true),
  qk_scale: z.number().nullable().default(null),
  drop_rate: rate.default(0),
  attn_drop_rate: rate.default(0),
  drop_path_rate: rate.default(0.1),
  use_chk: z.boolean().default(false),
  upscale: z.int().min(1).default(2),
  img_range: z.number().positive().default(1),
  resi_connection: z.literal(["1conv", "3conv"]).default("1conv"),
  upsampler: z.literal(["pixelshuffle", "pixelshuffledirect"]).default("pixelshuffle"),
}) satisfies z.ZodType<Required<DATOptions>>;

/** Channels between body and output. */
const NUM_FEAT = 64;

/** Maps `lq` `[n, h, w, in_chans]`, float32 RGB in [0, 1], to `[n, h·upscale, w·upscale, in_chans]`. */
@ARCH_REGISTRY.register({ options, weights: datWeights })
export class DAT extends Module<Image> {
  private readonly conv_first: Conv2d;
  private readonly before_RG: Sequential;
  private readonly layers: Sequential;
  private readonly norm: LayerNorm;
  private readonly conv_after_body: Conv2d | Sequential;
  private readonly conv_before_upsample: Sequential | undefined;
  private readonly upsample: Sequential;
  private readonly conv_last: Conv2d | undefined;
  private readonly mean: Buffer | undefined;
  private readonly imgRange: number;
  readonly #window: number;

  /**
   * Creates it.
   *
   * @throws {RangeError} If options do not fit each other.
   */
  constructor(opt: DATOptions) {
    super();
    const o = options.parse(opt);
    check(o);
    const { embed_dim, in_chans, depth, upscale } = o;
    this.imgRange = o.img_range;
    this.#window = Math.max(...o.split_size);
    this.conv_first = new Conv2d(in_chans, embed_dim, 3);
    this.before_RG = new Sequential(undefined, new LayerNorm(embed_dim));
    const rates = dropPathRates(depth.reduce((sum, count) => sum + count, 0), o.drop_path_rate);
    this.layers = new Sequential(
      ...depth.map((count, group) => new ResidualGroup(o, group, rates.splice(0, count))),
    );
    this.norm = new LayerNorm(embed_dim);
    this.conv_after_body = resiConnection(embed_dim, o.resi_connection);
    if (o.upsampler === "pixelshuffle") {
      this.conv_before_upsample = new Sequential(
        new Conv2d(embed_dim, NUM_FEAT, 3),
        new LeakyReLU(),
      );
      this.upsample = new Upsample(upscale, NUM_FEAT);
      this.conv_last = new Conv2d(NUM_FEAT, in_chans, 3);
    } else {
      this.upsample = new Sequential(
        new Conv2d(embed_dim, upscale ** 2 * in_chans, 3, { shuffle: upscale }),
      );
    }
    // As in the original, other numbers of channels have no mean.
    this.mean = in_chans === 3 ? meanBuffer(DIV2K_RGB_MEAN, 3) : undefined;
    initTransformer(this);
  }

  /** The longer side of a window. */
  override get sizeMultiple(): number {
    return this.#window;
  }

  /** Each attention pads its queries, keys and values with zeros. */
  override get sizePadding(): SizePadding {
    return "inside";
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const x = scaled(this.mean ? tf.sub(lq, this.mean.value) : lq, this.imgRange);
    const first = this.conv_first.forward(x);
    const body = this.norm.forward(this.layers.forward(this.before_RG.forward(first)));
    let y: Image = addSame(this.conv_after_body.forward(body), first);
    if (this.conv_before_upsample) y = this.conv_before_upsample.forward(y);
    y = this.upsample.forward(y);
    if (this.conv_last) y = this.conv_last.forward(y);
    const inRange = scaled(y, 1 / this.imgRange);
    return this.mean ? biasAdd(inRange, this.mean.value) : inRange;
  }
}

/** Options with their defaults. */
export type DATConfig = Required<DATOptions>;

function check(o: DATConfig): void {
  const [tall, wide] = o.split_size;
  const [less, more] = [Math.min(tall, wide), Math.max(tall, wide)];
  if (more % less !== 0) {
    throw new RangeError(`split_size ${tall}, ${wide}: one must be a multiple of the other`);
  }
  checkHeads(o.embed_dim, o.depth, o.num_heads, "depth");
  const shifts = o.depth.some((count, group) =>
    Array.from({ length: count }).some((_, i) => shiftsWindows(group, i))
  );
  if (shifts && o.img_size % more !== 0) {
    throw new RangeError(`img_size ${o.img_size} is no multiple of split_size ${tall}, ${wide}`);
  }
  if (o.upsampler === "pixelshuffle" && !isUpsampleScale(o.upscale)) {
    throw new RangeError(`upscale must be 3 or a power of two, received ${o.upscale}`);
  }
}

/** Blocks, a convolution, and a skip around them. */
class ResidualGroup extends Module<Image> {
  readonly blocks: BlockSequence;
  readonly conv: Conv2d | Sequential;

  constructor(o: DATConfig, group: number, rates: readonly number[]) {
    super();
    this.blocks = new BlockSequence(...rates.map((rate, i) => new DATB(o, group, i, rate)));
    if (o.use_chk) this.blocks.checkpointEvery = 1;
    this.conv = resiConnection(o.embed_dim, o.resi_connection);
  }

  override forward(x: Image): Image {
    return addSame(this.conv.forward(this.blocks.forward(x)), x);
  }
}
