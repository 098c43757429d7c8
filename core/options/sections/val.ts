/**
 * `val`: validation while training, and test.
 *
 * @module
 */
import type { OptionsShape } from "../schema_types.ts";
import { PRECISIONS } from "../../engine/engine.ts";
import { z } from "../zod.ts";

/** Keys of `val`. */
export const valShape: OptionsShape = {
  val_freq: z.int().min(1).optional().describe("Iterations between validations"),
  save_img: z.boolean().default(false).describe("Write the restored pictures"),
  suffix: z.string().nullish().describe("Suffix of written pictures; the run's name if absent"),
  pbar: z.boolean().optional().describe("Show a progress bar"),
  precision: z.enum(PRECISIONS).default("fp32").describe(
    "Arithmetic of restoring pictures in validation and test: bf16 and fp16 are faster where the hardware has them",
  ),
  self_ensemble: z.boolean().default(false).describe(
    "Average what the network makes of the picture's eight flips and turns: a little better, eight times slower",
  ),
  metrics: z.unknown().optional().describe("Metrics by names of your own"),
};
