/**
 * Rows of ops that look at several elements: sums, products of matrices, the largest.
 *
 * @module
 */
import {
  attribute,
  fixedNumbers,
  fixedShape,
  type GraphNode,
  sizesOf,
  type ValueRef,
} from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { OnnxBuilder } from "./builder.ts";
import { FIRST, type Layout, PLACES } from "./layouts.ts";
import { DATA_TYPES, type ElementKind } from "./model.ts";
import { permuted } from "./numbers.ts";

type OnnxRow = Row<OnnxBuilder>;

const numbersOf = (builder: OnnxBuilder, ref: ValueRef): number[] => {
  const values = fixedNumbers(builder.graph, ref);
  if (values === undefined) throw new NoLowering("along axes that are computed");
  const rank = builder.rank(ref);
  return rank > 1 ? [] : Array.from(values as ArrayLike<number | bigint>, Number);
};

/** Sums and means are computed in float32. */
const reduction = (op: string): OnnxRow => (builder, node, position) => {
  const [x, axesRef] = node.inputs as [ValueRef, ValueRef];
  const rank = builder.rank(x);
  const axes = numbersOf(builder, axesRef).map((axis) => axis < 0 ? axis + rank : axis);
  const keeps = attribute(node, "keep_dims") === true;
  const layout = rank === 4 ? layoutOf(builder, position, x, axes, keeps) : "last";
  const kind = builder.common([x], true);
  const input = builder.read(x, layout, kind);
  const places = layout === "first"
    ? axes.map((axis) => PLACES[axis]!).sort((a, b) => a - b)
    : axes;
  const keepdims = { int: keeps ? 1 : 0 };
  // In opset 17 sums alone take their axes as an input.
  if (op === "ReduceSum") {
    const inputs = [input, builder.ints(places, "axes")];
    return builder.emit(position, op, inputs, { keepdims }, layout, kind);
  }
  builder.emit(position, op, [input], { axes: { ints: places }, keepdims }, layout, kind);
};

/** Without the axes that go, what is left must stand in the same order. */
function layoutOf(
  builder: OnnxBuilder,
  position: number,
  x: ValueRef,
  axes: readonly number[],
  keeps: boolean,
): Layout {
  if (keeps) return builder.follow(position, [x]);
  const left = FIRST.filter((axis) => !axes.includes(axis));
  const isInOrder = left.every((axis, i) => i === 0 || axis > left[i - 1]!);
  return isInOrder && !builder.has(x, "last") ? "first" : "last";
}

const softmax: OnnxRow = (builder, node, position) => {
  const [x] = node.inputs as [ValueRef];
  const layout = builder.follow(position, [x]);
  const kind = builder.common([x], true);
  const axis = layout === "first" ? 1 : -1;
  builder.emit(
    position,
    "Softmax",
    [builder.read(x, layout, kind)],
    { axis: { int: axis } },
    layout,
    kind,
  );
};

/** A product of matrices. ONNX transposes none by itself: constants are transposed here, the rest by an op of its own. */
const product = (transposeA: string, transposeB: string): OnnxRow => (builder, node, position) => {
  const kind = builder.heavy(node.inputs);
  const sides = [transposeA, transposeB].map((name, i) => {
    const ref = node.inputs[i]!;
    return attribute(node, name) === true
      ? turned(builder, node, ref, kind)
      : builder.read(ref, "last", kind);
  });
  builder.emit(position, "MatMul", sides, {}, "last", kind);
};

/** With the last two axes in the other order. */
function turned(
  builder: OnnxBuilder,
  { name }: GraphNode,
  ref: ValueRef,
  kind: ElementKind,
): string {
  const rank = builder.rank(ref);
  const order = Array.from({ length: rank }, (_, axis) => axis);
  order.push(order.splice(-2, 1)[0]!);
  const values = fixedNumbers(builder.graph, ref);
  if (values !== undefined) {
    const moved = permuted(values as ArrayLike<number>, fixedShape(builder.graph, ref)!, order);
    return builder.tensor(moved.values, moved.shape, kind, `${builder.weights(ref).name}.T`);
  }
  const input = builder.read(ref, "last", kind);
  return builder.make("Transpose", [input], { perm: { ints: order } }, { name: `${name}.T` })[0]!;
}

