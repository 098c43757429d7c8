/**
 * `calculate_ssim`: structural similarity of 8-bit images (at most 1); the mathematics is in `core/metrics/ssim.ts`.
 *
 * @module
 */
import { ExitCode, UserError } from "../../core/errors.ts";
import type { RawImage } from "../../core/data/image.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { recipeOf } from "../../core/metrics/planes.ts";
import { calculateSsim } from "../../core/metrics/ssim.ts";
import { z } from "../../core/options/zod.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** Options of `calculate_ssim`, spelled as in YAML under `val.metrics.<name>`. */
export interface SsimOptions {
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

/** SSIM with its options applied. */
@METRIC_REGISTRY.register({ name: "calculate_ssim", options })
export class Ssim implements Metric {
  readonly recipe: string;
  readonly better: "higher" | "lower";
  readonly needsReference = true;
  readonly #options: { readonly cropBorder: number; readonly testYChannel: boolean };

  /** Applies the options. */
  constructor({ crop_border, test_y_channel = false, better = "higher" }: SsimOptions) {
    this.#options = { cropBorder: crop_border, testYChannel: test_y_channel };
    this.recipe = recipeOf(this.#options);
    this.better = better;
  }

  /**
   * SSIM, 1 for identical images; images of fewer than 11x11 pixels are refused.
   *
   * @throws {UserError} With exit code DATA if `gt` is missing, or the images do not fit together.
   */
  compute(restored: RawImage, gt: RawImage | undefined): number {
    if (gt === undefined) {
      throw new UserError("calculate_ssim needs GT images, this dataset has none", ExitCode.DATA);
    }
    return calculateSsim(restored, gt, this.#options);
  }
}
