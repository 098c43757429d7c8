import assert from "node:assert/strict";
import type { Batch } from "../../../core/data/dataset.ts";
import { tf } from "../../../core/engine/tf.ts";
import type { RunOptions } from "../../../core/options/types.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { Rng } from "../../../core/random.ts";
import { MODEL_REGISTRY } from "../../../core/registry.ts";
import type { Model, ModelState } from "../../../core/train/base_model.ts";
import { X4PLUS } from "../../core/degrade/_options.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { randomBatch, runOptions, TRAIN } from "./_run.ts";

await loadPlugins();
await testEngine();

/** Real-ESRGAN's keys of the degradation with one course, so that little is compiled; small patches and a small pool. */
const DEGRADATION = {
  ...X4PLUS,
  resize_prob: [0, 0, 1],
  resize_range: [0.5, 1.5],
  gaussian_noise_prob: 1,
  second_blur_prob: 1,
  resize_prob2: [0, 0, 1],
  resize_range2: [0.5, 1.2],
  gaussian_noise_prob2: 1,
  gt_size: 32,
  queue_size: 4,
};

function options(model_type: string, change: Record<string, unknown> = {}): RunOptions {
  const optimizer = { type: "Adam", lr: 1e-3 };
  const gan = model_type === "RealESRGANModel"
    ? {
      optim_d: optimizer,
      gan_opt: { type: "GANLoss", gan_type: "vanilla", loss_weight: 0.1 },
    }
    : {};
  return {
    ...runOptions({ train: { ...TRAIN, optim_g: optimizer, ...gan } }),
    model_type,
    network_d: { type: "UNetDiscriminatorSN", num_in_ch: 3, num_feat: 4 },
    ...DEGRADATION,
    ...change,
  };
}

/** Two GT images of 48x48 with small blurs, as RealESRGANDataset gives them. */
function gtBatch(i: number): Batch {
  const rng = new Rng("gt", i);
  const shape = [2, 48, 48, 3] as const;
  const data = Float32Array.from({ length: 2 * 48 * 48 * 3 }, () => rng.float());
  const kernel = () => {
    const values = Float32Array.from({ length: 2 * 25 }, (_, k) => k % 25 === 12 ? 0.52 : 0.02);
    return { shape: [2, 5, 5, 1] as const, data: values };
  };
  return {
    size: 2,
    images: { gt: { shape, data }, kernel1: kernel(), kernel2: kernel(), sinc_kernel: kernel() },
    paths: { gt_path: ["a.png", "b.png"] },
  };
}

async function start(opt: RunOptions): Promise<Model> {
  const Model = MODEL_REGISTRY.get(opt.model_type).value;
  const model = new Model(opt, { say: () => {} });
  await model.setup();
  return model;
}

async function trainOn(model: Model, iter: number): Promise<Record<string, number>> {
  model.updateLearningRate(iter);
  model.feedData(gtBatch(iter));
  const losses = await model.optimizeParameters(iter);
  model.updateEma();
  return losses;
}

for (const type of ["RealESRNetModel", "RealESRGANModel"]) {
  Deno.test(`${type}: a run that is resumed half-way is the same bit by bit, pool of pairs included`, async () => {
    const before = tf.memory().numTensors;
    const opt = options(type, { gt_usm: true });
    const model = await start(opt);
    for (let iter = 1; iter <= 3; iter++) await trainOn(model, iter);
    const { json, tensors } = await model.trainingState();
    assert.deepEqual(tensors.get("pool.queue_gt")!.shape, [4, 32, 32, 3]);
    const state: ModelState = { json: JSON.parse(JSON.stringify(json)), tensors };

    const resumed = await start(opt);
    for (const [i, { label, net, ema }] of model.networks().entries()) {
      resumed.loadNetwork(label, await net.stateDict(), await ema?.stateDict());
      assert.equal(resumed.networks()[i]!.label, label);
    }
    resumed.loadTrainingState(state);
    for (let iter = 4; iter <= 5; iter++) {
      assert.deepEqual(await trainOn(resumed, iter), await trainOn(model, iter));
    }
    model.dispose();
    resumed.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

Deno.test("RealESRGANModel: the targets of its losses follow l1_gt_usm and gan_gt_usm", async () => {
  const pixel: number[] = [];
  for (const l1_gt_usm of [true, false]) {
    const model = await start(options("RealESRGANModel", { l1_gt_usm, queue_size: 0 }));
    pixel.push((await trainOn(model, 1)).l_g_pix!);
    model.dispose();
  }
  assert.notEqual(pixel[0], pixel[1]);
});

Deno.test("high_order_degradation: false trains on the pairs of the data set", async () => {
  const opt = options("RealESRGANModel", { high_order_degradation: false });
  const model = await start(opt);
  model.feedData(randomBatch(1, { height: 16, width: 16 }));
  const losses = await model.optimizeParameters(1);
  assert(Object.values(losses).every(Number.isFinite));
  model.dispose();
});

Deno.test("a key of the degradation that is missing is named", async () => {
  const opt = options("RealESRNetModel", { noise_range2: undefined });
  await assert.rejects(start(opt), /test\.yml: .*noise_range2 missing/);
  const bad = options("RealESRNetModel", { gt_size: undefined });
  await assert.rejects(start(bad), /gt_size is missing at the top level/);
  const odd = options("RealESRNetModel", {
    queue_size: 5,
    datasets: { train: { name: "x", type: "x", phase: "train", scale: 2, batch_size_per_gpu: 2 } },
  });
  await assert.rejects(start(odd), /queue_size must be a multiple of the 2 samples/);
});
