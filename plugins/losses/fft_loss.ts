/**
 * FFTLoss: the L1 distance of two images' spectra.
 *
 * Paper: S.-J. Cho et al., "Rethinking Coarse-to-Fine Approach in Single Image Deblurring", ICCV 2021,
 * https://arxiv.org/abs/2108.05054 (MIMO-UNet), eq. 6.
 * Origin of the options and of the scale: the `FFTLoss` of ShuffleMixer and SAFMN, which build on BasicSR: the whole
 * spectrum of each channel (`torch.fft.fft2`, not normalised), real and imaginary parts side by side as twice as many numbers.
 * Losses that take half the spectrum (`rfft2`) give nearly the same mean, those with `norm="ortho"` less by √(h·w).
 *
 * @module
 */
import { columnCounts, rfft2 } from "../../core/engine/spectrum.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../core/engine/tf.ts";
import { absolute } from "../../core/losses/absolute.ts";
import type { Loss } from "../../core/nn/loss.ts";
import { z } from "../../core/options/zod.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";
import { checkShapes } from "./pixel_loss.ts";

/** Options of FFTLoss, spelled as in YAML under `train.fft_opt`. */
export interface FFTLossOptions {
  /** Factor on the result; 0.1 and 0.05 are usual beside a pixel loss of weight 1. Default 1. */
  loss_weight?: number;
  /** Over frequencies, channels, images, and both parts. Default `mean`. */
  reduction?: "mean" | "sum";
}

const options = z.strictObject({
  loss_weight: z.number().default(1),
  reduction: z.enum(["mean", "sum"]).default("mean"),
});

/** Mean of |Re F(pred) - Re F(target)| and |Im F(pred) - Im F(target)|, where F is the 2-D Fourier transform of a channel. */
@LOSS_REGISTRY.register({ options })
export class FFTLoss implements Loss {
  readonly #options: Required<FFTLossOptions>;

  /** Applies the options. */
  constructor(opt: FFTLossOptions = {}) {
    this.#options = options.parse(opt);
  }

  /**
   * The loss of `pred` against `target`, both `[n, h, w, c]`.
   *
   * @throws {RangeError} If there is a weight, which says nothing about frequencies.
   */
  forward(pred: Tensor4D, target: Tensor4D, weight?: Tensor4D): Scalar {
    if (weight) throw new RangeError("FFTLoss compares frequencies and takes no weight of pixels");
    checkShapes(pred, target);
    const [n, h, w, c] = pred.shape;
    // The transform is linear: one does for both images.
    const difference = tf.transpose(tf.sub(pred, target), [0, 3, 1, 2]);
    const { real, imaginary } = rfft2(tf.reshape(difference, [n * c, h, w]));
    const counts = columnCounts(w);
    const sum = (part: Tensor): Scalar => tf.sum(tf.mul(absolute(part), counts));
    const total = tf.add(sum(real), sum(imaginary)) as Scalar;
    const { loss_weight, reduction } = this.#options;
    return tf.mul(total, reduction === "mean" ? loss_weight / (2 * pred.size) : loss_weight);
  }
}
