import assert from "node:assert/strict";
import { grantsFor } from "../../../core/cli/grants.ts";
import { companionsOf } from "../../../core/weights/companions.ts";

Deno.test("companionsOf() names the other half of an ncnn model and the folder of shards", () => {
  assert.deepEqual(companionsOf("a/x4.ncnn.param"), ["a/x4.ncnn.bin"]);
  assert.deepEqual(companionsOf("a/x4.BIN"), ["a/x4.param"]);
  assert.deepEqual(companionsOf("a/model.json"), ["a"]);
  assert.deepEqual(companionsOf("a/net.pth"), []);
});

Deno.test("a run that names an ncnn model may read both of its files", () => {
  const path = { pretrain_network_g: "/data/x4.param" };
  const { read } = grantsFor({ path }, ["opt.yml"], [], undefined);
  assert.ok(read.includes("/data/x4.param") && read.includes("/data/x4.bin"));
});
