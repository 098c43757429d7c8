import assert from "node:assert/strict";
import { loadTarget, targetNames } from "../../../core/export/registry.ts";
import { TARGETS } from "../../../core/export/target.ts";

Deno.test("lists of targets are read, and all stands for all", () => {
  assert.deepEqual(targetNames("onnx, TFLite"), ["onnx", "tflite"]);
  assert.deepEqual(targetNames("all"), TARGETS);
  for (
    const [list, message] of [
      [
        "onxx",
        /"onxx" is no target of exports, did you mean onnx\?; there are savedmodel, .*web and all/,
      ],
      ["", /"" is no target of exports; there are/],
      ["onnx,onnx", /the target onnx is named twice/],
      ["web,all", /the target web is named twice/],
    ] as const
  ) assert.throws(() => targetNames(list), message);
});

Deno.test("every target has a module that says so, with a precision at least", async () => {
  for (const name of TARGETS) {
    const target = await loadTarget(name);
    assert.equal(target.name, name);
    assert.ok(target.title.length > 2 && target.precisions.length > 0);
  }
});
