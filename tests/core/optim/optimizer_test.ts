import assert from "node:assert/strict";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { conv2dLayout } from "../../../core/nn/layout.ts";
import { values } from "../../../core/nn/init.ts";
import { Parameter } from "../../../core/nn/parameter.ts";
import { buildOptimizer, OPTIMIZER_TYPES } from "../../../core/optim/build.ts";
import { Ema } from "../../../core/optim/ema.ts";
import { gradientStep, readLosses } from "../../../core/optim/gradient_step.ts";
import type { Optimizer } from "../../../core/optim/optimizer.ts";
import type { TypedOptions } from "../../../core/options/types.ts";
import type { StateDict } from "../../../core/weights/state_dict.ts";
import { testEngine } from "../engine/_engines.ts";
import { assertNear, nhwc, parityCases, parityTensors, withPrefix } from "./_parity.ts";

await testEngine();

interface Config {
  readonly optimizer: TypedOptions;
  readonly ema_decay: number;
  readonly steps: number;
}
interface Outputs {
  readonly losses: readonly number[];
  readonly params: { readonly file: string };
}

const setup = parityTensors("optim/setup.safetensors");

/** The network of the fixtures: three 3x3 convolutions with leaky ReLU between them. */
function makeNet(init: StateDict): Map<string, Parameter> {
  return new Map(
    [...init].map(([name, { shape, data }]) => [
      name,
      new Parameter(
        shape,
        values(data as Float32Array),
        shape.length === 4 ? conv2dLayout(shape) : undefined,
      ),
    ]),
  );
}

function forward(net: ReadonlyMap<string, Parameter>, x: Tensor4D): Tensor4D {
  const conv = (x: Tensor4D, name: string) =>
    tf.add(
      tf.conv2d(x, net.get(`${name}.weight`)!.value as unknown as Tensor4D, 1, "same"),
      net.get(`${name}.bias`)!.value,
    ) as Tensor4D;
  const hidden = tf.leakyRelu(conv(x, "conv1"), 0.1);
  return conv(tf.leakyRelu(conv(hidden, "conv2"), 0.1), "conv3");
}

function batch(i: number): { x: Tensor4D; y: Tensor4D } {
  const [x, y] = ["x", "y"].map((name) => {
    const { data, shape } = nhwc(setup.get(`${name}${i % 4}`)!);
    return tf.tensor4d(data, shape);
  }) as [Tensor4D, Tensor4D];
  return { x, y };
}

async function trainStep(
  optimizer: Optimizer,
  net: ReadonlyMap<string, Parameter>,
  i: number,
): Promise<number> {
  const losses = tf.tidy(() => {
    const { x, y } = batch(i);
    const scalars = optimizer.nextScalars().map((n) => tf.scalar(n));
    const { losses } = gradientStep(
      optimizer,
      scalars,
      () => ({ l: tf.mean(tf.square(tf.sub(forward(net, x), y))) as Scalar }),
    );
    return losses;
  });
  return (await readLosses(losses))["l"]!;
}

async function assertWeights(
  net: ReadonlyMap<string, Parameter>,
  want: StateDict,
  tolerance: { atol?: number; rtol?: number },
  what: string,
): Promise<void> {
  assert.equal(want.size, net.size);
  for (const [name, parameter] of net) {
    const got = await parameter.read();
    assertNear(
      got.data as Float32Array,
      want.get(name)!.data as Float32Array,
      tolerance,
      `${what} ${name}`,
    );
  }
}

function disposeAll(...nets: ReadonlyMap<string, Parameter>[]): void {
  for (const net of nets) for (const parameter of net.values()) parameter.dispose();
}

