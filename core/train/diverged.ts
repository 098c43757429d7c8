/**
 * The end of a training run whose loss is no number any more.
 *
 * @module
 */
import type { Batch } from "../data/dataset.ts";
import { ExitCode, UserError } from "../errors.ts";

/** Thrown by the runner at the first NaN or infinite loss. Exit code DIVERGED. */
export class DivergedError extends UserError {
  /** Class name, as in stack traces. */
  override readonly name: string = "DivergedError";

  /** Names the iteration, the losses and the files of the batch. */
  constructor(
    /** The iteration that diverged, from 1. */
    readonly iter: number,
    losses: Readonly<Record<string, number>>,
    batch: Batch,
  ) {
    const bad = Object.entries(losses).filter(([, v]) => !Number.isFinite(v))
      .map(([k, v]) => `${k} is ${Number.isNaN(v) ? "NaN" : v}`).join(", ");
    const files = [...new Set(batch.paths["gt_path"] ?? batch.paths["lq_path"] ?? [])];
    super(
      `training diverged at iteration ${iter}: ${bad}\n` +
        `  files in this batch: ${files.join(", ") || "unknown"}\n` +
        `  nothing was saved after that; lower train.optim_g.lr, add a warm-up (train.warmup_iter), or look at these files`,
      ExitCode.DIVERGED,
    );
  }
}
