/** Parts of the degradation against the numbers of BasicSR. */
import assert from "node:assert/strict";
import {
  diffJpeg,
  filter2D,
  gaussianKernel,
  gaussianNoise,
  poissonNoise,
  poissonNoiseTable,
  usmSharp,
} from "../../../core/degrade/mod.ts";
import { seedRandomOps } from "../../../core/engine/random_ops.ts";
import { decodePng } from "../../../core/data/png.ts";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { float32Tensor, type StateTensor } from "../../../core/weights/state_dict.ts";
import { onEngine } from "./_engine.ts";
import { assertNear, nchw, nhwc } from "../nn/_parity.ts";
import {
  assertMostly,
  degradeCases,
  kernelsOf,
  type NoiseMoments,
  parityPath,
  parityTensor,
  type TensorRef,
} from "./_parity.ts";

onEngine(
  "diffJpeg() gives the numbers of DiffJPEG, for one quality and for each picture's own",
  async () => {
    const cases = degradeCases("DiffJPEG");
    assert(cases.length >= 2);
    for (const { name, config, inputs, outputs, tolerance } of cases) {
      const { quality, differentiable } = config;
      const want = parityTensor(outputs.output);
      const got = tf.tidy(() =>
        diffJpeg(
          nhwc(pictures(inputs.img, want.shape[0]!, name)),
          typeof quality === "number" ? quality : tf.tensor1d([...quality]),
          { differentiable },
        )
      );
      assertMostly(await nchw(got), want, tolerance.output!, name);
      got.dispose();
    }
  },
);

onEngine("diffJpeg() has a gradient if it is asked to, and none else", async () => {
  const x = tf.tidy(() => tf.mul(tf.range(0, 2 * 17 * 9 * 3), 1 / 918).reshape([2, 17, 9, 3]));
  const slope = async (differentiable: boolean) => {
    const f = (x: Tensor4D) => tf.sum(tf.square(diffJpeg(x, 30, { differentiable })));
    const gradient = tf.grad(f as never)(x);
    const values = await gradient.data() as Float32Array;
    gradient.dispose();
    assert(values.every(Number.isFinite));
    return values.reduce((sum, v) => sum + Math.abs(v), 0);
  };
  assert(await slope(true) > 1e-3);
  assert.equal(await slope(false), 0);
  x.dispose();
});

onEngine("usmSharp() gives the numbers of USMSharp and usm_sharp", async () => {
  const cases = degradeCases("USMSharp", "usm_sharp");
  assert(cases.length >= 1);
  for (const { name, config, inputs, outputs, tolerance } of cases) {
    const { weight, radius, threshold } = config;
    const image = parityTensor(inputs.img), want = parityTensor(outputs.output);
    const isRows = image.shape.length === 3; // one picture, channels last
    const x = isRows
      ? tf.tensor4d(image.data as Float32Array, [1, ...image.shape] as Tensor4D["shape"])
      : nhwc(image);
    const y = usmSharp(x, { weight, radius, threshold });
    const got = isRows ? float32Tensor(want.shape, await y.data() as Float32Array) : await nchw(y);
    assertNear(got, want, tolerance.output!, name);
    tf.dispose([x, y]);
    if (!outputs.gaussian) continue;
    const gaussian = parityTensor(outputs.gaussian);
    const weights = Float32Array.from(gaussianKernel(gaussian.shape[0]!));
    assertNear(float32Tensor(gaussian.shape, weights), gaussian, tolerance.gaussian!, name);
  }
});

onEngine(
  "filter2D() gives the numbers of BasicSR, with one kernel and with each picture's own",
  async () => {
    const cases = degradeCases("filter2D");
    assert.equal(cases.length, 2);
    for (const { name, inputs, outputs, tolerance } of cases) {
      const x = nhwc(parityTensor(inputs.img)), kernels = kernelsOf(parityTensor(inputs.kernel));
      const y = filter2D(x, kernels);
      assertNear(await nchw(y), parityTensor(outputs.output), tolerance.output!, name);
      tf.dispose([x, kernels, y]);
    }
  },
);

