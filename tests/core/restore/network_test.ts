import assert from "node:assert/strict";
import { startEngine } from "../../../core/engine/start.ts";
import { tf } from "../../../core/engine/tf.ts";
import { UserError } from "../../../core/errors.ts";
import { withInitSeed } from "../../../core/nn/init.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { Network } from "../../../core/restore/network.ts";
import type { FoundNetwork } from "../../../core/restore/source.ts";
import { EMULATE } from "../../../core/engine/native/precisions.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { availableEngines, testEngine } from "../engine/_engines.ts";
import { picture } from "./_fakes.ts";

const native = (await availableEngines()).some(({ name, missing }) =>
  name === "native" && !missing
);
await loadPlugins();

/** A small SRVGGNetCompact whose features are multiplied by `factor`, and what it makes of them divided by it. */
async function small(factor: number): Promise<FoundNetwork> {
  const { value: Arch } = ARCH_REGISTRY.get("SRVGGNetCompact", "type");
  const options = { num_in_ch: 3, num_out_ch: 3, num_feat: 16, num_conv: 1, upscale: 2 };
  const net = withInitSeed(3, () => new Arch({ ...options, act_type: "prelu" }));
  const weights = await net.stateDict();
  net.dispose();
  const factors = [["body.0.weight", factor], ["body.0.bias", factor], [
    "body.2.bias",
    factor,
  ]] as const;
  for (const [name, by] of [...factors, ["body.4.weight", 1 / factor] as const]) {
    const tensor = weights.get(name)!;
    const data = Float32Array.from(tensor.data as Float32Array, (v) => v * by);
    weights.set(name, { ...tensor, data });
  }
  return { ...detectNetwork(weights), source: "small.pth" };
}

const input = { width: 8, height: 6, data: picture(8, 6, 3).data };

Deno.test({
  name: `run() computes again in fp32 what overflows in fp16, and says so once${
    native ? "" : " (skipped: no libtensorflow)"
  }`,
  ignore: !native,
  async fn() {
    Deno.env.set(EMULATE, "1");
    const engine = await startEngine({ engine: "native" });
    try {
      using exact = new Network(await small(1), "fp32");
      using low = new Network(await small(1e6), "fp16");
      const said: string[] = [];
      const expected = await exact.run(input);
      for (let i = 0; i < 2; i++) {
        const made = await low.run(input, { say: (line) => said.push(line) });
        expected.forEach((value, k) => assert.ok(Math.abs(value - made[k]!) < 1e-4));
      }
      assert.deepEqual(said, [
        "SRVGGNetCompact overflows in fp16: such tiles are computed again in fp32",
      ]);
    } finally {
      await engine.dispose();
      Deno.env.delete(EMULATE);
    }
  },
});

Deno.test("run() refuses results that are not finite, and says whether weights or picture are broken", async () => {
  const engine = await testEngine();
  try {
    const before = tf.memory().numTensors;
    {
      using broken = new Network(await small(Infinity), "fp32");
      await assert.rejects(broken.run(input), (error: UserError) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /^small\.pth: the network gives numbers that are not finite/);
        return true;
      });
      using whole = new Network(await small(1), "fp32");
      const data = input.data.slice();
      data[5] = NaN;
      await assert.rejects(whole.run({ ...input, data }), /the picture holds numbers/);
      assert.equal(whole.busy, false);
    }
    assert.equal(tf.memory().numTensors, before);
  } finally {
    await engine.dispose();
  }
});

Deno.test("run() stops calls that wait, and idle() waits for the one under way", async () => {
  const engine = await testEngine();
  try {
    using network = new Network(await small(1), "fp32");
    const stop = new AbortController();
    const first = network.run(input), second = network.run(input, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(second, /enough/);
    assert.equal((await first).length, 16 * 12 * 3);
    await network.idle();
    assert.equal(network.busy, false);
  } finally {
    await engine.dispose();
  }
});
