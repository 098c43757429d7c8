/**
 * Convolutions with their bias and activation in one op, which TensorFlow.js computes in one pass over memory.
 *
 * @module
 */
import { AttrType } from "../../engine/native/dtypes.ts";
import { attributesJson, type NodeJson } from "./node_json.ts";

/** Fused ops by what they begin with. */
const FUSED: Readonly<Record<string, string>> = {
  Conv2D: "_FusedConv2D",
  DepthwiseConv2dNative: "FusedDepthwiseConv2dNative",
};

/** Activations that fused ops have. */
const ACTIVATIONS = new Set(["Relu", "Relu6", "Elu", "Sigmoid", "LeakyRelu", "Prelu"]);

/** The nodes with fused ops, without those that `output` does not depend on. */
export function fuse(nodes: readonly NodeJson[], output: string): NodeJson[] {
  const users = new Map<string, number>();
  for (const { input = [] } of nodes) {
    for (const name of input) users.set(name, (users.get(name) ?? 0) + 1);
  }
  const isAlone = (name: string) => users.get(name) === 1 && name !== output;
  const known = new Map<string, NodeJson>();
  for (const node of nodes) {
    const [x, ...others] = node.input ?? [];
    const before = x !== undefined && isAlone(x) ? known.get(x) : undefined;
    known.set(node.name, (before && together(before, node, others)) ?? node);
  }
  return live(nodes.map(({ name }) => known.get(name)!), output);
}

/** Both nodes as one, with the name of the second; undefined if there is no such op. */
function together(
  first: NodeJson,
  second: NodeJson,
  others: readonly string[],
): NodeJson | undefined {
  const input = [...first.input ?? [], ...others];
  const fused = FUSED[first.op];
  if (fused !== undefined) {
    if (second.op !== "BiasAdd") return undefined;
    return { name: second.name, op: fused, input, attr: withOps(first, ["BiasAdd"], 1) };
  }
  if (fusedOps(first) !== 1 || !ACTIVATIONS.has(second.op)) return undefined;
  // Its executor reads no slope there.
  if (second.op === "LeakyRelu" && first.op === FUSED.DepthwiseConv2dNative) return undefined;
  const attr = withOps(first, ["BiasAdd", second.op], 1 + others.length);
  const { alpha } = second.attr;
  return {
    name: second.name,
    op: first.op,
    input,
    attr: alpha === undefined ? attr : { ...attr, leakyrelu_alpha: alpha },
  };
}

/** How much a fused op does behind its convolution; 0 for other ops. */
function fusedOps({ attr }: NodeJson): number {
  const list = attr.fused_ops?.list as { readonly s: readonly string[] } | undefined;
  return list?.s.length ?? 0;
}

function withOps(
  { attr }: NodeJson,
  ops: readonly string[],
  args: number,
): NodeJson["attr"] {
  return {
    ...attr,
    ...attributesJson([
      { name: "fused_ops", type: AttrType.STRING, value: ops },
      { name: "num_args", type: AttrType.INT, value: args },
    ]),
  };
}

function live(nodes: readonly NodeJson[], output: string): NodeJson[] {
  const wanted = new Set([output]);
  const kept: NodeJson[] = [];
  for (const node of nodes.toReversed()) {
    if (!wanted.has(node.name) && node.op !== "Placeholder") continue;
    for (const name of node.input ?? []) wanted.add(name.split(":")[0]!);
    kept.push(node);
  }
  return kept.reverse();
}
