/**
 * Rows of convolutions.
 *
 * @module
 */
import { attribute, fixedNumbers, fixedShape, type GraphNode, type ValueRef } from "../graph.ts";
import { NoLowering, type Row } from "../lowering.ts";
import { type NcnnBuilder, ratio } from "./builder.ts";
import { convolution, type Filters, PIXEL, product, type Window } from "./linear.ts";

/** A row of this target. */
export type NcnnRow = Row<NcnnBuilder>;

/** `Conv2D`, in groups too. */
export const conv2d: NcnnRow = (builder, node, position): void => {
  const [x, filter] = node.inputs as [ValueRef, ValueRef];
  const { values, shape: [rows, columns, inputs, outputs] } = filterOf(builder, filter);
  const weight = reordered(values, outputs * inputs * rows * columns, (i) => {
    const [o, c, y, z] = places(i, inputs, rows, columns);
    return ((y * columns + z) * inputs + c) * outputs + o;
  });
  const window = windowOf(node, [rows, columns]);
  const value = builder.value(x);
  const filters = { outputs, inputs, groups: value.channels / inputs, weight };
  if (value.kind === "vector") return onVector(builder, position, value.blob, filters, window);
  const { blob, filters: taken } = withoutAffine(builder, x, filters, window);
  builder.putMap(position, convolution(builder, builder.name(position), blob, taken, window));
};

/** `DepthwiseConv2dNative`. */
export const depthwise: NcnnRow = (builder, node, position) => {
  const [x, filter] = node.inputs as [ValueRef, ValueRef];
  const { values, shape: [rows, columns, channels, times] } = filterOf(builder, filter);
  const weight = reordered(values, values.length, (i) => {
    const [o, , y, z] = places(i, 1, rows, columns);
    return (y * columns + z) * channels * times + o;
  });
  const filters = { outputs: channels * times, inputs: 1, groups: channels, weight };
  const { blob } = builder.image(x);
  const window = windowOf(node, [rows, columns]);
  builder.putMap(position, convolution(builder, builder.name(position), blob, filters, window));
};

/**
 * `Conv2DBackpropInput`: a convolution that makes all pixels of a square at once, each of the part of the filter that reaches it,
 * and a shuffle that puts them in their places.
 */
export const transposed: NcnnRow = (builder, node, position) => {
  const [, filter, x] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const { values, shape: [rows, columns, outputs, inputs] } = filterOf(builder, filter);
  const value = builder.image(x);
  const { strides, dilations } = windowOf(node, [rows, columns]);
  const [step] = strides;
  const { size } = builder.imageOf({ node: position, index: 0 });
  const isWhole = size.every((side, i) => ratio(value.size[i]!, side) === step);
  if (step !== strides[1] || dilations.some((one) => one > 1) || !isWhole) {
    throw new NoLowering("a transposed convolution whose output is no multiple of its input");
  }
  const before = [rows, columns].map((kernel) =>
    attribute(node, "padding") === "SAME" ? Math.max(0, kernel - step) >> 1 : 0
  );
  // Row y = step·q + phase of the output takes row q + t of the input times row `phase + before - step·t` of the filter.
  const reach = [rows, columns].map((kernel, i) => ({
    first: Math.ceil((before[i]! - kernel + 1) / step),
    last: Math.floor((step - 1 + before[i]!) / step),
  }));
  const [tall, wide] = reach.map(({ first, last }) => last - first + 1) as [number, number];
  const made = outputs * step * step;
  const weight = new Float32Array(made * inputs * tall * wide);
  for (let i = 0; i < weight.length; i++) {
    const [o, c, y, z] = places(i, inputs, tall, wide);
    const phase = [Math.floor(o / step) % step, o % step];
    const [row, column] = [y, z].map((at, axis) =>
      phase[axis]! + before[axis]! - step * (at + reach[axis]!.first)
    ) as [number, number];
    if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
    const from = ((row * columns + column) * outputs + Math.floor(o / (step * step))) * inputs + c;
    weight[i] = values[from]!;
  }
  const pads = [-reach[0]!.first, reach[0]!.last, -reach[1]!.first, reach[1]!.last] as const;
  const filters = { outputs: made, inputs, groups: 1, weight };
  const window = { ...PIXEL, kernel: [tall, wide] as const, pads };
  const name = builder.name(position);
  const squares = convolution(builder, `${name}_squares`, value.blob, filters, window);
  builder.putMap(position, builder.model.add("PixelShuffle", name, [squares], { 0: step }));
};

