/**
 * From ops of TensorFlow to kernels of TensorFlow.js: a row for each op.
 *
 * @module
 */
import { fixedNumbers, fixedShape, fixedValue, type GraphNode, type ValueRef } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { ProgramBuilder } from "./builder.ts";
import { ACTIVATION_ROWS, CONVOLUTION_ROWS, pooling } from "./convolution_rows.ts";
import { LAYOUT_ROWS } from "./layout_rows.ts";
import type { KernelName } from "./program.ts";

type ProgramRow = Row<ProgramBuilder>;

const first = (node: GraphNode): ValueRef => node.inputs[0]!;

function unary(kernel: KernelName): ProgramRow {
  return (builder, node, position) => {
    builder.emit(position, kernel, { x: builder.value(first(node)) });
  };
}

function binary(kernel: KernelName): ProgramRow {
  return (builder, { inputs }, position) => {
    const [a, b] = inputs as [ValueRef, ValueRef];
    builder.emit(position, kernel, { a: builder.value(a), b: builder.value(b) });
  };
}

function reduction(kernel: KernelName, axes: "axis" | "reductionIndices" = "axis"): ProgramRow {
  return (builder, node, position) => {
    const x = first(node);
    const axis = builder.numbers(node.inputs[1]!, "axes").map((one) => builder.axis(one, x));
    if (axis.length === 0) return builder.is(position, builder.value(x));
    const keepDims = builder.attribute<boolean>(node, "keep_dims", false);
    builder.emit(position, kernel, { x: builder.value(x) }, { [axes]: axis, keepDims });
  };
}

function extreme(kernel: "ArgMax" | "ArgMin"): ProgramRow {
  return (builder, node, position) => {
    const x = first(node);
    const axis = builder.axis(builder.number(node.inputs[1]!, "axis"), x);
    builder.emit(position, kernel, { x: builder.value(x) }, { axis });
  };
}

function resize(kernel: "ResizeBilinear" | "ResizeNearestNeighbor"): ProgramRow {
  return (builder, node, position) => {
    builder.emit(position, kernel, { images: builder.value(first(node)) }, {
      size: builder.sizes(node.inputs[1]!, "size"),
      alignCorners: builder.attribute(node, "align_corners", false),
      halfPixelCenters: builder.attribute(node, "half_pixel_centers", false),
    });
  };
}

const matMul: ProgramRow = (builder, node, position) => {
  const [a, b] = node.inputs as [ValueRef, ValueRef];
  const flag = (...names: string[]) =>
    names.some((name) => builder.attribute<boolean>(node, name, false));
  builder.emit(position, "BatchMatMul", { a: builder.value(a), b: builder.value(b) }, {
    transposeA: flag("adj_x", "transpose_a"),
    transposeB: flag("adj_y", "transpose_b"),
  });
};

const softmax: ProgramRow = (builder, node, position) => {
  const x = first(node);
  builder.emit(position, "Softmax", { logits: builder.value(x) }, {
    dim: builder.shape(x).length - 1,
  });
};

const topK: ProgramRow = (builder, node, position) => {
  const [x, k] = node.inputs as [ValueRef, ValueRef];
  builder.emit(position, "TopK", { x: builder.value(x) }, {
    k: builder.sizes(k, "number")[0]!,
    sorted: builder.attribute(node, "sorted", true),
  });
};

const cast: ProgramRow = (builder, node, position) => {
  const { dtype } = node.outputs[0]!;
  const x = builder.value(first(node));
  builder.emit(position, "Cast", { x }, { dtype: dtype === "int64" ? "int32" : dtype });
};

const fill: ProgramRow = (builder, node, position) => {
  const { shape, dtype } = node.outputs[0]!;
  builder.emit(position, "Fill", {}, {
    shape,
    value: builder.number(node.inputs[1]!, "value"),
    dtype: dtype === "int64" ? "int32" : dtype,
  });
};

/** All of one number, in the shape of another value. */
function filledWith(value: number): ProgramRow {
  return (builder, node, position) => {
    const { shape, dtype } = node.outputs[0]!;
    builder.emit(position, "Fill", {}, {
      shape,
      value,
      dtype: dtype === "int64" ? "int32" : dtype,
    });
  };
}

const range: ProgramRow = (builder, node, position) => {
  const [start, stop, step] = node.inputs.map((ref) => builder.sizes(ref, "limit")[0]!);
  const { dtype } = node.outputs[0]!;
  builder.emit(position, "Range", {}, {
    start: start!,
    stop: stop!,
    step: step!,
    dtype: dtype === "int64" ? "int32" : dtype,
  });
};

