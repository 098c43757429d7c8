/**
 * Rows of ops that bring elements into other shapes and orders.
 *
 * @module
 */
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  attribute,
  fixedNumbers,
  fixedValue,
  type GraphNode,
  typeOf,
  type ValueRef,
} from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import { follower, isSame, ordered, placeOf, positive, sizesFrom, wholes } from "./arguments.ts";
import type { OnnxBuilder } from "./builder.ts";
import { FIRST, isVector, type Layout } from "./layouts.ts";
import { tensorOf } from "./numbers.ts";

type OnnxRow = Row<OnnxBuilder>;

const reshape: OnnxRow = (builder, node, position) => {
  const [x, shape] = node.inputs as [ValueRef, ValueRef];
  const target = sizesFrom(builder, shape, "a shape");
  const kind = builder.common([x]);
  // One pixel has the same bytes in both orders, before and behind.
  const isFree = isVector(builder.graph, x) && !builder.hasForm(x, "last");
  const input = builder.read(x, isFree ? "first" : "last", kind);
  const output = { node: position, index: 0 };
  const layout: Layout = isVector(builder.graph, output) ? builder.wanted(position) : "last";
  const wanted = ordered(target, layout);
  const name = shapeVector(builder, builder.shape(x), wanted, `${node.name}.shape`);
  builder.emit(position, "Reshape", [input, name], {}, layout, kind);
};

/** A shape as numbers if all but one of its sizes are fixed or those of the input at the same place. */
function shapeVector(
  builder: OnnxBuilder,
  from: readonly SizeExpression[],
  to: readonly SizeExpression[],
  name: string,
): string {
  const isKept = (size: SizeExpression, axis: number) =>
    fixedValue(size) === undefined && from[axis] !== undefined && isSame(from[axis]!, size);
  const unknown = to.filter((size, axis) => fixedValue(size) === undefined && !isKept(size, axis));
  const given = to.some((size) => fixedValue(size) === -1);
  if (unknown.length + (given ? 1 : 0) > 1) return builder.sizes.vector(to);
  return builder.ints(
    to.map((size, axis) => fixedValue(size) ?? (isKept(size, axis) ? 0 : -1)),
    name,
  );
}

const transpose: OnnxRow = (builder, node, position) => {
  const [x, order] = node.inputs as [ValueRef, ValueRef];
  const perm = wholes(builder, order, "an order of axes");
  const kind = builder.common([x]);
  const from: Layout = perm.length === 4 && !builder.has(x, "last") ? "first" : "last";
  const to: Layout = perm.length === 4 ? builder.wanted(position) : "last";
  const axes = perm.map((axis) => placeOf(axis, from, perm.length));
  const of = to === "first" ? FIRST.map((place) => axes[place]!) : axes;
  const input = builder.read(x, from, kind);
  if (of.every((axis, i) => axis === i)) return builder.define(position, 0, input, to, kind);
  builder.emit(position, "Transpose", [input], { perm: { ints: of } }, to, kind);
};

const concat: OnnxRow = (builder, node, position) => {
  const refs = node.inputs.slice(0, -1);
  const [axis] = wholes(builder, node.inputs.at(-1)!, "an axis") as [number];
  const { layout, kind, inputs } = follower(builder, position, refs);
  const place = placeOf(axis, layout, builder.rank(refs[0]!));
  builder.emit(position, "Concat", inputs, { axis: { int: place } }, layout, kind);
};

/** Parts along an axis; sizes that are all the same need not be said. */
/** A row for an op that cuts into parts, by which of its inputs are the value and the axis. */
const split = (value: number, axisInput: number): OnnxRow => (builder, node, position) => {
  const x = node.inputs[value]!;
  const axis = wholes(builder, node.inputs[axisInput]!, "an axis")[0]!;
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const rank = builder.rank(x);
  const sizes = node.outputs.map(({ shape }) => shape[positive(axis, rank)]!);
  if (sizes.length === 1) return builder.define(position, 0, inputs[0]!, layout, kind);
  if (!sizes.every((size) => isSame(size, sizes[0]!))) inputs.push(builder.sizes.vector(sizes));
  const attributes = { axis: { int: placeOf(axis, layout, rank) } };
  const parts = builder.make("Split", inputs, attributes, { name: node.name, count: sizes.length });
  parts.forEach((part, index) => builder.define(position, index, part, layout, kind));
};

const gather: OnnxRow = (builder, node, position) => {
  const [x, places, axisRef] = node.inputs as [ValueRef, ValueRef, ValueRef | undefined];
  if (Number(attribute(node, "batch_dims") ?? 0) !== 0) throw new NoLowering("with batch_dims");
  const axis = axisRef ? wholes(builder, axisRef, "an axis")[0]! : 0;
  const kind = builder.common([x]);
  const inputs = [builder.read(x, "last", kind), builder.read(places, "last", "int64")];
  const attributes = { axis: { int: positive(axis, builder.rank(x)) } };
  builder.emit(position, "Gather", inputs, attributes, "last", kind);
};

