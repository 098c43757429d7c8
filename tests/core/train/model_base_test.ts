import assert from "node:assert/strict";
import { join } from "node:path";
import { tf } from "../../../core/engine/tf.ts";
import { ExitCode, type UserError } from "../../../core/errors.ts";
import type { RunOptions, TrainOptions } from "../../../core/options/types.ts";
import type { ModelState } from "../../../core/train/base_model.ts";
import { writeSafetensors } from "../../../core/weights/safetensors.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { SRModel } from "../../../plugins/models/sr_model.ts";
import "../../../plugins/archs/dncnn_arch.ts";
import "../../../plugins/archs/edsr_arch.ts";
import "../../../plugins/losses/pixel_loss.ts";
import { randomBatch, runOptions, SMALL_NET, TRAIN } from "../../plugins/models/_run.ts";
import { testEngine } from "../engine/_engines.ts";

await testEngine();

async function start(opt: RunOptions, say: (line: string) => void = () => {}): Promise<SRModel> {
  const model = new SRModel(opt, { say });
  await model.setup();
  return model;
}

async function trainOn(model: SRModel, iter: number): Promise<number> {
  model.updateLearningRate(iter);
  model.feedData(randomBatch(iter));
  const { l_pix } = await model.optimizeParameters(iter);
  model.updateEma();
  return l_pix!;
}

/** Weights of the network and of its average, as a file would hold them. */
async function saved(model: SRModel): Promise<{ params: StateDict; ema: StateDict }> {
  const [{ net, ema }] = model.networks() as [ReturnType<SRModel["networks"]>[number]];
  return { params: await net.stateDict(), ema: await ema!.stateDict() };
}

