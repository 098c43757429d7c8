/**
 * Normalisation over the channels of each pixel, and a factor and a bias for each channel, with gradients of few passes:
 * what layer norms are made of. Composed of TensorFlow.js's ops on every engine, as in `ops.ts`; higher gradients exist.
 *
 * @module
 */
import { registerComposed } from "./kernels/_register.ts";
import { biasAdd, columnSums } from "./ops.ts";
import { type Tensor, tf } from "./tf.ts";

/**
 * (x - mean) / √(variance + eps) over the last axis, with the biased variance as in `F.layer_norm`. Training keeps the
 * result.
 */
export function normalize<T extends Tensor>(x: T, eps: number): T {
  setup();
  return tf.engine().runKernel("NormalizeChannels", { x }, { eps }) as T;
}

/** x·weight + bias, where `weight` and `bias` are `[c]` and the last axis of `x` is c. Training keeps `x`. */
export function scaleShift<T extends Tensor>(x: T, weight: Tensor, bias?: Tensor): T {
  setup();
  const y = tf.engine().runKernel("ScaleLastAxis", { x, weight }) as T;
  return bias === undefined ? y : biasAdd(y, bias);
}

const prepared = new Set<string>();

function setup(): void {
  const name = tf.getBackend();
  if (prepared.has(name)) return;
  if (prepared.size === 0) registerGradients();
  prepared.add(name);
  registerComposed(tf, name, "NormalizeChannels", ({ x }, { eps }) => {
    const centred = tf.sub(x!, tf.mean(x!, -1, true));
    return tf.mul(centred, inverseDeviation(centred, Number(eps)));
  });
  registerComposed(tf, name, "ScaleLastAxis", ({ x, weight }) => tf.mul(x!, weight!));
}

/** 1 / √(variance + eps) of what has mean 0, over the last axis, which stays with size 1. */
function inverseDeviation(centred: Tensor, eps: number): Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
}

function registerGradients(): void {
  tf.registerGradient({
    kernelName: "NormalizeChannels",
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradFunc: (dy, [x, y], attributes) => ({
      x: () => {
        const g = dy as Tensor;
        // The same ops as those of the kernel: in a compiled function they are computed, and kept, once for both.
        const centred = tf.sub(x!, tf.mean(x!, -1, true));
        const scale = inverseDeviation(centred, Number(attributes["eps"]));
        const along = tf.mul(y!, tf.mean(tf.mul(g, y!), -1, true));
        return tf.mul(tf.sub(tf.sub(g, tf.mean(g, -1, true)), along), scale);
      },
    }),
  });
  tf.registerGradient({
    kernelName: "ScaleLastAxis",
    inputsToSave: ["x", "weight"],
    gradFunc: (dy, [x, weight]) => ({
      x: () => scaleShift(dy as Tensor, weight!),
      weight: () => columnSums(tf.mul(dy as Tensor, x!)),
    }),
  });
}
