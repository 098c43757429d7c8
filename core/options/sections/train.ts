/**
 * `train`: keys of every model; models add their own. Blocks (`optim_g`, `scheduler`, `*_opt`) have their own schemas.
 *
 * @module
 */
import type { OptionsShape } from "../schema_types.ts";
import { PRECISIONS } from "../../engine/engine.ts";
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
  precision: z.enum(PRECISIONS).default("fp32").describe(
    "Arithmetic of the training step: bf16 and fp16 are faster and need less memory where the hardware has them (GPUs; " +
      "bf16 also CPUs with AVX-512 BF16 or AMX). Weights and optimizer stay float32",
  ),
  grad_accum: z.int().min(1).default(1).describe(
    "Batches of batch_size_per_gpu samples that make one iteration and one optimizer step: a larger batch in the same memory",
  ),
  clip_grad_norm: z.number().positive().nullish().describe(
    "Scales gradients down to this norm, taken over all parameters; not along with clip_grad_value",
  ),
  clip_grad_value: z.number().positive().nullish().describe(
    "Cuts each number of the gradients to this absolute value; not along with clip_grad_norm",
  ),
  checkpoint_blocks: z.int().min(0).default(0).describe(
    "Recomputes the network's blocks in groups of so many instead of keeping their activations: less memory, slower " +
      "steps; 0 keeps them all",
  ),
  xla: z.boolean().optional().describe(
    "Compile the training step with XLA, default false; native engine only",
  ),
  optim_g: z.unknown().optional().describe("Optimizer"),
  scheduler: z.unknown().optional().describe("Learning-rate schedule"),
  pixel_opt: z.unknown().optional().describe("Pixel loss"),
  perceptual_opt: z.unknown().optional().describe("Perceptual loss"),
  fft_opt: z.unknown().optional().describe("Loss on spectra, such as FFTLoss"),
  edge_opt: z.unknown().optional().describe("Loss on edges, such as SobelLoss"),
  lpips_opt: z.unknown().optional().describe("Loss on learned perceptual distance, LPIPSLoss"),
  ms_ssim_opt: z.unknown().optional().describe("Loss on structural similarity, MSSSIMLoss"),
  tv_opt: z.unknown().optional().describe("Total variation of the output, WeightedTVLoss"),
};