/** The place of the largest or smallest, the first of several; compared in float32. */
const place = (op: string): OnnxRow => (builder, node, position) => {
  const [x, axisRef] = node.inputs as [ValueRef, ValueRef];
  const [axis = 0] = numbersOf(builder, axisRef);
  const kind = builder.common([x], true);
  builder.emit(
    position,
    op,
    [builder.read(x, "last", kind)],
    {
      axis: { int: axis < 0 ? axis + builder.rank(x) : axis },
      keepdims: { int: 0 },
    },
    "last",
    "int64",
  );
};

const largest: OnnxRow = (builder, node, position) => {
  const [x, count] = node.inputs as [ValueRef, ValueRef];
  const kind = builder.common([x], true);
  const sizes = sizesOf(builder.graph, count);
  if (sizes === undefined) throw new NoLowering("with a number that is computed");
  const inputs = [builder.read(x, "last", kind), builder.sizes.vector(sizes)];
  const [values, places] = builder.make("TopK", inputs, { axis: { int: -1 } }, {
    name: node.name,
    count: 2,
  });
  builder.define(position, 0, values!, "last", kind);
  builder.define(position, 1, places!, "last", "int64");
};

/** Whether one or all of several are true: the largest or the smallest of 0 and 1. */
const logical = (op: string): OnnxRow => (builder, node, position) => {
  const [x, axesRef] = node.inputs as [ValueRef, ValueRef];
  const rank = builder.rank(x);
  const axes = numbersOf(builder, axesRef).map((axis) => axis < 0 ? axis + rank : axis);
  const keepdims = { int: attribute(node, "keep_dims") === true ? 1 : 0 };
  const numbers = builder.read(x, "last", "int64");
  const [found] = builder.make(op, [numbers], { axes: { ints: axes }, keepdims }, {
    name: node.name,
  });
  const to = { to: { int: DATA_TYPES.bool } };
  builder.emit(position, "Cast", [found!], to, "last", "bool");
};

const running: OnnxRow = (builder, node, position) => {
  const [x, axisRef] = node.inputs as [ValueRef, ValueRef];
  const kind = builder.common([x], true);
  const [axis = 0] = numbersOf(builder, axisRef);
  const inputs = [
    builder.read(x, "last", kind),
    builder.tensor([axis < 0 ? axis + builder.rank(x) : axis], [], "int64", "axis"),
  ];
  const flag = (name: string) => ({ int: attribute(node, name) === true ? 1 : 0 });
  const attributes = { exclusive: flag("exclusive"), reverse: flag("reverse") };
  builder.emit(position, "CumSum", inputs, attributes, "last", kind);
};

const sumOfProducts: OnnxRow = (builder, node, position) => {
  const kind = builder.common(node.inputs);
  const equation = String(attribute(node, "equation"));
  if (equation.includes(".")) throw new NoLowering("with axes that have no letter");
  const inputs = node.inputs.map((ref) => builder.read(ref, "last", kind));
  builder.emit(position, "Einsum", inputs, { equation: { text: equation } }, "last", kind);
};

const oneHot: OnnxRow = (builder, node, position) => {
  const [indices, depthRef, onRef, offRef] = node.inputs as [
    ValueRef,
    ValueRef,
    ValueRef,
    ValueRef,
  ];
  const one = (ref: ValueRef): number => {
    const value = fixedNumbers(builder.graph, ref)?.[0];
    if (value === undefined) throw new NoLowering("with numbers that are computed");
    return Number(value);
  };
  const kind = builder.kindOf(node.outputs[0]!.dtype);
  const inputs = [
    builder.read(indices, "last", "int64"),
    builder.tensor([one(depthRef)], [], "int64", "depth"),
    builder.tensor([one(offRef), one(onRef)], [2], kind, "values"),
  ];
  const axis = { int: Number(attribute(node, "axis") ?? -1) };
  builder.emit(position, "OneHot", inputs, { axis }, "last", kind);
};

/** Rows by op. */
export const REDUCTION_ROWS: LoweringTable<OnnxBuilder> = {
  All: logical("ReduceMin"),
  Any: logical("ReduceMax"),
  Cumsum: running,
  Einsum: sumOfProducts,
  OneHot: oneHot,
  Mean: reduction("ReduceMean"),
  Sum: reduction("ReduceSum"),
  Max: reduction("ReduceMax"),
  Min: reduction("ReduceMin"),
  Prod: reduction("ReduceProd"),
  Softmax: softmax,
  MatMul: product("transpose_a", "transpose_b"),
  BatchMatMul: product("adj_x", "adj_y"),
  BatchMatMulV2: product("adj_x", "adj_y"),
  ArgMax: place("ArgMax"),
  ArgMin: place("ArgMin"),
  TopKV2: largest,
};
