/**
 * What becomes of each op in an ncnn model.
 *
 * Layers are those that Real-ESRGAN's ncnn programs and Upscayl are built with, as far as it goes: their ncnn is of April 2022 and lacks
 * most. `programs.ts` says which they have.
 *
 * @module
 */
import { fixedNumbers, fixedShape, type ValueRef } from "../graph.ts";
import { type LoweringTable, NoLowering } from "../lowering.ts";
import { inputValue, type NcnnBuilder } from "./builder.ts";
import {
  absolute,
  activation,
  binary,
  power,
  relu6,
  square,
  tanh,
  withScalar,
} from "./rows_arithmetic.ts";
import { layerNorm, pooling, reduction } from "./rows_channels.ts";
import { conv2d, depthwise, type NcnnRow, transposed } from "./rows_convolution.ts";
import {
  concat,
  constant,
  depthToSpace,
  fill,
  padding,
  pixelShuffle,
  reshape,
  resize,
  same,
  slice,
  spaceToDepth,
  split,
  splitEvenly,
  stridedSlice,
} from "./rows_places.ts";

/** A layer of ncnn's that computes number by number. */
const layer =
  (type: string, params: Readonly<Record<number, number>> = {}): NcnnRow =>
  (builder, node, position) => {
    const value = builder.value(node.inputs[0]!);
    builder.put(position, { ...value, blob: builder.add(position, type, [value.blob], params) });
  };

/** `PRelu`: a slope for each channel. */
const prelu: NcnnRow = (builder, node, position) => {
  const [x, alpha] = node.inputs as [ValueRef, ValueRef];
  const value = builder.value(x);
  const slopes = fixedNumbers(builder.graph, alpha) as Float32Array | undefined;
  if (slopes === undefined || fixedShape(builder.graph, alpha)?.length !== 1) {
    throw new NoLowering("slopes that are no constants of channels");
  }
  const params = { 0: slopes.length };
  const name = builder.name(position);
  const blob = builder.model.add("PReLU", name, [value.blob], params, { slopes });
  builder.put(position, { ...value, blob });
};

/** Rows by op. */
export const NCNN_TABLE: LoweringTable<NcnnBuilder> = {
  Placeholder: (builder, _node, position) => builder.put(position, inputValue(builder)),
  Const: constant,
  Fill: fill,
  Identity: same,
  StopGradient: same,

  Conv2D: conv2d,
  DepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: transposed,
  BiasAdd: binary("add"),

  Add: binary("add"),
  AddV2: binary("add"),
  Sub: binary("sub"),
  Mul: binary("mul"),
  RealDiv: binary("div"),
  Div: binary("div"),
  Maximum: binary("max"),
  Minimum: binary("min"),
  Pow: binary("pow"),
  Neg: withScalar("mul", -1),
  Reciprocal: withScalar("rdiv", 1),
  Inv: withScalar("rdiv", 1),
  Abs: absolute,
  Square: square,
  Sqrt: power(0.5),
  Rsqrt: power(-0.5),

  Relu: activation(1),
  Relu6: relu6,
  LeakyRelu: activation(2),
  PRelu: prelu,
  Sigmoid: activation(4),
  Tanh: tanh,
  Gelu: layer("GELU"),
  Elu: layer("ELU"),
  Softplus: layer("Softplus"),
  Exp: layer("UnaryOp", { 0: 7 }),
  Log: layer("UnaryOp", { 0: 8 }),

  Mean: reduction("mean"),
  Sum: reduction("sum"),
  Max: reduction("max"),
  LayerNorm: layerNorm,
  AvgPool: pooling("mean"),
  MaxPool: pooling("max"),

  ConcatV2: concat,
  SplitV: split,
  Split: splitEvenly,
  Slice: slice,
  StridedSlice: stridedSlice,
  Pad: padding("zeros"),
  PadV2: padding("constant"),
  MirrorPad: padding("mirror"),
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth("tensorflow"),
  PixelUnshuffle: spaceToDepth("torch"),
  PixelShuffle: pixelShuffle,
  ResizeNearestNeighbor: resize("nearest"),
  ResizeBilinear: resize("bilinear"),
  Reshape: reshape,
};