for (const c of parityCases<Config, Outputs>("optim")) {
  Deno.test(`${c.name}: losses, weights and averages of twenty steps are PyTorch's`, async () => {
    const before = tf.memory().numTensors;
    const net = makeNet(withPrefix(setup, "init/"));
    const averages = makeNet(withPrefix(setup, "init/"));
    const optimizer = buildOptimizer(c.config.optimizer, net);
    const ema = new Ema(
      [...net].map(([name, p]) => ({ value: p.value, average: averages.get(name)!.value })),
      c.config.ema_decay,
    );
    const want = parityTensors(c.outputs.params.file);
    const losses: number[] = [];
    let steady = 0;
    for (let step = 1; step <= c.config.steps; step++) {
      losses.push(await trainStep(optimizer, net, step - 1));
      ema.update();
      if (step === 1) steady = tf.memory().numTensors;
      const expected = withPrefix(want, `step${step}/`);
      if (expected.size > 0) {
        const tolerance = c.tolerance[`step${step}`]!;
        await assertWeights(net, expected, tolerance, `step ${step}`);
        await assertWeights(
          averages,
          withPrefix(want, `step${step}_ema/`),
          tolerance,
          `average ${step}`,
        );
      }
    }
    assertNear(losses, c.outputs.losses, c.tolerance["losses"]!, "losses");
    assert.equal(tf.memory().numTensors, steady, "a step leaves tensors behind");
    optimizer.dispose();
    disposeAll(net, averages);
    assert.equal(tf.memory().numTensors, before);
  });
}

const RESUMED: TypedOptions[] = [
  ...OPTIMIZER_TYPES.map((type) => ({ type, lr: 1e-2 })),
  { type: "Adam", lr: 1e-2, amsgrad: true, weight_decay: 0.1 },
  { type: "SGD", lr: 1e-2, momentum: 0.9, dampening: 0.5 },
  { type: "RMSprop", lr: 1e-2, momentum: 0.9, centered: true, weight_decay: 0.1 },
];

for (const options of RESUMED) {
  Deno.test(`${JSON.stringify(options)}: a restored optimizer goes on bit by bit`, async () => {
    const init = withPrefix(setup, "init/");
    const net = makeNet(init);
    const optimizer = buildOptimizer(options, net);
    for (let i = 0; i < 3; i++) await trainStep(optimizer, net, i);
    optimizer.setRates([5e-3]);

    const state = JSON.parse(JSON.stringify(optimizer.state()));
    const tensors = await optimizer.tensors();
    const weights: StateDict = new Map();
    for (const [name, parameter] of net) weights.set(name, await parameter.read());
    const resumedNet = makeNet(weights);
    const resumed = buildOptimizer({ ...options, lr: 99 }, resumedNet);
    resumed.load(state, tensors);
    assert.deepEqual(resumed.rates(), [5e-3]);
    assert.deepEqual(resumed.initialRates(), [1e-2]);

    for (let i = 3; i < 6; i++) {
      assert.equal(await trainStep(resumed, resumedNet, i), await trainStep(optimizer, net, i));
    }
    for (const [name, parameter] of net) {
      assert.deepEqual(await resumedNet.get(name)!.read(), await parameter.read());
    }
    assert.deepEqual(await resumed.tensors(), await optimizer.tensors());
    optimizer.dispose();
    resumed.dispose();
    disposeAll(net, resumedNet);
  });
}

Deno.test("moments have PyTorch's names, shapes and layout", async () => {
  const net = makeNet(withPrefix(setup, "init/"));
  const optimizer = buildOptimizer({ type: "Adam", lr: 1e-3, betas: [0, 0.9] }, net);
  assert.equal((await optimizer.tensors()).size, 0, "nothing to save before the first step");
  const weight = net.get("conv2.weight")!;
  const data = Float32Array.from({ length: weight.size }, (_, i) => i);
  const gradients = [...net.values()].map((p) =>
    p === weight
      ? tf.transpose(tf.tensor4d(data, [8, 8, 3, 3]), [2, 3, 1, 0]) as Tensor
      : tf.zerosLike(p.value)
  );
  optimizer.step(gradients);
  const tensors = await optimizer.tensors();
  // With beta1 = 0 the first moment is the gradient itself.
  assert.deepEqual(tensors.get("conv2.weight.exp_avg"), {
    shape: [8, 8, 3, 3],
    dtype: "F32",
    data,
  });
  assert.deepEqual(tensors.get("conv2.weight.step"), {
    shape: [],
    dtype: "F32",
    data: Float32Array.of(1),
  });
  assert.deepEqual(tensors.get("conv1.bias.exp_avg_sq")!.shape, [8]);
  assert.equal(tensors.size, 18);
  optimizer.dispose();
  disposeAll(net);
});

