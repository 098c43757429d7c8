/**
 * What the second-order degradation does to one batch: everything that is drawn at random but the noise of single pixels.
 * Plans are drawn on the host, since sizes and branches hang on them.
 *
 * Order and distributions from BasicSR `basicsr/models/realesrgan_model.py`, `feed_data`: one factor, mode and kind of noise
 * for the whole batch; strength of noise, its being gray, and JPEG's quality for each picture.
 *
 * @module
 */
import type { Rng } from "../random.ts";
import type { Range, ResizeWeights, RoundOptions, SecondOrderOptions } from "./options.ts";
import { RESIZE_MODES, type ResizeMode, scaledSide } from "./resize.ts";

/** Resizing of a batch. */
export interface ResizePlan {
  /** How. */
  readonly mode: ResizeMode;
  /** Height and width afterwards, in pixels. */
  readonly size: readonly [height: number, width: number];
  /** Factor that coordinates go by; undefined where they go by the sizes. */
  readonly factor?: number;
}

/** Noise of a batch. */
export interface NoisePlan {
  /** Which noise. */
  readonly kind: "gaussian" | "poisson";
  /** For each picture: deviation in levels of 255, or factor of Poisson noise. */
  readonly amount: readonly number[];
  /** For each picture: whether it is the same in all channels. */
  readonly gray: readonly boolean[];
}

/** All of it. */
export interface DegradationPlan {
  /** Resizing after the first blur. */
  readonly resize: ResizePlan;
  /** Noise of the first round. */
  readonly noise: NoisePlan;
  /** JPEG quality of each picture in the first round. */
  readonly jpeg: readonly number[];
  /** Whether the second round blurs. */
  readonly secondBlur: boolean;
  /** Resizing of the second round. */
  readonly resize2: ResizePlan;
  /** Noise of the second round. */
  readonly noise2: NoisePlan;
  /** JPEG quality of each picture in the second round. */
  readonly jpeg2: readonly number[];
  /** Whether JPEG comes last, after resizing to the final size and the sinc filter, or before these two. */
  readonly jpegLast: boolean;
  /** Resizing to the final size. */
  readonly finalResize: ResizePlan;
}

/** The batch that a plan is for. */
export interface PlanSize {
  /** Pictures. */
  readonly batch: number;
  /** Height of the ground truth in pixels. */
  readonly height: number;
  /** Width of the ground truth in pixels. */
  readonly width: number;
  /** Scale of super-resolution. */
  readonly scale: number;
}

/** Draws a plan; the same stream of numbers gives the same plan. */
export function drawPlan(options: SecondOrderOptions, size: PlanSize, rng: Rng): DegradationPlan {
  const { first, second, second_blur_prob } = options;
  const { batch, height, width, scale } = size;
  const mode = () => RESIZE_MODES[rng.int(RESIZE_MODES.length)]!;
  const factor = drawFactor(first, rng);
  const resize: ResizePlan = {
    mode: mode(),
    size: [scaledSide(height, factor), scaledSide(width, factor)],
    factor,
  };
  const noise = drawNoise(first, batch, rng);
  const jpeg = drawEach(first.jpeg_range, batch, rng);
  const secondBlur = rng.chance(second_blur_prob);
  const factor2 = drawFactor(second, rng);
  const resize2: ResizePlan = {
    mode: mode(),
    size: [scaledSide(height / scale, factor2), scaledSide(width / scale, factor2)],
  };
  const noise2 = drawNoise(second, batch, rng);
  const jpegLast = rng.chance(0.5);
  const finalResize: ResizePlan = {
    mode: mode(),
    size: [Math.floor(height / scale), Math.floor(width / scale)],
  };
  const jpeg2 = drawEach(second.jpeg_range, batch, rng);
  return { resize, noise, jpeg, secondBlur, resize2, noise2, jpeg2, jpegLast, finalResize };
}

function drawFactor({ resize_prob, resize_range: [least, largest] }: RoundOptions, rng: Rng) {
  const choice = weighted(resize_prob, rng);
  if (choice === 0) return rng.uniform(1, largest);
  return choice === 1 ? rng.uniform(least, 1) : 1;
}

function drawNoise(options: RoundOptions, batch: number, rng: Rng): NoisePlan {
  const kind = rng.chance(options.gaussian_noise_prob) ? "gaussian" : "poisson";
  const range = kind === "gaussian" ? options.noise_range : options.poisson_scale_range;
  return {
    kind,
    amount: drawEach(range, batch, rng),
    gray: Array.from({ length: batch }, () => rng.chance(options.gray_noise_prob)),
  };
}

function drawEach([low, high]: Range, batch: number, rng: Rng): number[] {
  return Array.from({ length: batch }, () => rng.uniform(low, high));
}

/** Number of the weight that was drawn. */
function weighted(weights: ResizeWeights, rng: Rng): number {
  let rest = rng.float() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    if (rest < weight) return i;
    rest -= weight;
  }
  return weights.findLastIndex((weight) => weight > 0); // rounding only
}
