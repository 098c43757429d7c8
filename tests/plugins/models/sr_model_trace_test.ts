/**
 * A training run of BasicSR, repeated: see tests/data/parity/trace/README.md.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Batch } from "../../../core/data/dataset.ts";
import { tf } from "../../../core/engine/tf.ts";
import type { Module } from "../../../core/nn/module.ts";
import type { TrainOptions, TypedOptions } from "../../../core/options/types.ts";
import type { StateDict, StateTensor } from "../../../core/weights/state_dict.ts";
import { SRModel } from "../../../plugins/models/sr_model.ts";
import "../../../plugins/archs/edsr_arch.ts";
import "../../../plugins/losses/pixel_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import {
  assertNear,
  hasWholeSet,
  nhwc,
  parityCases,
  parityPath,
  parityTensors,
  type Tolerance,
  withPrefix,
} from "../../core/optim/_parity.ts";
import { runOptions } from "./_run.ts";

const engine = await testEngine();

interface Config {
  readonly network_g: TypedOptions;
  readonly train: TrainOptions;
}
interface Outputs {
  readonly loss: readonly number[];
  readonly lr: readonly number[];
  readonly final_pth: { readonly file: string };
  readonly held: { readonly [paramKey: string]: { readonly image: string } };
}

const [trace] = parityCases<Config, Outputs>("trace");
const { config, inputs, outputs, tolerance } = trace!;

/** Batch `i` of the ten, 8-bit NCHW to float NHWC. */
function batch(tensors: StateDict, i: number): Batch {
  const image = (name: string) => {
    const { shape, data } = tensors.get(name)!;
    const one = shape.slice(1).reduce((a, b) => a * b);
    const floats = Float32Array.from(
      (data as Uint8Array).subarray(i * one, (i + 1) * one),
      (v) => v / 255,
    );
    return nhwc({ shape: shape.slice(1), dtype: "F32", data: floats } as StateTensor);
  };
  return { size: 4, images: { lq: image("lq"), gt: image("gt") }, paths: {} };
}

async function assertWeights(net: Module, want: StateDict, allowed: Tolerance): Promise<void> {
  const got = await net.stateDict();
  assert.deepEqual([...got.keys()].sort(), [...want.keys()].sort());
  for (const [name, { data }] of want) {
    assertNear(got.get(name)!.data as Float32Array, data as Float32Array, allowed, name);
  }
}

Deno.test(`${engine.name}: sixty iterations give BasicSR's losses, rates, weights and averages`, async () => {
  const before = tf.memory().numTensors;
  const model = new SRModel(runOptions(config), { say: () => {} });
  await model.setup();
  const weights = parityTensors("trace/edsr_x2/weights.safetensors");
  model.loadNetwork("net_g", withPrefix(weights, "init/"), undefined);
  const batches = parityTensors(inputs["lq"]!.file);
  const losses: number[] = [], rates: number[] = [];
  let steady = 0;
  for (let iter = 1; iter <= config.train.total_iter; iter++) {
    model.updateLearningRate(iter);
    model.feedData(batch(batches, (iter - 1) % 10));
    losses.push((await model.optimizeParameters(iter))["l_pix"]!);
    model.updateEma();
    rates.push(model.learningRates()[0]!);
    if (iter === 2) steady = tf.memory().numTensors;
  }
  assert.equal(tf.memory().numTensors, steady, "an iteration leaves tensors behind");
  assertNear(losses, outputs.loss, tolerance["loss"]!, "loss");
  assertNear(rates, outputs.lr, tolerance["lr"]!, "lr");
  const [network] = model.networks();
  await assertWeights(network!.net, withPrefix(weights, "final/"), tolerance["final"]!);
  await assertWeights(network!.ema!, withPrefix(weights, "final_ema/"), tolerance["final_ema"]!);
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});

for (const paramKey of ["params", "params_ema"]) {
  Deno.test({
    name:
      `${engine.name}: BasicSR's final.pth restores the held-out image as BasicSR did (${paramKey})`,
    ignore: !hasWholeSet,
    async fn() {
      const decode = async (file: string) =>
        await engine.codec.decode(await Deno.readFile(parityPath(file)), file);
      const lq = await decode("trace/edsr_x2/held_lq.png");
      const path = {
        pretrain_network_g: parityPath(outputs.final_pth.file),
        param_key_g: paramKey,
      };
      const model = new SRModel(runOptions({ ...config, train: null, path }), { say: () => {} });
      await model.setup();
      model.feedData({
        size: 1,
        images: {
          lq: {
            shape: [1, lq.height, lq.width, 3],
            data: Float32Array.from(lq.data, (v) => v / 255),
          },
        },
        paths: {},
      });
      const { result } = await model.test();
      const want = await decode(outputs.held[paramKey]!.image);
      assert.deepEqual([result.height, result.width], [want.height, want.width]);
      const levels = result.data.map((v) => Math.round(Math.min(Math.max(v, 0), 1) * 255));
      assertNear(levels, want.data, { atol: 1 }, "level");
      model.dispose();
    },
  });
}
