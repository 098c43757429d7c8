/**
 * Gaussian and Poisson noise.
 *
 * Facts from `basicsr/data/degradations.py`. Poisson noise there (and here) is that of a sensor whose full scale is
 * `vals` events, the number of different levels in the image rounded up to a power of two, times `scale`. "Gray" noise
 * is one pattern for all channels; Poisson's is that of the image's luma (0.299 R + 0.587 G + 0.114 B, as cv2).
 *
 * @module
 */
import type { Rng } from "../../random.ts";
import { roundHalfEven } from "../convert.ts";
import type { FloatImage } from "../image.ts";
import { PoissonSampler } from "./poisson.ts";
import type { Range } from "./random_kernels.ts";

/** What is done with the sum of image and noise. */
export interface NoiseFinish {
  /** Clamps to [0, 1]. Default true. */
  readonly clip?: boolean;
  /** Rounds to multiples of 1/255, ties to even. Default false. */
  readonly rounds?: boolean;
}

/** Gaussian noise of `image`'s shape. `sigma` is in 0-255 levels; `gray` gives all channels the same. */
export function generateGaussianNoise(
  image: FloatImage,
  sigma: number,
  gray: boolean,
  rng: Rng,
): FloatImage {
  const { width, height, channels } = image;
  const drawn = new Float32Array(width * height * (gray ? 1 : channels));
  fillNormal(drawn, sigma / 255, rng);
  return { ...image, data: gray ? repeat(drawn, channels) : drawn };
}

/** `image` with Gaussian noise of `sigma` 0-255 levels. */
export function addGaussianNoise(
  image: FloatImage,
  sigma: number,
  gray: boolean,
  rng: Rng,
  finish: NoiseFinish = {},
): FloatImage {
  return add(image, generateGaussianNoise(image, sigma, gray, rng), finish);
}

/** Draws sigma (0-255 levels) and whether the noise is gray, then the noise. */
export function randomGenerateGaussianNoise(
  image: FloatImage,
  sigmaRange: Range,
  grayProb: number,
  rng: Rng,
): FloatImage {
  return generateGaussianNoise(image, rng.uniform(...sigmaRange), rng.chance(grayProb), rng);
}

/** `image` with {@linkcode randomGenerateGaussianNoise}. */
export function randomAddGaussianNoise(
  image: FloatImage,
  sigmaRange: Range,
  grayProb: number,
  rng: Rng,
  finish: NoiseFinish = {},
): FloatImage {
  return add(image, randomGenerateGaussianNoise(image, sigmaRange, grayProb, rng), finish);
}

/**
 * Poisson noise of `image`'s shape, multiplied by `scale`: what has to be added to `image` rounded to 8 bits.
 *
 * @throws {TypeError} If `gray` noise is asked for and the image has neither one nor three channels.
 */
export function generatePoissonNoise(
  image: FloatImage,
  scale: number,
  gray: boolean,
  rng: Rng,
): FloatImage {
  const { channels } = image;
  const levels = toLevels(gray ? luma(image) : image.data);
  const present = new Uint8Array(256);
  for (const level of levels) present[level] = 1;
  const vals = 2 ** Math.ceil(Math.log2(present.reduce((a, b) => a + b, 0)));
  const samplers: (PoissonSampler | undefined)[] = [];
  const noise = new Float32Array(levels.length);
  for (let i = 0; i < noise.length; i++) {
    const level = levels[i]!;
    const sampler = samplers[level] ??= new PoissonSampler(level / 255 * vals);
    noise[i] = (sampler.next(rng) / vals - level / 255) * scale;
  }
  return { ...image, data: gray ? repeat(noise, channels) : noise };
}

/** `image` with Poisson noise. */
export function addPoissonNoise(
  image: FloatImage,
  scale: number,
  gray: boolean,
  rng: Rng,
  finish: NoiseFinish = {},
): FloatImage {
  return add(image, generatePoissonNoise(image, scale, gray, rng), finish);
}

/** Draws the scale and whether the noise is gray, then the noise. */
export function randomGeneratePoissonNoise(
  image: FloatImage,
  scaleRange: Range,
  grayProb: number,
  rng: Rng,
): FloatImage {
  return generatePoissonNoise(image, rng.uniform(...scaleRange), rng.chance(grayProb), rng);
}

/** `image` with {@linkcode randomGeneratePoissonNoise}. */
export function randomAddPoissonNoise(
  image: FloatImage,
  scaleRange: Range,
  grayProb: number,
  rng: Rng,
  finish: NoiseFinish = {},
): FloatImage {
  return add(image, randomGeneratePoissonNoise(image, scaleRange, grayProb, rng), finish);
}

function add(image: FloatImage, noise: FloatImage, finish: NoiseFinish): FloatImage {
  const { clip = true, rounds = false } = finish;
  const data = image.data.map((v, i) => {
    let sum = Math.fround(v + noise.data[i]!);
    if (clip) sum = Math.min(Math.max(sum, 0), 1);
    return rounds ? roundHalfEven(Math.fround(sum * 255)) / 255 : sum;
  });
  return { ...image, data };
}

/** Box-Muller, both halves used. */
function fillNormal(data: Float32Array, sigma: number, rng: Rng): void {
  for (let i = 0; i < data.length; i += 2) {
    const radius = sigma * Math.sqrt(-2 * Math.log(1 - rng.float()));
    const angle = 2 * Math.PI * rng.float();
    data[i] = radius * Math.cos(angle);
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
  }
}

/** 8-bit levels, ties to even. */
function toLevels(data: Float32Array): Uint8Array {
  return Uint8Array.from(
    data,
    (v) => roundHalfEven(Math.fround(Math.min(Math.max(v, 0), 1) * 255)),
  );
}

function luma({ channels, data }: FloatImage): Float32Array {
  if (channels === 1) return data;
  if (channels !== 3) {
    throw new TypeError(`gray Poisson noise needs 1 or 3 channels, received ${channels}`);
  }
  const out = new Float32Array(data.length / 3);
  for (let p = 0, i = 0; p < out.length; p++, i += 3) {
    out[p] = 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;
  }
  return out;
}

function repeat(plane: Float32Array, channels: number): Float32Array {
  if (channels === 1) return plane;
  const out = new Float32Array(plane.length * channels);
  for (let p = 0, o = 0; p < plane.length; p++) {
    for (let c = 0; c < channels; c++, o++) out[o] = plane[p]!;
  }
  return out;
}
