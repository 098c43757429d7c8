/**
 * Rows of what moves numbers and leaves them as they are.
 *
 * @module
 */
import { evaluate, type SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  attribute,
  fixedNumbers,
  fixedValue,
  type GraphNode,
  sizesOf,
  typeOf,
  type ValueRef,
} from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { isSame, type MapValue, type NcnnBuilder, type NcnnValue, ratio } from "./builder.ts";
import { convolution, PIXEL } from "./linear.ts";
import { float, type Params } from "./model.ts";
import type { NcnnRow } from "./rows_convolution.ts";

/** What stands for "to the end" in `Crop`. */
const REST = -233;

/** Sides at which the largest padding is looked for: more than any period of rounding. */
const SIDES = 4096;

/** The input as it is. */
export const same: NcnnRow = (builder, node, position): void =>
  builder.alias(position, node.inputs[0]!);

/** `ConcatV2`, of channels. */
export const concat: NcnnRow = (builder, node, position) => {
  const refs = node.inputs.slice(0, -1);
  const rank = node.outputs[0]!.shape.length;
  const axis = (Number(fixedNumbers(builder.graph, node.inputs.at(-1)!)?.[0]) + rank) % rank;
  const values = refs.map((ref) => builder.value(ref));
  const [first] = values as [NcnnValue];
  if (axis !== rank - 1 || values.some(({ kind }) => kind !== first.kind)) {
    throw new NoLowering(`along axis ${axis}`);
  }
  const channels = values.reduce((sum, value) => sum + value.channels, 0);
  const blob = builder.add(position, "Concat", values.map((value) => value.blob));
  builder.put(position, { ...first, blob, channels });
};

/** `SplitV`, of channels. */
export const split: NcnnRow = (builder, node, position) => {
  const [x, sizes, axis] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const numbers = fixedNumbers(builder.graph, sizes);
  if (numbers === undefined) throw new NoLowering("sizes that depend on the image");
  parts(builder, node, position, x, Array.from(numbers as ArrayLike<number>, Number), axis);
};

/** `Split`, in equal parts. */
export const splitEvenly: NcnnRow = (builder, node, position) => {
  const [axis, x] = node.inputs as [ValueRef, ValueRef];
  const { channels } = builder.value(x);
  const sizes = node.outputs.map(() => channels / node.outputs.length);
  parts(builder, node, position, x, sizes, axis);
};

function parts(
  builder: NcnnBuilder,
  node: GraphNode,
  position: number,
  x: ValueRef,
  sizes: readonly number[],
  axisRef: ValueRef,
): void {
  const rank = node.outputs[0]!.shape.length;
  const axis = (Number(fixedNumbers(builder.graph, axisRef)?.[0]) + rank) % rank;
  const value = builder.value(x);
  if (axis !== rank - 1) throw new NoLowering(`along axis ${axis}`);
  let from = 0;
  for (const [index, channels] of sizes.entries()) {
    const name = `${builder.name(position)}_${index}`;
    builder.put(position, channelsOf(builder, name, value, from, channels), index);
    from += channels;
  }
}

/** Some channels of a value. */
function channelsOf(
  { model }: NcnnBuilder,
  name: string,
  value: NcnnValue,
  from: number,
  channels: number,
): NcnnValue {
  const params: Params = value.kind === "map"
    ? { 2: from, 3: REST, 4: REST, 5: channels }
    : { 0: from, 3: channels };
  return { ...value, blob: model.add("Crop", name, [value.blob], params), channels };
}

/** `Slice`: channels, and of height and width what lies within or ends where another size does. */
export const slice: NcnnRow = (builder, node, position) => {
  const [x, begin] = node.inputs as [ValueRef, ValueRef];
  const from = sizesOf(builder.graph, begin)?.map(fixedValue);
  cut(builder, position, x, from);
};

/** `StridedSlice`, in single steps. */
export const stridedSlice: NcnnRow = (builder, node, position) => {
  const [x, begin, , strides] = node.inputs as [ValueRef, ValueRef, ValueRef, ValueRef];
  const mask = (name: string) => Number(attribute(node, name) ?? 0);
  const steps = sizesOf(builder.graph, strides)?.map(fixedValue);
  const others = ["ellipsis_mask", "new_axis_mask", "shrink_axis_mask"];
  if (!steps?.every((step) => step === 1) || others.some((name) => mask(name) !== 0)) {
    throw new NoLowering("steps, or axes that come or go");
  }
  const from = sizesOf(builder.graph, begin)?.map((size, i) =>
    mask("begin_mask") >> i & 1 ? 0 : fixedValue(size)
  );
  const rank = typeOf(builder.graph, x).shape.length;
  cut(builder, position, x, from && [...from, ...Array(rank - from.length).fill(0)]);
};