/** Steps of one number w with the gradients given; numbers from torch 2.15 formulas worked out by hand in float64. */
async function path(options: TypedOptions, gradients: readonly number[]): Promise<number[]> {
  const w = new Parameter([1], values([1]));
  const optimizer = buildOptimizer(options, new Map([["w", w]]));
  const seen: number[] = [];
  for (const g of gradients) {
    tf.tidy(() => optimizer.step([tf.tensor1d([g])]));
    seen.push((await w.value.data())[0]!);
  }
  optimizer.dispose();
  w.dispose();
  return seen;
}

Deno.test("SGD: dampening spares the first gradient, Nesterov looks ahead", async () => {
  const damped = { type: "SGD", lr: 1, momentum: 0.5, dampening: 0.75 };
  // buffers 2, 0.5·2 + 0.25·4 = 2
  assert.deepEqual(await path(damped, [2, 4]), [-1, -3]);
  const nesterov = { type: "SGD", lr: 1, momentum: 0.5, nesterov: true };
  // buffers 2, 5; directions 2 + 1, 4 + 2.5
  assert.deepEqual(await path(nesterov, [2, 4]), [-2, -8.5]);
});

Deno.test("weight decay is coupled in Adam and decoupled in AdamW", async () => {
  // No gradient: Adam's is the decay alone, so it moves by lr; AdamW shrinks the weight by lr * decay.
  const adam = await path({ type: "Adam", lr: 0.1, weight_decay: 0.5 }, [0]);
  assertNear(adam, [0.9], { atol: 1e-6 }, "Adam");
  const adamW = await path({ type: "AdamW", lr: 0.1, weight_decay: 0.5 }, [0]);
  assertNear(adamW, [0.95], { atol: 1e-6 }, "AdamW");
});

Deno.test("amsgrad divides by the largest second moment so far", async () => {
  const options = { type: "Adam", lr: 0.1, betas: [0, 0.5], eps: 0 };
  // Second moments 8, 4 (corrected: 16, 16/3 with amsgrad 32/3): steps 0.1 * g / sqrt(...)
  assertNear(
    await path({ ...options, amsgrad: true }, [4, 1]),
    [0.9, 0.9 - 0.1 / Math.sqrt(8 / 0.75)],
    { atol: 1e-6 },
    "amsgrad",
  );
  assertNear(
    await path(options, [4, 1]),
    [0.9, 0.9 - 0.1 / Math.sqrt(4.5 / 0.75)],
    { atol: 1e-6 },
    "plain",
  );
});

Deno.test("ASGD follows a schedule at once, and averages from t0 on", async () => {
  const options = { type: "ASGD", lr: 1, lambd: 1, alpha: 1, t0: 1 };
  // Rates 1, 1/2, 1/3: 0 · 1 - 1 = -1, -1 / 2 - 2 / 2 = -1.5, -1.5 · 2 / 3 - 3 / 3 = -2.
  assertNear(await path(options, [1, 2, 3]), [-1, -1.5, -2], { atol: 1e-6 }, "path");
  const w = new Parameter([1], values([1]));
  const optimizer = buildOptimizer(options, new Map([["w", w]]));
  for (const [i, g] of [1, 2, 3, 0].entries()) {
    if (i === 3) optimizer.setRates([0]);
    tf.tidy(() => optimizer.step([tf.tensor1d([g])]));
  }
  assert.deepEqual([...await w.value.data()].map((v) => Math.round(v * 1e5) / 1e5), [-2]);
  // The average is the weight up to the third step, then that of -2 and -2.
  const average = (await optimizer.tensors()).get("w.ax")!.data as Float32Array;
  assertNear(average, [-2], { atol: 1e-6 }, "average");
  optimizer.dispose();
  w.dispose();
});