const gatherNd: OnnxRow = (builder, node, position) => {
  const [x, places] = node.inputs as [ValueRef, ValueRef];
  const kind = builder.common([x]);
  const inputs = [builder.read(x, "last", kind), builder.read(places, "last", "int64")];
  builder.emit(position, "GatherND", inputs, {}, "last", kind);
};

const tile: OnnxRow = (builder, node, position) => {
  const [x, times] = node.inputs as [ValueRef, ValueRef];
  const sizes = sizesFrom(builder, times, "a number of repetitions");
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const order = ordered(sizes, layout);
  if (order.every((size) => fixedValue(size) === 1)) return builder.alias(position, x);
  inputs.push(builder.sizes.vector(order));
  builder.emit(position, "Tile", inputs, {}, layout, kind);
};

const broadcast: OnnxRow = (builder, node, position) => {
  const [x, shape] = node.inputs as [ValueRef, ValueRef];
  const sizes = sizesFrom(builder, shape, "a shape");
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const order = ordered(sizes, layout);
  inputs.push(builder.sizes.vector(order));
  builder.emit(position, "Expand", inputs, {}, layout, kind);
};

const fill: OnnxRow = (builder, node, position) => {
  const [shape, value] = node.inputs as [ValueRef, ValueRef];
  const sizes = sizesFrom(builder, shape, "a shape");
  const kind = builder.common([value]);
  const layout = builder.follow(position, []);
  const order = ordered(sizes, layout);
  const numbers = fixedNumbers(builder.graph, value);
  if (numbers !== undefined) {
    const tensor = tensorOf([Number(numbers[0])], [1], kind);
    const inputs = [builder.sizes.vector(order)];
    return builder.emit(position, "ConstantOfShape", inputs, { value: { tensor } }, layout, kind);
  }
  const inputs = [builder.read(value, "last", kind), builder.sizes.vector(order)];
  builder.emit(position, "Expand", inputs, {}, layout, kind);
};

/** New axes or axes that go. */
function axesChange(
  op: "Squeeze" | "Unsqueeze",
  axesOf: (builder: OnnxBuilder, node: GraphNode) => number[],
): OnnxRow {
  return (builder, node, position) => {
    const [x] = node.inputs as [ValueRef];
    const kind = builder.common([x]);
    const axes = builder.ints(axesOf(builder, node), "axes");
    builder.emit(position, op, [builder.read(x, "last", kind), axes], {}, "last", kind);
  };
}

const squeezed = (builder: OnnxBuilder, node: GraphNode): number[] => {
  const axes = attribute(node, "squeeze_dims") as readonly number[] | undefined;
  const { shape } = typeOf(builder.graph, node.inputs[0]!);
  if (axes !== undefined && axes.length > 0) {
    return axes.map((axis) => positive(Number(axis), shape.length));
  }
  return shape.flatMap((size, axis) => fixedValue(size) === 1 ? [axis] : []);
};

const pack: OnnxRow = (builder, node, position) => {
  const axis = positive(Number(attribute(node, "axis") ?? 0), builder.rank(node.inputs[0]!) + 1);
  const kind = builder.common(node.inputs);
  const axes = builder.ints([axis], "axes");
  const parts = node.inputs.map((ref) =>
    builder.make("Unsqueeze", [builder.read(ref, "last", kind), axes], {}, { name: node.name })[0]!
  );
  builder.emit(position, "Concat", parts, { axis: { int: axis } }, "last", kind);
};

const unpack: OnnxRow = (builder, node, position) => {
  const [x] = node.inputs as [ValueRef];
  const axis = positive(Number(attribute(node, "axis") ?? 0), builder.rank(x));
  const kind = builder.common([x]);
  const count = node.outputs.length;
  const input = builder.read(x, "last", kind);
  const parts = count === 1
    ? [input]
    : builder.make("Split", [input], { axis: { int: axis } }, { name: node.name, count });
  const axes = builder.ints([axis], "axes");
  parts.forEach((part, index) => {
    const [output] = builder.make("Squeeze", [part, axes], {}, { name: node.name });
    builder.define(position, index, output!, "last", kind);
  });
};

const range: OnnxRow = (builder, node, position) => {
  const kind = builder.common(node.inputs);
  const inputs = node.inputs.map((ref) => builder.read(ref, "last", kind));
  builder.emit(position, "Range", inputs, {}, "last", kind);
};

/** Rows by op. */
export const SHAPE_ROWS: LoweringTable<OnnxBuilder> = {
  Reshape: reshape,
  Transpose: transpose,
  ConcatV2: concat,
  SplitV: split(0, 2),
  Split: split(1, 0),
  GatherV2: gather,
  GatherNd: gatherNd,
  Tile: tile,
  BroadcastTo: broadcast,
  Fill: fill,
  Range: range,
  ExpandDims: axesChange("Unsqueeze", (builder, node) => [
    positive(wholes(builder, node.inputs[1]!, "an axis")[0]!, builder.rank(node.inputs[0]!) + 1),
  ]),
  Squeeze: axesChange("Squeeze", squeezed),
  Pack: pack,
  Unpack: unpack,
};