function cut(
  builder: NcnnBuilder,
  position: number,
  x: ValueRef,
  begin: readonly (number | undefined)[] | undefined,
): void {
  const value = builder.image(x), name = builder.name(position);
  const { size, channels } = builder.imageOf({ node: position, index: 0 });
  if (!begin?.every((one) => one !== undefined && one >= 0)) {
    throw new NoLowering("a beginning that depends on the image");
  }
  const [, top, left, first] = begin as number[];
  const some = channels === value.channels
    ? value
    : channelsOf(builder, `${name}_channels`, value, first!, channels) as MapValue;
  if (size.every((side, i) => isSame(side, value.size[i]!))) {
    return channels === value.channels ? builder.alias(position, x) : builder.put(position, some);
  }
  builder.putMap(position, cropped(builder, name, some, size, [top!, left!]));
}

/** The part of a map that has another's size. */
function cropped(
  builder: NcnnBuilder,
  name: string,
  { blob, channels }: Pick<MapValue, "blob" | "channels">,
  size: MapValue["size"],
  [top, left]: readonly [number, number] = [0, 0],
): string {
  const like = builder.sizes.like(size, channels);
  return builder.model.add("Crop", name, [blob, like], { 0: left, 1: top });
}

/**
 * `Pad`, `PadV2` and `MirrorPad`. What is added up to a multiple depends on the size: as much is added as can be needed, and what
 * is too much is cut off.
 */
export function padding(mode: "zeros" | "constant" | "mirror"): NcnnRow {
  return (builder, node, position) => {
    const [x, amounts, constant] = node.inputs as [ValueRef, ValueRef, ValueRef | undefined];
    const value = builder.image(x), name = builder.name(position);
    const sides = sizesOf(builder.graph, amounts);
    if (sides === undefined) throw new NoLowering("sizes that depend on the image");
    const [, , top, bottom, left, right] = sides as SizeExpression[];
    const [n0, n1, , , , , c0, c1] = sides.map((side) => fixedValue(side));
    if (n0 !== 0 || n1 !== 0 || c0 !== 0 || c1 !== 0) throw new NoLowering("more channels");
    const [above, before] = [fixedValue(top!), fixedValue(left!)];
    if (above === undefined || before === undefined) {
      throw new NoLowering("rows or columns in front that depend on the size");
    }
    const [below, behind] = [most(bottom!, 1), most(right!, 2)];
    const params: Params = {
      0: above,
      1: below,
      2: before,
      3: behind,
      ...kindOf(mode, node, Math.max(above, below, before, behind)),
      5: float(constant ? Number(builder.factors(constant, value)) : 0),
    };
    const isFixed = fixedValue(bottom!) !== undefined && fixedValue(right!) !== undefined;
    const inner = isFixed ? name : `${name}_most`;
    const padded = builder.model.add("Padding", inner, [value.blob], params);
    if (isFixed) return builder.putMap(position, padded);
    const { size } = builder.imageOf({ node: position, index: 0 });
    const { channels } = value;
    builder.putMap(position, cropped(builder, name, { blob: padded, channels }, size));
  };
}

function kindOf(mode: string, node: GraphNode, largest: number): Params {
  if (mode !== "mirror") return {};
  if (attribute(node, "mode") === "REFLECT") return { 4: 2 };
  // The last pixel once more is what repeating it gives.
  if (largest <= 1) return { 4: 1 };
  throw new NoLowering("mirrored pixels of which the last one stands there twice");
}

/** The largest value of a size. */
function most(size: SizeExpression, symbol: number): number {
  let largest = 0;
  for (let side = 1; side <= SIDES; side++) {
    largest = Math.max(largest, evaluate(size, [1, 1, 1].with(symbol, side)));
  }
  return largest;
}

/** `DepthToSpace`, in TensorFlow's order of channels; where a convolution makes them, it makes them in PyTorch's. */
export const depthToSpace: NcnnRow = (builder, node, position) => {
  const [x] = node.inputs as [ValueRef];
  const { blob, channels } = builder.image(x);
  const step = Number(attribute(node, "block_size"));
  const squares = step * step, planes = channels / squares;
  const layer = builder.changeable(x), linear = layer?.linear;
  const canMove = layer?.type === "Convolution" && linear !== undefined && !linear.diagonal;
  if (canMove) {
    const from = (o: number) => o % squares * planes + Math.floor(o / squares);
    const size = linear.weight.length / channels;
    const weight = linear.weight.slice(), bias = linear.bias?.slice();
    for (let o = 0; o < channels; o++) {
      linear.weight.set(weight.subarray(from(o) * size, (from(o) + 1) * size), o * size);
      if (bias) linear.bias![o] = bias[from(o)]!;
    }
  }
  const params: Params = canMove ? { 0: step } : { 0: step, 1: 1 };
  builder.putMap(position, builder.add(position, "PixelShuffle", [blob], params));
};

