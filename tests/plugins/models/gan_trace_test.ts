import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import type { Module } from "../../../core/nn/mod.ts";
import type { RunOptions, TypedOptions } from "../../../core/options/types.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { MODEL_REGISTRY } from "../../../core/registry.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { runOptions, TRAIN } from "./_run.ts";
import { waveBatch, waveWeights } from "./_waves.ts";

interface Trace {
  readonly options: {
    readonly model_type: string;
    readonly network_g: TypedOptions;
    readonly network_d: TypedOptions;
    readonly train: Record<string, unknown>;
    readonly top: Record<string, unknown>;
    readonly size: number;
    readonly iters: number;
  };
  readonly losses: readonly Record<string, number>[];
  readonly net_g: Record<string, [sum: number, squares: number]>;
  readonly net_g_ema: Trace["net_g"];
  readonly net_d: Trace["net_g"];
}

const traces = JSON.parse(
  Deno.readTextFileSync(new URL("../../data/parity/gan/traces.json", import.meta.url)),
) as Record<string, Trace>;

await loadPlugins();
await testEngine();

for (const trace of Object.values(traces)) {
  const { model_type, network_g, network_d, train, top, size, iters } = trace.options;
  Deno.test(`${model_type}: ${iters} iterations give BasicSR's losses, weights, averages and statistics`, async () => {
    const optimizer = { type: "Adam", lr: 1e-3, betas: [0.9, 0.99] };
    const opt: RunOptions = {
      ...runOptions({
        network_g,
        train: { ...TRAIN, ema_decay: 0.9, optim_g: optimizer, ...train, optim_d: optimizer },
      }),
      ...top,
      network_d,
    };
    const before = tf.memory().numTensors;
    const Model = MODEL_REGISTRY.get(model_type).value;
    const model = new Model(opt, { say: () => {} });
    await model.setup();
    for (const { net, ema } of model.networks()) {
      const weights = await waveWeights(net);
      net.loadStateDict(weights);
      ema?.loadStateDict(weights);
    }
    for (let iter = 1; iter <= iters; iter++) {
      model.feedData(waveBatch(size, iter));
      const losses = await model.optimizeParameters(iter);
      model.updateEma();
      const wanted = trace.losses[iter - 1]!;
      assert.deepEqual(Object.keys(losses).sort(), Object.keys(wanted).sort());
      for (const [name, value] of Object.entries(wanted)) {
        near(losses[name]!, value, 2e-4, `iteration ${iter}, ${name}`);
      }
    }
    const [g, d] = model.networks();
    await compare(g!.net, trace.net_g, "net_g");
    await compare(g!.ema!, trace.net_g_ema, "net_g_ema");
    await compare(d!.net, trace.net_d, "net_d");
    model.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

async function compare(net: Module, wanted: Trace["net_g"], what: string): Promise<void> {
  const dict = await net.stateDict();
  assert.deepEqual([...dict.keys()], Object.keys(wanted), `${what}: names in PyTorch's order`);
  for (const [name, [sum, squares]] of Object.entries(wanted)) {
    const { data, dtype } = dict.get(name)!;
    const values = Array.from(data, Number);
    const total = values.reduce((a, b) => a + b, 0);
    if (dtype !== "F32") {
      assert.equal(total, sum, `${what}.${name}`);
      continue;
    }
    const total2 = values.reduce((a, b) => a + b * b, 0);
    // A gradient near 0 moves a weight by a whole step of Adam in either direction.
    near(total, sum, 2e-3, `${what}.${name}, sum`, 1e-3 * Math.sqrt(values.length));
    near(total2, squares, 2e-3, `${what}.${name}, sum of squares`, 1e-4);
  }
}

function near(got: number, want: number, relative: number, what: string, absolute = 1e-6): void {
  const allowed = absolute + relative * Math.abs(want);
  assert(Math.abs(got - want) <= allowed, `${what}: ${got}, expected ${want}`);
}
