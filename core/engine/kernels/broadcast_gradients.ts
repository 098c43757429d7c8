/**
 * Gradients of operations on two tensors that TensorFlow.js has wrong when one of them is broadcast (`Maximum`,
 * `Minimum`, `SquaredDifference`, `BatchMatMul`), and of comparisons, which it refuses although they are zero.
 *
 * @module
 */
import type { GradConfig } from "@tensorflow/tfjs-core";
import { type Tensor, tf } from "../tf.ts";

/** Registers them in place of TensorFlow.js's own. */
export function registerBroadcastGradients(): void {
  for (const kernelName of ["Maximum", "Minimum", "SquaredDifference", "BatchMatMul"]) {
    tf.registerGradient(reduced(tf.getGradient(kernelName)));
  }
  for (const kernelName of ["Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"]) {
    tf.registerGradient({
      kernelName,
      inputsToSave: ["a", "b"],
      gradFunc: (_dy, [a, b]) => ({
        a: () => tf.zerosLike(a!),
        b: () => tf.zerosLike(b!),
      }),
    });
  }
}

/** The same gradient, summed over the axes along which an input was broadcast. */
function reduced(plain: GradConfig): GradConfig {
  return {
    ...plain,
    gradFunc: (dy, saved, attrs) => {
      const gradients = plain.gradFunc(dy, saved, attrs);
      const [a, b] = saved;
      return {
        a: () => sumTo(gradients["a"]!() as Tensor, a!.shape),
        b: () => sumTo(gradients["b"]!() as Tensor, b!.shape),
      };
    },
  };
}

/** `x` summed over the axes along which `shape` was broadcast to that of `x`. */
export function sumTo(x: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, x.shape);
  return axes.length > 0 ? tf.reshape(tf.sum(x, axes), shape) : x;
}
