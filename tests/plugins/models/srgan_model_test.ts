import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import type { RunOptions } from "../../../core/options/types.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { MODEL_REGISTRY } from "../../../core/registry.ts";
import type { Model } from "../../../core/train/base_model.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { runOptions, TRAIN } from "./_run.ts";
import { waveBatch } from "./_waves.ts";

await loadPlugins();
await testEngine();

const OPTIMIZER = { type: "Adam", lr: 1e-3 };

function options(
  train: Record<string, unknown> = {},
  change: Record<string, unknown> = {},
): RunOptions {
  return {
    ...runOptions({
      train: {
        ...TRAIN,
        optim_d: OPTIMIZER,
        gan_opt: { type: "GANLoss", gan_type: "lsgan", loss_weight: 0.1 },
        ...train,
      },
    }),
    model_type: "SRGANModel",
    network_d: { type: "UNetDiscriminatorSN", num_in_ch: 3, num_feat: 4 },
    ...change,
  };
}

async function start(opt: RunOptions): Promise<Model> {
  const model = new (MODEL_REGISTRY.get(opt.model_type).value)(opt, { say: () => {} });
  await model.setup();
  return model;
}

async function firstStep(opt: RunOptions): Promise<Record<string, number>> {
  const model = await start(opt);
  model.feedData(waveBatch(8, 1));
  const losses = await model.optimizeParameters(1);
  model.dispose();
  return losses;
}

Deno.test("a batch in parts has the losses of the whole one, and both norms are logged", async () => {
  const before = tf.memory().numTensors;
  const clipped = { clip_grad_norm: 1 };
  const whole = await firstStep(options(clipped));
  const parts = await firstStep(options({ ...clipped, grad_accum: 2 }));
  assert.deepEqual(Object.keys(parts).sort(), Object.keys(whole).sort());
  assert.deepEqual(Object.keys(whole).slice(-6), [
    "grad_norm",
    "l_d_real",
    "out_d_real",
    "l_d_fake",
    "out_d_fake",
    "grad_norm_d",
  ]);
  assert(Math.abs(parts.l_g_pix! - whole.l_g_pix!) < 1e-5);
  assert(Object.values(parts).every(Number.isFinite));
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("fft_opt, edge_opt and kin add their losses to the generator's", async () => {
  const losses = await firstStep(options({
    fft_opt: { type: "FFTLoss", loss_weight: 0.01 },
    edge_opt: { type: "SobelLoss", loss_weight: 0.1 },
    tv_opt: { type: "WeightedTVLoss", loss_weight: 0.01 },
  }));
  for (const name of ["l_g_fft", "l_g_edge", "l_g_tv"]) assert(losses[name]! > 0, name);
});

Deno.test("what a model with a discriminator lacks is named", async () => {
  await assert.rejects(start(options({ gan_opt: undefined })), /train\.gan_opt is missing/);
  await assert.rejects(start(options({ optim_d: undefined })), /train\.optim_d is missing/);
  await assert.rejects(start(options({}, { network_d: undefined })), /network_d is missing/);
  const ldl = { ldl_opt: { type: "L1Loss" }, ema_decay: 0 };
  await assert.rejects(start(options(ldl)), /ldl_opt compares with the moving average/);
  const wrong = { perceptual_opt: { type: "L1Loss" } };
  await assert.rejects(start(options(wrong)), /perceptual_opt\.type must be a perceptual loss/);
});
