/**
 * DRUNet: a U-Net of residual blocks without biases, a denoiser that is told the noise level; the prior of DPIR.
 *
 * Paper: K. Zhang et al., "Plug-and-Play Image Restoration with Deep Denoiser Prior", TPAMI 2021,
 * https://arxiv.org/abs/2008.13751
 * Origin: KAIR `models/network_unet.py`, class `UNetRes` (https://github.com/cszn/KAIR, MIT): options, keys, arithmetic;
 * spandrel's name, and its default of no biases, which is what the published weights have.
 *
 * The last channel of the input is a map of the noise level, sigma / 255.
 * Differs from KAIR: with `maxpool` the convolution after it keeps the size (there it does not, and the parts do not fit
 * together).
 *
 * From weights nobody can tell `avgpool` from `maxpool`, nor `act_mode`; they are taken for `avgpool` and `R`.
 *
 * @module
 */
import { addSame } from "../../core/engine/ops.ts";
import type { Tensor4D } from "../../core/engine/tf.ts";
import {
  avgPool2d,
  Conv2d,
  ConvTranspose2d,
  type Image,
  interpolateBy,
  maxPool2d,
  Module,
  Sequential,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import {
  countOf,
  hasAll,
  requireSize,
  sizeOf,
  type WeightsSignature,
} from "../../core/weights/signature.ts";
import { ACT_MODES, ResBlock } from "./_kair_blocks.ts";

/** Options of {@linkcode DRUNet}, spelled as in YAML under `network_g`. */
export interface DRUNetOptions {
  /** Channels of the input, with the map of the noise level; default 4. */
  readonly in_nc?: number;
  /** Channels of the output, default 3. */
  readonly out_nc?: number;
  /** Channels of the features at each of the four levels, default 64, 128, 256, 512. */
  readonly nc?: number[];
  /** Residual blocks at each level and on each way, default 4. */
  readonly nb?: number;
  /** What is between their convolutions: perhaps `B` for batch norm, `R` for ReLU or `L` for a leaky one; default `R`. */
  readonly act_mode?: "R" | "L" | "BR" | "BL";
  /** How resolution is halved, default by a convolution with stride 2. */
  readonly downsample_mode?: "strideconv" | "avgpool" | "maxpool";
  /** How it is doubled, default by a transposed convolution. */
  readonly upsample_mode?: "convtranspose" | "upconv" | "pixelshuffle";
  /** Whether convolutions have a bias, default false. */
  readonly bias?: boolean;
}

const options = z.strictObject({
  in_nc: z.int().min(1).default(4),
  out_nc: z.int().min(1).default(3),
  nc: z.array(z.int().min(1)).length(4).default([64, 128, 256, 512]),
  nb: z.int().min(1).default(4),
  act_mode: z.enum(ACT_MODES).default("R"),
  downsample_mode: z.enum(["strideconv", "avgpool", "maxpool"]).default("strideconv"),
  upsample_mode: z.enum(["convtranspose", "upconv", "pixelshuffle"]).default("convtranspose"),
  bias: z.boolean().default(false),
}) satisfies z.ZodType<Required<DRUNetOptions>>;

const weights: WeightsSignature = {
  matches: (dict) =>
    hasAll(dict, "m_head.weight", "m_down1.0.res.0.weight", "m_tail.weight") &&
    (dict.has("m_body.0.res.0.weight") || dict.has("m_body.res.0.weight")),
  options(dict) {
    const nb = Math.max(1, countOf(dict, "m_body.*."));
    const width = (key: string): number => requireSize(dict, `${key}.0.res.0.weight`);
    const body = nb === 1 ? "m_body" : "m_body.0";
    const upsample = dict.has("m_up3.1.weight")
      ? "upconv"
      : sizeOf(dict, "m_up3.0.weight", 2) === 3
      ? "pixelshuffle"
      : "convtranspose";
    return {
      in_nc: requireSize(dict, "m_head.weight", 1),
      out_nc: requireSize(dict, "m_tail.weight"),
      nc: [
        requireSize(dict, "m_head.weight"),
        ...["m_down2", "m_down3"].map(width),
        requireSize(dict, `${body}.res.0.weight`),
      ],
      nb,
      act_mode: dict.has(`${body}.res.1.running_mean`) ? "BR" : "R",
      downsample_mode: dict.has(`m_down1.${nb}.weight`) ? "strideconv" : "avgpool",
      upsample_mode: upsample,
      bias: dict.has("m_head.bias"),
    };
  },
  traits(found) {
    const { in_nc, out_nc } = options.parse(found);
    return {
      scale: 1,
      inputChannels: in_nc,
      outputChannels: out_nc,
      purpose: "denoising",
      noiseMap: true,
    };
  },
};

/** Maps `lq` `[n, h, w, in_nc]`, float32 in [0, 1], h and w multiples of 8, to `[n, h, w, out_nc]`. */
@ARCH_REGISTRY.register({ options, weights })
export class DRUNet extends Module<Image> {
  private readonly m_head: Conv2d;
  private readonly m_down1: Sequential;
  private readonly m_down2: Sequential;
  private readonly m_down3: Sequential;
  private readonly m_body: Sequential | ResBlock;
  private readonly m_up3: Sequential;
  private readonly m_up2: Sequential;
  private readonly m_up1: Sequential;
  private readonly m_tail: Conv2d;

  /** Creates it. */
  constructor(opt: DRUNetOptions = {}) {
    super();
    const o = options.parse(opt);
    const { bias } = o;
    const [first, second, third, last] = o.nc as [number, number, number, number];
    const blocks = (channels: number): ResBlock[] =>
      Array.from({ length: o.nb }, () => new ResBlock(channels, o.act_mode, bias));
    const down = (from: number, to: number): Sequential =>
      new Sequential(...blocks(from), ...downsample(o.downsample_mode, from, to, bias));
    const up = (from: number, to: number): Sequential =>
      new Sequential(...upsample(o.upsample_mode, from, to, bias), ...blocks(to));
    this.m_head = new Conv2d(o.in_nc, first, 3, { bias });
    this.m_down1 = down(first, second);
    this.m_down2 = down(second, third);
    this.m_down3 = down(third, last);
    // KAIR wraps several blocks, and leaves a single one as it is.
    const body = blocks(last);
    this.m_body = body.length === 1 ? body[0]! : new Sequential(...body);
    this.m_up3 = up(last, third);
    this.m_up2 = up(third, second);
    this.m_up1 = up(second, first);
    this.m_tail = new Conv2d(first, o.out_nc, 3, { bias });
  }

  /** Three times halved. */
  override get sizeMultiple(): number {
    return 8;
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const x1 = this.m_head.forward(lq);
    const x2 = this.m_down1.forward(x1);
    const x3 = this.m_down2.forward(x2);
    const x4 = this.m_down3.forward(x3);
    let y = this.m_body.forward(x4);
    y = this.m_up3.forward(addSame(y, x4));
    y = this.m_up2.forward(addSame(y, x3));
    y = this.m_up1.forward(addSame(y, x2));
    return this.m_tail.forward(addSame(y, x1));
  }
}

/** Modules that halve the resolution, with the numbers that KAIR gives them. */
function downsample(
  mode: Required<DRUNetOptions>["downsample_mode"],
  from: number,
  to: number,
  bias: boolean,
): Module<Tensor4D>[] {
  if (mode === "strideconv") return [new Conv2d(from, to, 2, { stride: 2, padding: 0, bias })];
  const pool = mode === "avgpool" ? avgPool2d : maxPool2d;
  return [new Resized((x) => pool(x, 2)), new Conv2d(from, to, 3, { bias })];
}

/** Modules that double the resolution; undefined stands for a number that a shuffle has. */
function upsample(
  mode: Required<DRUNetOptions>["upsample_mode"],
  from: number,
  to: number,
  bias: boolean,
): (Module<Tensor4D> | undefined)[] {
  switch (mode) {
    case "convtranspose":
      return [new ConvTranspose2d(from, to, 2, { stride: 2, bias })];
    case "upconv":
      return [new Resized((x) => interpolateBy(x, 2)), new Conv2d(from, to, 3, { bias })];
    case "pixelshuffle":
      return [new Conv2d(from, 4 * to, 3, { shuffle: 2, bias }), undefined];
  }
}

/** A change of resolution without parameters, as a module. */
class Resized extends Module<Image> {
  readonly #change: (x: Image) => Image;

  constructor(change: (x: Image) => Image) {
    super();
    this.#change = change;
  }

  override forward(x: Image): Image {
    return this.#change(x);
  }
}
