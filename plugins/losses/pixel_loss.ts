/**
 * Losses that compare images pixel by pixel: L1, mean squared error, Charbonnier.
 *
 * Papers: W.-S. Lai et al., "Deep Laplacian Pyramid Networks for Fast and Accurate Super-Resolution", CVPR 2017,
 * https://arxiv.org/abs/1704.03915 (Charbonnier). Options, weighting and reduction as in BasicSR,
 * `basicsr/losses/basic_loss.py`.
 *
 * @module
 */
import { type Scalar, type Tensor4D, tf } from "../../core/engine/tf.ts";
import { absolute } from "../../core/losses/absolute.ts";
import type { Loss } from "../../core/nn/loss.ts";
import { z } from "../../core/options/zod.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";

/** How the map of a loss becomes a number. */
export type Reduction = "none" | "mean" | "sum";

/** Options of L1Loss and MSELoss, spelled as in YAML under `train.pixel_opt`. */
export interface PixelLossOptions {
  /** Factor on the result. Default 1. */
  loss_weight?: number;
  /** Default `mean`. */
  reduction?: Reduction;
}

/** Options of CharbonnierLoss. */
export interface CharbonnierOptions extends PixelLossOptions {
  /** Added to the squared difference. Default 1e-12. */
  eps?: number;
}

const options = z.strictObject({
  loss_weight: z.number().default(1),
  reduction: z.enum(["none", "mean", "sum"]).default("mean"),
});

const charbonnierOptions = options.extend({ eps: z.number().positive().default(1e-12) });

/** The shared half: weighting and reduction of a map of errors. */
export abstract class PixelLoss implements Loss {
  readonly #factor: number;
  readonly #reduction: Reduction;

  /** Applies the options. */
  constructor({ loss_weight = 1, reduction = "mean" }: PixelLossOptions) {
    if (!["none", "mean", "sum"].includes(reduction)) {
      throw new RangeError(`reduction must be none, mean or sum, received ${reduction}`);
    }
    this.#factor = loss_weight;
    this.#reduction = reduction;
  }

  /**
   * The loss of `pred` against `target`, both `[n, h, w, c]`. With a `weight` of the same shape, or of one channel, the
   * mean is that over the weights: a one-channel weight counts once for each channel.
   *
   * @throws {RangeError} If the shapes do not fit together.
   */
  forward(pred: Tensor4D, target: Tensor4D, weight?: Tensor4D): Scalar | Tensor4D {
    checkShapes(pred, target, weight);
    let map = this.errors(pred, target);
    const weights = weight && this.weights(weight);
    if (weights) map = tf.mul(map, weights);
    return tf.mul(this.#reduce(map, weights), this.#factor);
  }

  #reduce(map: Tensor4D, weight?: Tensor4D): Scalar | Tensor4D {
    if (this.#reduction === "none") return map;
    if (this.#reduction === "sum") return tf.sum(map);
    if (!weight) return tf.mean(map);
    const repeats = map.shape[3] / weight.shape[3];
    return tf.div(tf.sum(map), tf.mul(tf.sum(weight), repeats));
  }

  /** The part of the weights that belongs to the errors; all of it unless a loss says otherwise. */
  protected weights(weight: Tensor4D): Tensor4D {
    return weight;
  }

  /** The error of every sample, `[n, h, w, c]`. */
  protected abstract errors(pred: Tensor4D, target: Tensor4D): Tensor4D;
}

/** Mean absolute error. Its gradient where both images agree is 0. */
@LOSS_REGISTRY.register({ options })
export class L1Loss extends PixelLoss {
  /** Applies the options. */
  constructor(options: PixelLossOptions = {}) {
    super(options);
  }

  /** |pred - target|. */
  protected override errors(pred: Tensor4D, target: Tensor4D): Tensor4D {
    return absolute(tf.sub(pred, target));
  }
}

/** Mean squared error. */
@LOSS_REGISTRY.register({ options })
export class MSELoss extends PixelLoss {
  /** Applies the options. */
  constructor(options: PixelLossOptions = {}) {
    super(options);
  }

  /** (pred - target)². */
  protected override errors(pred: Tensor4D, target: Tensor4D): Tensor4D {
    return tf.square(tf.sub(pred, target));
  }
}

/** Charbonnier loss, an L1 loss that is smooth at 0: √((pred - target)² + eps). */
@LOSS_REGISTRY.register({ options: charbonnierOptions })
export class CharbonnierLoss extends PixelLoss {
  readonly #eps: number;

  /** Applies the options. */
  constructor(options: CharbonnierOptions = {}) {
    super(options);
    this.#eps = options.eps ?? 1e-12;
  }

  /** √((pred - target)² + eps). */
  protected override errors(pred: Tensor4D, target: Tensor4D): Tensor4D {
    return tf.sqrt(tf.add(tf.square(tf.sub(pred, target)), this.#eps));
  }
}

/**
 * Refuses images, or a weight, that do not fit together.
 *
 * @throws {UserError} If `pred` and `target` differ in shape.
 * @throws {RangeError} If the weight has another shape, or neither all channels nor one.
 */
export function checkShapes(pred: Tensor4D, target: Tensor4D, weight?: Tensor4D): void {
  const shape = pred.shape.join(", ");
  if (target.shape.join(", ") !== shape) {
    throw new UserError(
      `the network gave [${shape}], but the target is [${target.shape.join(", ")}]: ` +
        `check scale and the options of network_g, and that lq and gt belong together`,
      ExitCode.USAGE,
    );
  }
  if (!weight) return;
  const { shape: w } = weight;
  const fits = w.slice(0, 3).every((n, i) => n === pred.shape[i]) &&
    (w[3] === 1 || w[3] === pred.shape[3]);
  if (!fits) {
    throw new RangeError(
      `the weight [${w.join(", ")}] must have the shape [${shape}] of the image, or one channel`,
    );
  }
}
