/**
 * `path`: what is loaded, and where results go.
 *
 * @module
 */
import type { OptionsShape } from "../schema_types.ts";
import { z } from "../zod.ts";

/**
 * Keys of `path`.
 *
 * @param networks What stands behind `network_` in the keys of the networks: `["g", "d"]`.
 */
export function pathShape(networks: readonly string[]): OptionsShape {
  const perNetwork = networks.map((which) => ({
    [`pretrain_network_${which}`]: z.string().nullish()
      .describe("Weights to start from: .pth or .safetensors"),
    [`param_key_${which}`]: z.string().nullish().describe(
      "Entry of the file: params or params_ema",
    ),
    [`strict_load_${which}`]: z.boolean().default(true).describe(
      "Refuse files whose names do not all fit",
    ),
  }));
  return {
    ...Object.assign({}, ...perNetwork) as OptionsShape,
    resume_state: z.string().nullish().describe("Training state to go on from"),
    ignore_resume_networks: z.union([z.string(), z.array(z.string())]).nullish()
      .describe("Networks that keep their pretrained weights when a run is resumed"),
    experiments_root: z.string().min(1).nullish()
      .describe("Folder of the experiments, default experiments; the run's name is appended"),
    results_root: z.string().min(1).nullish()
      .describe("Folder of test results, default experiments/results; the run's name is appended"),
  };
}
