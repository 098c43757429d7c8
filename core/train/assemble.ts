/**
 * From options to the parts of a run: data sets, loader, model, hooks.
 *
 * @module
 */
import { BatchLoader, buildDataset } from "../data/loader.ts";
import type { DataProblem, Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { DatasetOptions, RunOptions } from "../options/types.ts";
import { HOOK_REGISTRY, MODEL_REGISTRY } from "../registry.ts";
import type { Model } from "./base_model.ts";
import type { Hook } from "./hook.ts";
import type { ValidationSet } from "./validate.ts";

/**
 * Builds the data set under `datasets.<key>` and lists its files.
 *
 * @throws {UserError} USAGE or DATA, naming the key.
 */
export async function openDataset(
  key: string,
  options: DatasetOptions,
  engine: Engine,
): Promise<Dataset> {
  try {
    const dataset = buildDataset(options, engine.codec);
    await dataset.open();
    return dataset;
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(`datasets.${key}: ${cause.message}`, cause.exitCode, { cause });
  }
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
    const dataset = await openDataset(key, options, engine);
    sets.push({ key, options, dataset });
    for (const problem of await dataset.check?.() ?? []) problems.push({ ...problem, key });
  }
  if (problems.length > 0) {
    const more = problems.length > 10 ? `\n  and ${problems.length - 10} more` : "";
    throw new UserError(
      `${problems.length} image${problems.length === 1 ? "" : "s"} cannot be used:\n` +
        problems.slice(0, 10).map((p) => `  datasets.${p.key}: ${p.file}: ${p.what}`).join("\n") +
        more,
      ExitCode.DATA,
    );
  }
  return sets;
}

/**
 * Builds the loader of the training set. A batch of it holds the samples of one iteration: `batch_size_per_gpu` x
 * `train.grad_accum`.
 *
 * @throws {UserError} DATA, naming the key, if the data set does not fill one batch.
 */
export async function openLoader(
  opt: RunOptions,
  options: DatasetOptions,
  engine: Engine,
): Promise<BatchLoader> {
  const { codec, codecSpec } = engine;
  const gradAccum = opt.train?.grad_accum ?? 1;
  try {
    return await BatchLoader.open(options, { seed: opt.manual_seed, codec, codecSpec, gradAccum });
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    const product = `batch_size_per_gpu x train.grad_accum, ${
      options.batch_size_per_gpu ?? 1
    } x ${gradAccum}`;
    throw new UserError(
      `datasets.train: ${cause.message}${gradAccum > 1 ? `; a batch is ${product}` : ""}`,
      cause.exitCode,
      { cause },
    );
  }
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
