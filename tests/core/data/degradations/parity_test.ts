import assert from "node:assert/strict";
import { toFloat } from "../../../../core/data/convert.ts";
import { filter2D, gaussianWeights, usmSharp } from "../../../../core/data/degradations/filter.ts";
import { addJpgCompression } from "../../../../core/data/degradations/jpeg.ts";
import {
  bivariateGaussian,
  bivariateGeneralizedGaussian,
  bivariatePlateau,
  type BlurShape,
  type Kernel,
} from "../../../../core/data/degradations/kernels.ts";
import {
  generateGaussianNoise,
  generatePoissonNoise,
} from "../../../../core/data/degradations/noise.ts";
import { circularLowpassKernel } from "../../../../core/data/degradations/sinc.ts";
import type { FloatImage } from "../../../../core/data/image.ts";
import { Rng } from "../../../../core/random.ts";
import { testCodec } from "../_files.ts";
import {
  type ArrayRef,
  chwImage,
  parityCases,
  parityImage,
  parityPath,
  parityTensor,
} from "../_parity.ts";

interface DegradeCase {
  readonly name: string;
  readonly config: {
    readonly fn?: string;
    readonly kernel_size: number;
    readonly sig_x: number;
    readonly sig_y: number;
    readonly theta: number;
    readonly beta: number;
    readonly isotropic: boolean;
    readonly cutoff: number;
    readonly pad_to: number;
    readonly quality: number;
    readonly weight: number;
    readonly radius: number;
    readonly threshold: number;
  };
  readonly inputs: { readonly [name: string]: ArrayRef };
  readonly outputs:
    & { readonly [name: string]: ArrayRef }
    & { readonly psnr_to_input: number; readonly table: readonly NoiseRow[] };
  readonly tolerance: {
    readonly [name: string]: { readonly atol?: number; readonly rtol?: number };
  };
}

interface NoiseRow {
  readonly fn: string;
  readonly sigma: number;
  readonly scale: number;
  readonly gray_noise: boolean;
  readonly std: number;
  readonly std_darkest_quarter?: number;
  readonly channel_correlation: number;
}

// The fields of a case depend on its function; index.json is what says which are there.
const all = parityCases("degrade") as unknown as DegradeCase[];
const of = (...names: string[]): DegradeCase[] =>
  all.filter(({ config }) => names.includes(config.fn ?? "noise"));

function assertClose(got: ArrayLike<number>, want: ArrayLike<number>, c: DegradeCase, key: string) {
  assert.equal(got.length, want.length, c.name);
  const { atol = 0, rtol = 0 } = c.tolerance[key]!;
  for (let i = 0; i < want.length; i++) {
    assert.ok(
      Math.abs(got[i]! - want[i]!) <= atol + rtol * Math.abs(want[i]!),
      `${c.name} ${key}[${i}]: got ${got[i]}, want ${want[i]}`,
    );
  }
}

function kernelOf({ config }: DegradeCase): Kernel {
  const { kernel_size: size, sig_x: sigmaX, sig_y, theta, beta } = config;
  const shape: BlurShape = config.isotropic
    ? { size, sigmaX }
    : { size, sigmaX, sigmaY: sig_y, theta };
  switch (config.fn) {
    case "bivariate_Gaussian":
      return bivariateGaussian(shape);
    case "bivariate_generalized_Gaussian":
      return bivariateGeneralizedGaussian(shape, beta);
    case "bivariate_plateau":
      return bivariatePlateau(shape, beta);
  }
  return circularLowpassKernel(config.cutoff, size, config.pad_to);
}

Deno.test("blur kernels are BasicSR's", () => {
  const cases = of(
    "bivariate_Gaussian",
    "bivariate_generalized_Gaussian",
    "bivariate_plateau",
    "circular_lowpass_kernel",
  );
  assert.ok(cases.length >= 10);
  for (const c of cases) {
    assertClose(kernelOf(c).data, parityTensor(c.outputs["kernel"]!).data, c, "kernel");
  }
});

async function png(ref: ArrayRef): Promise<FloatImage> {
  const path = parityPath(ref.file);
  return toFloat(await (await testCodec()).decode(await Deno.readFile(path), path));
}

function psnr(a: FloatImage, b: FloatImage): number {
  const mse = a.data.reduce((sum, v, i) => sum + (v - b.data[i]!) ** 2, 0) / a.data.length;
  return -10 * Math.log10(mse);
}

