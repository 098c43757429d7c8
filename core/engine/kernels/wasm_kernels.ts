/**
 * Kernels that TensorFlow.js's WebAssembly backend lacks, or has only in a slow form, composed from those that it has.
 *
 * @module
 */
import type { MaxPoolGradAttrs, TensorInfo } from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Tensor, Tensor4D, TensorFlow } from "../tf.ts";
import { registerConvBackprop } from "./conv_kernels.ts";
import { einsum } from "./einsum.ts";
import { addMaxPoolGradient } from "./max_pool_gradient.ts";
import { registerComposed, registerKernel } from "./_register.ts";

/** Registers them; safe to call again. */
export function registerWasmKernels(tf: TensorFlow): void {
  // Of the four, the backend has Conv2DBackpropInput, as plain loops: XNNPACK's forward convolution is far faster.
  registerConvBackprop(tf, "wasm");
  const register = registerComposed.bind(undefined, tf, "wasm");
  register("Einsum", (inputs, { equation }) => einsum(String(equation), ...Object.values(inputs)));
  register("UnsortedSegmentSum", ({ x, segmentIds }, { numSegments }) => {
    const shape = [Number(numSegments), ...x!.shape.slice(segmentIds!.rank)];
    const perSegment = shape.slice(1);
    const count = segmentIds!.size;
    const ids = tf.reshape(segmentIds!, [count, 1]);
    // Negative ids mean: leave this one out.
    const kept = tf.reshape(tf.cast(tf.greaterEqual(ids, 0), x!.dtype), [
      count,
      ...perSegment.map(() => 1),
    ]);
    const values: Tensor = tf.mul(tf.reshape(x!, [count, ...perSegment]), kept);
    return tf.scatterND(tf.maximum(ids, 0).toInt(), values, shape as never) as Tensor;
  });
  registerKernel(tf, "wasm", "MaxPoolGrad", ({ inputs, backend, attrs }) => {
    const { dy, input } = inputs as Record<string, TensorInfo>;
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as MaxPoolGradAttrs;
    const info = tf.backend_util.computePool2DInfo(
      input!.shape as Tensor4D["shape"],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const wasm = backend as BackendWasm;
    const output = wasm.makeOutput(input!.shape, "float32");
    // Views come last: allocating may move the memory.
    const [x, g, dx] = [input!, dy!, output].map((info) =>
      wasm.typedArrayFromHeap(info) as Float32Array
    );
    dx!.fill(0);
    addMaxPoolGradient(x!, g!, dx!, info);
    return output;
  });
}
