/**
 * Rows of ops that cut, join and reorder.
 *
 * @module
 */
import { evaluate, fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  attribute,
  fixedNumbers,
  fixedValue,
  type GraphNode,
  sizesOf,
  type ValueRef,
} from "../graph.ts";
import { type LoweringTable, NoLowering } from "../lowering.ts";
import type { LiteBuilder } from "./builder.ts";
import { options, same, wholes } from "./rows_math.ts";

/** The most axes that cutting takes. */
const MOST_SLICED = 5;

/** The most axes that are reordered by all runtimes in use. */
const MOST_TRANSPOSED = 6;

/** Rows of ops on shapes. */
export const SHAPE_ROWS: LoweringTable<LiteBuilder> = {
  BroadcastTo: same("BROADCAST_TO"),
  ConcatV2(builder, node, position) {
    const parts = node.inputs.slice(0, -1).map((ref) => builder.of(ref));
    const axis = axisOf(builder, node, node.inputs.at(-1)!);
    const made = options("ConcatenationOptions", { axis });
    builder.give(position, "CONCATENATION", parts, made);
  },
  ExpandDims: reshape,
  Fill: same("FILL", "FillOptions"),
  GatherV2(builder, node, position) {
    const [x, indices, axis] = node.inputs as [ValueRef, ValueRef, ValueRef];
    const made = options("GatherOptions", {
      axis: axisOf(builder, node, axis),
      batchDims: Number(attribute(node, "batch_dims") ?? 0),
    });
    builder.give(position, "GATHER", [builder.of(x), builder.of(indices)], made);
  },
  Identity(builder, node, position) {
    builder.put({ node: position, index: 0 }, builder.of(node.inputs[0]!));
  },
  OnesLike: (builder, _, position) => filled(builder, position, 1),
  Pack(builder, node, position) {
    const made = options("PackOptions", {
      valuesCount: node.inputs.length,
      axis: Number(attribute(node, "axis") ?? 0),
    });
    builder.give(position, "PACK", builder.inputs(node), made);
  },
  Range: same("RANGE", "RangeOptions"),
  Reshape: reshape,
  ReverseV2(builder, node, position) {
    const axes = fixedNumbers(builder.graph, node.inputs[1]!);
    if (axes === undefined) throw new NoLowering("axes that are computed");
    const { shape } = builder.typeOf(node.inputs[0]!);
    const type = builder.elementOf(node.inputs[0]!);
    let x = builder.of(node.inputs[0]!);
    const all = wholes(axes).map((axis) => axis < 0 ? axis + shape.length : axis);
    for (const axis of all.slice(0, -1)) {
      x = builder.make("REVERSE_V2", [x, builder.ints([axis])], { shape, type });
    }
    builder.give(position, "REVERSE_V2", [x, builder.ints(all.slice(-1))]);
  },
  Roll: roll,
  Shape(builder, node, position) {
    const sizes = builder.typeOf(node.inputs[0]!).shape;
    if (builder.elementOf({ node: position, index: 0 }) !== "INT32") {
      throw new NoLowering("shapes as int64");
    }
    builder.put({ node: position, index: 0 }, builder.sizes(sizes));
  },
  Slice(builder, node, position) {
    const [x, begin, size] = node.inputs as [ValueRef, ValueRef, ValueRef];
    const begins = sizesOf(builder.graph, begin), sizes = sizesOf(builder.graph, size);
    if (begins === undefined || sizes === undefined) {
      throw new NoLowering("places that are computed");
    }
    const { shape } = builder.typeOf(x);
    let endMask = 0;
    const ends = sizes.map((length, axis) => {
      const from = begins[axis]!;
      const isRest = fixedValue(length) === -1 ||
        fixedValue(from) === 0 && JSON.stringify(length) === JSON.stringify(shape[axis]);
      if (!isRest) return sum(from, length);
      endMask |= 1 << axis;
      return fixedSize(0);
    });
    give(builder, position, x, begins, ends, endMask);
  },
  Split(builder, node, position) {
    const [axis, x] = node.inputs as [ValueRef, ValueRef];
    split(builder, node, position, x, axis);
  },
  SplitV(builder, node, position) {
    const [x, , axis] = node.inputs as [ValueRef, ValueRef, ValueRef];
    split(builder, node, position, x, axis);
  },
  Squeeze: reshape,
  StridedSlice(builder, node, position) {
    const rank = builder.typeOf(node.inputs[0]!).shape.length;
    if (rank > MOST_SLICED) throw new NoLowering(`cutting ${rank} axes`);
    const mask = (name: string) => Number(attribute(node, name) ?? 0);
    const made = options("StridedSliceOptions", {
      beginMask: mask("begin_mask"),
      endMask: mask("end_mask"),
      ellipsisMask: mask("ellipsis_mask"),
      newAxisMask: mask("new_axis_mask"),
      shrinkAxisMask: mask("shrink_axis_mask"),
    });
    builder.give(position, "STRIDED_SLICE", builder.inputs(node), made);
  },
  Tile: same("TILE", "TileOptions"),
  Transpose(builder, node, position) {
    const order = fixedNumbers(builder.graph, node.inputs[1]!);
    if (order === undefined) throw new NoLowering("an order that is computed");
    if (order.length > MOST_TRANSPOSED) throw new NoLowering(`an order of ${order.length} axes`);
    const inputs = [builder.of(node.inputs[0]!), builder.ints(wholes(order))];
    builder.give(position, "TRANSPOSE", inputs, options("TransposeOptions"));
  },
  Unpack(builder, node, position) {
    const made = options("UnpackOptions", {
      num: node.outputs.length,
      axis: Number(attribute(node, "axis") ?? 0),
    });
    builder.giveAll(position, "UNPACK", builder.inputs(node), made);
  },
  ZerosLike: (builder, _, position) => filled(builder, position, 0),
};