Deno.test("addJpgCompression() gives the pixels that cv2 reads back, every one", async () => {
  const cases = of("add_jpg_compression");
  assert.ok(cases.length >= 3);
  for (const c of cases) {
    const image = await png(c.inputs["img"]!);
    const got = addJpgCompression(image, c.config.quality);
    const want = await png(c.outputs["output"]!);
    const different = got.data.filter((v, i) => v !== want.data[i]!).length;
    assert.equal(different, 0, `${c.name}: ${different} samples differ`);
    assert.ok(Math.abs(psnr(got, image) - c.outputs.psnr_to_input) < 1e-6, c.name);
  }
});

Deno.test("usmSharp() and its Gaussian are BasicSR's", () => {
  const cases = of("usm_sharp", "USMSharp");
  assert.ok(cases.length >= 1);
  for (const c of cases) {
    const nchw = c.config.fn === "USMSharp";
    const image = (ref: ArrayRef) => (nchw ? chwImage(ref) : parityImage(ref)) as FloatImage;
    const got = usmSharp(image(c.inputs["img"]!), c.config);
    assertClose(got.data, image(c.outputs["output"]!).data, c, "output");
    if (nchw) continue;
    const gaussian = parityTensor(c.outputs["gaussian"]!).data;
    assertClose(gaussianWeights(gaussian.length), gaussian, c, "gaussian");
  }
});

Deno.test("filter2D() is BasicSR's, with one kernel and with one for each image", () => {
  const cases = of("filter2D");
  assert.ok(cases.length >= 2);
  for (const c of cases) {
    const { shape, data } = parityTensor(c.inputs["kernel"]!);
    const [count, size] = shape as [number, number];
    for (let n = 0; n < 3; n++) {
      const at = (count === 1 ? 0 : n) * size * size;
      const kernel = { size, data: Float64Array.from(data.subarray(at, at + size * size)) };
      const got = filter2D(chwImage(c.inputs["img"]!, n), kernel);
      assertClose(got.data, chwImage(c.outputs["output"]!, n).data, c, "output");
    }
  }
});

/** Sums of noise over many draws. */
class Moments {
  #n = 0;
  #sum = 0;
  #squares = 0;
  #rg = 0;
  #rr = 0;
  #gg = 0;

  add(noise: FloatImage): void {
    for (let i = 0; i < noise.data.length; i += 3) {
      const [r, g, b] = noise.data.subarray(i, i + 3) as unknown as [number, number, number];
      this.#n += 3;
      this.#sum += r + g + b;
      this.#squares += r * r + g * g + b * b;
      this.#rg += r * g;
      this.#rr += r * r;
      this.#gg += g * g;
    }
  }

  get mean(): number {
    return this.#sum / this.#n;
  }

  get std(): number {
    return Math.sqrt(this.#squares / this.#n - this.mean ** 2);
  }

  get correlation(): number {
    return this.#rg / Math.sqrt(this.#rr * this.#gg);
  }
}

Deno.test("noise has BasicSR's moments", async () => {
  const [c] = of("noise");
  const image = await png(c!.inputs["img"]!);
  const rng = new Rng(1, "noise");
  const sorted = image.data.toSorted();
  const dark = sorted[Math.floor(sorted.length / 4)]!;
  for (const row of c!.outputs.table) {
    const what = JSON.stringify(row);
    const poisson = row.fn === "generate_poisson_noise";
    const moments = new Moments();
    let darkSum = 0, darkCount = 0;
    for (let k = 0; k < 60; k++) {
      const noise = poisson
        ? generatePoissonNoise(image, row.scale, row.gray_noise, rng)
        : generateGaussianNoise(image, row.sigma, row.gray_noise, rng);
      moments.add(noise);
      for (let i = 0; i < noise.data.length; i++) {
        if (image.data[i]! > dark) continue;
        darkSum += noise.data[i]! ** 2;
        darkCount++;
      }
    }
    assert.ok(Math.abs(moments.mean) < 0.002, what);
    assert.ok(Math.abs(moments.std / row.std - 1) < 0.03, `${what}: std ${moments.std}`);
    assert.ok(Math.abs(moments.correlation - row.channel_correlation) < 0.03, what);
    if (!poisson || row.gray_noise) continue; // gray noise follows luma, not the sample
    const darkStd = Math.sqrt(darkSum / darkCount);
    assert.ok(Math.abs(darkStd / row.std_darkest_quarter! - 1) < 0.03, `${what}: dark ${darkStd}`);
  }
});
