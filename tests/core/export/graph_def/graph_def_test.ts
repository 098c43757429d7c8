import assert from "node:assert/strict";
import { AttrType, DType } from "../../../../core/engine/native/dtypes.ts";
import { fixedSize, type SizeExpression } from "../../../../core/engine/native/size_expressions.ts";
import type { ExportGraph, GraphNode, ValueType } from "../../../../core/export/graph.ts";
import { constNode, encodeGraph, toGraphDef } from "../../../../core/export/graph_def/mod.ts";
import { Fields } from "../../../../core/protobuf/reader.ts";
import { GraphSession } from "../../../../core/engine/native/session.ts";
import { nativeTest } from "../../engine/native/_native.ts";

const symbol = (symbol: number, divisor = 1, up = false) => ({ symbol, divisor, up });
const size = (
  scale: number,
  factors: SizeExpression["factors"],
  offset = 0,
  minus?: number,
): SizeExpression => ({ scale, factors, offset, minus });
const [N, H, W] = [0, 1, 2].map((i) => size(1, [symbol(i)]));
const image: ValueType = { shape: [N!, H!, W!, fixedSize(1)], dtype: "float32" };
const int = (name: string, values: SizeExpression[]): GraphNode => ({
  op: "Const",
  name,
  layer: "",
  attributes: [],
  inputs: [],
  outputs: [{ shape: [fixedSize(values.length)], dtype: "int32" }],
  constant: { kind: "sizes", values },
});

/** A graph of one op that takes images and a constant. */
function graphOf(nodes: GraphNode[]): ExportGraph {
  const all: GraphNode[] = [
    { op: "Placeholder", name: "lq", layer: "", attributes: [], inputs: [], outputs: [image] },
    ...nodes,
  ];
  return {
    name: "it",
    arch: "It",
    options: {},
    source: "it.pth",
    scale: 1,
    inputChannels: 1,
    outputChannels: 1,
    parameters: 0,
    multiple: 1,
    padding: "reflect",
    radius: 0,
    minSize: 1,
    nodes: all,
    input: 0,
    output: { node: all.length - 1, index: 0 },
  };
}

nativeTest("constants that depend on sizes are computed in the graph", async (given) => {
  const sizes = [
    size(8, [symbol(1, 8, true)], 0, 1), // 8·⌈h/8⌉ - h
    size(1, [symbol(2, 3)], 5), // ⌊w/3⌋ + 5
    size(2, [symbol(0), symbol(1), symbol(2)]), // 2·n·h·w
    fixedSize(-7),
    N!,
  ];
  const graph = graphOf([
    int("sizes", sizes),
    {
      op: "Cast",
      name: "sr",
      layer: "",
      attributes: [
        { name: "SrcT", type: AttrType.TYPE, value: DType.INT32 },
        { name: "DstT", type: AttrType.TYPE, value: DType.FLOAT },
      ],
      inputs: [{ node: 1, index: 0 }],
      outputs: [{ shape: [fixedSize(5)], dtype: "float32" }],
    },
  ]);
  const bytes = encodeGraph(toGraphDef(graph, "frozen"), "it.pb").encode();
  await using session = await GraphSession.fromGraphDef(given, bytes);
  for (const [n, h, w] of [[1, 8, 9], [2, 13, 7], [3, 1, 1]] as const) {
    const values = new Float32Array(n * h * w);
    const result = await session.run(
      "lq:0",
      { dtype: DType.FLOAT, shape: [n, h, w, 1], values },
      "sr:0",
    );
    assert.deepEqual(
      [...result.values as Float32Array],
      [8 * Math.ceil(h / 8) - h, Math.floor(w / 3) + 5, 2 * n * h * w, -7, n],
    );
  }
});

