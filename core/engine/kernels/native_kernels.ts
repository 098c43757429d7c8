/**
 * Kernels that TensorFlow has but tfjs-node does not pass on, for the native engine.
 *
 * @module
 */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Tensor4D, TensorFlow } from "../tf.ts";
import { registerKernel } from "./_register.ts";

/** What of tfjs-node's backend is used here. */
interface NodeBackend {
  binding: {
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_FLOAT: number;
  };
  executeSingleOutput(
    op: string,
    attributes: { name: string; type: number; value: unknown }[],
    inputs: TensorInfo[],
  ): TensorInfo;
}

/** Name of the kernel for the gradient of `ResizeBilinear` or `ResizeNearestNeighbor` with half-pixel centres. */
export function halfPixelGradientName(kernelName: string): string {
  return `${kernelName}GradHalfPixel`;
}

/** Registers them; safe to call again. */
export function registerNativeKernels(tf: TensorFlow): void {
  for (const resize of ["ResizeBilinear", "ResizeNearestNeighbor"]) {
    registerKernel(
      tf,
      "tensorflow",
      halfPixelGradientName(resize),
      ({ inputs, backend }) => {
        const { dy, images } = inputs as Record<string, TensorInfo>;
        const { binding, executeSingleOutput } = backend as unknown as NodeBackend;
        const execute = executeSingleOutput.bind(backend);
        const attributes = [
          { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
          { name: "align_corners", type: binding.TF_ATTR_BOOL, value: false },
          { name: "half_pixel_centers", type: binding.TF_ATTR_BOOL, value: true },
        ];
        // The one op takes the image for its size, the other the size itself.
        if (resize === "ResizeBilinear") {
          return execute("ResizeBilinearGrad", attributes, [dy!, images!]);
        }
        const [, height, width] = images!.shape as Tensor4D["shape"];
        const size = tf.tensor1d([height, width], "int32");
        const result = execute("ResizeNearestNeighborGrad", attributes, [dy!, size]);
        size.dispose();
        return result;
      },
    );
  }
}
