import assert from "node:assert/strict";
import { join } from "node:path";
import { AttrType, DType } from "../../../core/engine/native/dtypes.ts";
import {
  constNode,
  type DefNode,
  encodeGraph,
  typeAttribute,
} from "../../../core/export/graph_def/mod.ts";
import { Message } from "../../../core/protobuf/writer.ts";
import { readFrozen, readSavedModel } from "../../../core/runtimes/tensorflow_files.ts";
import { modelFile, tensorflow } from "../../../core/runtimes/tensorflow.ts";
import { nativeTest } from "../engine/native/_native.ts";

const FLOAT = typeAttribute("T", DType.FLOAT);
const input = (shape: number[], dtype: number = DType.FLOAT): DefNode => ({
  name: "x",
  op: "Placeholder",
  inputs: [],
  attributes: [typeAttribute("dtype", dtype), {
    name: "shape",
    type: AttrType.SHAPE,
    value: shape,
  }],
});
const node = (
  op: string,
  name: string,
  inputs: string[],
  attributes: DefNode["attributes"] = [],
) => ({
  op,
  name,
  inputs,
  attributes,
});
const encode = (nodes: DefNode[]) =>
  encodeGraph({ nodes, input: "x", output: "y" }, "it.pb").encode();
const any = [-1, -1, -1, -1];