Deno.test("Rprop grows steps along a sign, and takes none where it changes", async () => {
  const options = { type: "Rprop", lr: 0.1, step_sizes: [1e-6, 0.13] };
  // 0.1, 0.12, no step (0.06), 0.06, 0.072, then at most 0.13
  assertNear(
    await path(options, [5, 1, -1, -1, -9, -1, -1, -1, -1]),
    [0.9, 0.78, 0.78, 0.84, 0.912, 0.9984, 1.10208, 1.226496, 1.356496],
    { atol: 1e-6 },
    "path",
  );
});

Deno.test("groups have options of their own, and parameters without a gradient stay", async () => {
  const [a, b, c] = [1, 2, 3].map((n) => new Parameter([1], values([n])));
  const optimizer = buildOptimizer({ type: "SGD", lr: 1 }, [
    { params: new Map([["a", a!], ["c", c!]]) },
    { params: new Map([["b", b!]]), options: { lr: 0.5 } },
  ]);
  assert.deepEqual(optimizer.rates(), [1, 0.5]);
  const one = tf.tensor1d([1]);
  optimizer.step([one, undefined, one]);
  const read = async (p: Parameter) => (await p.value.data())[0];
  assert.deepEqual([await read(a!), await read(b!), await read(c!)], [0, 1.5, 3]);
  one.dispose();
  optimizer.dispose();
  [a, b, c].forEach((p) => p!.dispose());
});

Deno.test("optimizers refuse what they cannot do", () => {
  const net = makeNet(withPrefix(setup, "init/"));
  const build = (options: TypedOptions) => () => buildOptimizer(options, net).dispose();
  assert.throws(build({ type: "Lion" }), /optimizer type "Lion" is unknown, it is one of .*Adam/);
  assert.throws(build({ type: "toString" }), /unknown/);
  assert.throws(build({ type: "Adam", lr: -1 }), /lr must not be negative/);
  assert.throws(build({ type: "Adam", betas: [0.9, 1] }), /betas must be two numbers/);
  assert.throws(build({ type: "SGD", nesterov: true }), /nesterov needs a momentum/);
  assert.throws(build({ type: "Rprop", etas: [0.5, 0.9] }), /etas must be a number in \(0, 1\)/);
  assert.throws(build({ type: "Rprop", step_sizes: [1, 0.1] }), /step_sizes must be above 0/);
  assert.throws(build({ type: "ASGD", weight_decay: -1 }), /weight_decay must not be negative/);
  assert.throws(
    () => buildOptimizer({ type: "SGD" }, [{ params: net }, { params: net }]),
    /conv1\.bias is in an optimizer twice/,
  );
  disposeAll(net);
});

Deno.test("a state of another optimizer or network is refused", async () => {
  const net = makeNet(withPrefix(setup, "init/"));
  const adam = buildOptimizer({ type: "Adam" }, net);
  const sgd = buildOptimizer({ type: "SGD" }, net);
  await trainStep(adam, net, 0);
  const tensors = await adam.tensors();
  assert.throws(
    () => sgd.load(adam.state(), tensors),
    /is Adam with 1 parameter groups, this one is SGD/,
  );
  const without = new Map(tensors);
  without.delete("conv2.bias.exp_avg");
  assert.throws(() => adam.load(adam.state(), without), /has no conv2\.bias\.exp_avg/);
  const wrong = new Map(tensors).set("conv2.bias.exp_avg", tensors.get("conv3.bias.exp_avg")!);
  assert.throws(
    () => adam.load(adam.state(), wrong),
    /conv2\.bias\.exp_avg is F32 \[3\].*needs F32 \[8\]/s,
  );
  adam.dispose();
  sgd.dispose();
  disposeAll(net);
});
