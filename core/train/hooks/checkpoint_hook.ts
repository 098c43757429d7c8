/**
 * Saves checkpoints every `logger.save_checkpoint_freq` iterations, when the run is stopped, and at its end.
 *
 * @module
 */
import { timed } from "../../timed.ts";
import { saveCheckpoint, saveNetworks } from "../checkpoint.ts";
import { type Hook, Priority } from "../hook.ts";
import type { Runner } from "../runner.ts";

/** Writes networks and training states. */
export class CheckpointHook implements Hook {
  /** After validation, so that the best results belong to the checkpoint. */
  readonly priority: number = Priority.VERY_LOW;
  /** Iteration of the newest checkpoint; -1 before the first. */
  savedAt: number = -1;

  /** `datasetLength` is stored, so that resuming can tell when the data have changed. */
  constructor(readonly datasetLength: number) {}

  /** Saves when it is time. */
  async afterTrainIter(runner: Runner): Promise<void> {
    if (runner.iter % runner.opt.logger.save_checkpoint_freq === 0) await this.save(runner);
  }

  /** Saves the end of the run, finished or stopped, and `net_g_latest`. */
  async afterRun(runner: Runner): Promise<void> {
    if (this.savedAt !== runner.iter) await this.save(runner);
    await saveNetworks(runner.model, runner.opt.path.models, "latest");
  }

  /** Remembers what need not be saved again. */
  afterLoadCheckpoint(runner: Runner): void {
    this.savedAt = runner.iter;
  }

  /** Saves networks and training state now. */
  @timed("checkpoint")
  async save(runner: Runner): Promise<void> {
    const started = performance.now();
    const extra: Record<string, unknown> = {};
    for (const hook of runner.hooks) await hook.beforeSaveCheckpoint?.(runner, extra);
    const batches = runner.loader.batchesPerEpoch;
    await saveCheckpoint(runner.model, runner.opt.path, {
      iter: runner.iter,
      epoch: runner.epoch,
      seed: runner.opt.manual_seed,
      sampler: {
        epoch: Math.floor(runner.iter / batches),
        batch: runner.iter % batches,
        length: this.datasetLength,
      },
      extra,
    });
    this.savedAt = runner.iter;
    const seconds = (performance.now() - started) / 1000;
    runner.notePause("checkpoint", seconds, runner.opt.logger.save_checkpoint_freq);
    runner.logger.info("Saving models and training states.");
  }
}
