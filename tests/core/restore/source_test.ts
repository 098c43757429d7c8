import assert from "node:assert/strict";
import { join } from "node:path";
import { withInitSeed } from "../../../core/nn/init.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { findNetwork, resolveModel, sourceName } from "../../../core/restore/source.ts";
import { writeSafetensors } from "../../../core/weights/safetensors.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { testEngine } from "../engine/_engines.ts";

await loadPlugins([], ["arch"]);

async function weights(seed: number): Promise<StateDict> {
  const engine = await testEngine();
  try {
    const { value: Arch } = ARCH_REGISTRY.get("SRVGGNetCompact", "type");
    const net = withInitSeed(seed, () => new Arch({ num_feat: 8, num_conv: 1, upscale: 2 }));
    const dict = await net.stateDict();
    net.dispose();
    return dict;
  } finally {
    await engine.dispose();
  }
}

const under = (
  prefix: string,
  dict: StateDict,
): [string, NonNullable<ReturnType<StateDict["get"]>>][] =>
  [...dict].map(([name, tensor]) => [`${prefix}.${name}`, tensor]);

Deno.test("findNetwork() takes the moving average of a file that has it, or the set that is asked for", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [plain, average] = [await weights(1), await weights(2)];
    const path = join(folder, "both.safetensors");
    const both = new Map([...under("params", plain), ...under("params_ema", average)]);
    await Deno.writeFile(path, writeSafetensors(both));
    const said: string[] = [];
    const say = (line: string) => said.push(line);
    const first = (found: { weights: StateDict }) => [...found.weights.values()][0]!.data;
    assert.deepEqual(first(await findNetwork(path, { say })), [...average.values()][0]!.data);
    const asked = await findNetwork(path, { say, paramKey: "params" });
    assert.deepEqual(first(asked), [...plain.values()][0]!.data);
    assert.deepEqual(said, []);
    const source = { first: path, second: path, share: 0.25 };
    const found = await findNetwork(source, { say });
    assert.equal(found.source, `${path}:${path}:0.25`);
    assert.equal(sourceName(source), found.source);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("resolveModel() takes files first, then names of the zoo, and tells what is neither", async () => {
  assert.equal(await resolveModel("mod.ts"), "mod.ts");
  assert.match(await resolveModel("RealESR-animevideov3"), /realesr-animevideov3\.safetensors$/);
  assert.equal(await resolveModel("there/is/none.pth"), "there/is/none.pth");
  assert.match(await resolveModel(new URL("file:///data/a%20b.pth")), /a b\.pth$/);
  await assert.rejects(resolveModel("animevideo-v17"), /neither a file nor a model of the zoo/);
  await assert.rejects(resolveModel("zoo:animevideo-v17"), /the zoo has no model/);
  await assert.rejects(resolveModel(""), /the model has no name/);
});
