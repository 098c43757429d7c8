import assert from "node:assert/strict";
import {
  constant,
  Conv2d,
  defaultInitWeights,
  kaimingNormal,
  Linear,
  PReLU,
  torchDefault,
  withInitSeed,
} from "../../../core/nn/mod.ts";
import { Rng } from "../../../core/random.ts";
import { forEachEngine, testEngine } from "../engine/_engines.ts";

function moments(data: ArrayLike<number>): { mean: number; std: number; largest: number } {
  let sum = 0, squares = 0, largest = 0;
  for (const value of Array.from(data)) {
    sum += value;
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = sum / data.length;
  return { mean, std: Math.sqrt(squares / data.length - mean * mean), largest };
}

Deno.test("torchDefault is uniform within 1/√fan_in", () => {
  const { mean, std, largest } = moments(torchDefault(144)(new Rng(1), [20000]));
  const bound = 1 / 12;
  assert(largest < bound && largest > 0.99 * bound, `${largest}`);
  assert(Math.abs(mean) < 0.02 * bound, `${mean}`);
  assert(Math.abs(std - bound / Math.sqrt(3)) < 0.02 * bound, `${std}`);
});

Deno.test("kaimingNormal has standard deviation scale·√(2 / fan_in)", () => {
  const { mean, std, largest } = moments(kaimingNormal(72, 0.1)(new Rng(1), [20000]));
  const want = 0.1 * Math.sqrt(2 / 72);
  assert(Math.abs(mean) < 0.02 * want && Math.abs(std - want) < 0.02 * want, `${mean} ${std}`);
  assert(largest > 3 * want, "normal numbers have tails");
});

Deno.test("defaultInitWeights reaches convolutions and linear layers, and fills biases", async () => {
  const engine = await testEngine();
  try {
    const conv = new Conv2d(64, 64, 3), linear = new Linear(400, 50), prelu = new PReLU(4);
    defaultInitWeights([conv, linear, prelu], 0.1, 0.25);
    const { std } = moments((await conv.weight.read()).data as Float32Array);
    assert(Math.abs(std - 0.1 * Math.sqrt(2 / 576)) < 1e-4, `${std}`);
    const flat = moments((await linear.weight.read()).data as Float32Array);
    assert(Math.abs(flat.std - 0.1 * Math.sqrt(2 / 400)) < 2e-4, `${flat.std}`);
    assert.deepEqual(new Set((await conv.bias!.read()).data as Float32Array), new Set([0.25]));
    assert.deepEqual([...(await prelu.weight.read()).data], [0.25, 0.25, 0.25, 0.25]);
    defaultInitWeights([conv], 2);
    const again = moments((await conv.weight.read()).data as Float32Array);
    assert(Math.abs(again.std - 2 * Math.sqrt(2 / 576)) < 2e-3, "also after the tensor was made");
  } finally {
    await engine.dispose();
  }
});

// The golden numbers pin the streams: a run that is resumed, or repeated with a later version, must start alike.
await forEachEngine("a seed gives the same initial values on every engine", async () => {
  const build = (seed: number): Conv2d => withInitSeed(seed, () => new Conv2d(3, 4, 3));
  const first = build(10), same = build(10), other = build(11);
  const data = (await first.weight.read()).data as Float32Array;
  assert.deepEqual((await same.weight.read()).data, data);
  assert.notDeepEqual((await other.weight.read()).data, data);
  const want = torchDefault(27)(new Rng(10, "init", 0), [4, 3, 3, 3]);
  assert.deepEqual(data, want);
  assert.deepEqual((await first.bias!.read()).data, torchDefault(27)(new Rng(10, "init", 1), [4]));
});

Deno.test("initial values do not depend on when the tensors are made", async () => {
  const engine = await testEngine();
  try {
    const [a, b] = [0, 1].map(() => withInitSeed(3, () => [new Linear(2, 2), new Linear(2, 2)]));
    const late = await b![1]!.weight.read();
    assert.deepEqual(await a![0]!.weight.read(), await b![0]!.weight.read());
    assert.deepEqual(await a![1]!.weight.read(), late);
  } finally {
    await engine.dispose();
  }
});

Deno.test("withInitSeed restores the outer seed, also after an error", async () => {
  const engine = await testEngine();
  try {
    const [direct] = withInitSeed(5, () => [new Linear(2, 2)]);
    const nested = withInitSeed(5, () => {
      assert.throws(() => withInitSeed(6, () => new Conv2d(3, 4, 3, { groups: 2 })), RangeError);
      return new Linear(2, 2);
    });
    assert.deepEqual(await nested.weight.read(), await direct!.weight.read());
  } finally {
    await engine.dispose();
  }
});

Deno.test("constant fills", () => {
  assert.deepEqual(constant(0.5)(new Rng(0), [2, 2]), new Float32Array(4).fill(0.5));
});
