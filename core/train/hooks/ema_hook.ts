/**
 * Moves the averaged weights after every iteration (`train.ema_decay`).
 *
 * @module
 */
import { type Hook, Priority } from "../hook.ts";
import type { Runner } from "../runner.ts";

/** Calls `model.updateEma` before anything looks at the averaged weights. */
export class EmaHook implements Hook {
  /** Before logging, validation and checkpoints. */
  readonly priority: number = Priority.HIGHEST;

  /** Updates the averages. */
  afterTrainIter(runner: Runner): void {
    runner.model.updateEma();
  }
}
