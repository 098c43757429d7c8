import assert from "node:assert/strict";
import { planTargets } from "../../../core/export/request.ts";
import type { Target } from "../../../core/export/target.ts";

const fake = (target: Partial<Target>) =>
  ({ title: "x", precisions: ["fp32"], options: [], ...target }) as Target;
const frozen = fake({ name: "frozen" });
const onnx = fake({ name: "onnx", precisions: ["fp32", "fp16"], options: ["layout"] });
const ncnn = fake({ name: "ncnn", precisions: ["fp16", "fp32"] });

Deno.test("each target gets what concerns it", () => {
  const plans = planTargets([frozen, onnx, ncnn], { precision: "fp16", layout: "nhwc" });
  assert.deepEqual(plans.map(({ precision, options, notes }) => [precision, options, notes]), [
    ["fp32", { precision: "fp32" }, ["there is no fp16 of it: written in fp32"]],
    ["fp16", { precision: "fp16", layout: "nhwc" }, []],
    ["fp16", { precision: "fp16" }, []],
  ]);
  assert.deepEqual(planTargets([ncnn, onnx], {}).map(({ precision }) => precision), [
    "fp16",
    "fp32",
  ]);
});

Deno.test("what no target takes is refused, with those that do", () => {
  const all = [frozen, onnx, ncnn];
  assert.throws(
    () => planTargets([frozen], { precision: "fp16" }, all),
    /frozen cannot be written in fp16, onnx, ncnn can/,
  );
  assert.throws(
    () => planTargets([frozen, ncnn], { layout: "nchw" }, all),
    /layout has no meaning for frozen, ncnn: it is for onnx/,
  );
  assert.throws(() => planTargets([onnx], { shardBytes: 1 }), /shard_mb has no .* it is for none/);
});
