/**
 * Clipping of gradients, with PyTorch's arithmetic (`torch.nn.utils.clip_grad_norm_`, `clip_grad_value_`).
 *
 * @module
 */
import { type Scalar, type Tensor, tf } from "../engine/tf.ts";

/** Gradients by parameter; a parameter may have none. */
export type Gradients = readonly (Tensor | undefined)[];

/** What clipping gives. */
export interface Clipped {
  /** The gradients to use. */
  readonly gradients: Gradients;
  /** Their common norm before, where it was computed. */
  readonly norm?: Scalar;
}

/** Scales all gradients by the same factor, so that their common L2 norm is `most` (up to 1e-6) or less. */
export function clipNorm(gradients: Gradients, most: Scalar): Clipped {
  const squares = gradients.flatMap((gradient) => gradient ? [tf.sum(tf.square(gradient))] : []);
  // One after the other: the order of a sum of many is not fixed.
  const total = squares.reduce((a, b) => tf.add(a, b), tf.scalar(0));
  const norm = tf.sqrt(total) as Scalar;
  const factor = tf.minimum(tf.div(most, tf.add(norm, 1e-6)), 1);
  return { gradients: gradients.map((gradient) => gradient && tf.mul(gradient, factor)), norm };
}

/** Limits every element to [-most, most]. */
export function clipValue(gradients: Gradients, most: Scalar): Clipped {
  return {
    gradients: gradients.map((gradient) =>
      gradient && tf.maximum(tf.minimum(gradient, most), tf.neg(most))
    ),
  };
}
