/**
 * Networks of small options with random weights, recorded.
 *
 * @module
 */
import { type RecordedNetwork, recordNetwork } from "../../../core/export/record.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import type { FoundNetwork } from "../../../core/restore/source.ts";
import { testEngine } from "../engine/_engines.ts";
import { nativeTest } from "../engine/native/_native.ts";
import { smallOptions } from "../../plugins/archs/_nets.ts";

/** Records the arch `name`; the native engine must run. */
export async function recordedArch(name: string): Promise<RecordedNetwork> {
  await loadPlugins();
  const entry = ARCH_REGISTRY.get(name);
  const { type: _, ...rest } = smallOptions(name);
  const options = entry.options!.parse(rest) as Record<string, unknown>;
  const net = buildNetwork(smallOptions(name), 1);
  try {
    return await recordNetwork(
      {
        ...entry.weights!.traits(options),
        type: name,
        options,
        weights: await net.stateDict(),
        parameters: net.numParameters(),
        source: `${name}.safetensors`,
      } as unknown as FoundNetwork,
      { name },
    );
  } finally {
    net.dispose();
  }
}

/** A test during which the native engine runs. */
export function engineTest(
  name: string,
  test: (context: Deno.TestContext) => void | Promise<void>,
): void {
  nativeTest(name, async (_library, context) => {
    const engine = await testEngine();
    try {
      await test(context);
    } finally {
      await engine.dispose();
    }
  });
}
