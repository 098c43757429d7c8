/**
 * The single steps that a list of degradations is made of: for each its options, its schema, and what it does.
 *
 * Keys are BasicSR's where it has them; defaults are those of Real-ESRGAN's first round.
 *
 * @module
 */
import type { OptionsSchema } from "../../options/schema_types.ts";
import { z } from "../../options/zod.ts";
import type { Rng } from "../../random.ts";
import type { FloatImage } from "../image.ts";
import { filter2D, usmSharp } from "./filter.ts";
import { addJpgCompression } from "./jpeg.ts";
import { randomAddGaussianNoise, randomAddPoissonNoise } from "./noise.ts";
import {
  type BlurOptions,
  choose,
  randomBlurKernel,
  randomSincKernel,
  type Range,
} from "./random_kernels.ts";
import { RESIZE_MODES, resizeBy, type ResizeMode, resizeTo } from "./resize.ts";
import {
  aroundOneSchema,
  blurShape,
  kernelSizeSchema,
  kernelsProblem,
  probSchema,
  rangeSchema,
  weightsSchema,
} from "./schemas.ts";

/** What a step is told besides its options. */
export interface StepContext {
  /** Every random choice is drawn from here. */
  readonly rng: Rng;
  /** Sides that the LQ image will have in the end. */
  readonly lq: { readonly width: number; readonly height: number };
}

/** Blurs with a kernel drawn at random. */
export interface BlurStep extends BlurOptions {
  /** Which step this is. */
  readonly type: "blur";
  /** Probability that the step is made. */
  readonly prob: number;
}

/** Resizes by a factor drawn at random. */
export interface ResizeStep {
  /** Which step this is. */
  readonly type: "resize";
  /** Probability that the step is made. */
  readonly prob: number;
  /** How often the image is enlarged, reduced, kept. */
  readonly resize_prob: readonly number[];
  /** Lowest and highest factor. */
  readonly resize_range: Range;
  /** One of these is drawn. */
  readonly resize_mode: readonly ResizeMode[];
  /** What the factor is of: the image as it is, or the size of the LQ image (then `keep` gives exactly that). */
  readonly resize_base: "current" | "lq";
}

/** Adds Gaussian or Poisson noise. */
export interface NoiseStep {
  /** Which step this is. */
  readonly type: "noise";
  /** Probability that the step is made. */
  readonly prob: number;
  /** Probability of Gaussian noise; Poisson otherwise. */
  readonly gaussian_noise_prob: number;
  /** Sigma of Gaussian noise, in 0-255 levels. */
  readonly noise_range: Range;
  /** Scale of Poisson noise. */
  readonly poisson_scale_range: Range;
  /** Probability that all channels get the same noise. */
  readonly gray_noise_prob: number;
  /** Clamps to [0, 1] afterwards. */
  readonly clip: boolean;
  /** Rounds to 8 bits afterwards. */
  readonly rounds: boolean;
}

/** Compresses as JPEG. */
export interface JpegStep {
  /** Which step this is. */
  readonly type: "jpeg";
  /** Probability that the step is made. */
  readonly prob: number;
  /** Quality, 1 to 100. */
  readonly jpeg_range: Range;
}

/** Filters with a low-pass kernel that rings. */
export interface SincStep {
  /** Which step this is. */
  readonly type: "sinc";
  /** Probability that the step is made. */
  readonly prob: number;
  /** Largest side of the kernels in pixels, odd. */
  readonly blur_kernel_size: number;
  /** Cutoff frequency, in radians a pixel. */
  readonly cutoff_range: Range;
}

/** Sharpens (unsharp masking). */
export interface UsmStep {
  /** Which step this is. */
  readonly type: "usm";
  /** Probability that the step is made. */
  readonly prob: number;
  /** Share of the difference to the blurred image that is added. */
  readonly weight: number;
  /** Size of the blur's window in pixels. */
  readonly radius: number;
  /** Only differences above this many 0-255 levels count. */
  readonly threshold: number;
}

