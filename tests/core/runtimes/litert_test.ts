import assert from "node:assert/strict";
import { join } from "node:path";
import { target } from "../../../core/export/tflite/mod.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { openLiteRt } from "../../../core/runtimes/litert.ts";
import { FLOAT, H, N, Sketch, W } from "../export/_sketch.ts";
import { liteRt, MISSING } from "./_litert.ts";

/** A model that doubles what it is given. */
async function withDoubling(use: (path: string) => Promise<void>): Promise<void> {
  const s = new Sketch(2);
  const output = s.op("Mul", [s.x, s.scalar(2)], [N, H, W, 2], { T: FLOAT });
  const folder = await Deno.makeTempDir();
  try {
    const { model } = await target.write(s.graph(output), folder, {});
    await use(join(folder, model));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: `calls that overlap are computed one after the other, each at its size${MISSING}`,
  ignore: MISSING !== "",
  fn: () =>
    withDoubling(async (path) => {
      await using model = await liteRt().open(path);
      assert.equal(model.inputChannels, 2);
      assert.equal(model.outputChannels, 2);
      const results = await Promise.all([1, 2, 3].map((n) =>
        model.run({
          shape: [n, n + 1, 4 - n, 2],
          data: new Float32Array(n * (n + 1) * (4 - n) * 2).fill(n),
        })
      ));
      for (const [i, { shape, data }] of results.entries()) {
        assert.deepEqual(shape, [i + 1, i + 2, 3 - i, 2]);
        assert.ok(data.length > 0 && data.every((value) => value === 2 * (i + 1)));
      }
    }),
});

Deno.test({
  name: `what is no model, and images of another kind, are errors of the user${MISSING}`,
  ignore: MISSING !== "",
  fn: () =>
    withDoubling(async (path) => {
      const isData = (error: unknown) =>
        error instanceof UserError && error.exitCode === ExitCode.DATA;
      {
        await using model = await liteRt().open(path);
        const images = { shape: [1, 4, 4, 3], data: new Float32Array(48) } as const;
        await assert.rejects(model.run(images), isData);
        const right = { shape: [1, 1, 1, 2], data: Float32Array.of(1, 2) } as const;
        assert.deepEqual([...(await model.run(right)).data], [2, 4]);
      }
      await Deno.writeTextFile(path, "no model");
      await assert.rejects(liteRt().open(path), isData);
      await assert.rejects(liteRt().open(`${path}.missing`), isData);
    }),
});

Deno.test("a library that is none is said to be none", async () => {
  const path = await Deno.makeTempFile();
  const before = Deno.env.get("DENOSR_LITERT");
  Deno.env.set("DENOSR_LITERT", path);
  try {
    await assert.rejects(
      openLiteRt({ fetch: false }),
      (error) =>
        error instanceof UserError && error.exitCode === ExitCode.ENVIRONMENT &&
        error.message.includes("DENOSR_LITERT"),
    );
  } finally {
    if (before === undefined) Deno.env.delete("DENOSR_LITERT");
    else Deno.env.set("DENOSR_LITERT", before);
    await Deno.remove(path);
  }
});
