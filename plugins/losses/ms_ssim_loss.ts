/**
 * MSSSIMLoss: 1 - MS-SSIM, the structural similarity at five scales.
 *
 * Paper: Z. Wang et al., "Multi-scale structural similarity for image quality assessment", Asilomar 2003. Constants and
 * poolings as in `core/metrics/ms_ssim.ts`. Here a contrast term (or, at the last scale, SSIM) of a channel below 1e-6
 * counts as 1e-6, where the metric counts what is negative as 0: a power of 0 has no gradient, and training would end with
 * NaN.
 *
 * @module
 */
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../core/engine/tf.ts";
import { MS_SSIM_WEIGHTS } from "../../core/metrics/ms_ssim.ts";
import type { Loss } from "../../core/nn/loss.ts";
import { z } from "../../core/options/zod.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";

/** (0.01)² and (0.03)²: images are in [0, 1]. */
const C1 = 1e-4, C2 = 9e-4;

/** What is smaller counts as this. */
const LEAST = 1e-6;

/** Options, spelled as in YAML. */
export interface MSSSIMLossOptions {
  /** Factor on the result. Default 1. */
  readonly loss_weight?: number;
  /**
   * Side of the Gaussian window in pixels, odd. Default 11, with which images need sides of 161 pixels at least; 7 goes
   * with 97.
   */
  readonly window_size?: number;
  /** Standard deviation of the window in pixels. Default 1.5. */
  readonly window_sigma?: number;
}

/** 1 - MS-SSIM, averaged over batch and channels; 0 for equal images. */
@LOSS_REGISTRY.register({
  options: z.strictObject({
    loss_weight: z.number().default(1),
    window_size: z.int().min(3).refine((n) => n % 2 === 1, "must be odd").default(11),
    window_sigma: z.number().positive().default(1.5),
  }),
})
export class MSSSIMLoss implements Loss {
  readonly #factor: number;
  readonly #window: Float32Array;

  /**
   * Applies the options.
   *
   * @throws {RangeError} If the window is not odd.
   */
  constructor(options: MSSSIMLossOptions = {}) {
    const { loss_weight = 1, window_size = 11, window_sigma = 1.5 } = options;
    if (!Number.isInteger(window_size) || window_size < 3 || window_size % 2 === 0) {
      throw new RangeError(`window_size must be odd and 3 at least, received ${window_size}`);
    }
    this.#factor = loss_weight;
    const taps = Float64Array.from(
      { length: window_size },
      (_, i) => Math.exp(-((i - (window_size - 1) / 2) ** 2) / (2 * window_sigma ** 2)),
    );
    const sum = taps.reduce((a, b) => a + b, 0);
    this.#window = Float32Array.from(taps, (v) => v / sum);
  }

  /**
   * The loss of `[n, h, w, c]` images in [0, 1].
   *
   * @throws {RangeError} If the shapes differ, or the images are too small for the window at the last scale.
   */
  forward(pred: Tensor4D, target: Tensor4D): Scalar {
    const [n, h, w, c] = pred.shape;
    if (target.shape.join() !== pred.shape.join()) {
      throw new RangeError(
        `MSSSIMLoss compares images of one shape, received [${pred.shape.join(", ")}] and ` +
          `[${target.shape.join(", ")}]`,
      );
    }
    const size = this.#window.length;
    const least = (size - 1) * 2 ** (MS_SSIM_WEIGHTS.length - 1) + 1;
    if (Math.min(h, w) < least) {
      throw new RangeError(
        `MSSSIMLoss with window_size ${size} needs images of ${least}x${least} pixels at least, received ${w}x${h}: ` +
          `raise gt_size or lower window_size`,
      );
    }
    const planes = (x: Tensor4D): Tensor4D =>
      tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [n * c, h, w, 1]);
    // Both images one above the other, so that a scale is pooled in one go.
    let both = tf.concat([planes(pred), planes(target)], 0) as Tensor4D;
    let product: Tensor | undefined;
    for (const [scale, weight] of MS_SSIM_WEIGHTS.entries()) {
      const isLast = scale === MS_SSIM_WEIGHTS.length - 1;
      const factor = tf.pow(tf.maximum(this.#similarity(both, isLast), LEAST), weight);
      product = product === undefined ? factor : tf.mul(product, factor);
      if (!isLast) both = halved(both);
    }
    return tf.mul(tf.sub(1, tf.mean(product!)), this.#factor);
  }

  /** Mean over each plane, `[planes]`, of the contrast term, or with `luminance` of SSIM. */
  #similarity(both: Tensor4D, luminance: boolean): Tensor {
    const [a, b] = tf.split(both, 2, 0) as [Tensor4D, Tensor4D];
    const moments = tf.concat([both, tf.square(both), tf.mul(a, b)], 0) as Tensor4D;
    const [ma, mb, aa, bb, ab] = tf.split(this.#blurred(moments), 5, 0) as Tensor[];
    const mm = tf.mul(ma!, mb!), m2 = tf.add(tf.square(ma!), tf.square(mb!));
    const covariance = tf.sub(ab!, mm);
    const variances = tf.sub(tf.add(aa!, bb!), m2);
    let map = tf.div(tf.add(tf.mul(covariance, 2), C2), tf.add(variances, C2));
    if (luminance) map = tf.mul(map, tf.div(tf.add(tf.mul(mm, 2), C1), tf.add(m2, C1)));
    return tf.mean(map, [1, 2, 3]);
  }

  #blurred(x: Tensor4D): Tensor4D {
    const size = this.#window.length;
    const rows = tf.conv2d(x, tf.tensor4d(this.#window, [size, 1, 1, 1]), 1, "valid");
    return tf.conv2d(rows, tf.tensor4d(this.#window, [1, size, 1, 1]), 1, "valid") as Tensor4D;
  }
}

/** Means of 2x2 pixels; an odd side gets a rim of zeros first, as pytorch_msssim has it. */
function halved(x: Tensor4D): Tensor4D {
  const [, h, w] = x.shape;
  const odd = h % 2 + w % 2 > 0;
  const padded = odd ? tf.pad(x, [[0, 0], [h % 2, h % 2], [w % 2, w % 2], [0, 0]]) : x;
  return tf.avgPool(padded, 2, 2, "valid");
}