/** `PixelShuffle`: channels in PyTorch's order, as ncnn wants them. */
export const pixelShuffle: NcnnRow = (builder, node, position) => {
  const { blob } = builder.image(node.inputs[0]!);
  const step = Number(attribute(node, "block_size"));
  builder.putMap(position, builder.add(position, "PixelShuffle", [blob], { 0: step }));
};

/** Pixels of squares become channels, by filters that are one at one place: in PyTorch's order, or in TensorFlow's. */
export function spaceToDepth(order: "torch" | "tensorflow"): NcnnRow {
  return (builder, node, position) => {
    const { blob, channels } = builder.image(node.inputs[0]!);
    const step = Number(attribute(node, "block_size"));
    const squares = step * step, outputs = channels * squares;
    const weight = new Float32Array(outputs * outputs);
    for (let c = 0; c < channels; c++) {
      for (let place = 0; place < squares; place++) {
        const o = order === "torch" ? c * squares + place : place * channels + c;
        weight[(o * channels + c) * squares + place] = 1;
      }
    }
    const filters = { outputs, inputs: channels, groups: 1, weight };
    const window = { ...PIXEL, kernel: [step, step] as const, strides: [step, step] as const };
    const made = convolution(builder, builder.name(position), blob, filters, window);
    builder.putMap(position, made);
  };
}

/** `ResizeNearestNeighbor` by whole factors, `ResizeBilinear` to any size. */
export function resize(kind: "nearest" | "bilinear"): NcnnRow {
  return (builder, node, position) => {
    const value = builder.image(node.inputs[0]!), name = builder.name(position);
    const { size } = builder.imageOf({ node: position, index: 0 });
    const corners = attribute(node, "align_corners") === true;
    const centres = attribute(node, "half_pixel_centers") === true;
    const [down, across] = size.map((side, i) => ratio(value.size[i]!, side));
    const isWhole = Number.isInteger(down) && Number.isInteger(across);
    if (kind === "nearest" ? corners || !isWhole : !corners && !centres) {
      throw new NoLowering("a grid of pixels that ncnn does not have");
    }
    const type: Params = { 0: kind === "nearest" ? 1 : 2, 6: corners ? 1 : 0 };
    if (isWhole) {
      const params = { ...type, 1: float(down!), 2: float(across!) };
      return builder.putMap(position, builder.model.add("Interp", name, [value.blob], params));
    }
    const like = builder.sizes.like(size, 1);
    const blob = builder.model.add("Interp", name, [value.blob, like], { ...type, 5: 1 });
    builder.putMap(position, blob);
  };
}

/** `Reshape` where all numbers stay in place: pixels in a row, channels in groups, one pixel without its axes. */
export const reshape: NcnnRow = (builder, node, position): void => {
  const [x] = node.inputs as [ValueRef];
  const value = builder.value(x);
  const { shape } = node.outputs[0]!;
  const last = fixedValue(shape.at(-1)!);
  if (value.kind === "vector") {
    const isRow = last === value.channels &&
      shape.slice(1, -1).every((one) => fixedValue(one) === 1);
    if (isRow) return builder.alias(position, x);
    throw new NoLowering("channels in other places");
  }
  const [h, w] = value.size;
  const isPixels = (size: SizeExpression) =>
    [[1, 24, 56], [1, 40, 32], [1, 56, 88]].every((at) =>
      evaluate(size, at) === evaluate(h, at) * evaluate(w, at)
    );
  const seen = (axes: MapValue["axes"], groups?: number) =>
    builder.alias(position, x, { ...value, axes, groups });
  if (shape.length === 3 && last === value.channels && isPixels(shape[1]!)) return seen("npc");
  if (
    shape.length === 4 && last === value.channels && isSame(shape[1]!, h) && isSame(shape[2]!, w)
  ) {
    return seen("nhwc");
  }
  const groups = shape.length === 4 ? fixedValue(shape[2]!) : undefined;
  if (groups !== undefined && groups * last! === value.channels && isPixels(shape[1]!)) {
    return seen("npgk", groups);
  }
  throw new NoLowering("pixels or channels in other places");
};

/** `Fill`: of it a blob is made where it is needed. */
export const fill: NcnnRow = (builder, node, position) => {
  const value = fixedNumbers(builder.graph, node.inputs[1]!);
  if (value === undefined) throw new NoLowering("a number that depends on the image");
  builder.fill(position, Number(value[0]));
};

/** `Const`: weights go into layers; one number throughout may become a blob. */
export const constant: NcnnRow = (builder, { constant }, position) => {
  if (constant?.kind === "fill") builder.fill(position, constant.value);
};
