/**
 * Updates of variables that TensorFlow has one op for: in a compiled function on the native engine they run in place, in one
 * pass over memory; elsewhere they are composed and assigned, with the same arithmetic.
 *
 * @module
 */
import type { OpAttribute } from "./native/attributes.ts";
import { AttrType, DType } from "./native/dtypes.ts";
import { updateInPlace } from "./native/trace_scope.ts";
import { type Scalar, type Tensor, tf, type Variable } from "./tf.ts";

/** What Adam keeps of a parameter. */
export interface AdamMoments {
  /** Average of gradients. */
  readonly mean: Variable;
  /** Average of squared gradients. */
  readonly square: Variable;
  /** Largest average of squares so far, for AMSGrad. */
  readonly largest?: Variable;
}

/** Numbers of an Adam step. */
export interface AdamNumbers {
  /** Step size, with both bias corrections in it. */
  readonly size: Scalar;
  /** Weight of the old mean. */
  readonly beta1: Scalar;
  /** Weight of the old square. */
  readonly beta2: Scalar;
  /** Added to the root of the second moment. */
  readonly eps: Scalar;
}

const FLOAT: OpAttribute = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };

/**
 * mean += (1 - beta1) (gradient - mean); square += (1 - beta2) (gradient² - square);
 * param -= size · mean / (√square + eps), with the largest square so far in its place for AMSGrad.
 */
export function applyAdam(
  param: Variable,
  { mean, square, largest }: AdamMoments,
  gradient: Tensor,
  numbers: AdamNumbers,
): void {
  const { size, beta1, beta2, eps } = numbers;
  tf.tidy(() => {
    const zero = tf.scalar(0); // the powers of the betas: their corrections are in `size` and `eps`
    const inputs = [zero, zero, size, beta1, beta2, eps, gradient];
    if (
      largest
        ? updateInPlace(
          "ResourceApplyAdamWithAmsgrad",
          [FLOAT],
          [param, mean, square, largest],
          inputs,
        )
        : updateInPlace("ResourceApplyAdam", [FLOAT], [param, mean, square], inputs)
    ) return;
    const toward = (old: Tensor, value: Tensor, beta: Scalar) =>
      tf.add(old, tf.mul(tf.sub(value, old), tf.sub(1, beta)));
    const newMean = toward(mean, gradient, beta1);
    const newSquare = toward(square, tf.square(gradient), beta2);
    const newLargest = largest && tf.maximum(largest, newSquare);
    const root = tf.sqrt(newLargest ?? newSquare);
    param.assign(tf.sub(param, tf.div(tf.mul(newMean, size), tf.add(root, eps))));
    mean.assign(newMean);
    square.assign(newSquare);
    largest?.assign(newLargest!);
  });
}

/** average += share · (value - average). */
export function moveToward(average: Variable, value: Tensor, share: Scalar): void {
  tf.tidy(() => {
    const distance = tf.sub(average, value);
    if (!updateInPlace("ResourceApplyGradientDescent", [FLOAT], [average], [share, distance])) {
      average.assign(tf.sub(average, tf.mul(distance, share)));
    }
  });
}
