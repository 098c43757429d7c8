/**
 * Total variation: how far each pixel is from its neighbours below and to the right.
 *
 * Origin: BasicSR `basicsr/losses/basic_loss.py`, 8d56e3a (Apache-2.0): options, weighting and reduction.
 *
 * @module
 */
import { type Scalar, type Tensor4D, tf } from "../../core/engine/tf.ts";
import type { Loss } from "../../core/nn/loss.ts";
import { z } from "../../core/options/zod.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";
import { L1Loss } from "./pixel_loss.ts";

/** Options of WeightedTVLoss. */
export interface WeightedTVLossOptions {
  /** Factor on the result. Default 1. */
  loss_weight?: number;
  /** Default `mean`. */
  reduction?: "mean" | "sum";
}

const options = z.strictObject({
  loss_weight: z.number().default(1),
  reduction: z.enum(["mean", "sum"]).default("mean"),
});

/** L1Loss of the rows against the next ones, plus that of the columns. */
@LOSS_REGISTRY.register({ options })
export class WeightedTVLoss implements Loss {
  readonly #l1: L1Loss;

  /** Applies the options. */
  constructor(opt: WeightedTVLossOptions = {}) {
    this.#l1 = new L1Loss(options.parse(opt));
  }

  /**
   * The variation of `pred`, `[n, h, w, c]`; the target does not matter. The weight, of the same shape or one channel, of a
   * pixel counts for its differences from the next.
   */
  forward(pred: Tensor4D, _target?: Tensor4D, weight?: Tensor4D): Scalar {
    const between = (axis: 1 | 2): Scalar => {
      const but = (x: Tensor4D, first: number): Tensor4D => {
        const begin = [0, 0, 0, 0], size = [...x.shape];
        begin[axis] = first;
        size[axis]! -= 1;
        return tf.slice(x, begin as typeof x.shape, size as typeof x.shape);
      };
      return this.#l1.forward(but(pred, 0), but(pred, 1), weight && but(weight, 0)) as Scalar;
    };
    return tf.add(between(1), between(2));
  }
}
