/**
 * From ops of TensorFlow to kernels of TensorFlow.js: a row for each op.
 *
 * @module
 */
import { fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import { fixedNumbers, fixedShape, fixedValue, type GraphNode, type ValueRef } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { ProgramBuilder } from "./builder.ts";
import { ACTIVATION_ROWS, CONVOLUTION_ROWS, pooling } from "./convolution_rows.ts";
import type { KernelName } from "./program.ts";

type ProgramRow = Row<ProgramBuilder>;

/** WebGPU's shaders know so many axes. */
const MOST_AXES = 6;

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

const reshape: ProgramRow = (builder, node, position) => {
  const { shape } = node.outputs[0]!;
  if (shape.some(({ offset }) => Number.isNaN(offset))) throw new NoLowering("an unknown size");
  builder.emit(position, "Reshape", { x: builder.value(first(node)) }, { shape });
};

function resize(kernel: "ResizeBilinear" | "ResizeNearestNeighbor"): ProgramRow {
  return (builder, node, position) => {
    builder.emit(position, kernel, { images: builder.value(first(node)) }, {
      size: builder.sizes(node.inputs[1]!, "size"),
      alignCorners: builder.attribute(node, "align_corners", false),
      halfPixelCenters: builder.attribute(node, "half_pixel_centers", false),
    });
  };
}

const pad: ProgramRow = (builder, node, position) => {
  const [x, paddings, value] = node.inputs as [ValueRef, ValueRef, ValueRef?];
  builder.emit(position, "PadV2", { x: builder.value(x) }, {
    paddings: pairs(builder.sizes(paddings, "padding")),
    constantValue: value === undefined ? 0 : builder.number(value, "value"),
  });
};

const mirrorPad: ProgramRow = (builder, node, position) => {
  const [x, paddings] = node.inputs as [ValueRef, ValueRef];
  builder.emit(position, "MirrorPad", { x: builder.value(x) }, {
    paddings: pairs(builder.sizes(paddings, "padding")),
    mode: builder.attribute(node, "mode", "REFLECT").toLowerCase(),
  });
};

function pairs(values: readonly SizeExpression[]): SizeExpression[][] {
  return Array.from({ length: values.length / 2 }, (_, i) => values.slice(2 * i, 2 * i + 2));
}

const concat: ProgramRow = (builder, node, position) => {
  const values = node.inputs.slice(0, -1);
  const axis = builder.axis(builder.number(node.inputs.at(-1)!, "axis"), values[0]!);
  builder.emit(position, "Concat", values.map((ref) => builder.value(ref)), { axis });
};

/** Parts of `x` along an axis. */
function split(from: number, axisAt: number): ProgramRow {
  return (builder, node, position) => {
    const x = node.inputs[from]!;
    const axis = builder.axis(builder.number(node.inputs[axisAt]!, "axis"), x);
    const sizes = node.outputs.map(({ shape }) => shape[axis]!);
    builder.emit(position, "SplitV", { x: builder.value(x) }, { numOrSizeSplits: sizes, axis });
  };
}

const slice: ProgramRow = (builder, node, position) => {
  const [x, begin] = node.inputs as [ValueRef, ValueRef];
  builder.emit(position, "Slice", { x: builder.value(x) }, {
    begin: builder.sizes(begin, "beginning"),
    size: node.outputs[0]!.shape, // where it was -1, the rest, too
  });
};

const stridedSlice: ProgramRow = (builder, node, position) => {
  const [x, begin, end, strides] = node.inputs as [ValueRef, ValueRef, ValueRef, ValueRef];
  const mask = (name: string) => builder.attribute(node, name, 0);
  builder.emit(position, "StridedSlice", { x: builder.value(x) }, {
    begin: builder.sizes(begin, "beginning"),
    end: builder.sizes(end, "end"),
    strides: builder.numbers(strides, "stride"),
    beginMask: mask("begin_mask"),
    endMask: mask("end_mask"),
    ellipsisMask: mask("ellipsis_mask"),
    newAxisMask: mask("new_axis_mask"),
    shrinkAxisMask: mask("shrink_axis_mask"),
  });
};

const transpose: ProgramRow = (builder, node, position) => {
  const x = first(node);
  const perm = builder.numbers(node.inputs[1]!, "order of axes");
  if (perm.length > MOST_AXES) throw new NoLowering(`${perm.length} axes`);
  builder.emit(position, "Transpose", { x: builder.value(x) }, { perm });
};

/** Repeats by putting together, one axis after the other: WebGPU's kernel reads back where there are more than four axes. */
const tile: ProgramRow = (builder, node, position) => {
  const x = first(node);
  const reps = builder.sizes(node.inputs[1]!, "number of repetitions");
  if (reps.length <= 4) {
    return builder.emit(position, "Tile", { x: builder.value(x) }, { reps });
  }
  let value = builder.value(x), shape = builder.shape(x);
  for (const [axis, count] of reps.map(fixedValue).entries()) {
    if (count === undefined) throw new NoLowering("repetitions along more than four axes");
    if (count === 1) continue;
    shape = shape.with(axis, node.outputs[0]!.shape[axis]!);
    value = builder.step("Concat", Array<number>(count).fill(value), { axis }, shape);
  }
  builder.is(position, value);
};

const roll: ProgramRow = (builder, node, position) => {
  const [x, shift, axis] = node.inputs as [ValueRef, ValueRef, ValueRef];
  builder.emit(position, "Roll", { x: builder.value(x) }, {
    shift: builder.sizes(shift, "shift"),
    axis: builder.numbers(axis, "axis").map((one) => builder.axis(one, x)),
  });
};

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

const gather: ProgramRow = (builder, node, position) => {
  const [x, indices, axis] = node.inputs as [ValueRef, ValueRef, ValueRef?];
  builder.emit(position, "GatherV2", { x: builder.value(x), indices: builder.value(indices) }, {
    axis: axis === undefined ? 0 : builder.axis(builder.number(axis, "axis"), x),
    batchDims: builder.attribute(node, "batch_dims", 0),
  });
};

const topK: ProgramRow = (builder, node, position) => {
  const [x, k] = node.inputs as [ValueRef, ValueRef];
  builder.emit(position, "TopK", { x: builder.value(x) }, {
    k: builder.sizes(k, "number")[0]!,
    sorted: builder.attribute(node, "sorted", true),
  });
};

const reverse: ProgramRow = (builder, node, position) => {
  const [x, axes] = node.inputs as [ValueRef, ValueRef];
  const dims = builder.numbers(axes, "axes").map((axis) => builder.axis(axis, x));
  builder.emit(position, "Reverse", { x: builder.value(x) }, { dims });
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

const depthToSpace: ProgramRow = (builder, node, position) => {
  const blockSize = builder.attribute(node, "block_size", 2);
  builder.emit(position, "DepthToSpace", { x: builder.value(first(node)) }, {
    blockSize,
    dataFormat: "NHWC",
  });
};

/** Blocks of pixels as channels; TensorFlow.js has no kernel for it. */
const spaceToDepth: ProgramRow = (builder, node, position) => {
  const x = first(node), block = builder.attribute(node, "block_size", 2);
  const [n, , , c] = builder.shape(x) as [SizeExpression, ...SizeExpression[]];
  const [, rows, columns] = node.outputs[0]!.shape;
  const channels = fixedValue(c!);
  if (channels === undefined) throw new NoLowering("a number of channels that is not fixed");
  const part = fixedSize(block);
  // [n, h/b, b, w/b, b·c]: the channels of a block's row lie together already.
  const cut = [n, rows!, part, columns!, fixedSize(block * channels)];
  const value = builder.step("Reshape", { x: builder.value(x) }, { shape: cut }, cut);
  const order = [0, 1, 3, 2, 4];
  const turned = builder.step(
    "Transpose",
    { x: value },
    { perm: order },
    order.map((i) => cut[i]!),
  );
  builder.emit(position, "Reshape", { x: turned }, { shape: node.outputs[0]!.shape });
};

const pack: ProgramRow = (builder, node, position) => {
  const rank = node.outputs[0]!.shape.length, axis = builder.attribute(node, "axis", 0);
  builder.emit(position, "Pack", node.inputs.map((ref) => builder.value(ref)), {
    axis: axis < 0 ? axis + rank : axis,
  });
};

const unpack: ProgramRow = (builder, node, position) => {
  const x = first(node);
  const axis = builder.axis(builder.attribute(node, "axis", 0), x);
  builder.emit(position, "Unpack", { value: builder.value(x) }, { axis, num: node.outputs.length });
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
  Reshape: reshape,
  ExpandDims: reshape,
  Squeeze: reshape,
  Transpose: transpose,
  Tile: tile,
  Roll: roll,
  ConcatV2: concat,
  Pack: pack,
  Unpack: unpack,
  Split: split(1, 0),
  SplitV: split(0, 2),
  Slice: slice,
  StridedSlice: stridedSlice,
  GatherV2: gather,
  TopKV2: topK,
  ReverseV2: reverse,
  Pad: pad,
  PadV2: pad,
  MirrorPad: mirrorPad,
  ResizeBilinear: resize("ResizeBilinear"),
  ResizeNearestNeighbor: resize("ResizeNearestNeighbor"),
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Cast: cast,
  Fill: fill,
  Range: range,
  ZerosLike: filledWith(0),
  OnesLike: filledWith(1),
  Select: select,
  SelectV2: select,
  ClipByValue: clip,
};