onEngine("noise has the moments of BasicSR's", async () => {
  const [{ inputs, outputs, tolerance }] = degradeCases("degrade/noise_moments") as [
    ReturnType<typeof degradeCases>[number],
  ];
  const png = parityPath(inputs.img.file);
  const { data, width, height } = decodePng(await Deno.readFile(png), png);
  seedRandomOps(8, "moments");
  const batch = 40;
  const x = tf.tidy(() => {
    const image = tf.div(tf.tensor3d(Float32Array.from(data), [height, width, 3]), 255);
    return tf.tile(tf.expandDims(tf.transpose(image, [2, 0, 1]), 0), [batch, 1, 1, 1]);
  }) as Tensor4D;
  const table = tf.tensor1d(poissonNoiseTable());
  for (const row of outputs.table) {
    const { fn, gray_noise } = row;
    const isGaussian = fn === "generate_gaussian_noise";
    const noise = tf.tidy(() => {
      const amounts = {
        amount: tf.fill([batch], isGaussian ? row.sigma : row.scale),
        gray: tf.fill([batch], Number(gray_noise)),
      };
      return isGaussian ? gaussianNoise(x.shape, amounts) : poissonNoise(x, amounts, table);
    });
    const got = moments(await noise.data() as Float32Array, width * height, data, gray_noise);
    noise.dispose();
    const what = `${fn} ${JSON.stringify({ ...row })}: ${JSON.stringify(got)}`;
    assert(Math.abs(got.mean - row.mean) < tolerance.mean!.atol!, what);
    for (const key of ["std", "std_darkest_quarter", "std_brightest_quarter"] as const) {
      if (row[key] === undefined) continue;
      assert(Math.abs(got[key] / row[key] - 1) < tolerance.std!.rtol!, `${key} of ${what}`);
    }
    const correlation = tolerance.channel_correlation!.atol!;
    assert(Math.abs(got.channel_correlation - row.channel_correlation) < correlation, what);
  }
  tf.dispose([x, table]);
});

/** `count` pictures; which one a case of a single picture takes is said in words. */
function pictures(ref: TensorRef, count: number, name: string): StateTensor {
  const all = parityTensor(ref);
  const first = /image (\d) of the batch/.exec(ref.take ?? "")?.[1] ?? "0";
  const [n, ...shape] = all.shape, length = all.data.length / n!;
  const start = Number(first) * length;
  const data = all.data.slice(start, start + count * length) as Float32Array;
  assert.equal(data.length, count * length, name);
  return float32Tensor([count, ...shape], data);
}

function moments(
  noise: Float32Array,
  pixels: number,
  image: ArrayLike<number>,
  isGray: boolean,
): Pick<
  NoiseMoments,
  "mean" | "std" | "std_darkest_quarter" | "std_brightest_quarter" | "channel_correlation"
> {
  // Quarters of all elements: what is noisy is a colour, or where all have the same noise their gray.
  const light = Float32Array.from({ length: 3 * pixels }, (_, i) => {
    const at = 3 * (i % pixels);
    const [r, g, b] = [image[at]!, image[at + 1]!, image[at + 2]!];
    return isGray ? 0.299 * r + 0.587 * g + 0.114 * b : image[at + Math.floor(i / pixels)]!;
  });
  const sorted = light.toSorted();
  const dark = sorted[(3 * pixels) >> 2]!, bright = sorted[Math.floor(3 * pixels * 0.75)]!;
  const of = (wanted: (value: number) => boolean) => {
    let sum = 0, squares = 0, count = 0;
    noise.forEach((v, i) => {
      if (!wanted(light[i % (3 * pixels)]!)) return;
      sum += v, squares += v * v, count++;
    });
    return { mean: sum / count, std: Math.sqrt(squares / count - (sum / count) ** 2) };
  };
  const all = of(() => true);
  let product = 0, red = 0, green = 0;
  for (let start = 0; start < noise.length; start += 3 * pixels) {
    for (let i = start; i < start + pixels; i++) {
      const r = noise[i]!, g = noise[i + pixels]!;
      product += r * g, red += r * r, green += g * g;
    }
  }
  return {
    ...all,
    std_darkest_quarter: of((value) => value <= dark).std,
    std_brightest_quarter: of((value) => value >= bright).std,
    channel_correlation: product / Math.sqrt(red * green),
  };
}
