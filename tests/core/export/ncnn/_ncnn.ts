/**
 * What ncnn makes of networks.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { target } from "../../../../core/export/ncnn/mod.ts";
import type { RecordedNetwork } from "../../../../core/export/record.ts";
import type { ExportPrecision } from "../../../../core/export/target.ts";
import { MISSING, ncnnRuntime } from "../../runtimes/_ncnn.ts";
import { difference, images } from "../_archs.ts";
import { engineTest } from "../_recorded.ts";
import { written } from "../_written.ts";

/** Compares what ncnn makes of the model with our own engine, at these sizes `[n, h, w]`. */
export async function compared(
  { graph, forward }: RecordedNetwork,
  precision: ExportPrecision,
  sizes: readonly (readonly [number, number, number])[],
  tolerance: number,
): Promise<void> {
  await written(target, graph, { precision }, async (folder, { model: path }) => {
    await using model = await ncnnRuntime().open(join(folder, path));
    for (const size of sizes) {
      const x = images([...size, graph.inputChannels], 3);
      const worst = difference(await model.run(x), await forward(x));
      assert.ok(worst <= tolerance, `${graph.arch} at ${size.join("x")}: ${worst}`);
    }
  });
}

/** A test that needs ncnn and the native engine. */
export function ncnnTest(name: string, test: () => Promise<void>): void {
  engineTest(name, test, MISSING);
}
