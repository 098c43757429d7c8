import assert from "node:assert/strict";
import {
  addGaussianNoise,
  addPoissonNoise,
  generateGaussianNoise,
  generatePoissonNoise,
  randomAddGaussianNoise,
  randomAddPoissonNoise,
} from "../../../../core/data/degradations/noise.ts";
import { PoissonSampler } from "../../../../core/data/degradations/poisson.ts";
import type { FloatImage } from "../../../../core/data/image.ts";
import { Rng } from "../../../../core/random.ts";

function flat(value: number, channels = 3): FloatImage {
  return { width: 20, height: 10, channels, data: new Float32Array(200 * channels).fill(value) };
}

for (const mean of [0, 0.3, 7.25, 255]) {
  Deno.test(`PoissonSampler draws numbers with the probabilities of a Poisson distribution of mean ${mean}`, () => {
    const rng = new Rng(1, mean), sampler = new PoissonSampler(mean);
    const n = 20_000, counts: number[] = [];
    for (let i = 0; i < n; i++) {
      const k = sampler.next(rng);
      counts[k] = (counts[k] ?? 0) + 1;
    }
    // Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded with probability 0.001, less for discrete numbers.
    let below = 0, expected = 0, p = Math.exp(-mean);
    for (let k = 0; k < counts.length; k++) {
      below += (counts[k] ?? 0) / n;
      expected += p;
      p *= mean / (k + 1);
      assert.ok(Math.abs(below - expected) < 1.95 / Math.sqrt(n), `P(x <= ${k})`);
    }
  });
}

Deno.test("PoissonSampler works for means whose exp(-mean) is 0, and refuses negative ones", () => {
  const rng = new Rng(2), sampler = new PoissonSampler(1e5);
  let sum = 0;
  for (let i = 0; i < 1000; i++) sum += sampler.next(rng);
  assert.ok(Math.abs(sum / 1000 - 1e5) < 4 * Math.sqrt(1e5 / 1000));
  assert.throws(() => new PoissonSampler(-1), /^RangeError: a Poisson mean must be 0 or more/);
});

Deno.test("gray noise is the same in all channels, other noise is not", () => {
  for (const generate of [generateGaussianNoise, generatePoissonNoise]) {
    const gray = generate(flat(0.5), 20, true, new Rng(1)).data;
    assert.ok(gray.every((v, i) => v === gray[i - i % 3]));
    const colour = generate(flat(0.5), 20, false, new Rng(1)).data;
    assert.ok(colour.some((v, i) => v !== colour[i - i % 3]));
  }
});

Deno.test("a flat image has one level, so that Poisson noise is whole numbers times scale", () => {
  const { data } = generatePoissonNoise(flat(1), 0.5, false, new Rng(1));
  assert.ok(data.every((v) => Number.isInteger(2 * v)));
  assert.ok(new Set(data).size > 2);
});

Deno.test("sums are clamped unless clip is off, and rounded to 8 bits if rounds is on", () => {
  const noisy = (finish?: { clip?: boolean; rounds?: boolean }) =>
    addGaussianNoise(flat(0.98), 25, false, new Rng(1), finish).data;
  assert.equal(Math.max(...noisy()), 1);
  assert.ok(Math.max(...noisy({ clip: false })) > 1.05);
  const levels = noisy({ rounds: true });
  assert.ok(levels.every((v) => v === Math.fround(Math.round(v * 255) / 255)));
  assert.deepEqual(levels, noisy().map((v) => Math.round(v * 255) / 255));
  assert.ok(Math.max(...noisy({ clip: false, rounds: true })) > 1.05);
});

Deno.test("random noise draws its strength and whether it is gray", () => {
  const none = randomAddGaussianNoise(flat(0.5), [0, 0], 0, new Rng(1));
  assert.deepEqual(none.data, flat(0.5).data);
  assert.deepEqual(randomAddPoissonNoise(flat(0.5), [0, 0], 0, new Rng(1)).data, flat(0.5).data);
  let gray = 0;
  for (let k = 0; k < 100; k++) {
    const { data } = randomAddGaussianNoise(flat(0.5), [1, 30], 0.4, new Rng(k));
    if (data[0] === data[1] && data[1] === data[2]) gray++;
  }
  assert.ok(gray > 25 && gray < 55, `${gray} of 100`);
});

Deno.test("gray Poisson noise takes one or three channels", () => {
  assert.equal(addPoissonNoise(flat(0.5, 1), 1, true, new Rng(1)).channels, 1);
  assert.throws(
    () => addPoissonNoise(flat(0.5, 4), 1, true, new Rng(1)),
    /^TypeError: gray Poisson noise needs 1 or 3 channels, received 4/,
  );
});
