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
import type { ElementKind } from "./model.ts";
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

/** Rows by op. */
export const REDUCTION_ROWS: LoweringTable<OnnxBuilder> = {
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
