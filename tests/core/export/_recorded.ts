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
import * as reference from "../nn/_reference.ts";
import { nativeTest } from "../engine/native/_native.ts";
import { smallOptions } from "../../plugins/archs/_nets.ts";

/**
 * Records the arch `name`, with weights that leave out nothing: what would begin as zero or one is changed a little. The native
 * engine must run.
 *
 * @param others Options other than those of small networks.
 */
export async function recordedArch(
  name: string,
  others: Readonly<Record<string, unknown>> = {},
): Promise<RecordedNetwork> {
  await loadPlugins();
  const entry = ARCH_REGISTRY.get(name);
  const { type, ...rest } = { ...smallOptions(name), ...others };
  const options = entry.options!.parse(rest) as Record<string, unknown>;
  const net = buildNetwork({ type, ...rest }, 1);
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

/** A test during which the native engine runs; it is skipped if something else is `missing`, which stands behind its name. */
export function engineTest(
  name: string,
  test: (context: Deno.TestContext) => void | Promise<void>,
  missing = "",
): void {
  if (missing !== "") {
    Deno.test({ name: name + missing, ignore: true, fn: test });
    return;
  }
  nativeTest(name, async (_library, context) => {
    const engine = await testEngine();
    try {
      await test(context);
    } finally {
      await engine.dispose();
    }
  });
}