/** A step that is no group. */
export type SimpleStep = BlurStep | ResizeStep | NoiseStep | JpegStep | SincStep | UsmStep;

/** The probability that a step is made, in every step's schema. */
export const probShape = { prob: probSchema().default(1) } as const;

/** Schemas of the single steps, one for each `type`. */
export const simpleStepSchemas: readonly OptionsSchema[] = [
  z.strictObject({
    type: z.literal("blur"),
    ...probShape,
    ...blurShape(),
    rotation_range: rangeSchema(-2 * Math.PI, 2 * Math.PI, "in radians").optional(),
    kernel_noise_range: rangeSchema(0, Infinity).nullish(),
  }).superRefine((step, context) => {
    const message = kernelsProblem(step);
    if (message !== undefined) {
      context.addIssue({ code: "custom", message, path: ["kernel_prob"] });
    }
  }),
  z.strictObject({
    type: z.literal("resize"),
    ...probShape,
    resize_prob: weightsSchema(3).default([0.2, 0.7, 0.1]),
    resize_range: aroundOneSchema().default([0.15, 1.5]),
    resize_mode: z.array(z.enum(RESIZE_MODES))
      .min(1).default(["area", "bilinear", "bicubic"]),
    resize_base: z.enum(["current", "lq"]).default("current"),
  }),
  z.strictObject({
    type: z.literal("noise"),
    ...probShape,
    gaussian_noise_prob: probSchema().default(0.5),
    noise_range: rangeSchema(0, Infinity, "in 0-255 levels").default([1, 30]),
    poisson_scale_range: rangeSchema(0, Infinity).default([0.05, 3]),
    gray_noise_prob: probSchema().default(0.4),
    clip: z.boolean().default(true),
    rounds: z.boolean().default(false),
  }),
  z.strictObject({
    type: z.literal("jpeg"),
    ...probShape,
    jpeg_range: rangeSchema(1, 100).default([30, 95]),
  }),
  z.strictObject({
    type: z.literal("sinc"),
    ...probShape,
    blur_kernel_size: kernelSizeSchema().default(21),
    cutoff_range: rangeSchema(0.01, Math.PI, "in radians").default([Math.PI / 3, Math.PI]),
  }),
  z.strictObject({
    type: z.literal("usm"),
    ...probShape,
    weight: z.number().min(0).default(0.5),
    radius: z.int().min(1).default(50),
    threshold: z.number().min(0).default(10),
  }),
];

/** Makes a step, whatever its `prob` is. */
export function runSimpleStep(
  image: FloatImage,
  step: SimpleStep,
  context: StepContext,
): FloatImage {
  const { rng } = context;
  switch (step.type) {
    case "blur":
      return filter2D(image, randomBlurKernel(step, rng));
    case "resize":
      return resizeAtRandom(image, step, context);
    case "noise":
      return rng.chance(step.gaussian_noise_prob)
        ? randomAddGaussianNoise(image, step.noise_range, step.gray_noise_prob, rng, step)
        : randomAddPoissonNoise(image, step.poisson_scale_range, step.gray_noise_prob, rng, step);
    case "jpeg":
      return addJpgCompression(image, rng.uniform(...step.jpeg_range));
    case "sinc":
      return filter2D(image, randomSincKernel(step.blur_kernel_size, rng, step.cutoff_range));
    case "usm":
      return usmSharp(image, step);
  }
}

function resizeAtRandom(
  image: FloatImage,
  step: ResizeStep,
  { rng, lq }: StepContext,
): FloatImage {
  const [low, high] = step.resize_range;
  const way = choose(["up", "down", "keep"], step.resize_prob, rng);
  const factor = way === "up" ? rng.uniform(1, high) : way === "down" ? rng.uniform(low, 1) : 1;
  const mode = step.resize_mode[rng.int(step.resize_mode.length)]!;
  if (step.resize_base === "current") return resizeBy(image, factor, mode);
  const side = (length: number): number => Math.max(1, Math.floor(length * factor));
  return resizeTo(image, side(lq.width), side(lq.height), mode);
}
