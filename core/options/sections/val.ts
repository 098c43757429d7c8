/**
 * `val`: validation while training, and test.
 *
 * @module
 */
import type { OptionsShape } from "../schema_types.ts";
import { z } from "../zod.ts";

/** Keys of `val`. */
export const valShape: OptionsShape = {
  val_freq: z.int().min(1).optional().describe("Iterations between validations"),
  save_img: z.boolean().default(false).describe("Write the restored pictures"),
  suffix: z.string().nullish().describe("Suffix of written pictures; the run's name if absent"),
  pbar: z.boolean().optional().describe("Show a progress bar"),
  metrics: z.unknown().optional().describe("Metrics by names of your own"),
};
