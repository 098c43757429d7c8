/** Tests of whole steps: parts of a batch, clipping, averages, and float16's scaled losses. */
import assert from "node:assert/strict";
import { EMULATE } from "../../../core/engine/native/precisions.ts";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { Parameter, values } from "../../../core/nn/mod.ts";
import { buildOptimizer } from "../../../core/optim/build.ts";
import { Ema } from "../../../core/optim/ema.ts";
import { gradientStep } from "../../../core/optim/gradient_step.ts";
import type { Optimizer } from "../../../core/optim/optimizer.ts";
import { type StepSettings, TrainingStep } from "../../../core/optim/training_step.ts";
import { forEachEngine } from "../engine/_engines.ts";

/** One weight, pulled towards the images' mean: the loss is (w - mean)². */
class Pull {
  readonly weight = new Parameter([1], values([1]));
  readonly optimizer: Optimizer;
  readonly step: TrainingStep;

  constructor(settings: Partial<StepSettings> = {}, options: Record<string, unknown> = {}) {
    this.optimizer = buildOptimizer(
      { type: "SGD", lr: 0.25, ...options },
      new Map([["w", this.weight]]),
    );
    this.step = new TrainingStep(
      this.optimizer,
      { name: "pull", ...settings },
      ([x], scalars) =>
        gradientStep(this.optimizer, scalars, () => ({
          l: tf.mean(tf.square(tf.sub(tf.mul(tf.onesLike(x!), this.weight.value), x!))) as Scalar,
        })),
    );
  }

  async read(): Promise<number> {
    return (await this.weight.value.data())[0]!;
  }

  dispose(): void {
    this.step.dispose();
    this.optimizer.dispose();
    this.weight.dispose();
  }
}

function images(...pixels: number[]): Tensor4D {
  return tf.tensor4d(pixels, [pixels.length, 1, 1, 1]);
}

await forEachEngine("a batch in parts gives the losses and the update of the whole", async () => {
  const x = images(2, 4, 0, 6);
  for (const type of ["SGD", "Adam"]) {
    const seen: number[][] = [];
    for (const accumulate of [1, 2, 4]) {
      const pull = new Pull({ accumulate }, { type });
      const path: number[] = [];
      for (let i = 0; i < 3; i++) {
        path.push((await pull.step.run([x])).losses["l"]!, await pull.read());
      }
      seen.push(path);
      pull.dispose();
    }
    if (type === "SGD") assert.deepEqual(seen[0]!.slice(0, 2), [9, 2]); // mean of 1, 9, 1, 25; 1 + 0.25·2·(3 - 1)
    for (const path of seen.slice(1)) {
      path.forEach((v, i) =>
        assert.ok(Math.abs(v - seen[0]![i]!) < 1e-5, `${path} not ${seen[0]}`)
      );
    }
  }
  const odd = new Pull({ accumulate: 3 });
  await assert.rejects(odd.step.run([x]), /a batch of 4 cannot be cut into 3 parts/);
  odd.dispose();
  x.dispose();
  assert.equal(tf.memory().numTensors, 0);
});

await forEachEngine(
  "gradients are clipped before the update, and their norm is logged",
  async () => {
    const x = images(3); // gradient 2 (1 - 3) = -4
    const byNorm = new Pull({ clipNorm: 1 });
    const { grad_norm } = (await byNorm.step.run([x])).losses;
    assert.equal(grad_norm, 4);
    assert.ok(Math.abs(await byNorm.read() - 1.25) < 1e-6);
    const byValue = new Pull({ clipValue: 2, accumulate: 1 });
    assert.deepEqual((await byValue.step.run([x])).losses, { l: 4 });
    assert.equal(await byValue.read(), 1.5);
    for (const pull of [byNorm, byValue]) pull.dispose();
    x.dispose();
  },
);

await forEachEngine("averages move in the step, towards the new weights", async () => {
  for (const accumulate of [1, 2]) {
    const average = tf.tidy(() => tf.variable(tf.tensor1d([0]), false));
    const averages: Ema[] = [];
    const pull = new Pull({ averages, accumulate });
    averages.push(new Ema([{ value: pull.weight.value, average }], 0.75));
    const x = images(3, 3);
    await pull.step.run([x]); // the weight goes from 1 to 2
    assert.deepEqual([await pull.read(), (await average.data())[0]], [2, 0.5]);
    pull.dispose();
    tf.dispose([average, x]);
  }
});

await forEachEngine("rates may change from step to step without compiling anew", async () => {
  const pull = new Pull();
  const x = images(3);
  for (const [rate, weight] of [[0.25, 2], [0.5, 3], [0, 3]] as const) {
    pull.optimizer.setRates([rate]);
    await pull.step.run([x]);
    assert.equal(await pull.read(), weight);
  }
  assert.ok([...pull.step.report()].every((line) => !line.includes("anew")));
  pull.dispose();
  x.dispose();
});

await forEachEngine(
  "float16: a step whose gradients overflow is skipped and counted, and the scale halves",
  async (engine) => {
    if (engine.name !== "native") {
      assert.throws(() => new Pull({ precision: "fp16" }), /computes in fp32 only/);
      return;
    }
    const old = Deno.env.get(EMULATE);
    Deno.env.set(EMULATE, "1");
    const said: string[] = [];
    const pull = new Pull({ precision: "fp16", accumulate: 2, say: (line) => said.push(line) });
    try {
      const good = images(3, 3), bad = images(3e37, 3e37);
      // A first step at the scale of 65536: the weights move as they do without one.
      assert.deepEqual((await pull.step.run([good])).losses, { l: 4, loss_scale: 65536 });
      assert.equal(await pull.read(), 2);
      const skipped = (await pull.step.run([bad])).losses;
      assert.deepEqual(skipped, { loss_scale: 32768 }, "the loss is infinite, and says nothing");
      assert.equal(await pull.read(), 2, "the weight stays");
      assert.equal(pull.step.scaler!.skipped, 1);
      assert.match(said.join("\n"), /step was skipped.*32768.*1 skipped so far/);
      assert.equal(
        pull.optimizer.state().groups[0]!.step,
        1,
        "a step that is not taken is not counted",
      );
      assert.deepEqual((await pull.step.run([good])).losses, { l: 1, loss_scale: 32768 });
      assert.equal(await pull.read(), 2.5);
      tf.dispose([good, bad]);
    } finally {
      pull.dispose();
      if (old === undefined) Deno.env.delete(EMULATE);
      else Deno.env.set(EMULATE, old);
    }
  },
);
