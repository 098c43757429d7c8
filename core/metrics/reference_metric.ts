/**
 * What PSNR, SSIM and their kin share: options, recipe, and the need for ground truth.
 *
 * @module
 */
import type { RawImage } from "../data/image.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { OptionsSchema } from "../options/schema_types.ts";
import { z } from "../options/zod.ts";
import type { Metric } from "./metric.ts";
import { recipeOf } from "./planes.ts";

/** Options of such a metric, spelled as in YAML under `val.metrics.<name>`. */
export interface ReferenceMetricOptions {
  /** Pixels cut off at each side; usually the scale. */
  readonly crop_border: number;
  /** Compares the Y channel (BT.601) instead of RGB. Default false. */
  readonly test_y_channel?: boolean;
  /** Only `HWC`, which is what images are here. */
  readonly input_order?: "HWC";
  /** Which way is better, for the best value in the log. Default `higher`. */
  readonly better?: "higher" | "lower";
}

/** The schema of {@linkcode ReferenceMetricOptions}. */
export const referenceMetricSchema: OptionsSchema = z.strictObject({
  crop_border: z.int().min(0),
  test_y_channel: z.boolean().default(false),
  input_order: z.literal("HWC").optional(),
  better: z.enum(["higher", "lower"]).default("higher"),
});

/** How two images are compared. */
export type Comparison = (
  restored: RawImage,
  gt: RawImage,
  options: { readonly cropBorder: number; readonly testYChannel: boolean },
) => number;

/** A metric that compares with ground truth; plugins give it its name and its mathematics. */
export abstract class ReferenceMetric implements Metric {
  /** How the number was made. */
  readonly recipe: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** Always: there is nothing to measure without. */
  readonly needsReference = true as const;
  readonly #name: string;
  readonly #compare: Comparison;
  readonly #options: { readonly cropBorder: number; readonly testYChannel: boolean };

  /** Used by the plugins; `name` is the one in YAML, for messages. */
  protected constructor(name: string, compare: Comparison, options: ReferenceMetricOptions) {
    const { crop_border, test_y_channel = false, better = "higher" } = options;
    this.#name = name;
    this.#compare = compare;
    this.#options = { cropBorder: crop_border, testYChannel: test_y_channel };
    this.recipe = recipeOf(this.#options);
    this.better = better;
  }

  /**
   * Compares two 8-bit images.
   *
   * @throws {UserError} With exit code DATA if `gt` is missing, or the images do not fit together.
   */
  compute(restored: RawImage, gt: RawImage | undefined): number {
    if (gt === undefined) {
      throw new UserError(`${this.#name} needs GT images, this dataset has none`, ExitCode.DATA);
    }
    return this.#compare(restored, gt, this.#options);
  }
}
