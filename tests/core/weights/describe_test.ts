import assert from "node:assert/strict";
import { describeContent, describeZip } from "../../../core/weights/describe.ts";
import { bytesOf, fixture, little } from "./_build.ts";

/** A length-delimited field of a protocol buffer. */
function field(number: number, ...content: readonly (string | number | Uint8Array)[]): Uint8Array {
  const bytes = bytesOf(...content);
  assert.ok(bytes.length < 128);
  return bytesOf(number * 8 + 2, bytes.length, bytes);
}

Deno.test("describeContent() names models that are programs", () => {
  const node = field(1, field(1, "Const"), field(4, "Const"));
  const cases: [Uint8Array, RegExp][] = [
    [fixture("ncnn/compact.pnnx.onnx"), /^an ONNX model, which is a program/],
    // ir_version 8, producer_name, graph: what torch.onnx.export() begins with.
    [bytesOf(8, 8, field(2, "pytorch"), field(7, "graph")), /^an ONNX model/],
    [bytesOf(8, 7, field(7, "graph")), /^an ONNX model/],
    // saved_model_schema_version 1, a MetaGraphDef that begins with its MetaInfoDef.
    [
      bytesOf(8, 1, field(2, field(1, "\x0a\x01x"))),
      /^a TensorFlow SavedModel, which is a program/,
    ],
    [bytesOf(node, node), /^a TensorFlow graph, which is a program/],
    [bytesOf(little(28, 4), "TFL3", "\0".repeat(8)), /^a TensorFlow Lite model/],
    [bytesOf("\x89HDF\r\n\x1a\n"), /^an HDF5 file \(weights of Keras\)/],
    [bytesOf("GGUF\x03\0\0\0"), /^a GGUF file/],
  ];
  for (const [bytes, message] of cases) assert.match(describeContent(bytes), message);
});

Deno.test("describeContent() does not take other bytes for these", () => {
  for (
    const bytes of [[8], [8, 255, 255, 255, 255, 255, 255, 255], [0x3a, 200, 1], [10, 3, 1, 2, 3]]
  ) {
    assert.match(describeContent(Uint8Array.from(bytes)), /^of an unknown kind/);
  }
});

Deno.test("describeZip() names archives of other programs", () => {
  assert.equal(describeZip(["config.json", "model.weights.h5"]), "a .keras archive");
  assert.equal(describeZip(["x.npy"]), "a numpy .npz archive");
  assert.match(describeZip(["word/document.xml"]), /no data\.pkl/);
});
