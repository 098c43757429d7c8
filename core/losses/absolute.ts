/**
 * The absolute value with PyTorch's gradient.
 *
 * @module
 */
import type * as tfc from "@tensorflow/tfjs-core";
import { type Tensor, tf } from "../engine/tf.ts";

/** |x|, whose gradient at 0 is 0, as PyTorch's; that of `tf.abs` is -1 there. */
export function absolute<T extends Tensor>(x: T): T {
  const f = tf.customGrad((...inputs) => {
    const [x, save] = inputs as [Tensor, tfc.GradSaveFunc];
    save([x]);
    return {
      value: tf.abs(x),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, tf.sign(saved[0]!)),
    };
  });
  return f(x) as T;
}
