/**
 * What a convolution does besides: the bias and the activation behind it.
 *
 * @module
 */
import {
  type ExportGraph,
  fixedNumbers,
  fixedValue,
  type GraphNode,
  keyOf,
  typeOf,
  type ValueRef,
} from "../graph.ts";
import type { ActivationName } from "./schema.ts";

/** What is computed with a node. */
export interface Fusion {
  /** Positions of the nodes that need not be computed any more. */
  readonly nodes: readonly number[];
  /** Added to each channel, if anything is: one number for each. */
  readonly bias?: Float32Array;
  /** What is done last. */
  readonly activation: ActivationName;
  /** The value that comes of all. */
  readonly result: ValueRef;
}

const CONVOLUTIONS = new Set(["Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput"]);

const ACTIVATIONS: Readonly<Record<string, ActivationName>> = { Relu: "RELU", Relu6: "RELU6" };

/** The fusions by the position of the convolution. */
export function fusionsOf(graph: ExportGraph): Map<number, Fusion> {
  const users = new Map<string, number[]>();
  for (const [position, { inputs }] of graph.nodes.entries()) {
    for (const ref of inputs) {
      const key = keyOf(ref);
      users.set(key, [...users.get(key) ?? [], position]);
    }
  }
  /** The only node that takes the value. */
  const next = (ref: ValueRef): number | undefined => {
    const all = users.get(keyOf(ref)) ?? [];
    return all.length === 1 && keyOf(graph.output) !== keyOf(ref) ? all[0] : undefined;
  };
  const fusions = new Map<number, Fusion>();
  for (const [position, node] of graph.nodes.entries()) {
    if (!CONVOLUTIONS.has(node.op)) continue;
    let result: ValueRef = { node: position, index: 0 };
    const nodes: number[] = [];
    let bias: Float32Array | undefined;
    const behind = next(result);
    if (behind !== undefined) bias = biasOf(graph, graph.nodes[behind]!, result);
    if (bias !== undefined) {
      nodes.push(behind!);
      result = { node: behind!, index: 0 };
    }
    let activation: ActivationName = "NONE";
    const last = next(result);
    const kind = last === undefined ? undefined : ACTIVATIONS[graph.nodes[last]!.op];
    if (kind !== undefined) {
      activation = kind;
      nodes.push(last!);
      result = { node: last!, index: 0 };
    }
    fusions.set(position, { nodes, bias, activation, result });
  }
  return fusions;
}

/** What `node` adds to each channel of `ref`. */
function biasOf(graph: ExportGraph, node: GraphNode, ref: ValueRef): Float32Array | undefined {
  if (!["BiasAdd", "Add", "AddV2"].includes(node.op)) return undefined;
  const other = node.inputs.find((input) => keyOf(input) !== keyOf(ref));
  const values = other && fixedNumbers(graph, other);
  if (other === undefined || values === undefined) return undefined;
  const channels = fixedValue(typeOf(graph, ref).shape.at(-1)!);
  const shape = typeOf(graph, other).shape.map(fixedValue);
  if (shape.length > 4 || shape.slice(0, -1).some((size) => size !== 1)) return undefined;
  if (values.length === 1) return new Float32Array(channels!).fill(Number(values[0]));
  return shape.at(-1) === channels ? Float32Array.from(values as ArrayLike<number>) : undefined;
}