function reshape(builder: LiteBuilder, node: GraphNode, position: number): void {
  const { shape } = builder.typeOf({ node: position, index: 0 });
  const known = shape.every(({ offset }) => !Number.isNaN(offset));
  const to = known ? builder.sizes(shape) : builder.of(node.inputs[1]!);
  builder.give(position, "RESHAPE", [builder.of(node.inputs[0]!), to], options("ReshapeOptions"));
}

function filled(builder: LiteBuilder, position: number, value: number): void {
  const ref = { node: position, index: 0 };
  const type = builder.elementOf(ref);
  if (type !== "FLOAT32" && type !== "INT32") throw new NoLowering(`elements of ${type}`);
  const inputs = [builder.sizes(builder.typeOf(ref).shape), builder.number(value, type)];
  builder.give(position, "FILL", inputs, options("FillOptions"));
}

function axisOf(builder: LiteBuilder, { inputs }: GraphNode, ref: ValueRef): number {
  const axis = fixedNumbers(builder.graph, ref);
  if (axis?.length !== 1) {
    throw new NoLowering(`an axis of ${inputs.length} inputs that is computed`);
  }
  return Number(axis[0]);
}

/** One size more another; one of them must be the same for all inputs. */
function sum(a: SizeExpression, b: SizeExpression): SizeExpression {
  const fixed = fixedValue(a);
  if (fixed !== undefined) return { ...b, offset: b.offset + fixed };
  const other = fixedValue(b);
  if (other !== undefined) return { ...a, offset: a.offset + other };
  if (a.minus === undefined && b.minus === undefined) {
    const [x, y] = [a.factors, b.factors].map((factors) => JSON.stringify(factors));
    if (x === y) return { ...a, scale: a.scale + b.scale, offset: a.offset + b.offset };
  }
  throw new NoLowering("a place and a length that both depend on the input");
}

/** Adds the operator that cuts from `begins` up to before `ends`. */
function give(
  builder: LiteBuilder,
  position: number,
  x: ValueRef,
  begins: readonly SizeExpression[],
  ends: readonly SizeExpression[],
  endMask: number,
): void {
  const rank = begins.length;
  if (rank > MOST_SLICED) throw new NoLowering(`cutting ${rank} axes`);
  const inputs = [
    builder.of(x),
    builder.sizes(begins),
    builder.sizes(ends),
    builder.ints(new Array(rank).fill(1)),
  ];
  builder.give(position, "STRIDED_SLICE", inputs, options("StridedSliceOptions", { endMask }));
}

