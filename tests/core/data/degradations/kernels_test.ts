import assert from "node:assert/strict";
import {
  bivariateGaussian,
  cdf2,
  meshGrid,
  padKernel,
  pulseKernel,
  sigmaMatrix2,
} from "../../../../core/data/degradations/kernels.ts";
import {
  type BlurOptions,
  choose,
  KERNEL_KINDS,
  randomBivariatePlateau,
  randomBlurKernel,
  randomKernelSize,
  randomMixedKernel,
  randomSincKernel,
} from "../../../../core/data/degradations/random_kernels.ts";
import { besselJ1, circularLowpassKernel } from "../../../../core/data/degradations/sinc.ts";
import { Rng } from "../../../../core/random.ts";
import { golden } from "./_golden.ts";

const near = (a: number, b: number, atol: number) =>
  assert.ok(Math.abs(a - b) <= atol, `${a} is not ${b}`);

Deno.test("sigmaMatrix2() turned by a right angle swaps the axes", () => {
  const [xx, xy, yy] = sigmaMatrix2(3, 2, Math.PI / 2);
  near(xx, 4, 1e-12);
  near(xy, 0, 1e-12);
  near(yy, 9, 1e-12);
});

Deno.test("meshGrid() has its zero in the middle, left of it where the size is even", () => {
  assert.deepEqual([...meshGrid(5)], [-2, -1, 0, 1, 2]);
  assert.deepEqual([...meshGrid(4)], [-1, 0, 1, 2]);
});

Deno.test("cdf2() is a product of normal distribution functions", () => {
  const { data } = cdf2([1, 0, 0, 0.5], 3);
  // Phi(1) = 0.841344746068543, Phi(0.5) = 0.691462461274013 (tables)
  near(data[4]!, 0.25, 1e-15);
  near(data[8]!, 0.841344746068543 * 0.691462461274013, 1e-14);
  near(data[0]!, (1 - 0.841344746068543) * (1 - 0.691462461274013), 1e-14);
});

Deno.test("besselJ1() is scipy's j1", () => {
  for (const [x, want] of golden().bessel_j1) near(besselJ1(x), want, 1e-14);
});

Deno.test("padKernel() and pulseKernel() keep the weights in the middle", () => {
  const padded = padKernel(bivariateGaussian({ size: 3, sigmaX: 1 }), 7);
  assert.equal(padded.size, 7);
  assert.equal(padded.data.indexOf(Math.max(...padded.data)), 24);
  near(padded.data.reduce((a, b) => a + b), 1, 1e-15);
  assert.deepEqual([...pulseKernel(3).data], [0, 0, 0, 0, 1, 0, 0, 0, 0]);
  assert.throws(() => circularLowpassKernel(1, 4), /^RangeError: a kernel's size must be an odd/);
});

const ranges = {
  size: 9,
  sigmaX: [0.5, 3],
  sigmaY: [0.5, 3],
  rotation: [-Math.PI, Math.PI],
} as const;

Deno.test("choose() takes items as often as their weights say, in any unit", () => {
  const rng = new Rng(3);
  const counts = [0, 0, 0];
  for (let k = 0; k < 6000; k++) counts[choose([0, 1, 2], [2, 0, 6], rng)]!++;
  assert.equal(counts[1], 0);
  near(counts[0]! / 6000, 0.25, 0.02);
});

Deno.test("randomMixedKernel() draws each kind, with the sum 1, isotropic where it says so", () => {
  for (const kind of KERNEL_KINDS) {
    const mix = { kinds: [kind], probs: [1], betag: [0.5, 4], betap: [1, 2] } as const;
    const { data } = randomMixedKernel(mix, ranges, new Rng(1, kind));
    near(data.reduce((a, b) => a + b), 1, 1e-12);
    // A quarter turn (x, y) -> (y, -x) takes row 2 to column 2.
    const turned = Math.max(
      ...data.map((v, i) => Math.abs(v - data[i % 9 * 9 + 8 - (i / 9 | 0)]!)),
    );
    assert.equal(turned < 1e-12, !kind.endsWith("aniso"), kind);
  }
});

Deno.test("kernel noise changes Gaussians and leaves plateaus alone, as in BasicSR", () => {
  const mix = { probs: [1], betag: [0.5, 4], betap: [1, 2] } as const;
  const drawn = (kind: "iso" | "plateau_iso", noise: readonly [number, number] | null) => [
    ...randomMixedKernel({ ...mix, kinds: [kind] }, { ...ranges, noise }, new Rng(5)).data,
  ];
  assert.notDeepEqual(drawn("iso", [0.75, 1.25]), drawn("iso", null));
  assert.deepEqual(drawn("plateau_iso", [0.75, 1.25]), drawn("plateau_iso", null));
});

Deno.test("one half of the draws has beta 1 where the range begins there", () => {
  const fixed = { ...ranges, sigmaX: [1, 1] } as const;
  const atOne = randomBivariatePlateau(fixed, [1, 1], true, new Rng(0)).data[0]!;
  let ones = 0;
  for (let k = 0; k < 400; k++) {
    const { data } = randomBivariatePlateau(fixed, [1, 2], true, new Rng(k));
    if (data[0] === atOne) ones++;
  }
  near(ones / 400, 0.5, 0.08);
});

Deno.test("randomKernelSize() draws odd sizes from 7 to the largest, all of them", () => {
  const rng = new Rng(2);
  const sizes = new Set(Array.from({ length: 300 }, () => randomKernelSize(21, rng)));
  assert.deepEqual([...sizes].sort((a, b) => a - b), [7, 9, 11, 13, 15, 17, 19, 21]);
  assert.equal(randomKernelSize(5, rng), 5);
});

Deno.test("randomBlurKernel() gives low-pass kernels with sinc_prob, and the same for the same key", () => {
  const options: BlurOptions = {
    blur_kernel_size: 15,
    kernel_list: ["iso"],
    kernel_prob: [1],
    blur_sigma: [0.2, 3],
    betag_range: [0.5, 4],
    betap_range: [1, 2],
    sinc_prob: 0.5,
  };
  let ringing = 0;
  for (let k = 0; k < 200; k++) {
    const { data } = randomBlurKernel(options, new Rng(k));
    if (data.some((v) => v < 0)) ringing++;
  }
  near(ringing / 200, 0.5, 0.12);
  assert.deepEqual(randomBlurKernel(options, new Rng(9)), randomBlurKernel(options, new Rng(9)));
  assert.ok(randomSincKernel(21, new Rng(4)).data.some((v) => v < 0));
});
