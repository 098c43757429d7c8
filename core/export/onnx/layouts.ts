/**
 * Orders of axes: TensorFlow's ops have channels last, ONNX's convolutions have them first. Which of both a value is better kept in
 * is asked of those that take it.
 *
 * @module
 */
import { type ExportGraph, type GraphNode, keyOf, typeOf, type ValueRef } from "../graph.ts";

/** `last` is the order of the intermediate form, `first` moves the last of four axes to the second place. */
export type Layout = "last" | "first";

/** Axis of the intermediate form that stands at each place. */
export const FIRST: readonly number[] = [0, 3, 1, 2];

/** Place of each axis of the intermediate form. */
export const PLACES: readonly number[] = [0, 2, 3, 1];

/** Ops of ONNX that want channels first. */
const WANT_FIRST = new Set([
  "Conv2D",
  "DepthwiseConv2dNative",
  "Conv2DBackpropInput",
  "MaxPool",
  "AvgPool",
  "DepthToSpace",
  "SpaceToDepth",
  "PixelUnshuffle",
  "ResizeBilinear",
  "ResizeNearestNeighbor",
  "PRelu",
]);

/** Ops for which the order of axes is part of what they compute. */
const WANT_LAST = new Set(["Reshape", "BatchMatMulV2", "BatchMatMul", "GatherV2", "Pack"]);

/** Ops that do not mind: a transposition takes up another one, and a vector has no order. */
const INDIFFERENT = new Set(["Transpose"]);

/** The order that the takers of each node's outputs want, most of them; by position. */
export function wantedLayouts(graph: ExportGraph, output: Layout): ReadonlyMap<number, Layout> {
  const votes = new Map<number, number>([[graph.output.node, output === "first" ? 1 : -1]]);
  const wanted = new Map<number, Layout>();
  for (let position = graph.nodes.length - 1; position >= 0; position--) {
    const node = graph.nodes[position]!;
    const own: Layout = (votes.get(position) ?? 0) >= 0 ? "first" : "last";
    wanted.set(position, own);
    const vote = voteOf(node, own);
    for (const ref of node.inputs) {
      if (isVector(graph, ref)) continue;
      votes.set(ref.node, (votes.get(ref.node) ?? 0) + vote);
    }
  }
  return wanted;
}

function voteOf({ op, outputs }: GraphNode, own: Layout): number {
  if (INDIFFERENT.has(op)) return 0;
  if (WANT_FIRST.has(op)) return 1;
  if (WANT_LAST.has(op) || outputs[0]!.shape.length !== 4) return -1;
  return own === "first" ? 1 : -1;
}

/** One pixel, of which both orders are the same bytes. */
export function isVector(graph: ExportGraph, ref: ValueRef): boolean {
  const { shape } = typeOf(graph, ref);
  const isOne = (axis: number) => shape[axis]!.factors.length === 0 && shape[axis]!.offset === 1;
  return shape.length === 4 && isOne(1) && isOne(2);
}

/** Positions of the nodes that take each value. */
export function takers(graph: ExportGraph): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const [position, { inputs }] of graph.nodes.entries()) {
    for (const ref of inputs) {
      const list = found.get(keyOf(ref));
      if (list === undefined) found.set(keyOf(ref), [position]);
      else list.push(position);
    }
  }
  return found;
}
