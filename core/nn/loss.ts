/**
 * What a loss is: a differentiable number for a prediction.
 *
 * @module
 */
import type { Scalar, Tensor, Tensor4D } from "../engine/tf.ts";

/** What losses of all kinds may have. */
export interface LossResources {
  /**
   * Loads what the loss needs, such as the weights of a network. Called once, before the first step.
   *
   * @throws {UserError} If it is missing; the message says what to put where.
   */
  prepare?(): Promise<void>;
  /** Releases it. */
  dispose?(): void;
}

/** A loss of an image against another, with its options applied. */
export interface Loss extends LossResources {
  /**
   * `pred` and `target` are `[n, h, w, c]`; `weight` has their shape or one channel. Returns the weighted scalar that
   * is differentiated, or for reduction `none` a map. Differentiable; runs inside `tf.tidy`.
   */
  forward(pred: Tensor4D, target: Tensor4D, weight?: Tensor4D): Scalar | Tensor4D;
}

/** A loss on features of a network, in two parts that are logged apart (`l_percep`, `l_style`). */
export interface PerceptualLossLike extends Loss {
  /** The weighted parts; one whose weight is 0 is left out. */
  components(
    pred: Tensor4D,
    target: Tensor4D,
  ): { readonly percep?: Scalar; readonly style?: Scalar };
}

/** A loss on what a discriminator says. */
export interface GanLossLike extends LossResources {
  /**
   * `pred` is what the discriminator says of images, of any shape, or a list of that for several scales.
   *
   * @param targetIsReal Whether it should have said that they are real.
   * @param isDisc Whether the discriminator is trained; the loss weight acts on the generator alone. Default false.
   */
  forward(pred: Tensor | readonly Tensor[], targetIsReal: boolean, isDisc?: boolean): Scalar;
}

/** A loss on the features that a discriminator makes of images. */
export interface FeatureMatchingLossLike extends LossResources {
  /** `fake` and `real` are lists of layers, `[n, h, w, c]`, for each scale; the last layer of a scale are its logits. */
  forward(
    fake: readonly (readonly Tensor4D[])[],
    real: readonly (readonly Tensor4D[])[],
  ): Scalar;
}

/** A class that can be registered in `LOSS_REGISTRY`. */
// The options of a plugin are checked by its own schema; the registry cannot know their type.
// deno-lint-ignore no-explicit-any
export type LossClass = new (options: any) => Loss | GanLossLike | FeatureMatchingLossLike;