const select: ProgramRow = (builder, node, position) => {
  const [condition, t, e] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const text = (ref: ValueRef) => JSON.stringify(builder.shape(ref));
  if (text(condition) !== text(t) || text(t) !== text(e)) {
    throw new NoLowering("choices of different shapes");
  }
  builder.emit(position, "Select", {
    condition: builder.value(condition),
    t: builder.value(t),
    e: builder.value(e),
  });
};

const clip: ProgramRow = (builder, node, position) => {
  const [x, low, high] = node.inputs as [ValueRef, ValueRef, ValueRef];
  builder.emit(position, "ClipByValue", { x: builder.value(x) }, {
    clipValueMin: builder.number(low, "limit"),
    clipValueMax: builder.number(high, "limit"),
  });
};

/** WebGPU's kernel gives whole numbers whatever it takes. */
const floorDiv: ProgramRow = (builder, node, position) => {
  const { dtype, shape } = node.outputs[0]!;
  if (dtype !== "float32") return binary("FloorDiv")(builder, node, position);
  const [a, b] = node.inputs as [ValueRef, ValueRef];
  const quotient = builder.step(
    "RealDiv",
    { a: builder.value(a), b: builder.value(b) },
    {},
    shape,
  );
  builder.emit(position, "Floor", { x: quotient });
};

/** A bias is added by the convolution before it, if nothing else takes what that gives. */
const add: ProgramRow = (builder, node, position) => {
  for (const [x, bias] of [node.inputs, node.inputs.toReversed()] as [ValueRef, ValueRef][]) {
    const convolution = builder.waiting(x);
    const shape = fixedShape(builder.graph, bias);
    if (
      convolution === undefined || convolution.bias !== undefined || shape?.length !== 1 ||
      fixedNumbers(builder.graph, bias) === undefined ||
      shape[0] !== fixedValue(builder.shape(x).at(-1)!)
    ) continue;
    return builder.convolution(position, { ...convolution, bias });
  }
  binary("Add")(builder, node, position);
};

/** What becomes of each op. */
export const ROWS: LoweringTable<ProgramBuilder> = {
  Placeholder: () => {},
  Const: () => {},
  Identity: (builder, node, position) => builder.is(position, builder.value(first(node))),
  ...CONVOLUTION_ROWS,
  ...ACTIVATION_ROWS,
  ...LAYOUT_ROWS,
  Add: add,
  AddV2: add,
  BiasAdd: add,
  Sub: binary("Sub"),
  Mul: binary("Multiply"),
  RealDiv: binary("RealDiv"),
  Div: binary("RealDiv"),
  FloorDiv: floorDiv,
  FloorMod: binary("Mod"),
  Pow: binary("Pow"),
  SquaredDifference: binary("SquaredDifference"),
  Maximum: binary("Maximum"),
  Minimum: binary("Minimum"),
  Less: binary("Less"),
  LessEqual: binary("LessEqual"),
  Greater: binary("Greater"),
  GreaterEqual: binary("GreaterEqual"),
  Equal: binary("Equal"),
  NotEqual: binary("NotEqual"),
  LogicalAnd: binary("LogicalAnd"),
  LogicalNot: unary("LogicalNot"),
  Abs: unary("Abs"),
  Ceil: unary("Ceil"),
  Cos: unary("Cos"),
  Erf: unary("Erf"),
  Exp: unary("Exp"),
  Floor: unary("Floor"),
  Log: unary("Log"),
  Neg: unary("Neg"),
  Rsqrt: unary("Rsqrt"),
  Sigmoid: unary("Sigmoid"),
  Sign: unary("Sign"),
  Sin: unary("Sin"),
  Softplus: unary("Softplus"),
  Sqrt: unary("Sqrt"),
  Square: unary("Square"),
  Tanh: unary("Tanh"),
  Mean: reduction("Mean"),
  Sum: reduction("Sum"),
  Max: reduction("Max", "reductionIndices"),
  Min: reduction("Min"),
  Prod: reduction("Prod"),
  ArgMax: extreme("ArgMax"),
  ArgMin: extreme("ArgMin"),
  AvgPool: pooling("AvgPool"),
  MaxPool: pooling("MaxPool"),
  MatMul: matMul,
  BatchMatMul: matMul,
  BatchMatMulV2: matMul,
  Softmax: softmax,
  TopKV2: topK,
  ResizeBilinear: resize("ResizeBilinear"),
  ResizeNearestNeighbor: resize("ResizeNearestNeighbor"),
  Cast: cast,
  Fill: fill,
  Range: range,
  ZerosLike: filledWith(0),
  OnesLike: filledWith(1),
  Select: select,
  SelectV2: select,
  ClipByValue: clip,
};
