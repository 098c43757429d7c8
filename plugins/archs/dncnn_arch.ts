/**
 * DnCNN: convolutions in a row that find the noise, which is taken off; and FDnCNN, which gives the image itself and is told
 * the noise level.
 *
 * Paper: K. Zhang et al., "Beyond a Gaussian Denoiser: Residual Learning of Deep CNN for Image Denoising", TIP 2017,
 * https://arxiv.org/abs/1608.03981
 * Origin: KAIR `models/network_dncnn.py` (https://github.com/cszn/KAIR, MIT): options, keys, arithmetic; `mode`, by which
 * one class is both, is spandrel's.
 *
 * For FDnCNN the last channel of the input is a map of the noise level, sigma / 255.
 * Differs from KAIR: no instance norm (`act_mode` with `I`).
 *
 * @module
 */
import { tf } from "../../core/engine/tf.ts";
import { type Image, Module, type Sequential } from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import type { WeightsSignature } from "../../core/weights/signature.ts";
import { ACT_MODES, plainNet, plainNetIn } from "./_kair_blocks.ts";

/** Options of {@linkcode DnCNN}, spelled as in YAML under `network_g`. */
export interface DnCNNOptions {
  /** Channels of the input, for FDnCNN with the map of the noise level; default 1. */
  readonly in_nc?: number;
  /** Channels of the output, default 1. */
  readonly out_nc?: number;
  /** Channels of the features, default 64. */
  readonly nc?: number;
  /** Number of convolutions, default 17. */
  readonly nb?: number;
  /** What follows them: `B` for batch norm, then `R` for ReLU or `L` for a leaky one with slope 0.2; default `BR`. */
  readonly act_mode?: "R" | "L" | "BR" | "BL";
  /** Whether noise is taken off (`DnCNN`, the default) or the image is given (`FDnCNN`). */
  readonly mode?: "DnCNN" | "FDnCNN";
}

const options = z.strictObject({
  in_nc: z.int().min(1).default(1),
  out_nc: z.int().min(1).default(1),
  nc: z.int().min(1).default(64),
  nb: z.int().min(2).default(17),
  act_mode: z.enum(ACT_MODES).default("BR"),
  mode: z.enum(["DnCNN", "FDnCNN"]).default("DnCNN"),
}) satisfies z.ZodType<Required<DnCNNOptions>>;

const weights: WeightsSignature = {
  matches: (dict) => plainNetIn(dict) !== undefined,
  options(dict) {
    const { input, output, channels, nb, act } = plainNetIn(dict)!;
    if (act === "R" && nb < 8) {
      // IRCNN's seven convolutions have the same shapes and are dilated.
      throw new RangeError(
        `${nb} convolutions without batch norm may be IRCNN's, which is not available`,
      );
    }
    if (input === output + 1 && output % 4 === 0) {
      throw new RangeError(`${input} channels in and ${output} out are FFDNet's`);
    }
    if (input !== output && input !== output + 1) {
      throw new RangeError(
        `${input} channels in and ${output} out are neither DnCNN's nor FDnCNN's`,
      );
    }
    const mode = input === output ? "DnCNN" : "FDnCNN";
    return { in_nc: input, out_nc: output, nc: channels, nb, act_mode: act, mode };
  },
  traits(found) {
    const { in_nc, out_nc, mode } = options.parse(found);
    return {
      scale: 1,
      inputChannels: in_nc,
      outputChannels: out_nc,
      purpose: "denoising",
      noiseMap: mode === "FDnCNN",
    };
  },
};

/** Maps `lq` `[n, h, w, in_nc]`, float32 in [0, 1], to `[n, h, w, out_nc]`. */
@ARCH_REGISTRY.register({ options, weights })
export class DnCNN extends Module<Image> {
  private readonly model: Sequential;
  private readonly isResidual: boolean;

  /**
   * Creates it.
   *
   * @throws {RangeError} If noise has other channels than the image that it is taken off.
   */
  constructor(opt: DnCNNOptions = {}) {
    super();
    const { in_nc, out_nc, nc, nb, act_mode, mode } = options.parse(opt);
    this.isResidual = mode === "DnCNN";
    if (this.isResidual && in_nc !== out_nc) {
      throw new RangeError(`out_nc must be in_nc (${in_nc}) with mode DnCNN, received ${out_nc}`);
    }
    this.model = plainNet([in_nc, nc, out_nc], nb, act_mode);
  }

  /** See the class. */
  override forward(lq: Image): Image {
    const y = this.model.forward(lq);
    return this.isResidual ? tf.sub(lq, y) : y;
  }
}
