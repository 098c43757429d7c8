/** Tests of what is computed before an export. */
import assert from "node:assert/strict";
import {
  type Constant,
  type ExportGraph,
  type GraphNode,
  SYMBOLS,
} from "../../../core/export/graph.ts";
import { fold, pruned } from "../../../core/export/fold.ts";
import { fixed } from "../../../core/export/rewrite.ts";
import { nodeBackend } from "../../../core/engine/native/node_backend.ts";
import { AttrType, DType } from "../../../core/engine/native/dtypes.ts";
import type { SizeExpression } from "../../../core/engine/native/size_expressions.ts";
import { engineTest } from "./_recorded.ts";

const T = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };
const IMAGE: readonly SizeExpression[] = [
  ...SYMBOLS.map((_, symbol) => ({
    scale: 1,
    factors: [{ symbol, divisor: 1, up: false }],
    offset: 0,
  })),
  fixed(2),
];

/** A node; inputs are positions. */
function node(
  op: string,
  inputs: readonly number[],
  shape: readonly SizeExpression[],
  constant?: Constant,
  attributes: GraphNode["attributes"] = [],
): GraphNode {
  return {
    op,
    attributes,
    inputs: inputs.map((at) => ({ node: at, index: 0 })),
    outputs: [{ shape, dtype: "float32" }],
    constant,
    layer: "",
    name: `${op}.${inputs.join("_")}${shape.length}${constant ? "c" : ""}`,
  };
}

const row = (...values: number[]) =>
  node("Const", [], [fixed(values.length)], { kind: "fixed", values: Float32Array.from(values) });

function graphOf(...nodes: GraphNode[]): ExportGraph {
  return {
    name: "net",
    arch: "Net",
    options: {},
    source: "net.pth",
    scale: 1,
    inputChannels: 2,
    outputChannels: 2,
    parameters: 0,
    multiple: 1,
    padding: "reflect",
    radius: 0,
    minSize: 1,
    nodes,
    input: 0,
    output: { node: nodes.length - 1, index: 0 },
  };
}

engineTest("what depends on constants alone is computed", () => {
  const graph = graphOf(
    node("Placeholder", [], IMAGE),
    row(1, 2),
    row(10, 20),
    node("AddV2", [1, 2], [fixed(2)], undefined, [T]),
    node("Mul", [0, 3], IMAGE, undefined, [T]),
  );
  const { nodes, output, input } = fold(nodeBackend()!, graph);
  assert.deepEqual(nodes.map(({ op }) => op), ["Placeholder", "Const", "Mul"]);
  assert.deepEqual(nodes[1]!.constant, { kind: "fixed", values: Float32Array.of(11, 22) });
  assert.deepEqual([input, output], [0, { node: 2, index: 0 }]);
  assert.equal(nodes[2]!.name, "sr");
});

engineTest("what changes nothing is passed by", () => {
  const graph = graphOf(
    node("Placeholder", [], IMAGE),
    node("Identity", [0], IMAGE, undefined, [T]),
    node("Reshape", [1, 3], IMAGE, undefined, [T]),
    node("Relu", [2], IMAGE, undefined, [T]),
  );
  const { nodes } = fold(nodeBackend()!, {
    ...graph,
    nodes: graph.nodes.with(2, { ...graph.nodes[2]!, inputs: [{ node: 1, index: 0 }] }),
  });
  assert.deepEqual(nodes.map(({ op }) => op), ["Placeholder", "Relu"]);
});

engineTest("constants do not grow without bounds", () => {
  const big = 1 << 17;
  const graph = graphOf(
    node("Placeholder", [], IMAGE),
    node("Const", [], [fixed(1)], { kind: "fixed", values: Int32Array.of(big) }),
    node("Const", [], [], { kind: "fixed", values: Float32Array.of(3) }),
    node("Fill", [1, 2], [fixed(big)], undefined, [
      T,
      { name: "index_type", type: AttrType.TYPE, value: DType.INT32 },
    ]),
  );
  const dims = { ...graph.nodes[1]!, outputs: [{ shape: [fixed(1)], dtype: "int32" as const }] };
  const { nodes } = fold(nodeBackend()!, { ...graph, nodes: graph.nodes.with(1, dims) });
  assert.ok(nodes.some(({ op }) => op === "Fill"));
});

Deno.test("nodes that the output does not need are left out, the input stays", () => {
  const graph = graphOf(
    node("Placeholder", [], IMAGE),
    row(1, 2),
    node("Neg", [0], IMAGE),
    row(3, 4),
    node("Exp", [3], [fixed(2)]),
  );
  const { nodes, input, output } = pruned(graph);
  assert.deepEqual(nodes.map(({ op }) => op), ["Placeholder", "Const", "Exp"]);
  assert.deepEqual([input, output.node], [0, 2]);
  assert.deepEqual(nodes[2]!.inputs, [{ node: 1, index: 0 }]);
});
