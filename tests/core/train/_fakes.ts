/**
 * Stand-ins for the parts of a run, so that the loop and its hooks can be tested without an engine.
 *
 * @module
 */
import type { Batch, Dataset, Sample } from "../../../core/data/dataset.ts";
import type { Engine } from "../../../core/engine/engine.ts";
import { Logger } from "../../../core/log/logger.ts";
import type { DatasetOptions, RunOptions } from "../../../core/options/types.ts";
import type { Model } from "../../../core/train/base_model.ts";
import { type BatchSource, Runner, type SourcedBatch } from "../../../core/train/runner.ts";
import { StopSignal } from "../../../core/train/stop.ts";
import type { ValidationSet } from "../../../core/train/validate.ts";
import { join } from "node:path";

/** Options of a run that writes below `root`, with `changes` at the top level. */
export function fakeOptions(root: string, changes: Record<string, unknown> = {}): RunOptions {
  const experiments_root = join(root, "experiments", "fake");
  return {
    name: "fake",
    model_type: "FakeModel",
    scale: 2,
    num_gpu: 0,
    manual_seed: 10,
    engine: "cpu",
    plugins: [],
    datasets: {},
    path: {
      experiments_root,
      models: join(experiments_root, "models"),
      training_states: join(experiments_root, "training_states"),
      visualization: join(experiments_root, "visualization"),
      log: experiments_root,
      results_root: join(root, "experiments", "results", "fake"),
      tb_logger: join(root, "experiments", "tb_logger", "fake"),
    },
    train: { total_iter: 6, warmup_iter: -1, ema_decay: 0 },
    logger: { print_freq: 1, save_checkpoint_freq: 100, use_tb_logger: false },
    hooks: [],
    is_train: true,
    auto_resume: false,
    opt_path: join(root, "fake.yml"),
    ...changes,
  };
}

/** A batch without pixels that knows its number. */
export function fakeBatch(index: number): Batch {
  return { size: 1, images: {}, paths: { gt_path: [`image_${index}.png`] } };
}

/** Counts batches; an epoch has `batchesPerEpoch`. */
export class FakeLoader implements BatchSource {
  /** Batches given so far in this process. */
  given = 0;
  #at = 0;

  constructor(readonly batchesPerEpoch = 2) {}

  next(): Promise<SourcedBatch> {
    const index = this.#at++;
    this.given++;
    return Promise.resolve({
      batch: fakeBatch(index),
      epoch: Math.floor(index / this.batchesPerEpoch),
    });
  }

  seek(iteration: number): void {
    this.#at = iteration;
  }

  dispose(): void {}
}

/** Gives the losses that `losses` makes of the iteration; writes down what it is asked for. */
export class FakeModel {
  /** Names of the calls, in order. */
  readonly calls: string[] = [];

  constructor(readonly losses: (iter: number) => Record<string, number> = (i) => ({ l_pix: i })) {}

  feedData(batch: Batch): void {
    this.calls.push(`feed ${batch.paths["gt_path"]![0]}`);
  }

  optimizeParameters(iter: number): Promise<Record<string, number>> {
    this.calls.push(`optimize ${iter}`);
    return Promise.resolve(this.losses(iter));
  }
}

/** What a fake runner is made of. */
export interface FakeParts {
  readonly opt: RunOptions;
  readonly model?: FakeModel;
  readonly loader?: BatchSource;
  readonly stop?: StopSignal;
  readonly datasets?: readonly ValidationSet[];
  readonly logger?: Logger;
}

/** A real runner on stand-ins. */
export function fakeRunner(parts: FakeParts): Runner {
  return new Runner({
    opt: parts.opt,
    // The runner hands the engine on and never uses it itself.
    engine: {} as Engine,
    model: (parts.model ?? new FakeModel()) as unknown as Model,
    loader: parts.loader ?? new FakeLoader(),
    logger: parts.logger ?? new Logger({ terminal: null }),
    stop: parts.stop ?? new StopSignal(),
    datasets: parts.datasets,
  });
}

/** A data set of one sample. */
export function fakeSet(key: string, sample: Sample, block: Record<string, unknown> = {}) {
  const dataset: Dataset = {
    length: 1,
    open: () => Promise.resolve(),
    read: () => Promise.resolve(sample),
  };
  const options: DatasetOptions = {
    type: "FakeDataset",
    name: key,
    phase: key.split("_")[0]!,
    scale: 2,
    ...block,
  };
  return { key, options, dataset } satisfies ValidationSet;
}
