import assert from "node:assert/strict";
import { join } from "node:path";
import {
  filesOf,
  foreignKindOf,
  modelPath,
  parseForeign,
  refuseForeign,
} from "../../../../core/restore/foreign/spec.ts";
import { resolveModel } from "../../../../core/restore/source.ts";

Deno.test("models of other programs are named by their kind, and by nothing else", () => {
  assert.deepEqual(parseForeign("onnx:a/b.onnx"), {
    kind: "onnx",
    path: "a/b.onnx",
    range: undefined,
  });
  assert.deepEqual(parseForeign("savedmodel:/m#0-255"), {
    kind: "savedmodel",
    path: "/m",
    range: "0-255",
  });
  assert.equal(parseForeign("tfjs:/a#b/model.json")!.path, "/a#b/model.json");
  for (const other of ["a.onnx", "zoo:x", "C:\\a.onnx", "onnx", "Onnx:a"]) {
    assert.equal(parseForeign(other), undefined, other);
  }
  assert.throws(
    () => parseForeign("onnx:"),
    /^UserError: onnx:: a path is missing behind "onnx:"$/,
  );
  assert.throws(
    () => parseForeign("onnx:a#0-2"),
    /behind # must be 0-1, 0-255, -1-1, received 0-2/,
  );
});

Deno.test("a bare path to a model of another program is refused with what to write", async () => {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(root, "sm/2"), { recursive: true });
    await Deno.writeTextFile(join(root, "sm/2/saved_model.pb"), "");
    await Deno.mkdir(join(root, "weights/2"), { recursive: true });
    assert.equal(foreignKindOf(join(root, "sm")), "savedmodel");
    assert.equal(foreignKindOf(join(root, "sm/2")), "savedmodel");
    assert.equal(foreignKindOf(join(root, "weights")), undefined);
    assert.equal(foreignKindOf("x.PB"), "frozen");
    assert.equal(foreignKindOf("x.tflite"), "tflite");
    assert.equal(foreignKindOf("x.safetensors"), undefined);
    const expected = `${root}/sm: this is a model of another program, which is run as it is ` +
      `if you ask for it by its kind: savedmodel:${root}/sm`;
    assert.throws(() => refuseForeign(join(root, "sm")), { message: expected, exitCode: 2 });
    await assert.rejects(resolveModel(join(root, "sm")), { message: expected });
    await assert.rejects(resolveModel("onnx:x.onnx"), /it has no weights for anything else/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("what is read of a model is the folder where it consists of several files", () => {
  assert.equal(modelPath("tfjs", "/a/model.json"), "/a");
  assert.equal(modelPath("tfjs", "/a"), "/a");
  assert.equal(modelPath("savedmodel", "/a/1/saved_model.pb"), "/a/1");
  assert.equal(modelPath("onnx", "/a/b.onnx"), "/a/b.onnx");
  assert.deepEqual(filesOf({ kind: "tfjs", path: "/a" }), ["/a", "/a/model.json"]);
});
