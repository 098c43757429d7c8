/**
 * What the page computes: a network as a list of kernels of TensorFlow.js, plain data that is kept as JSON.
 *
 * Values have numbers. 0 is the image, constants and what steps give come after it. Sizes that depend on the image are expressions of
 * its number, height and width, so that the page needs no ops for shapes.
 *
 * @module
 */
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import type { SizePadding } from "../../nn/module.ts";

/** Kernels that the page's bundle has for WebGPU and for WebAssembly. */
export const KERNELS = [
  ...["Abs", "Add", "ArgMax", "ArgMin", "AvgPool", "BatchMatMul", "Cast", "Ceil", "ClipByValue"],
  ...["Concat", "Conv2D", "Conv2DBackpropInput", "Cos", "DepthToSpace", "DepthwiseConv2dNative"],
  ...["Elu", "Equal", "Erf", "Exp", "Fill", "Floor", "FloorDiv", "FusedConv2D"],
  ...["FusedDepthwiseConv2D", "GatherV2", "Greater", "GreaterEqual", "LeakyRelu", "Less"],
  ...["LessEqual", "Log", "LogicalAnd", "LogicalNot", "Max", "MaxPool", "Maximum", "Mean", "Min"],
  ...["Minimum", "MirrorPad", "Mod", "Multiply", "Neg", "NotEqual", "Pack", "PadV2", "Pow"],
  ...["Prelu", "Prod", "Range", "RealDiv", "Relu", "Relu6", "Reshape", "ResizeBilinear"],
  ...["ResizeNearestNeighbor", "Reverse", "Rsqrt", "Select", "Selu", "Sigmoid", "Sign", "Sin"],
  ...["Slice", "Softmax", "Softplus", "SplitV", "Sqrt", "Square", "SquaredDifference"],
  ...["StridedSlice", "Sub", "Sum", "Tanh", "Tile", "TopK", "Transpose", "Unpack"],
] as const;

/** What the page's worker makes of several kernels: `Values` are numbers that depend on the image's size. */
export const COMPOSED = ["Roll", "Values"] as const;

/** One of {@linkcode KERNELS} or {@linkcode COMPOSED}. */
export type KernelName = typeof KERNELS[number] | typeof COMPOSED[number];

/** An attribute of a kernel; expressions become numbers when the image's size is known. */
export type AttributeValue =
  | number
  | string
  | boolean
  | SizeExpression
  | readonly AttributeValue[];

/** A call of a kernel. */
export interface Step {
  /** Which one. */
  readonly kernel: KernelName;
  /** Numbers of the values that it takes, by their names; a list for kernels that take any number. */
  readonly inputs: Readonly<Record<string, number>> | readonly number[];
  /** Its attributes, with TensorFlow.js's names. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Numbers of what it gives. */
  readonly outputs: readonly number[];
}

/** Numbers that are kept in the files of weights. */
export interface StoredConstant {
  /** Number of the value. */
  readonly value: number;
  /** Its shape. */
  readonly shape: readonly number[];
  /** Type that it has when it is loaded. */
  readonly dtype: "float32" | "int32" | "bool";
  /** Type that it has in the file. */
  readonly stored: "float32" | "float16" | "int32" | "bool";
  /** Where it begins, in bytes, in all files of weights put together; a multiple of 4. */
  readonly offset: number;
}

/** A network for the page: the content of `model/model.json`. */
export interface Program {
  /** Version of this form. */
  readonly format: 1;
  /** Name of the model. */
  readonly name: string;
  /** Name of the architecture. */
  readonly arch: string;
  /** Number of parameters. */
  readonly parameters: number;
  /** How large weights are kept. */
  readonly precision: "fp32" | "fp16";
  /** Output pixels for each input pixel along a side. */
  readonly scale: number;
  /** Channels of the image that it takes. */
  readonly inputChannels: number;
  /** Channels of the image that it gives. */
  readonly outputChannels: number;
  /** What tiles are cut to multiples of. */
  readonly multiple: number;
  /** How pictures are padded to that. */
  readonly padding: SizePadding;
  /** Pixels around one that it looks at; null for all of the image. */
  readonly radius: number | null;
  /** Bytes of all values that are needed at the same time, at most, for each pixel of the image. */
  readonly bytesPerPixel: number;
  /** Bytes of the largest value for each pixel of the image. */
  readonly largestPerPixel: number;
  /** Files of weights beside `model.json`, in their order. */
  readonly weights: readonly string[];
  /** Bytes of all of them. */
  readonly weightBytes: number;
  /** What is in them. */
  readonly constants: readonly StoredConstant[];
  /** What is done, in this order. */
  readonly steps: readonly Step[];
  /** Number of the value that is the result. */
  readonly output: number;
}

/** The step that takes each value last. */
export function lastUses(steps: readonly Step[]): Map<number, number> {
  const last = new Map<number, number>();
  for (const [i, { inputs }] of steps.entries()) {
    for (const value of Object.values(inputs)) last.set(value, i);
  }
  return last;
}
