/**
 * FFDNet: denoising at half the resolution, of a noise level that it is told.
 *
 * Paper: K. Zhang et al., "FFDNet: Toward a Fast and Flexible Solution for CNN based Image Denoising", TIP 2018,
 * https://arxiv.org/abs/1710.04026
 * Origin: KAIR `models/network_ffdnet.py` (https://github.com/cszn/KAIR, MIT): options, keys, arithmetic.
 *
 * Differs from KAIR: the noise level is no argument beside the image, but one more channel of it, the last, with
 * sigma / 255 in every pixel, as for DRUNet; `in_nc` does not count it. At half the resolution it is the mean of four
 * pixels, so that it may differ from place to place.
 *
 * @module
 */
import { tf } from "../../core/engine/tf.ts";
import {
  avgPool2d,
  cropTo,
  type Image,
  Module,
  padToMultiple,
  pixelShuffle,
  pixelUnshuffle,
  type Sequential,
  type SizePadding,
} from "../../core/nn/mod.ts";
import { z } from "../../core/options/zod.ts";
import { ARCH_REGISTRY } from "../../core/registry.ts";
import type { WeightsSignature } from "../../core/weights/signature.ts";
import { ACT_MODES, plainNet, plainNetIn } from "./_kair_blocks.ts";

/** Options of {@linkcode FFDNet}, spelled as in YAML under `network_g`. */
export interface FFDNetOptions {
  /** Channels of the image, the map of the noise level not counted; default 1. */
  readonly in_nc?: number;
  /** Channels of the output, default 1. */
  readonly out_nc?: number;
  /** Channels of the features, default 64; published are 64 for gray images and 96 for colour. */
  readonly nc?: number;
  /** Number of convolutions, default 15; published are 15 for gray images and 12 for colour. */
  readonly nb?: number;
  /** What follows them: `B` for batch norm, then `R` for ReLU or `L` for a leaky one with slope 0.2; default `R`. */
  readonly act_mode?: "R" | "L" | "BR" | "BL";
}

const options = z.strictObject({
  in_nc: z.int().min(1).default(1),
  out_nc: z.int().min(1).default(1),
  nc: z.int().min(1).default(64),
  nb: z.int().min(2).default(15),
  act_mode: z.enum(ACT_MODES).default("R"),
}) satisfies z.ZodType<Required<FFDNetOptions>>;

const weights: WeightsSignature = {
  matches(dict) {
    const sizes = plainNetIn(dict);
    return sizes !== undefined && sizes.input % 4 === 1 && sizes.output % 4 === 0;
  },
  options(dict) {
    const { input, output, channels, nb, act } = plainNetIn(dict)!;
    return { in_nc: (input - 1) / 4, out_nc: output / 4, nc: channels, nb, act_mode: act };
  },
  traits(found) {
    const { in_nc, out_nc } = options.parse(found);
    return {
      scale: 1,
      inputChannels: in_nc + 1,
      outputChannels: out_nc,
      purpose: "denoising",
      noiseMap: true,
    };
  },
};

/** Maps `lq` `[n, h, w, in_nc + 1]`, float32 in [0, 1] and last the map of the noise level, to `[n, h, w, out_nc]`. */
@ARCH_REGISTRY.register({ options, weights })
export class FFDNet extends Module<Image> {
  private readonly model: Sequential;
  private readonly channels: number;

  /** Creates it. */
  constructor(opt: FFDNetOptions = {}) {
    super();
    const { in_nc, out_nc, nc, nb, act_mode } = options.parse(opt);
    this.channels = in_nc;
    this.model = plainNet([4 * in_nc + 1, nc, 4 * out_nc], nb, act_mode);
  }

  /** Computed at half the resolution: `forward` pads. */
  override get sizeMultiple(): number {
    return 2;
  }

  /** As the original does. */
  override get sizePadding(): SizePadding {
    return "mirror";
  }

  /**
   * See the class. Odd sizes are padded by repeating the last row or column, and cropped.
   *
   * @throws {RangeError} If there is no map of the noise level.
   */
  override forward(lq: Image): Image {
    const [, h, w, channels] = lq.shape;
    if (channels !== this.channels + 1) {
      throw new RangeError(
        `FFDNet takes ${this.channels} channels and one for the noise level, received ${channels}`,
      );
    }
    const even = padToMultiple(lq, 2, "mirror");
    const [image, sigma] = tf.split(even, [channels - 1, 1], 3) as [Image, Image];
    const x = tf.concat([pixelUnshuffle(image, 2), avgPool2d(sigma, 2)], 3);
    return cropTo(pixelShuffle(this.model.forward(x), 2), [h, w]);
  }
}
