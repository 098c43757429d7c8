import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { ExitCode, type UserError } from "../../../core/errors.ts";
import type { RunOptions } from "../../../core/options/types.ts";
import { SRModel } from "../../../plugins/models/sr_model.ts";
import "../../../plugins/archs/edsr_arch.ts";
import "../../../plugins/losses/pixel_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { randomBatch, runOptions, SMALL_NET, TRAIN } from "./_run.ts";

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

Deno.test("training lowers the loss on a batch that repeats, and leaves no tensors behind", async () => {
  const before = tf.memory().numTensors;
  const model = await start(
    runOptions({ train: { ...TRAIN, optim_g: { type: "Adam", lr: 5e-3 } } }),
  );
  model.feedData(randomBatch(0));
  const losses: number[] = [];
  let steady = 0;
  for (let iter = 1; iter <= 12; iter++) {
    losses.push((await model.optimizeParameters(iter))["l_pix"]!);
    model.updateEma();
    if (iter === 2) steady = tf.memory().numTensors;
  }
  assert.equal(tf.memory().numTensors, steady);
  for (let i = 1; i < losses.length; i++) assert.ok(losses[i]! < losses[i - 1]!, losses.join(" "));
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("two models of one seed train alike, those of another do not", async () => {
  const [a, b, c] = [
    await start(runOptions()),
    await start(runOptions()),
    await start(runOptions({ seed: 11 })),
  ];
  for (const iter of [1, 2]) {
    const loss = await trainOn(a, iter);
    assert.equal(await trainOn(b, iter), loss);
    assert.notEqual(await trainOn(c, iter), loss);
  }
  for (const model of [a, b, c]) model.dispose();
});

for (
  const [height, width, channels] of [[1, 1, 3], [7, 5, 3], [16, 9, 1]] as const
) {
  Deno.test(`an image of ${height}x${width} with ${channels} channels is restored, twice as large`, async () => {
    const network_g = { ...SMALL_NET, num_in_ch: channels, num_out_ch: channels };
    const model = await start(runOptions({ train: null, network_g }));
    const batch = randomBatch(0, { size: 1, height, width, channels, factor: 0 });
    model.feedData(batch);
    const before = tf.memory().numTensors;
    const { lq, result, gt } = await model.test();
    assert.equal(tf.memory().numTensors, before);
    assert.equal(gt, undefined);
    assert.deepEqual(lq.data, batch.images["lq"]!.data);
    assert.deepEqual(
      [result.height, result.width, result.channels, result.data.length],
      [2 * height, 2 * width, channels, 4 * height * width * channels],
    );
    assert.ok(result.data.every(Number.isFinite));
    model.dispose();
  });
}

Deno.test("test() takes the first image of a batch, with its ground truth", async () => {
  const model = await start(runOptions());
  const batch = randomBatch(0);
  model.feedData(batch);
  const { lq, gt, result } = await model.test();
  assert.deepEqual(lq.data, batch.images["lq"]!.data.slice(0, 6 * 5 * 3));
  assert.deepEqual(gt!.data, batch.images["gt"]!.data.slice(0, 12 * 10 * 3));
  assert.equal(result.data.length, gt!.data.length);
  model.dispose();
});

Deno.test("test() restores with the moving average", async () => {
  const model = await start(runOptions({ train: { ...TRAIN, ema_decay: 1 } }));
  model.feedData(randomBatch(0));
  const before = (await model.test()).result.data;
  await trainOn(model, 1);
  model.feedData(randomBatch(0));
  assert.deepEqual((await model.test()).result.data, before, "an average with decay 1 never moves");
  model.dispose();
  const plain = await start(runOptions({ train: { ...TRAIN, ema_decay: 0 } }));
  plain.feedData(randomBatch(0));
  const first = (await plain.test()).result.data;
  assert.deepEqual(first, before, "the average starts as a copy");
  assert.equal(plain.networks()[0]!.net.training, true, "training goes on after a test");
  await trainOn(plain, 1);
  plain.feedData(randomBatch(0));
  assert.notDeepEqual((await plain.test()).result.data, first);
  assert.equal(plain.networks()[0]!.ema, undefined);
  plain.dispose();
});

Deno.test("a batch without GT is refused by name when training", async () => {
  const model = await start(runOptions());
  model.feedData(randomBatch(3, { factor: 0 }));
  await assert.rejects(model.optimizeParameters(1), (error: UserError) => {
    assert.equal(error.exitCode, ExitCode.DATA);
    assert.match(error.message, /gives no gt images \(with lq\/3_0\.png\)/);
    return true;
  });
  model.dispose();
});

Deno.test("GT of another size than the network's output is refused", async () => {
  const model = await start(runOptions());
  model.feedData(randomBatch(0, { factor: 3 }));
  await assert.rejects(
    model.optimizeParameters(1),
    /the network gave \[2, 12, 10, 3\], but the target is \[2, 18, 15, 3\]/,
  );
  model.dispose();
});

const mistakes: [string, RunOptions, RegExp][] = [
  [
    "no pixel loss",
    runOptions({ train: { ...TRAIN, pixel_opt: undefined } }),
    /^\/options\/test\.yml: train\.pixel_opt is missing/,
  ],
  [
    "a loss without a reduction",
    runOptions({ train: { ...TRAIN, pixel_opt: { type: "L1Loss", reduction: "none" } } }),
    /train\.pixel_opt\.reduction must be mean or sum/,
  ],
  [
    "an unknown loss",
    runOptions({ train: { ...TRAIN, pixel_opt: { type: "L1Los" } } }),
    /train\.pixel_opt\.type "L1Los" is unknown, did you mean "L1Loss"/,
  ],
  [
    "no optimizer",
    runOptions({ train: { ...TRAIN, optim_g: undefined } }),
    /train\.optim_g is missing/,
  ],
  [
    "a wrong option of the optimizer",
    runOptions({ train: { ...TRAIN, optim_g: { type: "Adam", betas: [2, 0] } } }),
    /\/options\/test\.yml: train\.optim_g: betas must be two numbers/,
  ],
  [
    "a wrong schedule",
    runOptions({
      train: { ...TRAIN, scheduler: { type: "CosineAnnealingRestartLR", periods: [1, 2] } },
    }),
    /train\.scheduler: periods has 2 entries/,
  ],
  ["a wrong decay", runOptions({ train: { ...TRAIN, ema_decay: 2 } }), /ema_decay must be/],
];
for (const [what, opt, message] of mistakes) {
  Deno.test(`${what} is refused as a mistake in the options`, async () => {
    const model = new SRModel(opt, { say: () => {} });
    await assert.rejects(model.setup(), (error: UserError) => {
      assert.equal(error.exitCode, ExitCode.USAGE);
      assert.match(error.message, message);
      return true;
    });
    model.dispose();
  });
}
