/**
 * Registers the back-propagation of convolutions on backends that lack it, or have it as plain loops.
 *
 * @module
 */
import type { Tensor4D, TensorFlow } from "../tf.ts";
import {
  convFilterGradient,
  type ConvInfo,
  convInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from "./conv_backprop.ts";
import { registerComposed } from "./_register.ts";

/** Attributes of the back-propagation kernels of convolutions. */
interface BackpropAttrs {
  strides: number | [number, number];
  dilations?: number | [number, number];
  pad: "same" | "valid" | number;
  dataFormat?: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
  inputShape: Tensor4D["shape"];
  filterShape: Tensor4D["shape"];
}

/** Registers the four kernels of plain and depthwise convolutions; safe to call again. */
export function registerConvBackprop(tf: TensorFlow, backend: string): void {
  const convInfo = (
    attrs: Record<string, unknown>,
    shapes: { input?: number[]; filter?: number[] },
    depthwise: boolean,
  ): ConvInfo => {
    const { strides, dilations, pad, dataFormat, dimRoundingMode, inputShape, filterShape } =
      attrs as unknown as BackpropAttrs;
    if (dataFormat === "NCHW") {
      throw new RangeError(`convolutions on ${backend} take NHWC, received NCHW`);
    }
    return tf.backend_util.computeConv2DInfo(
      (shapes.input ?? inputShape) as Tensor4D["shape"],
      (shapes.filter ?? filterShape) as Tensor4D["shape"],
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
    );
  };
  const register = registerComposed.bind(undefined, tf, backend);
  register("Conv2DBackpropInput", ({ dy, filter }, attrs) => {
    const info = convInfo(attrs, { filter: filter!.shape }, false);
    return convInputGradient(dy as Tensor4D, filter as Tensor4D, info);
  });
  register("Conv2DBackpropFilter", ({ x, dy }, attrs) => {
    const info = convInfo(attrs, { input: x!.shape }, false);
    return convFilterGradient(x as Tensor4D, dy as Tensor4D, info);
  });
  register("DepthwiseConv2dNativeBackpropInput", ({ dy, filter }, attrs) => {
    const info = convInfo(attrs, { filter: filter!.shape }, true);
    return depthwiseInputGradient(dy as Tensor4D, filter as Tensor4D, info);
  });
  register("DepthwiseConv2dNativeBackpropFilter", ({ x, dy }, attrs) => {
    const info = convInfo(attrs, { input: x!.shape }, true);
    return depthwiseFilterGradient(x as Tensor4D, dy as Tensor4D, info);
  });
}
