import assert from "node:assert/strict";
import { fuse } from "../../../../core/export/tfjs/fuse.ts";
import type { NodeJson } from "../../../../core/export/tfjs/node_json.ts";

const node = (name: string, op: string, ...input: string[]): NodeJson => ({
  name,
  op,
  input,
  attr: op === "LeakyRelu" ? { alpha: { f: 0.3 } } : {},
});

const start = [node("lq", "Placeholder"), node("k", "Const"), node("b", "Const")];

Deno.test("a convolution with bias and activation becomes one op with the last one's name", () => {
  const nodes = fuse([
    ...start,
    node("conv", "Conv2D", "lq", "k"),
    node("bias", "BiasAdd", "conv", "b"),
    node("sr", "LeakyRelu", "bias"),
  ], "sr");
  assert.deepEqual(nodes.slice(3), [{
    name: "sr",
    op: "_FusedConv2D",
    input: ["lq", "k", "b"],
    attr: {
      fused_ops: { list: { s: [btoa("BiasAdd"), btoa("LeakyRelu")] } },
      num_args: { i: "1" },
      leakyrelu_alpha: { f: 0.3 },
    },
  }]);
});

Deno.test("what is used twice, or is the output, stays on its own", () => {
  const twice = fuse([
    ...start,
    node("conv", "Conv2D", "lq", "k"),
    node("bias", "BiasAdd", "conv", "b"),
    node("relu", "Relu", "bias"),
    node("sr", "Add", "relu", "bias"),
  ], "sr");
  assert.deepEqual(twice.map(({ op }) => op).slice(3), ["_FusedConv2D", "Relu", "Add"]);
  const output = fuse([
    ...start,
    node("sr", "Conv2D", "lq", "k"),
    node("bias", "BiasAdd", "sr", "b"),
  ], "sr");
  assert.deepEqual(output.map(({ name }) => name), ["lq", "k", "sr"]);
});

Deno.test("a second activation, and LeakyRelu behind a convolution by channel, stay on their own", () => {
  const after = (conv: string, ...ops: string[]) => {
    const rest = ops.map((op, i) =>
      node(i === ops.length - 1 ? "sr" : `a${i}`, op, i === 0 ? "bias" : `a${i - 1}`)
    );
    const nodes = [...start, node("conv", conv, "lq", "k"), node("bias", "BiasAdd", "conv", "b")];
    return fuse([...nodes, ...rest], "sr").map(({ op }) => op).slice(3);
  };
  assert.deepEqual(after("Conv2D", "Relu", "Relu"), ["_FusedConv2D", "Relu"]);
  const byChannel = "DepthwiseConv2dNative";
  assert.deepEqual(after(byChannel, "Relu6"), ["FusedDepthwiseConv2dNative"]);
  assert.deepEqual(after(byChannel, "LeakyRelu"), ["FusedDepthwiseConv2dNative", "LeakyRelu"]);
});
