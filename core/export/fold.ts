/**
 * Computes beforehand what does not depend on the input, and leaves out what changes nothing.
 *
 * @module
 */
import type { NodeBackend } from "../engine/native/node_backend.ts";
import type { SizeExpression } from "../engine/native/size_expressions.ts";
import {
  attribute,
  type Constant,
  type ExportGraph,
  type GraphNode,
  keyOf,
  type ValueRef,
} from "./graph.ts";
import { dataTypeOf } from "./data_types.ts";

/** Folded constants may be so much larger than what they are made of. */
const GROWTH = 4, SMALL = 1 << 16;

/** The graph without what can be known before. */
export function fold(backend: NodeBackend, graph: ExportGraph): ExportGraph {
  const nodes: GraphNode[] = [];
  const places = new Map<string, ValueRef>();
  for (const [position, old] of graph.nodes.entries()) {
    const node = { ...old, inputs: old.inputs.map((ref) => places.get(keyOf(ref))!) };
    const same = passedThrough(nodes, node);
    if (same !== undefined) {
      places.set(keyOf({ node: position, index: 0 }), same);
      continue;
    }
    const constants = computed(backend, nodes, node);
    node.outputs.forEach((_, index) => {
      const at = constants ? nodes.length + index : nodes.length;
      places.set(keyOf({ node: position, index }), { node: at, index: constants ? 0 : index });
    });
    nodes.push(...constants ?? [node]);
  }
  return pruned({
    ...graph,
    nodes,
    input: places.get(keyOf({ node: graph.input, index: 0 }))!.node,
    output: places.get(keyOf(graph.output))!,
  });
}

/** Leaves out nodes that the output does not depend on; the last one is named `sr`. */
export function pruned(graph: ExportGraph): ExportGraph {
  const live = new Set([graph.output.node, graph.input]);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    if (live.has(i)) { for (const { node } of graph.nodes[i]!.inputs) live.add(node); }
  }
  const places = new Map<number, number>();
  const nodes: GraphNode[] = [];
  const moved = ({ node, index }: ValueRef): ValueRef => ({ node: places.get(node)!, index });
  for (const [i, node] of graph.nodes.entries()) {
    if (!live.has(i)) continue;
    places.set(i, nodes.length);
    const name = i === graph.output.node ? "sr" : node.name;
    nodes.push({ ...node, name, inputs: node.inputs.map(moved) });
  }
  return { ...graph, nodes, input: places.get(graph.input)!, output: moved(graph.output) };
}

/** What the node gives if it is one of its inputs. */
function passedThrough(nodes: readonly GraphNode[], node: GraphNode): ValueRef | undefined {
  const [x] = node.inputs;
  if (x === undefined) return undefined;
  switch (node.op) {
    case "Identity":
      return x;
    case "Cast":
      return attribute(node, "SrcT") === attribute(node, "DstT") ? x : undefined;
    case "Reshape": {
      const from = nodes[x.node]!.outputs[x.index]!.shape;
      return isSameShape(from, node.outputs[0]!.shape) ? x : undefined;
    }
  }
  return undefined;
}

function isSameShape(a: readonly SizeExpression[], b: readonly SizeExpression[]): boolean {
  const text = JSON.stringify(a);
  return text === JSON.stringify(b) && !text.includes("null"); // NaN, an unknown size
}

/** Constants for what the node gives, if it takes nothing but fixed ones. */
function computed(
  { binding }: NodeBackend,
  nodes: readonly GraphNode[],
  node: GraphNode,
): GraphNode[] | undefined {
  if (node.inputs.length === 0) return undefined;
  const given = node.inputs.map((ref) => nodes[ref.node]!);
  const constants = given.map(({ constant }) => constant?.kind === "fixed" ? constant : undefined);
  if (!constants.every((constant) => constant !== undefined)) return undefined;
  const ids = given.map(({ outputs }, i) =>
    binding.createEagerly(
      outputs[0]!.shape.map(({ offset }) => offset),
      dataTypeOf(outputs[0]!.dtype),
      constants[i]!.values,
    )
  );
  const made: number[] = [];
  try {
    const results = binding.executeEagerly(node.op, node.attributes, ids, node.outputs.length);
    made.push(...results.map(({ id }) => id));
    const values = made.map((id) => binding.tensorDataSync(id));
    const size = (arrays: readonly { readonly byteLength: number }[]) =>
      arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const before = size(constants.map((constant) => constant!.values));
    if (size(values) > Math.max(SMALL, GROWTH * before)) return undefined;
    return node.outputs.map((output, index): GraphNode => {
      const constant: Constant = { kind: "fixed", values: values[index]! };
      const name = index === 0 ? node.name : `${node.name}.${index}`;
      const { layer } = node;
      return { op: "Const", attributes: [], inputs: [], outputs: [output], constant, layer, name };
    });
  } finally {
    for (const id of [...ids, ...made]) binding.deleteEagerly(id);
  }
}
