/**
 * Rows of ops that take a part of the elements, or put others around them.
 *
 * @module
 */
import { fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import { attribute, fixedValue, type GraphNode, type ValueRef } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import { follower, isSame, ordered, placeOf, positive, sizesFrom, wholes } from "./arguments.ts";
import type { OnnxBuilder } from "./builder.ts";
import type { Layout } from "./layouts.ts";

type OnnxRow = Row<OnnxBuilder>;

/** Behind the last element, and before the first. */
const END = 2 ** 31 - 1, BEFORE = -(2 ** 31);

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
  const order = ordered(pads, layout);
  inputs.push(builder.sizes.vector([
    ...order.map(([before]) => before),
    ...order.map(([, behind]) => behind),
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
  const beyond = isSame({ ...shift, offset: size.offset }, size)
    ? shift.offset - size.offset
    : undefined;
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

/** Rows by op. */
export const PART_ROWS: LoweringTable<OnnxBuilder> = {
  Slice: sliceRow,
  StridedSlice: stridedSlice,
  ReverseV2: reverse,
  Pad: pad("constant"),
  PadV2: pad("constant"),
  MirrorPad: mirrorPad,
  Roll: roll,
};
