/**
 * `calculate_niqe`: naturalness without a reference; the mathematics is in `core/metrics/niqe.ts`.
 *
 * @module
 */
import type { RawImage } from "../../core/data/image.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { calculateNiqe, niqeRecipe } from "../../core/metrics/niqe.ts";
import { z } from "../../core/options/zod.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** Options, spelled as in YAML under `val.metrics.<name>`. */
export interface NiqeMetricOptions {
  /** Pixels cut off at each side; usually the scale. */
  readonly crop_border: number;
  /** Only `HWC`, which is what images are here. */
  readonly input_order?: "HWC";
  /** What a colour image becomes: Y (BT.601) or gray as cv2 makes it. Default `y`. */
  readonly convert_to?: "y" | "gray";
  /** Which way is better, for the best value in the log. Default `lower`. */
  readonly better?: "higher" | "lower";
}

/** NIQE; images hold two blocks of 96x96 pixels at least. NaN for what has no texture. */
@METRIC_REGISTRY.register({
  name: "calculate_niqe",
  options: z.strictObject({
    crop_border: z.int().min(0),
    input_order: z.literal("HWC").optional(),
    convert_to: z.enum(["y", "gray"]).default("y"),
    better: z.enum(["higher", "lower"]).default("lower"),
  }),
})
export class Niqe implements Metric {
  /** How the number was made. */
  readonly recipe: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** Never: it needs no ground truth. */
  readonly needsReference = false as const;
  readonly #options: { readonly cropBorder: number; readonly convertTo: "y" | "gray" };

  /** Applies the options. */
  constructor({ crop_border, convert_to = "y", better = "lower" }: NiqeMetricOptions) {
    this.#options = { cropBorder: crop_border, convertTo: convert_to };
    this.recipe = niqeRecipe(this.#options);
    this.better = better;
  }

  /**
   * NIQE of an 8-bit image.
   *
   * @throws {UserError} With exit code DATA if it is too small or not 8-bit RGB or gray.
   */
  compute(restored: RawImage): number {
    return calculateNiqe(restored, this.#options);
  }
}
