/**
 * Gradients of `tf.relu`, `tf.leakyRelu` and `tf.prelu`, for every engine.
 *
 * TensorFlow.js composes them of comparisons, casts and selections, each of which is a pass over the memory; TensorFlow has
 * kernels for the first two. They have gradients themselves.
 *
 * @module
 */
import type { LeakyReluAttrs } from "@tensorflow/tfjs-core";
import { detach, leakyReluGrad, reluGrad } from "../ops.ts";
import { type Tensor, tf } from "../tf.ts";
import { sumTo } from "./broadcast_gradients.ts";

/**
 * Name of the kernel for the gradient of `Prelu` with regard to `x`: of `dy`, `x` and `alpha`, dy where x is positive, else
 * alpha·dy. The native engine has it; elsewhere it is composed.
 */
export const PRELU_GRADIENT = "PreluGrad";

/** Registers them in place of TensorFlow.js's own. */
export function registerActivationGradients(): void {
  tf.registerGradient({
    kernelName: "Relu",
    inputsToSave: ["x"],
    gradFunc: (dy, [x]) => ({ x: () => reluGrad(dy as Tensor, x!) }),
  });
  tf.registerGradient({
    kernelName: "LeakyRelu",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => {
      const { alpha } = attrs as unknown as LeakyReluAttrs;
      return { x: () => leakyReluGrad(dy as Tensor, x!, alpha) };
    },
  });
  tf.registerGradient({
    kernelName: "Prelu",
    inputsToSave: ["x", "alpha"],
    gradFunc: (dy, [x, alpha]) => ({
      x: () => preluGrad(dy as Tensor, x!, alpha!),
      alpha: () => sumTo(tf.mul(dy as Tensor, tf.minimum(x!, 0)), alpha!.shape),
    }),
  });
  tf.registerGradient({
    kernelName: PRELU_GRADIENT,
    inputsToSave: ["dy", "x", "alpha"],
    gradFunc: (ddx, [dy, x, alpha]) => ({
      dy: () => preluGrad(ddx as Tensor, x!, alpha!),
      alpha: () => {
        const product = tf.mul(ddx as Tensor, dy!);
        return sumTo(tf.sub(product, reluGrad(product, x!)), alpha!.shape);
      },
    }),
  });
}

function preluGrad(dy: Tensor, input: Tensor, alpha: Tensor): Tensor {
  const x = detach(input); // where it has a gradient, that is zero
  return tf.getKernel(PRELU_GRADIENT, tf.getBackend())
    ? tf.engine().runKernel(PRELU_GRADIENT, { dy, x, alpha }) as Tensor
    : tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha));
}