function split(
  builder: LiteBuilder,
  node: GraphNode,
  position: number,
  x: ValueRef,
  axisRef: ValueRef,
): void {
  const rank = builder.typeOf(x).shape.length;
  const given = axisOf(builder, node, axisRef);
  const axis = given < 0 ? given + rank : given;
  const lengths = node.outputs.map(({ shape }) => shape[axis]!);
  const inputs = [builder.of(x), builder.sizes(lengths), builder.number(axis, "INT32")];
  const made = options("SplitVOptions", { numSplits: lengths.length });
  builder.giveAll(position, "SPLIT_V", inputs, made);
}

/** `shift` less the length of the axis, which is the same shift, if that does not depend on the input. */
function lessThan(length: SizeExpression, shift: SizeExpression): number | undefined {
  const same = JSON.stringify({ ...length, offset: 0 }) === JSON.stringify({ ...shift, offset: 0 });
  return same ? shift.offset - length.offset : undefined;
}

/** Moves elements along axes; those that leave at one end come in at the other. */
function roll(builder: LiteBuilder, node: GraphNode, position: number): void {
  const [ref, shiftRef, axisRef] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const shifts = sizesOf(builder.graph, shiftRef), axes = fixedNumbers(builder.graph, axisRef);
  if (shifts === undefined || axes === undefined) throw new NoLowering("a shift that is computed");
  const { shape } = builder.typeOf(ref);
  const rank = shape.length;
  if (rank > MOST_SLICED) throw new NoLowering(`rolling ${rank} axes`);
  const type = builder.elementOf(ref);
  let x = builder.of(ref);
  const steps = wholes(axes).map((axis, i) => {
    const along = axis < 0 ? axis + rank : axis;
    const shift = fixedValue(shifts[i]!) ?? lessThan(shape[along]!, shifts[i]!);
    if (shift === undefined) throw new NoLowering("a shift that depends on the input");
    return [along, shift] as const;
  }).filter(([, shift]) => shift !== 0);
  if (steps.length === 0) {
    builder.put({ node: position, index: 0 }, x);
    return;
  }
  const { minSize } = builder.graph;
  for (const [i, [axis, shift]] of steps.entries()) {
    const length = shape[axis]!;
    if (!(evaluate(length, [1, minSize, minSize]) >= Math.abs(shift))) {
      throw new NoLowering("a shift that may be longer than its axis");
    }
    // Both parts may be counted from the end of the axis: -shift is a place there.
    const cut = new Array(rank).fill(0);
    cut[axis] = -shift;
    const [place, none] = [builder.ints(cut), builder.ints(new Array(rank).fill(0))];
    const strides = builder.ints(new Array(rank).fill(1));
    const every = (1 << rank) - 1, here = 1 << axis;
    const rest = Math.abs(shift);
    const part = (size: SizeExpression) => shape.map((one, k) => k === axis ? size : one);
    const shorter = { ...length, offset: length.offset - rest };
    const [tailSize, headSize] = shift > 0
      ? [fixedSize(rest), shorter]
      : [shorter, fixedSize(rest)];
    const tail = builder.make(
      "STRIDED_SLICE",
      [x, place, none, strides],
      { shape: part(tailSize), type },
      options("StridedSliceOptions", { beginMask: every & ~here, endMask: every }),
    );
    const head = builder.make(
      "STRIDED_SLICE",
      [x, none, place, strides],
      { shape: part(headSize), type },
      options("StridedSliceOptions", { beginMask: every, endMask: every & ~here }),
    );
    const made = options("ConcatenationOptions", { axis });
    if (i < steps.length - 1) {
      x = builder.make("CONCATENATION", [tail, head], { shape, type }, made);
    } else builder.give(position, "CONCATENATION", [tail, head], made);
  }
}
