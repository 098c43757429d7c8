import assert from "node:assert/strict";
import { target } from "../../../../core/export/tflite/mod.ts";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import { liteRt, MISSING } from "../../runtimes/_litert.ts";
import { engineTest } from "../_recorded.ts";
import { N, Sketch } from "../_sketch.ts";
import { compareSketch } from "../_written.ts";
import { CASES } from "./_cases.ts";

engineTest("each op computes in LiteRT what it does in TensorFlow", async (test) => {
  for (const [name, graph] of Object.entries(CASES)) {
    const how = { target, runtime: liteRt(), tolerance: 2e-5 };
    await test.step(name, () => compareSketch(graph, how));
  }
}, MISSING);

Deno.test("what no builtin operator computes is refused by op, arch and layer", async () => {
  const s = new Sketch(3);
  const strange = s.graph(s.op("FFT2D", [s.x], [N, 4, 4, 3]));
  await assert.rejects(
    target.write(strange, "/nowhere", {}),
    (error) =>
      error instanceof UserError && error.exitCode === ExitCode.DATA &&
      /Sketch.*TensorFlow Lite[^]*FFT2D, used by body\.0/.test(error.message),
  );
  const t = new Sketch(3);
  const deep = t.op("Transpose", [t.x, t.fixed([0, 1, 2, 3, 4, 5, 6])], [N, 1, 1, 1, 1, 1, 3]);
  await assert.rejects(
    target.write(t.graph(deep), "/nowhere", {}),
    /Transpose \(an order of 7 axes\), used by body\.0/,
  );
});
