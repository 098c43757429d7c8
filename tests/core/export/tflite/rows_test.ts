import assert from "node:assert/strict";
import { join } from "node:path";
import { target } from "../../../../core/export/tflite/mod.ts";
import type { ExportGraph } from "../../../../core/export/graph.ts";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import type { ImageTensor } from "../../../../core/runtimes/types.ts";
import { liteRt, MISSING } from "../../runtimes/_litert.ts";
import { interpret } from "../_interpret.ts";
import { engineTest } from "../_recorded.ts";
import { N, Sketch } from "../onnx/_sketch.ts";
import { CASES } from "./_cases.ts";

/** Even, odd, and several images. */
const SIZES = [[1, 8, 12], [2, 7, 13], [3, 5, 6]] as const;

function images(n: number, h: number, w: number, c: number): ImageTensor {
  const data = Float32Array.from({ length: n * h * w * c }, (_, i) => Math.sin(i * 12.9898) * 2);
  return { shape: [n, h, w, c], data };
}

async function compare(graph: ExportGraph): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const { model: file } = await target.write(graph, folder, {});
    await using model = await liteRt().open(join(folder, file));
    for (const [n, h, w] of SIZES) {
      const x = images(n, h, w, graph.inputChannels);
      const expected = interpret(graph, x), got = await model.run(x);
      assert.deepEqual(got.shape, expected.shape);
      for (const [i, value] of got.data.entries()) {
        const wanted = expected.data[i]!;
        const most = 2e-5 * Math.max(1, Math.abs(wanted));
        assert.ok(
          Math.abs(value - wanted) <= most,
          `[${n},${h},${w}] ${i}: ${value}, not ${wanted}`,
        );
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

engineTest(`each op computes in LiteRT what it does in TensorFlow${MISSING}`, async (test) => {
  if (MISSING) return;
  for (const [name, graph] of Object.entries(CASES)) {
    await test.step(name, () => compare(graph));
  }
});

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
