/**
 * `datasets.<phase>`: the keys that belong to the loader. The others belong to the data set's plugin.
 *
 * @module
 */
import type { OptionsSchema, OptionsShape } from "../schema_types.ts";
import { z } from "../zod.ts";
import { folderName } from "./names.ts";

/** Phases, which are the keys under `datasets` up to the first `_`. */
export const PHASES = ["train", "val", "test"] as const;

/** Keys under `datasets`: `train`, `val`, `val_2`, `test_1`, … */
export const DATASET_KEY: RegExp = /^(?:train|(?:val|test)(?:_.+)?)$/;

/** Keys of the loader. */
export const loaderShape: OptionsShape = {
  name: folderName.describe("Name in logs and of folders"),
  batch_size_per_gpu: z.int().min(1).optional().describe(
    "Samples a step (train); with train.grad_accum above 1, samples of one of its parts",
  ),
  num_worker_per_gpu: z.int().min(0).optional().describe("Threads that read samples (train)"),
  dataset_enlarge_ratio: z.number().positive().optional()
    .describe("Makes an epoch so many times as long; for small data sets"),
  prefetch_mode: z.enum(["cpu", "cuda"]).nullish().describe("Keep batches ready; ~ for not"),
  num_prefetch_queue: z.int().min(1).optional().describe("Batches kept ready"),
  pin_memory: z.boolean().optional().describe("Accepted, without effect"),
  persistent_workers: z.boolean().optional().describe("Accepted, without effect"),
  use_shuffle: z.boolean().optional().describe(
    "Accepted, without effect: training samples are always shuffled",
  ),
};

/** `io_backend` of data sets whose plugin does not check it. */
export const ioBackend: OptionsSchema = z.strictObject({ type: z.literal("disk") });
