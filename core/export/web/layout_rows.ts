/**
 * Rows for ops that put numbers in other places and compute nothing.
 *
 * @module
 */
import { fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import { fixedValue, type GraphNode, type ValueRef } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { ProgramBuilder } from "./builder.ts";

type ProgramRow = Row<ProgramBuilder>;

const first = (node: GraphNode): ValueRef => node.inputs[0]!;

/** WebGPU's shaders know so many axes. */
const MOST_AXES = 6;

const reshape: ProgramRow = (builder, node, position) => {
  const { shape } = node.outputs[0]!;
  if (shape.some(({ offset }) => Number.isNaN(offset))) throw new NoLowering("an unknown size");
  builder.emit(position, "Reshape", { x: builder.value(first(node)) }, { shape });
};

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

const gather: ProgramRow = (builder, node, position) => {
  const [x, indices, axis] = node.inputs as [ValueRef, ValueRef, ValueRef?];
  builder.emit(position, "GatherV2", { x: builder.value(x), indices: builder.value(indices) }, {
    axis: axis === undefined ? 0 : builder.axis(builder.number(axis, "axis"), x),
    batchDims: builder.attribute(node, "batch_dims", 0),
  });
};

const reverse: ProgramRow = (builder, node, position) => {
  const [x, axes] = node.inputs as [ValueRef, ValueRef];
  const dims = builder.numbers(axes, "axes").map((axis) => builder.axis(axis, x));
  builder.emit(position, "Reverse", { x: builder.value(x) }, { dims });
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

/** Rows of these ops. */
export const LAYOUT_ROWS: LoweringTable<ProgramBuilder> = {
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
  ReverseV2: reverse,
  Pad: pad,
  PadV2: pad,
  MirrorPad: mirrorPad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
