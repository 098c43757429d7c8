/**
 * Options of the second-order degradation: Real-ESRGAN's keys at the top level of an options file, spelled as in BasicSR.
 *
 * @module
 */
import type { OptionsShape } from "../options/schema_types.ts";
import { z } from "../options/zod.ts";

/** Two numbers, the first not above the second: from and to. */
export type Range = readonly [low: number, high: number];
/** Weights of enlarging, reducing and keeping the size; their sum need not be 1. */
export type ResizeWeights = readonly [up: number, down: number, keep: number];

/** Options of one of the two rounds. */
export interface RoundOptions {
  /** Weights of enlarging, reducing and keeping the size. */
  readonly resize_prob: ResizeWeights;
  /** Least and largest factor; 1 lies between them. */
  readonly resize_range: Range;
  /** Probability of Gaussian noise; else there is Poisson noise. */
  readonly gaussian_noise_prob: number;
  /** Deviation of Gaussian noise, in levels of 255. */
  readonly noise_range: Range;
  /** Factor of Poisson noise. */
  readonly poisson_scale_range: Range;
  /** Probability that the noise of a picture is the same in all channels. */
  readonly gray_noise_prob: number;
  /** Quality of JPEG. */
  readonly jpeg_range: Range;
}

/** All options, the second round's with a 2 behind their names in files. */
export interface SecondOrderOptions {
  /** The first round. */
  readonly first: RoundOptions;
  /** The second round. */
  readonly second: RoundOptions;
  /** Probability that the second round blurs. */
  readonly second_blur_prob: number;
}

const probability = z.number().min(0).max(1);
const range = (least: number, most: number, what: string) =>
  z.tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
    .refine(([low, high]) => low <= high, { error: "must be [least, largest]" })
    .describe(what);

const roundShape = (where: string): OptionsShape => ({
  resize_prob: z.tuple([z.number().min(0), z.number().min(0), z.number().min(0)])
    .refine((weights) => weights.some((weight) => weight > 0), {
      error: "must hold a number above 0",
    })
    .describe(`Weights of enlarging, reducing and keeping the size in the ${where} round`),
  resize_range: z.tuple([z.number().positive().max(1), z.number().min(1)])
    .describe(`Least and largest factor of the ${where} round's resizing; 1 lies between them`),
  gaussian_noise_prob: probability
    .describe(`Probability that the ${where} round's noise is Gaussian; else it is Poisson noise`),
  noise_range: range(
    0,
    Infinity,
    `Deviation of the ${where} round's Gaussian noise, of 255 levels`,
  ),
  poisson_scale_range: range(0, Infinity, `Factor of the ${where} round's Poisson noise`),
  gray_noise_prob: probability
    .describe(`Probability that the ${where} round's noise is the same in all channels`),
  jpeg_range: range(1, 100, `Quality of the ${where} round's JPEG`),
});

const ROUND_KEYS = Object.keys(roundShape("first")) as (keyof RoundOptions)[];
const required: OptionsShape = {
  ...roundShape("first"),
  second_blur_prob: probability.describe("Probability that the second round blurs"),
  ...Object.fromEntries(
    Object.entries(roundShape("second")).map(([key, schema]) => [`${key}2`, schema]),
  ),
};

/**
 * Keys that models with this degradation add to the top level. None is required there, since
 * `high_order_degradation: false` does without them: {@linkcode secondOrderOptions} asks for them.
 */
export const secondOrderShape: OptionsShape = z.object(required).partial().shape;

/**
 * Takes the options from the top level of an options file.
 *
 * @throws {RangeError} If keys are missing or wrong; the message begins with the first.
 */
export function secondOrderOptions(top: Readonly<Record<string, unknown>>): SecondOrderOptions {
  const missing = Object.keys(required).filter((key) => top[key] === undefined);
  if (missing.length > 0) {
    throw new RangeError(
      `${missing.join(", ")} missing: the second-order degradation needs ${
        missing.length > 1 ? "them" : "it"
      }, or set high_order_degradation: false`,
    );
  }
  const checked = z.object(required).safeParse(top);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new RangeError(`${issue!.path.join(".")}: ${issue!.message}`);
  }
  const values = checked.data as Record<string, unknown>;
  const round = (suffix: string) =>
    Object.fromEntries(
      ROUND_KEYS.map((key) => [key, values[key + suffix]]),
    ) as unknown as RoundOptions; // checked by the same shape
  return {
    first: round(""),
    second: round("2"),
    second_blur_prob: values.second_blur_prob as number,
  };
}
