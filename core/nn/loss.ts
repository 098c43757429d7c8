/**
 * What a loss is: a differentiable number for a prediction.
 *
 * @module
 */
import type { Scalar, Tensor4D } from "../engine/tf.ts";

/** A loss with its options applied. */
export interface Loss {
  /**
   * `pred` and `target` are `[n, h, w, c]`; `weight` has their shape or one channel. Returns the weighted scalar that
   * is differentiated, or for reduction `none` a map. Differentiable; runs inside `tf.tidy`.
   */
  forward(pred: Tensor4D, target: Tensor4D, weight?: Tensor4D): Scalar | Tensor4D;
}

/** A class that can be registered in `LOSS_REGISTRY`. */
// The options of a plugin are checked by its own schema; the registry cannot know their type.
// deno-lint-ignore no-explicit-any
export type LossClass = new (options: any) => Loss;