async function inFile(bytes: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".pb" });
  try {
    await Deno.writeFile(path, bytes);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

nativeTest("TensorFlow runs frozen graphs of others, channels first or last", async () => {
  const runtime = await tensorflow();
  assert.match(runtime.version, /^2\./);
  const double = constNode("two", { dtype: DType.FLOAT, shape: [], values: Float32Array.of(2) });
  for (const shape of [[-1, -1, -1, 3], [1, 3, -1, -1]]) {
    const bytes = encode([input(shape), double, node("Mul", "y", ["x", "two"], [FLOAT])]);
    await inFile(bytes, async (path) => {
      await using model = await runtime.open(path);
      assert.equal(model.inputChannels, 3);
      assert.equal(model.maxBatch, shape[0] === 1 ? 1 : undefined);
      const data = Float32Array.from({ length: 12 }, (_, i) => i);
      const made = await model.run({ shape: [1, 2, 2, 3], data });
      assert.deepEqual(made, { shape: [1, 2, 2, 3], data: data.map((value) => 2 * value) });
      await assert.rejects(
        model.run({ shape: [1, 2, 2, 1], data: new Float32Array(4) }),
        /it takes images \[.*3\] \(number, height, width, channels\), not \[1, 2, 2, 1\]/,
      );
    });
  }
});

nativeTest("TensorFlow gets whole numbers and halves where the graph wants them", async () => {
  const runtime = await tensorflow();
  const data = Float32Array.of(-3, 1.4, 1.6, 300);
  const cases: [number, number[]][] = [
    [DType.UINT8, [0, 1, 2, 255]],
    [DType.INT32, [-3, 1, 2, 300]],
    [DType.HALF, [-3, 1.400390625, 1.599609375, 300]],
  ];
  for (const [dtype, expected] of cases) {
    const attributes = [typeAttribute("T", dtype)];
    const bytes = encode([input([1, 2, 2, 1], dtype), node("Identity", "y", ["x"], attributes)]);
    await inFile(bytes, async (path) => {
      await using model = await runtime.open(path);
      assert.deepEqual(model.fixedSize, [2, 2]);
      assert.deepEqual([...(await model.run({ shape: [1, 2, 2, 1], data })).data], expected);
    });
  }
});

Deno.test("graphs are refused whose output needs ops that could reach files", () => {
  const name = constNode("name", { dtype: DType.FLOAT, shape: [], values: Float32Array.of(0) });
  const harmless = node("Relu", "y", ["x"], [FLOAT]);
  assert.equal(readFrozen(encode([input(any), harmless])).output.name, "y:0");
  for (const op of ["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "PrintV2", "LoadLibrary"]) {
    const graph = [
      input(any),
      name,
      node(op, "z", ["name"]),
      node("AddN", "y", ["x", "z"], [FLOAT]),
    ];
    assert.throws(() => readFrozen(encode(graph)), {
      message:
        `it has the op ${op} (node z), which is not run here: only ops that compute numbers are, ` +
        "none that could reach files, networks or other programs",
    });
    const behind = [
      input(any),
      name,
      node(op, "z", ["name"]),
      node("Relu", "y", ["x", "^z"], [FLOAT]),
    ];
    assert.throws(() => readFrozen(encode(behind)), new RegExp(`the op ${op}`));
  }
});

/** A SavedModel of one function, whose only op is `op`. */
function savedModel(op: string, extra: (graph: Message) => void = () => {}): Uint8Array {
  const entry = (key: string, value: Message) => new Message().bytes(1, key).bytes(2, value);
  const body = new Message().bytes(1, "r").bytes(2, op).bytes(3, "a");
  const library = new Message().bytes(
    1,
    new Message().bytes(1, new Message().bytes(1, "f")).bytes(3, body),
  );
  const call = new Message().bytes(1, "y").bytes(2, "PartitionedCall").bytes(3, "x")
    .bytes(5, entry("f", new Message().bytes(10, new Message().bytes(1, "f"))));
  const graph = new Message().bytes(1, new Message().bytes(1, "x").bytes(2, "Placeholder"))
    .bytes(1, call).bytes(2, library);
  const port = (name: string) =>
    new Message().bytes(1, name).int(2, DType.FLOAT).bytes(
      3,
      new Message().int(3, 1), // of unknown rank
    );
  const signature = new Message().bytes(1, entry("x", port("x:0"))).bytes(
    2,
    entry("y", port("y:0")),
  );
  const meta = new Message().bytes(1, new Message().bytes(4, "serve")).bytes(2, graph)
    .bytes(5, entry("serving_default", signature));
  extra(meta);
  return new Message().int(1, 1).bytes(2, meta).encode();
}

Deno.test("the functions that a SavedModel calls, and what it runs at the start, are looked at", () => {
  assert.deepEqual(readSavedModel(savedModel("Relu")).tags, ["serve"]);
  assert.throws(() => readSavedModel(savedModel("WriteFile")), /the op WriteFile \(node r\)/);
  const initialising = savedModel("Relu", (meta) => {
    const nodes = new Message().bytes(1, new Message().bytes(1, "missing"));
    meta.bytes(4, new Message().bytes(1, "saved_model_main_op").bytes(2, nodes));
  });
  assert.throws(() => readSavedModel(initialising), /the graph has no node missing/);
  const restoring = savedModel("AssignVariableOp");
  assert.throws(() => readSavedModel(restoring), /the op AssignVariableOp/);
});

Deno.test("what TensorFlow would read otherwise is read as TensorFlow reads it, or refused", () => {
  const nodes = new Message().bytes(1, new Message().bytes(1, "missing"));
  const hidden: [string, (meta: Message) => void][] = [
    ["a collection in two parts", (meta) =>
      meta.bytes(
        4,
        new Message().bytes(1, "saved_model_main_op").bytes(2, nodes).bytes(2, new Message()),
      )],
    [
      "a saver in two parts",
      (meta) => meta.bytes(3, new Message().bytes(3, "missing")).bytes(3, new Message().int(4, 1)),
    ],
  ];
  for (const [what, extra] of hidden) {
    assert.throws(() => readSavedModel(savedModel("Relu", extra)), /no node missing/, what);
  }
  const twice = savedModel("Relu", (meta) => {
    const call = new Message().bytes(1, "y").bytes(2, "Relu").bytes(3, "x");
    meta.bytes(2, new Message().bytes(1, call));
  });
  assert.throws(() => readSavedModel(twice), /there are two nodes y/);
  const standIn = savedModel("Relu", (meta) => {
    const body = new Message().bytes(1, "r").bytes(2, "ReadFile");
    const other = new Message().bytes(1, new Message().bytes(1, "g")).bytes(3, body)
      .bytes(5, new Message().bytes(1, "api_implements").bytes(2, new Message().bytes(2, "f")));
    meta.bytes(2, new Message().bytes(2, new Message().bytes(1, other)));
  });
  assert.throws(() => readSavedModel(standIn), /the op ReadFile/);
  // TensorFlow compares sets of tags, and takes the first graph that fits.
  const tagged = savedModel("WriteFile", (meta) => meta.bytes(1, new Message().bytes(4, "serve")));
  const both = new Uint8Array([...tagged, ...savedModel("Relu")]);
  assert.throws(() => readSavedModel(both), /the op WriteFile/);
});

Deno.test("damaged and unfit files are refused with what is wrong", async () => {
  const whole = savedModel("Relu");
  assert.throws(() => readSavedModel(whole.subarray(0, 40)), /cut off/);
  assert.throws(() => readSavedModel(new Uint8Array(0)), /no graph with the tag "serve"/);
  assert.throws(() => readFrozen(new Uint8Array(0)), /needs one placeholder, it has none/);
  const two = [
    input(any),
    node("Relu", "y", ["x"], [FLOAT]),
    node("Neg", "z", ["x"], [FLOAT]),
  ];
  assert.throws(() => readFrozen(encode(two)), /needs one output, it has y, z/);
  await assert.rejects(modelFile("tests/core"), /a SavedModel is a folder with saved_model\.pb/);
});

Deno.test("of several versions of a SavedModel the highest is taken", async () => {
  const root = await Deno.makeTempDir();
  try {
    for (const version of ["2", "10", "old"]) {
      await Deno.mkdir(join(root, version));
      await Deno.writeTextFile(join(root, version, "saved_model.pb"), "");
    }
    assert.equal(await modelFile(root), join(root, "10/saved_model.pb"));
    assert.equal(await modelFile(join(root, "2")), join(root, "2/saved_model.pb"));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
