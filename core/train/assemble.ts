/**
 * From options to the parts of a run: data sets, loader, model, hooks.
 *
 * @module
 */
import { createLoader } from "../data/loader.ts";
import type { DataProblem, Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { DatasetOptions, RunOptions } from "../options/types.ts";
import { DATASET_REGISTRY, HOOK_REGISTRY, MODEL_REGISTRY } from "../registry.ts";
import type { Model } from "./base_model.ts";
import type { Hook } from "./hook.ts";
import type { BatchSource } from "./runner.ts";
import type { ValidationSet } from "./validate.ts";

/** Keys of a data set's block that are the loader's, not the data set's own. */
const LOADER_KEYS = new Set([
  "type",
  "name",
  "phase",
  "scale",
  "batch_size_per_gpu",
  "num_worker_per_gpu",
  "dataset_enlarge_ratio",
  "prefetch_mode",
  "num_prefetch_queue",
  "pin_memory",
  "persistent_workers",
  "use_shuffle",
]);

/** The options that the data set's own constructor gets. */
export function ownOptions(options: DatasetOptions): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([key]) => !LOADER_KEYS.has(key)));
}

/** Builds a data set and lists its files. */
export async function openDataset(options: DatasetOptions, engine: Engine): Promise<Dataset> {
  const entry = DATASET_REGISTRY.get(options.type, `datasets.${options.phase}.type`);
  const dataset = new entry.value(ownOptions(options), {
    phase: options.phase,
    scale: options.scale,
    codec: engine.codec,
  });
  await dataset.open();
  return dataset;
}

/**
 * Opens the data sets of every phase in `phases` and looks at names and headers.
 *
 * @throws {UserError} DATA, with the first ten problems, if something does not fit.
 */
export async function openDatasets(
  opt: RunOptions,
  phases: readonly string[],
  engine: Engine,
): Promise<ValidationSet[]> {
  const sets: ValidationSet[] = [];
  const problems: (DataProblem & { readonly key: string })[] = [];
  for (const [key, options] of Object.entries(opt.datasets)) {
    if (!phases.includes(options.phase)) continue;
    const dataset = await openDataset(options, engine);
    sets.push({ key, options, dataset });
    for (const problem of await dataset.check?.() ?? []) problems.push({ ...problem, key });
  }
  if (problems.length > 0) {
    const more = problems.length > 10 ? `\n  and ${problems.length - 10} more` : "";
    throw new UserError(
      `${problems.length} ${problems.length === 1 ? "file does" : "files do"} not fit:\n` +
        problems.slice(0, 10).map((p) => `  datasets.${p.key}: ${p.file}: ${p.what}`).join("\n") +
        more,
      ExitCode.DATA,
    );
  }
  return sets;
}

/** Builds the loader of the training set. */
export async function openLoader(
  opt: RunOptions,
  set: ValidationSet,
  engine: Engine,
): Promise<BatchSource> {
  const entry = DATASET_REGISTRY.get(set.options.type);
  return await createLoader({
    options: set.options,
    datasetOptions: ownOptions(set.options),
    dataset: set.dataset,
    pluginFile: entry.file,
    codecSpec: engine.codecSpec,
    seed: opt.manual_seed,
  });
}

/** Builds the model; networks, losses and optimizers come with its `setup`. */
export async function buildModel(opt: RunOptions, say: (line: string) => void): Promise<Model> {
  const entry = MODEL_REGISTRY.get(opt.model_type, "model_type");
  const model = new entry.value(opt, { say });
  await model.setup();
  return model;
}

/** Builds the hooks that the options file names. */
export function buildUserHooks(opt: RunOptions): Hook[] {
  return opt.hooks.map(({ type, ...options }, i) => {
    const entry = HOOK_REGISTRY.get(type, `hooks[${i}].type`);
    return new entry.value(options);
  });
}
