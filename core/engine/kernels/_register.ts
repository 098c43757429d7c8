/**
 * Registers kernels that are composed from other ops.
 *
 * @module
 */
import type { KernelFunc } from "@tensorflow/tfjs-core";
import type { Tensor, TensorFlow } from "../tf.ts";

/** What TensorFlow.js calls to run a kernel. */
export type KernelFunction = KernelFunc;

/** Computes the output from inputs and attributes, with ops of TensorFlow.js. */
export type Composition = (
  inputs: Record<string, Tensor>,
  attrs: Record<string, unknown>,
) => Tensor;

/**
 * Registers `kernel` as kernel `name` of `backend`, in place of what is there. Once for each name: the registry
 * outlives engines.
 */
export function registerKernel(
  tf: TensorFlow,
  backend: string,
  name: string,
  kernel: KernelFunction,
): void {
  const key = `${backend}/${name}`;
  if (done.has(key)) return;
  done.add(key);
  if (tf.getKernel(name, backend)) tf.unregisterKernel(name, backend);
  tf.registerKernel({ kernelName: name, backendName: backend, kernelFunc: kernel });
}

/** As {@linkcode registerKernel}, for a kernel made of other ops. Kernels run outside of tapes: nothing is saved. */
export function registerComposed(
  tf: TensorFlow,
  backend: string,
  name: string,
  compose: Composition,
): void {
  registerKernel(
    tf,
    backend,
    name,
    ({ inputs, attrs }) =>
      tf.tidy(() => compose(inputs as Record<string, Tensor>, (attrs ?? {}) as never)),
  );
}

const done = new Set<string>();
