/**
 * What becomes of each op in a graph model of TensorFlow.js.
 *
 * Its executor knows TensorFlow's ops under their own names (tfjs-converter's `op_list`); what it lacks, computes otherwise, or has
 * for tensors of few axes alone on some backends is made of others, with the same numbers.
 *
 * @module
 */
import { AttrType } from "../../engine/native/dtypes.ts";
import { fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import { attribute, fixedValue, type GraphNode, typeOf } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import { dtypeOf, numberOf, type TfjsBuilder, typeAttribute } from "./builder.ts";
import { roll } from "./roll.ts";
import { select, tile } from "./ranks.ts";

/** A row of this target. */
export type TfjsRow = Row<TfjsBuilder>;

/** The op as it is. */
const same: TfjsRow = (b, node, position) => as(node.op)(b, node, position);

/** The op under another name, with the same inputs and attributes. */
function as(op: string): TfjsRow {
  return (b, { name, inputs, attributes }, position) =>
    b.is(position, b.put(name, op, inputs.map((ref) => b.value(ref)), attributes));
}

/** Its input. */
const nothing: TfjsRow = (b, { inputs }, position) => b.alias(position, inputs[0]!);

/** The row, for variants of the op for which `problem` has no words. */
function unless(
  problem: (b: TfjsBuilder, node: GraphNode) => string | undefined,
  row = same,
): TfjsRow {
  return (b, node, position) => {
    const words = problem(b, node);
    if (words !== undefined) throw new NoLowering(words);
    row(b, node, position);
  };
}

const nhwc = (_: TfjsBuilder, node: GraphNode) => {
  const format = attribute(node, "data_format") ?? "NHWC";
  return format === "NHWC" ? undefined : `channels in the order ${format}`;
};

const image = (b: TfjsBuilder, node: GraphNode) =>
  typeOf(b.graph, node.inputs[0]!).shape.length > 4 ? "more than 4 axes" : undefined;

const upTo = (axes: number) => (_: TfjsBuilder, node: GraphNode) =>
  node.outputs.some(({ shape }) => shape.length > axes) ? `more than ${axes} axes` : undefined;

const floats = (b: TfjsBuilder, node: GraphNode) =>
  dtypeOf(b, node.inputs[0]!) === "float32" ? undefined : "whole numbers";

const pooled = unless((b, node) =>
  nhwc(b, node) ??
    (attribute(node, "padding") === "EXPLICIT" ? "padding of its own" : undefined)
);

const batchNorm = unless((b, node) =>
  nhwc(b, node) ??
    (attribute(node, "is_training") === false ? undefined : "statistics of the batch")
);

/** `[n, h, w, c]` to `[n, h/r, w/r, …]`, with the axes of the blocks in the order `order`. */
function unshuffled(order: readonly number[]): TfjsRow {
  return unless(nhwc, (b, node, position) => {
    const { name, inputs: [x], outputs } = node;
    const after = outputs[0]!.shape;
    const [n, h, w] = after as [SizeExpression, SizeExpression, SizeExpression];
    const r = fixedSize(Number(attribute(node, "block_size")));
    const c = typeOf(b.graph, x!).shape[3]!;
    const type = typeAttribute("T", numberOf(dtypeOf(b, x!)));
    const cut = b.add(name, "Reshape", [b.value(x!), b.vector([n, h, r, w, r, c])], [type]);
    const moved = b.add(name, "Transpose", [cut, b.fixed(order)], [type]);
    b.is(position, b.put(name, "Reshape", [moved, b.vector(after)], [type]));
  });
}

/** Rows by op. */
export const TFJS_ROWS: LoweringTable<TfjsBuilder> = {
  Placeholder: (b, { name, outputs }, position) => {
    const { dtype, shape } = outputs[0]!;
    const sizes = shape.map((size) => fixedValue(size) ?? -1);
    b.is(
      position,
      b.put(name, "Placeholder", [], [
        typeAttribute("dtype", numberOf(dtype)),
        { name: "shape", type: AttrType.SHAPE, value: sizes },
      ]),
    );
  },
  Const: (b, node, position) => b.constantNode(position, node, node.constant!),

  // Element by element.
  Abs: same,
  Acos: same,
  Add: same,
  AddN: same,
  AddV2: same,
  Asin: same,
  Asinh: same,
  Atan: same,
  Atan2: same,
  Ceil: same,
  Cos: same,
  Cosh: same,
  // Of whole numbers TensorFlow.js rounds downwards, TensorFlow towards zero.
  Div: unless(floats),
  DivNoNan: unless(floats),
  Elu: same,
  Equal: same,
  Erf: same,
  Exp: same,
  Expm1: same,
  Floor: same,
  FloorDiv: same,
  FloorMod: same,
  Greater: same,
  GreaterEqual: same,
  IsFinite: same,
  IsInf: same,
  IsNan: same,
  LeakyRelu: same,
  Less: same,
  LessEqual: same,
  Log: same,
  Log1p: same,
  LogicalAnd: same,
  LogicalNot: same,
  LogicalOr: same,
  Maximum: same,
  Minimum: same,
  Mul: same,
  Neg: same,
  NotEqual: same,
  Pow: same,
  PRelu: as("Prelu"),
  RealDiv: same,
  Reciprocal: same,
  Relu: same,
  Relu6: same,
  Round: same,
  Rsqrt: same,
  Select: unless(
    (b, { inputs: [condition, x] }) =>
      typeOf(b.graph, condition!).shape.length === typeOf(b.graph, x!).shape.length
        ? undefined
        : "a condition of fewer axes",
    select,
  ),
  SelectV2: select,
  Selu: same,
  Sigmoid: same,
  Sign: same,
  Sin: same,
  Sinh: same,
  Softplus: same,
  Sqrt: same,
  Square: same,
  SquaredDifference: same,
  Sub: same,
  Tan: same,
  Tanh: same,

  // Sums, orders and products.
  All: same,
  Any: same,
  ArgMax: same,
  ArgMin: same,
  BatchMatMul: same,
  BatchMatMulV2: same,
  BiasAdd: unless(nhwc),
  Cumsum: same,
  Einsum: same,
  LogSoftmax: same,
  MatMul: same,
  Max: same,
  Mean: same,
  Min: same,
  Prod: same,
  Softmax: same,
  Sum: same,
  TopKV2: same,

  // Images.
  AvgPool: pooled,
  Conv2D: unless(nhwc),
  Conv2DBackpropInput: unless((b, node) => {
    const dilations = attribute(node, "dilations") as readonly (number | bigint)[] | undefined;
    return nhwc(b, node) ??
      (dilations?.some((dilation) => Number(dilation) !== 1) ? "dilation" : undefined);
  }),
  DepthToSpace: unless(nhwc),
  DepthwiseConv2dNative: unless(nhwc),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  MaxPool: pooled,
  MirrorPad: unless(image),
  Pad: unless(image),
  PadV2: unless(image),
  PixelUnshuffle: unshuffled([0, 1, 3, 5, 2, 4]),
  ResizeBilinear: same,
  ResizeNearestNeighbor: same,
  SpaceToDepth: unshuffled([0, 1, 3, 2, 4, 5]),

  // Shapes and places.
  BroadcastTo: unless(upTo(4)),
  Cast: same,
  ConcatV2: same,
  ExpandDims: same,
  Fill: same,
  OneHot: same,
  Gather: same,
  GatherV2: same,
  Identity: nothing,
  Pack: same,
  Range: same,
  Reshape: same,
  ReverseV2: unless(image),
  Roll: roll,
  Shape: same,
  Slice: unless(upTo(6)),
  Split: same,
  SplitV: same,
  Squeeze: same,
  StopGradient: nothing,
  StridedSlice: same,
  Tile: tile,
  Transpose: unless(upTo(6)),
  Unpack: same,
  ZerosLike: same,
};
