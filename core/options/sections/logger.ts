/**
 * `logger`: what is written while training.
 *
 * @module
 */
import type { OptionsShape } from "../schema_types.ts";
import { z } from "../zod.ts";

/** Keys of `logger`. */
export const loggerShape: OptionsShape = {
  print_freq: z.int().min(1).default(100).describe("Iterations between lines in the log"),
  save_checkpoint_freq: z.int().min(1).default(5000).describe("Iterations between checkpoints"),
  use_tb_logger: z.boolean().default(false).describe("Write TensorBoard files"),
  wandb: z.strictObject({
    project: z.null({
      error: "is not available in this version of DenoSR (BasicSR has it); write ~",
    }).optional(),
    resume_id: z.string().nullish(),
  }).nullish().describe("Weights & Biases; project must be ~"),
};
