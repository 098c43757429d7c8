/**
 * `calculate_psnr`: peak signal-to-noise ratio in dB of 8-bit images; the mathematics is in `core/metrics/psnr.ts`.
 *
 * @module
 */
import { ExitCode, UserError } from "../../core/errors.ts";
import type { RawImage } from "../../core/data/image.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { recipeOf } from "../../core/metrics/planes.ts";
import { calculatePsnr } from "../../core/metrics/psnr.ts";
import { z } from "../../core/options/zod.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** Options of `calculate_psnr`, spelled as in YAML under `val.metrics.<name>`. */
export interface PsnrOptions {
  /** Pixels cut off at each side; usually the scale. */
  crop_border: number;
  /** Compares the Y channel (BT.601) instead of RGB. Default false. */
  test_y_channel?: boolean;
  /** Only `HWC`, which is what images are here. */
  input_order?: "HWC";
  /** Which way is better, for the best value in the log. Default `higher`. */
  better?: "higher" | "lower";
}

const options = z.strictObject({
  crop_border: z.int().min(0),
  test_y_channel: z.boolean().default(false),
  input_order: z.literal("HWC").optional(),
  better: z.enum(["higher", "lower"]).default("higher"),
});

/** PSNR with its options applied. */
@METRIC_REGISTRY.register({ name: "calculate_psnr", options })
export class Psnr implements Metric {
  readonly recipe: string;
  readonly better: "higher" | "lower";
  readonly needsReference = true;
  readonly #options: { readonly cropBorder: number; readonly testYChannel: boolean };

  /** Applies the options. */
  constructor({ crop_border, test_y_channel = false, better = "higher" }: PsnrOptions) {
    this.#options = { cropBorder: crop_border, testYChannel: test_y_channel };
    this.recipe = recipeOf(this.#options);
    this.better = better;
  }

  /**
   * PSNR in dB, `Infinity` for identical images.
   *
   * @throws {UserError} With exit code DATA if `gt` is missing, or the images do not fit together.
   */
  compute(restored: RawImage, gt: RawImage | undefined): number {
    if (gt === undefined) {
      throw new UserError("calculate_psnr needs GT images, this dataset has none", ExitCode.DATA);
    }
    return calculatePsnr(restored, gt, this.#options);
  }
}
