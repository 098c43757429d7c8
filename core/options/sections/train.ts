/**
 * `train`: keys of every model; models add their own. Blocks (`optim_g`, `scheduler`, `*_opt`) have their own schemas.
 *
 * @module
 */
import type { OptionsShape } from "../schema_types.ts";
import { z } from "../zod.ts";

/** Keys of `train`. */
export const trainShape: OptionsShape = {
  total_iter: z.int().min(1).describe("Iterations"),
  warmup_iter: z.int().min(-1).default(-1).describe(
    "Linear warm-up over so many iterations; -1 for none",
  ),
  ema_decay: z.number().min(0).lt(1).default(0).describe(
    "Decay of the moving average; 0 switches it off",
  ),
  optim_g: z.unknown().optional().describe("Optimizer"),
  scheduler: z.unknown().optional().describe("Learning-rate schedule"),
  pixel_opt: z.unknown().optional().describe("Pixel loss"),
  perceptual_opt: z.unknown().optional().describe("Perceptual loss"),
};
