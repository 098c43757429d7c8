/**
 * Kernels that TensorFlow.js's WebGPU backend has wrong.
 *
 * @module
 */
import type { Tensor, TensorFlow } from "../tf.ts";
import { einsum } from "./einsum.ts";
import { registerComposed } from "./_register.ts";

/** Registers them; safe to call again. */
export function registerWebgpuKernels(tf: TensorFlow): void {
  const register = registerComposed.bind(undefined, tf, "webgpu");
  register("Einsum", (inputs, { equation }) => einsum(String(equation), ...Object.values(inputs)));
  // Backwards along an axis the backend's own reads its buffers out of order; a matrix product does not.
  register("Cumsum", ({ x }, { axis, exclusive, reverse }) => {
    const size = x!.shape[Number(axis)]!;
    const ones = new Float32Array(size * size);
    for (let from = 0; from < size; from++) {
      for (let to = 0; to < size; to++) {
        const counts = reverse ? from >= to : from <= to;
        ones[from * size + to] = counts && !(exclusive && from === to) ? 1 : 0;
      }
    }
    const order = x!.shape.map((_, i) => i);
    order.splice(Number(axis), 1);
    order.push(Number(axis));
    const last = tf.transpose(x!, order);
    const product: Tensor = tf.matMul(
      tf.reshape(tf.cast(last, "float32"), [-1, size]),
      tf.tensor2d(ones, [size, size]),
    );
    const back = order.map((_, i) => order.indexOf(i));
    return tf.cast(tf.transpose(tf.reshape(product, last.shape), back), x!.dtype);
  });
}
