/**
 * Rows of what looks at several channels or pixels at once: means, norms, pooling.
 *
 * @module
 */
import { attribute, type GraphNode, sizesOf, type ValueRef } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import type { MapValue, NcnnBuilder } from "./builder.ts";
import { affine, convolution, flattened, meanFactors, PIXEL, product } from "./linear.ts";
import { float } from "./model.ts";
import { listOf, type NcnnRow } from "./rows_convolution.ts";

/** What is made of the numbers. */
export type Reduction = "mean" | "max" | "sum";

/** Over height and width, over channels, over both, or over height, width and the channels of a group. */
export function reduction(kind: Reduction): NcnnRow {
  return (builder, node, position) => {
    const [x, over] = node.inputs as [ValueRef, ValueRef];
    const value = builder.value(x), name = builder.name(position);
    const axes = axesOf(builder, node, over);
    if (value.kind === "vector") throw new NoLowering("channels of one pixel");
    const wanted = axes.map((axis) => value.axes[axis]).sort().join("");
    const isSpatial = wanted === "hw" || wanted === "p";
    if (wanted === "c" && kind !== "max") {
      const blob = overChannels(builder, name, value, kind);
      return builder.put(position, { ...value, blob, channels: 1 });
    }
    if (isSpatial && kind !== "sum") {
      const blob = overPixels(builder, name, value, kind);
      return builder.put(position, { kind: "vector", blob, channels: value.channels });
    }
    if (wanted === "kp" && kind === "mean") {
      const pixels = overPixels(builder, `${name}_pixels`, value, kind);
      const blob = overGroups(builder, name, pixels, value);
      return builder.put(position, { kind: "vector", blob, channels: value.channels });
    }
    throw new NoLowering(`the ${kind} over the axes ${axes}`);
  };
}

/** One number for each channel; of volumes, for Real-ESRGAN's programs lack the layers for maps. */
function overPixels(
  { model }: NcnnBuilder,
  name: string,
  { blob }: MapValue,
  kind: "mean" | "max",
): string {
  return model.add("Pooling3D", name, [blob], { 0: kind === "mean" ? 1 : 0, 4: 1 });
}

/** One plane. */
function overChannels(
  builder: NcnnBuilder,
  name: string,
  { blob, channels }: MapValue,
  kind: "mean" | "sum",
): string {
  const [part, factor] = kind === "mean" ? meanFactors(channels) : [1, 1];
  const weight = new Float32Array(channels).fill(part);
  const filters = { outputs: 1, inputs: channels, groups: 1, weight };
  const inner = factor === 1 ? name : `${name}_sum`;
  const sum = convolution(builder, inner, blob, filters, PIXEL);
  return factor === 1 ? sum : times(builder, name, sum, factor);
}

/** The mean of each group, for each of its channels. */
function overGroups(
  builder: NcnnBuilder,
  name: string,
  blob: string,
  { channels, groups }: MapValue,
): string {
  const size = channels / groups!;
  const [part, factor] = meanFactors(size);
  const weight = Float32Array.from(
    { length: channels * channels },
    (_, i) => Math.floor(i / channels / size) === Math.floor(i % channels / size) ? part : 0,
  );
  const filters = { outputs: channels, inputs: channels, groups: 1, weight };
  const inner = factor === 1 ? name : `${name}_sum`;
  const sum = product(builder, inner, blob, filters);
  return factor === 1 ? sum : times(builder, name, sum, factor);
}

function times({ model }: NcnnBuilder, name: string, blob: string, factor: number): string {
  return model.add("BinaryOp", name, [blob], { 0: 2, 1: 1, 2: float(factor) });
}

/** `LayerNorm`, over the channels of each pixel. */
export const layerNorm: NcnnRow = (builder, node, position) => {
  const [x, gamma, beta] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const value = builder.value(x), name = builder.name(position), { model } = builder;
  if (value.kind === "vector" || value.axes === "npgk") throw new NoLowering("no image");
  const epsilon = Number(attribute(node, "epsilon"));
  const mean = overChannels(builder, `${name}_mean`, value, "mean");
  const centred = model.add("BinaryOp", `${name}_centred`, [value.blob, mean], { 0: 1 });
  const squares = model.add("BinaryOp", `${name}_squares`, [centred, centred], { 0: 2 });
  const variance = overChannels(builder, `${name}_variance`, { ...value, blob: squares }, "mean");
  const more = model.add("BinaryOp", `${name}_more`, [variance], { 0: 0, 1: 1, 2: float(epsilon) });
  const deviation = model.add("BinaryOp", `${name}_deviation`, [more], {
    0: 6,
    1: 1,
    2: float(-0.5),
  });
  const normal = model.add("BinaryOp", name, [centred, deviation], { 0: 2 });
  const scale = builder.factors(gamma, value)!, shift = builder.factors(beta, value)!;
  const blob = scale === 1 && shift === 0
    ? normal
    : affine(builder, `${name}_affine`, undefined, { ...value, blob: normal }, scale, shift);
  builder.put(position, { ...value, blob });
};

/** `AvgPool` and `MaxPool` of windows that lie within the image. */
export function pooling(kind: "mean" | "max"): NcnnRow {
  return (builder, node, position) => {
    const { blob } = builder.image(node.inputs[0]!);
    const [, rows, columns] = listOf(node, "ksize"), [, down, across] = listOf(node, "strides");
    if (attribute(node, "padding") !== "VALID") throw new NoLowering("windows beyond the image");
    const name = builder.name(position);
    const deep = builder.model.add("Pooling3D", `${name}_deep`, [blob], {
      0: kind === "mean" ? 1 : 0,
      1: columns!,
      11: rows!,
      21: 1,
      2: across!,
      12: down!,
      22: 1,
      5: 1,
    });
    builder.putMap(position, flattened(builder, name, deep));
  };
}

/** Axes in order, from 0. */
function axesOf(builder: NcnnBuilder, node: GraphNode, over: ValueRef): number[] {
  const axes = sizesOf(builder.graph, over)?.map(({ offset }) => offset);
  if (axes === undefined) throw new NoLowering("axes that depend on the image");
  const rank = builder.graph.nodes[node.inputs[0]!.node]!.outputs[node.inputs[0]!.index]!.shape
    .length;
  return axes.map((axis) => (axis + rank) % rank).sort((a, b) => a - b);
}
