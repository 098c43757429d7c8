/**
 * Networks for tests of the ncnn target, and what ncnn makes of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { ExportGraph } from "../../../../core/export/graph.ts";
import { target } from "../../../../core/export/ncnn/mod.ts";
import { type RecordedNetwork, recordNetwork } from "../../../../core/export/record.ts";
import type { ExportPrecision, Written } from "../../../../core/export/target.ts";
import { buildNetwork } from "../../../../core/nn/mod.ts";
import { loadPlugins } from "../../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../../core/registry.ts";
import type { FoundNetwork } from "../../../../core/restore/source.ts";
import * as reference from "../../nn/_reference.ts";
import { HAS_NCNN, MISSING, ncnnRuntime } from "../../runtimes/_ncnn.ts";
import { smallOptions } from "../../../plugins/archs/_nets.ts";
import { difference, images } from "../_archs.ts";
import { engineTest } from "../_recorded.ts";

/** Records the arch `name`, with weights that leave out nothing: what would begin as zero or one is changed a little. */
export async function recordedLively(name: string, more: object = {}): Promise<RecordedNetwork> {
  await loadPlugins();
  const entry = ARCH_REGISTRY.get(name);
  const { type: _, ...rest } = smallOptions(name);
  const options = entry.options!.parse({ ...rest, ...more }) as Record<string, unknown>;
  const net = buildNetwork({ ...smallOptions(name), ...more }, 1);
  try {
    const weights = new Map(await net.stateDict());
    for (const [i, [key, tensor]] of [...weights].entries()) {
      const { data, shape } = tensor;
      if (!(data instanceof Float32Array) || data.some((value) => value !== data[0])) continue;
      const random = reference.random(shape, i);
      weights.set(key, { ...tensor, data: data.map((one, k) => one + random.data[k]! / 5) });
    }
    const found = {
      ...entry.weights!.traits(options),
      type: name,
      options,
      weights,
      parameters: net.numParameters(),
      source: `${name}.safetensors`,
    };
    return await recordNetwork(found as unknown as FoundNetwork, { name });
  } finally {
    net.dispose();
  }
}

/** Writes the model into a folder of its own, for `use`. */
export async function written<T>(
  graph: ExportGraph,
  precision: ExportPrecision,
  use: (folder: string, written: Written) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await use(folder, await target.write(graph, folder, { precision }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Compares what ncnn makes of the model with our own engine, at these sizes `[n, h, w]`. */
export async function compared(
  { graph, forward }: RecordedNetwork,
  precision: ExportPrecision,
  sizes: readonly (readonly [number, number, number])[],
  tolerance: number,
): Promise<void> {
  await written(graph, precision, async (folder, { model: path }) => {
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
  if (HAS_NCNN) engineTest(name, test);
  else Deno.test({ name: name + MISSING, ignore: true, fn: test });
}
