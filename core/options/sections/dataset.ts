/**
 * `datasets.<phase>`: the keys that belong to the loader. The others belong to the data set's plugin.
 *
 * @module
 */
import type { AnySchema, OptionsShape } from "../schema_types.ts";
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

/** `io_backend.type`. */
export const BACKENDS = ["disk", "lmdb"] as const;

/** Arguments of BasicSR's LMDB client, all of which it, too, takes from elsewhere or leaves alone when reading images. */
const LMDB_KEYS = ["db_paths", "client_keys", "readonly", "lock", "readahead"] as const;

/** `io_backend`: where images come from. Whether the dataroots fit is looked at with the whole block. */
export const ioBackend: AnySchema = z.strictObject({
  type: z.enum(BACKENDS),
  db_paths: z.union([z.string(), z.array(z.string())]).optional()
    .describe("Accepted, without effect: the dataroots are the data bases"),
  client_keys: z.union([z.string(), z.array(z.string())]).optional()
    .describe("Accepted, without effect"),
  readonly: z.boolean().optional().describe("Accepted, without effect"),
  lock: z.boolean().optional().describe("Accepted, without effect"),
  readahead: z.boolean().optional().describe("Accepted, without effect"),
}).superRefine((backend, context) => {
  for (const key of LMDB_KEYS) {
    if (backend.type === "disk" && backend[key] !== undefined) {
      context.addIssue({ code: "custom", message: "goes with type: lmdb only", path: [key] });
    }
  }
});

/** True for folders that hold an LMDB data base: their names end in `.lmdb`, as BasicSR has it. */
export function isLmdbFolder(path: string): boolean {
  return /\.lmdb[\\/]*$/.test(path);
}

/**
 * What is wrong with the folders of a data set, by key: LMDB data bases and folders of files are told by their names,
 * which have to go with `io_backend`.
 */
export function dataRootProblems(
  block: Readonly<Record<string, unknown>>,
  backend: (typeof BACKENDS)[number],
): { readonly key: string; readonly what: string }[] {
  const problems: { key: string; what: string }[] = [];
  for (const [key, value] of Object.entries(block)) {
    if (!/^dataroot(?:_.+)?$/.test(key)) continue;
    for (const path of Array.isArray(value) ? value : [value]) {
      if (typeof path !== "string" || isLmdbFolder(path) === (backend === "lmdb")) continue;
      const what = backend === "lmdb"
        ? `"${path}" does not end in .lmdb: with io_backend.type lmdb it names the folder of an LMDB data base`
        : `"${path}" is the folder of an LMDB data base: write io_backend: {type: lmdb}`;
      problems.push({ key, what });
    }
  }
  return problems;
}