nativeTest("fills and ranges are as long as the images say", async (given) => {
  const graph = graphOf([
    {
      op: "Const",
      name: "ones",
      layer: "",
      attributes: [],
      inputs: [],
      outputs: [{ shape: [H!, W!], dtype: "float32" }],
      constant: { kind: "fill", value: 1.5 },
    },
    {
      op: "Const",
      name: "steps",
      layer: "",
      attributes: [],
      inputs: [],
      outputs: [{ shape: [W!], dtype: "float32" }],
      constant: { kind: "range" },
    },
    {
      op: "Mul",
      name: "sr",
      layer: "",
      attributes: [],
      inputs: [{ node: 1, index: 0 }, { node: 2, index: 0 }],
      outputs: [{ shape: [H!, W!], dtype: "float32" }],
    },
  ]);
  const bytes = encodeGraph(toGraphDef(graph, "frozen"), "it.pb").encode();
  await using session = await GraphSession.fromGraphDef(given, bytes);
  const values = new Float32Array(6);
  const result = await session.run(
    "lq:0",
    { dtype: DType.FLOAT, shape: [1, 2, 3, 1], values },
    "sr",
  );
  assert.deepEqual(result.shape, [2, 3]);
  assert.deepEqual([...result.values as Float32Array], [0, 1.5, 3, 0, 1.5, 3]);
});

Deno.test("toGraphDef() adds the types that TensorFlow cannot do without", () => {
  const one: ValueType = { shape: [fixedSize(1)], dtype: "int32" };
  const graph = graphOf([
    {
      op: "Const",
      name: "axis",
      layer: "",
      attributes: [],
      inputs: [],
      outputs: [one],
      constant: { kind: "fixed", values: Int32Array.of(3) },
    },
    {
      op: "Mean",
      name: "sr",
      layer: "",
      attributes: [{ name: "keep_dims", type: AttrType.BOOL, value: true }],
      inputs: [{ node: 0, index: 0 }, { node: 1, index: 0 }],
      outputs: [image],
    },
  ]);
  const { nodes } = toGraphDef(graph, "frozen");
  const mean = nodes.find(({ op }) => op === "Mean")!;
  const byName = Object.fromEntries(
    mean.attributes.map((one) => [one.name, "value" in one ? one.value : one]),
  );
  assert.deepEqual(byName, { keep_dims: true, T: DType.FLOAT, Tidx: DType.INT32 });
});

Deno.test("toGraphDef() refuses ops and variants by name, with arch and layers", () => {
  const node = (op: string): GraphNode => ({
    op,
    name: "sr",
    layer: "body.3",
    attributes: [],
    inputs: [{ node: 0, index: 0 }],
    outputs: [image],
  });
  assert.throws(
    () => toGraphDef(graphOf([node("ReadFile")]), "frozen"),
    /^UserError: it\.pth: It cannot be exported to frozen, which has nothing for:\n {2}ReadFile, used by body\.3$/,
  );
  assert.throws(
    () => toGraphDef(graphOf([node("AvgPool")]), "savedmodel"),
    /AvgPool \(without ksize\), used by body\.3/,
  );
});

Deno.test("encodeGraph() gives the same bytes whatever the order of attributes is", () => {
  const attributes = [
    { name: "alpha", type: AttrType.FLOAT, value: 0.5 },
    { name: "T", type: AttrType.TYPE, value: DType.FLOAT },
  ];
  const encode = (attributes: GraphNode["attributes"]) =>
    encodeGraph({
      nodes: [{ name: "sr", op: "LeakyRelu", inputs: ["lq"], attributes }],
      input: "lq",
      output: "sr",
    }, "it.pb").encode();
  const bytes = encode(attributes);
  assert.deepEqual(bytes, encode(attributes.toReversed()));
  const node = new Fields(bytes, "graph").messages(1, "node")[0]!;
  assert.deepEqual([node.string(1), node.string(2), node.strings(3)], ["sr", "LeakyRelu", ["lq"]]);
  const values = node.entries(5, "attributes");
  assert.deepEqual([...values.keys()], ["T", "alpha"]);
  assert.equal(new Fields(values.get("alpha")!, "alpha").float(4), 0.5);
});

Deno.test("encodeGraph() refuses what no protocol buffer can hold, by its size", () => {
  const values = new Float32Array(2 ** 24);
  const tensor = { dtype: DType.FLOAT, shape: [2 ** 24], values };
  const nodes = Array.from({ length: 33 }, (_, i) => constNode(`w${i}`, tensor)); // the same 64 MiB again and again
  const graph = { nodes, input: "x", output: "w0" };
  assert.throws(() => encodeGraph(graph, "it.pb"), {
    name: "UserError",
    message: "it.pb would have 2.06 GiB, and files of this kind end at 2 GiB: " +
      "the network has too many parameters for it",
  });
});