async function inTempDir(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SCHEDULED: TrainOptions = {
  ...TRAIN,
  warmup_iter: 3,
  scheduler: { type: "MultiStepRestartLR", milestones: [4, 6], gamma: 0.5 },
};

for (const optim_g of [{ type: "AdamW", lr: 1e-3 }, { type: "SGD", lr: 1e-2, momentum: 0.9 }]) {
  Deno.test(`a run that is resumed half-way is the same bit by bit (${optim_g.type})`, async () => {
    const opt = runOptions({ train: { ...SCHEDULED, optim_g } });
    const model = await start(opt);
    for (let iter = 1; iter <= 4; iter++) await trainOn(model, iter);
    const { json, tensors } = await model.trainingState();
    const state: ModelState = { json: JSON.parse(JSON.stringify(json)), tensors };
    const { params, ema } = await saved(model);

    const resumed = await start(opt);
    resumed.loadNetwork("net_g", params, ema);
    resumed.loadTrainingState(state);
    for (let iter = 5; iter <= 8; iter++) {
      assert.equal(await trainOn(resumed, iter), await trainOn(model, iter));
      assert.deepEqual(resumed.learningRates(), model.learningRates());
    }
    assert.deepEqual(await saved(resumed), await saved(model));
    assert.deepEqual(await resumed.trainingState(), await model.trainingState());
    model.dispose();
    resumed.dispose();
  });
}

Deno.test("the training state names its tensors after optimizer and parameter", async () => {
  const model = await start(runOptions({ train: SCHEDULED }));
  await trainOn(model, 1);
  const { json, tensors } = await model.trainingState();
  assert.deepEqual(tensors.get("optimizer_g.conv_first.weight.exp_avg")!.shape, [4, 3, 3, 3]);
  assert.deepEqual(tensors.get("optimizer_g.conv_first.weight.step")!.data, Float32Array.of(1));
  assert.deepEqual(json, {
    optimizers: {
      g: { type: "Adam", groups: [{ lr: 1e-3 / 3, initial_lr: 1e-3, step: 1 }] },
    },
    schedulers: { g: { last_epoch: 0, base_lrs: [1e-3] } },
  });
  model.dispose();
});

Deno.test("a training state of other options is refused", async () => {
  const model = await start(runOptions());
  await trainOn(model, 1);
  const state = await model.trainingState();
  const sgd = await start(runOptions({ train: { ...TRAIN, optim_g: { type: "SGD", lr: 1 } } }));
  const refused = (message: RegExp) => (error: UserError) => {
    assert.equal(error.exitCode, ExitCode.STORAGE);
    assert.match(error.message, message);
    return true;
  };
  assert.throws(
    () => sgd.loadTrainingState(state),
    refused(/saved optimizer is Adam .* this one is SGD/),
  );
  assert.throws(
    () => model.loadTrainingState({ json: { optimizers: 1 }, tensors: new Map() }),
    refused(/not one of this program/),
  );
  assert.throws(
    () => model.loadTrainingState({ json: { optimizers: {}, schedulers: {} }, tensors: new Map() }),
    refused(/no optimizer for network_g/),
  );
  assert.throws(
    () => model.loadNetwork("net_d", new Map(), undefined),
    refused(/no network net_d, it has net_g/),
  );
  model.dispose();
  sgd.dispose();
});

Deno.test("pretrained weights are loaded, and the average from params_ema of the same file", async () => {
  await inTempDir(async (folder) => {
    const source = await start(runOptions({ seed: 1 }));
    await trainOn(source, 1);
    const { params, ema } = await saved(source);
    assert.notDeepEqual(params, ema);
    const grouped: StateDict = new Map();
    for (const [name, tensor] of params) grouped.set(`params.${name}`, tensor);
    for (const [name, tensor] of ema) grouped.set(`params_ema.${name}`, tensor);
    const both = join(folder, "both.safetensors");
    await Deno.writeFile(both, writeSafetensors(grouped));
    const bare = join(folder, "bare.safetensors");
    await Deno.writeFile(bare, writeSafetensors(params));

    const model = await start(runOptions({ path: { pretrain_network_g: both } }));
    assert.deepEqual(await saved(model), { params, ema });
    const averaged = await start(
      runOptions({ path: { pretrain_network_g: both, param_key_g: "params_ema" } }),
    );
    assert.deepEqual(await saved(averaged), { params: ema, ema });
    const plain = await start(
      runOptions({ path: { pretrain_network_g: bare, param_key_g: null } }),
    );
    assert.deepEqual(await saved(plain), { params, ema: params });
    for (const m of [source, model, averaged, plain]) m.dispose();
  });
});

Deno.test("weights that do not fit are refused by file and advice; not strict, what fits is loaded", async () => {
  await inTempDir(async (folder) => {
    const network_g = { ...SMALL_NET, upscale: 4 };
    const source = await start(runOptions({ network_g, seed: 1 }));
    const { params } = await saved(source);
    const file = join(folder, "x4.safetensors");
    await Deno.writeFile(file, writeSafetensors(params));
    const path = { pretrain_network_g: file };
    const model = new SRModel(runOptions({ path }), { say: () => {} });
    await assert.rejects(model.setup(), (error: UserError) => {
      assert.equal(error.exitCode, ExitCode.DATA);
      assert.match(error.message, /x4\.safetensors: the weights do not fit EDSR/);
      assert.match(error.message, /path\.strict_load_g: false/);
      return true;
    });
    const lines: string[] = [];
    const loose = await start(
      runOptions({ path: { ...path, strict_load_g: false } }),
      (line) => lines.push(line),
    );
    const got = (await saved(loose)).params;
    assert.deepEqual(got.get("conv_first.weight"), params.get("conv_first.weight"));
    assert.ok(lines.some((line) => line.includes("does not fit EDSR entirely")), lines.join("\n"));
    for (const m of [source, model, loose]) m.dispose();
  });
});

Deno.test("frozen parameters are named in the log and stay", async () => {
  const lines: string[] = [];
  class Frozen extends SRModel {
    protected override addOptimizer(...args: Parameters<SRModel["addOptimizer"]>) {
      args[1].namedParameters().get("conv_last.bias")!.requiresGrad = false;
      return super.addOptimizer(...args);
    }
  }
  const model = new Frozen(runOptions(), { say: (line) => lines.push(line) });
  await model.setup();
  assert.ok(lines.includes("Params conv_last.bias will not be optimized."), lines.join("\n"));
  const before = (await saved(model)).params;
  await trainOn(model, 1);
  const after = (await saved(model)).params;
  assert.deepEqual(after.get("conv_last.bias"), before.get("conv_last.bias"));
  assert.notDeepEqual(after.get("conv_first.bias"), before.get("conv_first.bias"));
  model.dispose();
});

Deno.test("describe() gives class and number of parameters as BasicSR logs them", async () => {
  const network_g = { ...SMALL_NET, num_feat: 16, num_block: 4 };
  const model = await start(runOptions({ network_g, train: null }));
  // The number of elements in the final weights of BasicSR's training trace, which is of this network.
  assert.equal(model.describe(), "Network: EDSR, with parameters: 31,043");
  assert.deepEqual(model.learningRates(), []);
  model.dispose();
});

Deno.test("a failed set-up can be disposed without a trace", async () => {
  const before = tf.memory().numTensors;
  const model = new SRModel(runOptions({ train: { ...TRAIN, optim_g: undefined } }), {
    say: () => {},
  });
  await assert.rejects(model.setup());
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("a batch that is staged is fed from where it is, whatever is fed in between", async () => {
  const staged = await start(runOptions()), plain = await start(runOptions());
  const before = tf.memory().numTensors;
  for (let iter = 1; iter <= 3; iter++) {
    const batch = randomBatch(iter);
    staged.stageData(batch);
    staged.feedData(randomBatch(99)); // a validation
    await staged.test();
    const { numBytes } = tf.memory();
    staged.feedData(batch);
    assert.ok(tf.memory().numBytes < numBytes, "it was put on the device again");
    plain.feedData(batch);
    assert.deepEqual(await staged.optimizeParameters(iter), await plain.optimizeParameters(iter));
  }
  staged.stageData(randomBatch(4)); // dropped by a stop
  staged.stageData(randomBatch(5));
  staged.dispose();
  plain.dispose();
  assert.ok(tf.memory().numTensors < before);
});

Deno.test("grad_accum takes one step for a batch in parts, checkpoint_blocks changes no number", async () => {
  const run = async (settings: Partial<TrainOptions>) => {
    const said: string[] = [];
    const model = await start(
      runOptions({ train: { ...TRAIN, ...settings } }),
      (line) => said.push(line),
    );
    const losses: number[] = [];
    for (let iter = 1; iter <= 4; iter++) losses.push(await trainOn(model, iter));
    const { params, ema } = await saved(model);
    const { json } = await model.trainingState();
    model.dispose();
    const weights = [...params.values(), ...ema.values()].flatMap((
      { data },
    ) => [...data as Float32Array]);
    return {
      losses,
      weights,
      said,
      json: json as { optimizers: { g: { groups: { step: number }[] } } },
    };
  };
  const whole = await run({});
  for (const settings of [{ grad_accum: 2 }, { checkpoint_blocks: 1 }]) {
    const other = await run(settings);
    assert.equal(other.json.optimizers.g.groups[0]!.step, 4);
    const near = (a: readonly number[], b: readonly number[], most: number) =>
      a.forEach((x, i) =>
        assert.ok(Math.abs(x - b[i]!) <= most, `${JSON.stringify(settings)}: ${x}, ${b[i]}`)
      );
    near(other.losses, whole.losses, 1e-5);
    near(other.weights, whole.weights, 1e-5);
  }
  assert.equal(
    whole.said.filter((line) => /step: compiled, [\d,]+ nodes/.test(line)).length <= 1,
    true,
  );
});

Deno.test("clip_grad_norm logs the norm of the gradients", async () => {
  const model = await start(runOptions({ train: { ...TRAIN, clip_grad_norm: 1e-3 } }));
  model.feedData(randomBatch(1));
  const log = await model.optimizeParameters(1);
  assert.ok(log["grad_norm"]! > 1e-3 && Number.isFinite(log["l_pix"]));
  model.dispose();
});

Deno.test("a precision that the engine lacks is refused before anything is built", async () => {
  for (
    const change of [{ train: { ...TRAIN, precision: "fp16" } as TrainOptions }, { val: "fp16" }]
  ) {
    const { val, ...rest } = change as { val?: string; train?: TrainOptions };
    const opt = { ...runOptions(rest), ...val ? { val: { save_img: false, precision: val } } : {} };
    await assert.rejects(start(opt as RunOptions), (error: UserError) => {
      assert.equal(error.exitCode, ExitCode.ENVIRONMENT);
      assert.match(error.message, /test\.yml: (train|val)\.precision: .*take precision fp32/);
      return true;
    });
  }
});

Deno.test("the moving average gets the statistics of batch norms as they are", async () => {
  const network_g = { type: "DnCNN", in_nc: 3, out_nc: 3, nc: 4, nb: 3, act_mode: "BR" };
  const model = await start(runOptions({ network_g }));
  model.feedData(randomBatch(1, { factor: 1 }));
  await model.optimizeParameters(1);
  model.updateEma();
  const { params, ema } = await saved(model);
  let statistics = 0;
  for (const [name, { data }] of params) {
    if (!/running_|num_batches/.test(name)) continue;
    statistics++;
    assert.deepEqual(ema.get(name)!.data, data, name);
    assert(
      [...data].some((value) => Number(value) !== 0 && Number(value) !== 1) || /num/.test(name),
    );
  }
  assert.equal(statistics, 3);
  assert.notDeepEqual(ema.get("model.0.weight")!.data, params.get("model.0.weight")!.data);
  model.dispose();
});
