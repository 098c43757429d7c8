/**
 * Rows of ops that move elements: shapes, slices, padding, orders.
 *
 * @module
 */
import { fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  attribute,
  fixedNumbers,
  fixedValue,
  type GraphNode,
  sizesOf,
  typeOf,
  type ValueRef,
} from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { OnnxBuilder } from "./builder.ts";
import { FIRST, isVector, type Layout, PLACES } from "./layouts.ts";
import type { ElementKind } from "./model.ts";
import { tensorOf } from "./numbers.ts";

type OnnxRow = Row<OnnxBuilder>;

/** Behind the last element, and before the first. */
const END = 2 ** 31 - 1, BEFORE = -(2 ** 31);

/** Whole numbers of a constant. */
function wholes(builder: OnnxBuilder, ref: ValueRef, what: string): number[] {
  const values = fixedNumbers(builder.graph, ref);
  if (values === undefined) throw new NoLowering(`with ${what} that is computed`);
  return Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Sizes of a constant, fixed or not. */
function sizesFrom(builder: OnnxBuilder, ref: ValueRef, what: string): readonly SizeExpression[] {
  const sizes = sizesOf(builder.graph, ref);
  if (sizes === undefined) throw new NoLowering(`with ${what} that is computed`);
  return sizes;
}

/** An axis from 0. */
const positive = (axis: number, rank: number) => axis < 0 ? axis + rank : axis;

/** The place of an axis of the intermediate form. */
const placeOf = (axis: number, layout: Layout, rank: number): number =>
  layout === "first" ? PLACES[positive(axis, rank)]! : positive(axis, rank);

/** Whether two sizes are the same for all inputs. */
function isSame(a: SizeExpression, b: SizeExpression): boolean {
  return JSON.stringify(a) === JSON.stringify(b) && !Number.isNaN(a.offset);
}

/** Order, type and name of the first input, for ops that do not change elements. */
function follower(
  builder: OnnxBuilder,
  position: number,
  refs: readonly ValueRef[],
): { layout: Layout; kind: ElementKind; inputs: string[] } {
  const layout = builder.follow(position, refs);
  const kind = builder.common(refs);
  return { layout, kind, inputs: refs.map((ref) => builder.read(ref, layout, kind)) };
}

const reshape: OnnxRow = (builder, node, position) => {
  const [x, shape] = node.inputs as [ValueRef, ValueRef];
  const target = sizesFrom(builder, shape, "a shape");
  const kind = builder.common([x]);
  // One pixel has the same bytes in both orders, before and behind.
  const isFree = isVector(builder.graph, x) && !builder.hasForm(x, "last");
  const input = builder.read(x, isFree ? "first" : "last", kind);
  const output = { node: position, index: 0 };
  const layout: Layout = isVector(builder.graph, output) ? builder.wanted(position) : "last";
  const order = layout === "first" ? FIRST : target.map((_, i) => i);
  const wanted = order.map((axis) => target[axis]!);
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
function split(
  builder: OnnxBuilder,
  node: GraphNode,
  position: number,
  x: ValueRef,
  axis: number,
): void {
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const rank = builder.rank(x);
  const sizes = node.outputs.map(({ shape }) => shape[positive(axis, rank)]!);
  if (sizes.length === 1) return builder.define(position, 0, inputs[0]!, layout, kind);
  if (!sizes.every((size) => isSame(size, sizes[0]!))) inputs.push(builder.sizes.vector(sizes));
  const attributes = { axis: { int: placeOf(axis, layout, rank) } };
  const parts = builder.make("Split", inputs, attributes, { name: node.name, count: sizes.length });
  parts.forEach((part, index) => builder.define(position, index, part, layout, kind));
}

/** One interval of an axis. */
interface Interval {
  readonly axis: number;
  /** Undefined from the beginning. */
  readonly begin: SizeExpression | undefined;
  /** Undefined to the end. */
  readonly end: SizeExpression | undefined;
  readonly step?: number;
}

/** Cuts `x`, which has the order `layout`. */
function slice(
  builder: OnnxBuilder,
  x: string,
  intervals: readonly Interval[],
  layout: Layout,
  rank: number,
  name: string,
): string {
  const steps = intervals.map(({ step = 1 }) => step);
  const vector = (sizes: readonly SizeExpression[]) => builder.sizes.vector(sizes);
  const begins = intervals.map(({ begin }, i) => begin ?? fixedSize(steps[i]! > 0 ? 0 : END));
  const ends = intervals.map(({ end }, i) => end ?? fixedSize(steps[i]! > 0 ? END : BEFORE));
  const axes = intervals.map(({ axis }) => placeOf(axis, layout, rank));
  const inputs = [x, vector(begins), vector(ends), builder.ints(axes, "axes")];
  if (steps.some((step) => step !== 1)) inputs.push(builder.ints(steps, "steps"));
  return builder.make("Slice", inputs, {}, { name })[0]!;
}

const sliceRow: OnnxRow = (builder, node, position) => {
  const [x, ...bounds] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const [begins, sizes] = bounds.map((ref) => sizesFrom(builder, ref, "a part")) as [
    readonly SizeExpression[],
    readonly SizeExpression[],
  ];
  const shape = builder.shape(x);
  const intervals = begins.flatMap((begin, axis): Interval[] => {
    const size = sizes[axis]!;
    const isFirst = fixedValue(begin) === 0;
    const toEnd = fixedValue(size) === -1 || (isFirst && isSame(size, shape[axis]!));
    if (isFirst && toEnd) return [];
    return [{ axis, begin, end: toEnd ? undefined : sum(begin, size) }];
  });
  if (intervals.length === 0) return builder.alias(position, x);
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const name = slice(builder, inputs[0]!, intervals, layout, shape.length, node.name);
  builder.define(position, 0, name, layout, kind);
};

/** @throws {NoLowering} If both depend on the input. */
function sum(a: SizeExpression, b: SizeExpression): SizeExpression {
  const [x, y] = [fixedValue(a), fixedValue(b)];
  if (x !== undefined) return y === undefined ? { ...b, offset: b.offset + x } : fixedSize(x + y);
  if (y === undefined) throw new NoLowering("of a part whose begin and size depend on the input");
  return { ...a, offset: a.offset + y };
}

const stridedSlice: OnnxRow = (builder, node, position) => {
  const [x, ...bounds] = node.inputs as [ValueRef, ValueRef, ValueRef, ValueRef];
  const [begins, ends] = bounds.slice(0, 2).map((ref) => sizesFrom(builder, ref, "a part")) as [
    readonly SizeExpression[],
    readonly SizeExpression[],
  ];
  const steps = wholes(builder, bounds[2]!, "a stride");
  const mask = (name: string) => Number(attribute(node, name) ?? 0);
  if (mask("ellipsis_mask") !== 0 || mask("new_axis_mask") !== 0) {
    throw new NoLowering("with an ellipsis or new axes");
  }
  const shrunk = begins.flatMap((_, axis) => mask("shrink_axis_mask") >> axis & 1 ? [axis] : []);
  const intervals = begins.map((begin, axis): Interval => {
    if (shrunk.includes(axis)) {
      const next = fixedValue(begin) === -1 ? undefined : sum(begin, fixedSize(1));
      return { axis, begin, end: next };
    }
    return {
      axis,
      begin: mask("begin_mask") >> axis & 1 ? undefined : begin,
      end: mask("end_mask") >> axis & 1 ? undefined : ends[axis]!,
      step: steps[axis]!,
    };
  }).filter(({ begin, end, step = 1 }) => begin !== undefined || end !== undefined || step !== 1);
  const rank = builder.rank(x);
  const layout: Layout = shrunk.length > 0 ? "last" : builder.follow(position, [x]);
  const kind = builder.common([x]);
  const input = builder.read(x, layout, kind);
  const part = intervals.length === 0
    ? input
    : slice(builder, input, intervals, layout, rank, node.name);
  if (shrunk.length === 0) return builder.define(position, 0, part, layout, kind);
  builder.emit(position, "Squeeze", [part, builder.ints(shrunk, "axes")], {}, layout, kind);
};

const reverse: OnnxRow = (builder, node, position) => {
  const [x, axes] = node.inputs as [ValueRef, ValueRef];
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const intervals = wholes(builder, axes, "an axis").map((axis) => ({
    axis,
    begin: undefined,
    end: undefined,
    step: -1,
  }));
  const name = slice(builder, inputs[0]!, intervals, layout, builder.rank(x), node.name);
  builder.define(position, 0, name, layout, kind);
};

/** Pads of all axes, before and behind. */
function padsOf(builder: OnnxBuilder, ref: ValueRef): [SizeExpression, SizeExpression][] {
  const all = sizesFrom(builder, ref, "padding");
  return Array.from({ length: all.length / 2 }, (_, i) => [all[2 * i]!, all[2 * i + 1]!]);
}

const isNothing = (pads: readonly SizeExpression[]) => pads.every((pad) => fixedValue(pad) === 0);

const pad = (mode: "constant" | "reflect"): OnnxRow => (builder, node, position) => {
  const [x, paddings, value] = node.inputs as [ValueRef, ValueRef, ValueRef | undefined];
  const pads = padsOf(builder, paddings);
  if (pads.every(isNothing)) return builder.alias(position, x);
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const order = layout === "first" ? FIRST : pads.map((_, axis) => axis);
  inputs.push(builder.sizes.vector([
    ...order.map((axis) => pads[axis]![0]),
    ...order.map((axis) => pads[axis]![1]),
  ]));
  if (value !== undefined) inputs.push(builder.read(value, "last", kind));
  builder.emit(position, "Pad", inputs, { mode: { text: mode } }, layout, kind);
};

/** Mirrors with the pixels at the border twice, for which ONNX has no mode: each axis is gathered by computed places. */
function symmetric(builder: OnnxBuilder, node: GraphNode, position: number): void {
  const [x, paddings] = node.inputs as [ValueRef, ValueRef];
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const { name } = node;
  const shape = builder.shape(x);
  const number = (value: number) => builder.number(value, "int64", "number");
  const step = (op: string, of: readonly string[]) =>
    builder.make(op, of, {}, { name: `${name}.places` })[0]!;
  let result = inputs[0]!;
  for (const [axis, [before, behind]] of padsOf(builder, paddings).entries()) {
    if (isNothing([before, behind])) continue;
    const size = builder.sizes.scalar(shape[axis]!);
    const [first, rest] = [before, behind].map((one) => builder.sizes.scalar(one));
    const isPaddedBefore = fixedValue(before) !== 0;
    const end = step("Add", [size, rest!]);
    let places = step("Range", [
      isPaddedBefore ? step("Neg", [first!]) : number(0),
      end,
      number(1),
    ]);
    // -1 - i before the first, 2·size - 1 - i behind the last.
    if (isPaddedBefore) places = step("Max", [places, step("Sub", [number(-1), places])]);
    const turn = step("Sub", [step("Mul", [size, number(2)]), number(1)]);
    places = step("Min", [places, step("Sub", [turn, places])]);
    const attributes = { axis: { int: placeOf(axis, layout, shape.length) } };
    result = builder.make("Gather", [result, places], attributes, { name })[0]!;
  }
  builder.define(position, 0, result, layout, kind);
}

const mirrorPad: OnnxRow = (builder, node, position) => {
  const [x, paddings] = node.inputs as [ValueRef, ValueRef];
  if (padsOf(builder, paddings).every(isNothing)) return builder.alias(position, x);
  if (attribute(node, "mode") === "REFLECT") return pad("reflect")(builder, node, position);
  symmetric(builder, node, position);
};

const roll: OnnxRow = (builder, node, position) => {
  const [x, shifts, axes] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const shape = builder.shape(x);
  const rank = shape.length;
  const by = sizesFrom(builder, shifts, "a shift");
  const { name } = node;
  let result = inputs[0]!;
  for (const [i, one] of wholes(builder, axes, "an axis").entries()) {
    const axis = positive(one, rank);
    // The elements before the place `-shift` go to the end.
    const cut = cutOf(builder, by[i]!, shape[axis]!, `${name}.shift`);
    if (cut === undefined) continue;
    const place = placeOf(axis, layout, rank);
    const along = builder.ints([place], "axes");
    const part = (from: string, to: string) =>
      builder.make("Slice", [result, from, to, along], {}, { name })[0]!;
    const parts = [part(cut, builder.ints([END], "end")), part(builder.ints([0], "begin"), cut)];
    result = builder.make("Concat", parts, { axis: { int: place } }, { name })[0]!;
  }
  if (result === inputs[0]) return builder.alias(position, x);
  builder.define(position, 0, result, layout, kind);
};

/** Where an axis is cut to be rolled; undefined if it stays as it is. A shift may be larger than the axis. */
function cutOf(
  builder: OnnxBuilder,
  shift: SizeExpression,
  size: SizeExpression,
  name: string,
): string | undefined {
  const beyond = isSame({ ...shift, offset: size.offset }, size) ? shift.offset - size.offset : undefined;
  const by = beyond ?? fixedValue(shift);
  if (by === 0) return undefined;
  if (by !== undefined && isBelow(by, size)) return builder.ints([-by], "shift");
  const [back] = builder.make("Neg", [builder.sizes.vector([shift])], {}, { name });
  return builder.make("Mod", [back!, builder.sizes.vector([size])], {}, { name })[0]!;
}

/** Whether a shift is within an axis whatever its size: a multiple that is rounded up has at least one. */
function isBelow(shift: number, { scale, factors, offset, minus }: SizeExpression): boolean {
  const least = factors.length === 0
    ? offset
    : factors.every(({ up }) => up) && minus === undefined
    ? scale + offset
    : 1;
  return Math.abs(shift) < least;
}

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
  const order = layout === "first" ? FIRST.map((axis) => sizes[axis]!) : sizes;
  if (order.every((size) => fixedValue(size) === 1)) return builder.alias(position, x);
  inputs.push(builder.sizes.vector(order));
  builder.emit(position, "Tile", inputs, {}, layout, kind);
};

const broadcast: OnnxRow = (builder, node, position) => {
  const [x, shape] = node.inputs as [ValueRef, ValueRef];
  const sizes = sizesFrom(builder, shape, "a shape");
  const { layout, kind, inputs } = follower(builder, position, [x]);
  const order = layout === "first" ? FIRST.map((axis) => sizes[axis]!) : sizes;
  inputs.push(builder.sizes.vector(order));
  builder.emit(position, "Expand", inputs, {}, layout, kind);
};

const fill: OnnxRow = (builder, node, position) => {
  const [shape, value] = node.inputs as [ValueRef, ValueRef];
  const sizes = sizesFrom(builder, shape, "a shape");
  const kind = builder.common([value]);
  const layout = builder.follow(position, []);
  const order = layout === "first" && sizes.length === 4 ? FIRST.map((axis) => sizes[axis]!) : sizes;
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
  if (axes !== undefined && axes.length > 0) return axes.map((axis) => positive(Number(axis), shape.length));
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
  SplitV: (builder, node, position) =>
    split(builder, node, position, node.inputs[0]!, wholes(builder, node.inputs[2]!, "an axis")[0]!),
  Split: (builder, node, position) =>
    split(builder, node, position, node.inputs[1]!, wholes(builder, node.inputs[0]!, "an axis")[0]!),
  Slice: sliceRow,
  StridedSlice: stridedSlice,
  ReverseV2: reverse,
  Pad: pad("constant"),
  PadV2: pad("constant"),
  MirrorPad: mirrorPad,
  Roll: roll,
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