/** The middle of the filter is all that meets a vector. */
function onVector(
  builder: NcnnBuilder,
  position: number,
  blob: string,
  { outputs, inputs, groups, weight }: Filters,
  { kernel: [rows, columns], pads }: Window,
): void {
  const around = [rows, rows, columns, columns].map((size) => (size - 1) / 2);
  if (groups !== 1 || pads === "same" || pads.some((pad, i) => pad !== around[i])) {
    throw new NoLowering("a window on an image of one pixel");
  }
  const middle = ((rows - 1) >> 1) * columns + ((columns - 1) >> 1);
  const matrix = reordered(weight, outputs * inputs, (i) => i * rows * columns + middle);
  const filters = { outputs, inputs, groups, weight: matrix };
  const made = product(builder, builder.name(position), blob, filters);
  builder.put(position, { kind: "vector", blob: made, channels: outputs });
}

/** Factors and offsets of a layer before, of which nothing else depends, go into the filters. */
function withoutAffine(
  builder: NcnnBuilder,
  x: ValueRef,
  filters: Filters,
  { pads }: Window,
): { readonly blob: string; readonly filters: Filters } {
  const { blob } = builder.image(x);
  const before = builder.changeable(x), linear = before?.linear;
  const isBare = pads !== "same" && pads.every((pad) => pad === 0);
  if (!linear?.diagonal || linear.activation || filters.groups !== 1 || !isBare) {
    return { blob, filters };
  }
  const { outputs, inputs, weight } = filters;
  const taps = weight.length / outputs / inputs;
  const channel = (i: number) => Math.floor(i / taps) % inputs;
  const bias = new Float32Array(outputs);
  const scaled = weight.map((value, i) => {
    const c = channel(i);
    bias[Math.floor(i / taps / inputs)]! += value * (linear.bias?.[c] ?? 0);
    return value * linear.weight[c * inputs + c]!;
  });
  return {
    blob: before!.inputs[0]!,
    filters: { ...filters, weight: scaled, bias: linear.bias && bias },
  };
}

function filterOf(
  { graph }: NcnnBuilder,
  ref: ValueRef,
): { readonly values: Float32Array; readonly shape: [number, number, number, number] } {
  const values = fixedNumbers(graph, ref) as Float32Array | undefined;
  const shape = fixedShape(graph, ref);
  if (values === undefined || shape?.length !== 4) {
    throw new NoLowering("weights that depend on the image");
  }
  return { values, shape: [...shape] as [number, number, number, number] };
}

/** Window of a node whose filter covers so many rows and columns. */
function windowOf(node: GraphNode, kernel: readonly [number, number]): Window {
  const format = attribute(node, "data_format") ?? "NHWC";
  if (format !== "NHWC") throw new NoLowering(`channels in the order ${format}`);
  const [, down, across] = listOf(node, "strides"), [, tall, wide] = listOf(node, "dilations");
  const strides = [down!, across!] as const, dilations = [tall!, wide!] as const;
  const window = { kernel, strides, dilations };
  const padding = attribute(node, "padding");
  if (padding === "VALID") return { ...window, pads: [0, 0, 0, 0] };
  if (padding === "EXPLICIT") {
    const [, , top, bottom, left, right] = listOf(node, "explicit_paddings");
    return { ...window, pads: [top!, bottom!, left!, right!] };
  }
  if (down! > 1 || across! > 1) return { ...window, pads: "same" };
  const [rows, columns] = kernel.map((size, i) => (size - 1) * dilations[i]!) as [number, number];
  const pads = [rows >> 1, rows - (rows >> 1), columns >> 1, columns - (columns >> 1)] as const;
  return { ...window, pads };
}

/** Whole numbers of an attribute; ones where it is left out. */
export function listOf(node: GraphNode, name: string): number[] {
  const value = attribute(node, name) as readonly (number | bigint)[] | undefined;
  return value === undefined || value.length === 0 ? [1, 1, 1, 1] : Array.from(value, Number);
}

/** Where element `i` of `[o, c, rows, columns]` is. */
function places(
  i: number,
  inputs: number,
  rows: number,
  columns: number,
): [o: number, c: number, row: number, column: number] {
  const row = Math.floor(i / columns), plane = Math.floor(row / rows);
  return [Math.floor(plane / inputs), plane % inputs, row % rows, i % columns];
}

function reordered(
  values: Float32Array,
  length: number,
  from: (i: number) => number,
): Float32Array {
  return Float32Array.from({ length }, (_, i) => values[from(i)]!);
}
