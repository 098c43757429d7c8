/**
 * Gradients of the gradients of convolutions, which penalties on gradients need; TensorFlow.js has only that of
 * `Conv2DBackpropInput`, which is a transposed convolution.
 *
 * A convolution is linear in its input and in its filter, and so is each of its gradients in what it is made of: with
 * y = x * w, dx(dy, w) and dw(x, dy) the sums <y, dy>, <x, dx> and <w, dw> are one and the same. Each gradient below is
 * therefore one of the three maps again. Dilated convolutions need none of this: their gradients are composed of ops that
 * have gradients, see `conv_backprop.ts`.
 *
 * @module
 */
import type * as tfc from "@tensorflow/tfjs-core";
import { type Tensor, type Tensor4D, tf } from "../tf.ts";

/** Registers them with TensorFlow.js. */
export function registerConvSecondGradients(): void {
  tf.registerGradient({
    kernelName: "Conv2DBackpropFilter",
    inputsToSave: ["x", "dy"],
    gradFunc: (ddw, saved, attrs) => {
      const [x, dy] = saved as [Tensor4D, Tensor4D];
      const { strides, pad, dataFormat, dimRoundingMode } =
        attrs as unknown as tfc.Conv2DBackpropFilterAttrs;
      const w = ddw as Tensor4D;
      return {
        x: () => backprop("Conv2DBackpropInput", { dy, filter: w }, attrs, { inputShape: x.shape }),
        dy: () => tf.conv2d(x, w, strides, pad, dataFormat, 1, dimRoundingMode),
      };
    },
  });
  tf.registerGradient({
    kernelName: "DepthwiseConv2dNativeBackpropInput",
    inputsToSave: ["dy", "filter"],
    gradFunc: (ddx, saved, attrs) => {
      const [dy, filter] = saved as [Tensor4D, Tensor4D];
      const x = ddx as Tensor4D;
      return {
        dy: () => depthwise(x, filter, attrs),
        filter: () =>
          backprop("DepthwiseConv2dNativeBackpropFilter", { x, dy }, attrs, {
            filterShape: filter.shape,
          }),
      };
    },
  });
  tf.registerGradient({
    kernelName: "DepthwiseConv2dNativeBackpropFilter",
    inputsToSave: ["x", "dy"],
    gradFunc: (ddw, saved, attrs) => {
      const [x, dy] = saved as [Tensor4D, Tensor4D];
      const filter = ddw as Tensor4D;
      return {
        x: () =>
          backprop("DepthwiseConv2dNativeBackpropInput", { dy, filter }, attrs, {
            inputShape: x.shape,
          }),
        dy: () => depthwise(x, filter, attrs),
      };
    },
  });
}

function backprop(
  kernel: string,
  inputs: tfc.NamedTensorMap,
  attrs: tfc.NamedAttrMap,
  shape: tfc.NamedAttrMap,
): Tensor {
  return tf.engine().runKernel(kernel, inputs, { ...attrs, ...shape }) as Tensor;
}

function depthwise(x: Tensor4D, filter: Tensor4D, attrs: tfc.NamedAttrMap): Tensor {
  const { strides, pad, dilations, dimRoundingMode } =
    attrs as unknown as tfc.DepthwiseConv2dNativeBackpropInputAttrs;
  return tf.depthwiseConv2d(x, filter, strides, pad, "NHWC", dilations, dimRoundingMode);
}
