/**
 * Sets the learning rates before every iteration, as the schedule and the warm-up have it.
 *
 * @module
 */
import { type Hook, Priority } from "../hook.ts";
import type { Runner } from "../runner.ts";

/** Calls `model.updateLearningRate` with the iteration that is about to run. */
export class LearningRateHook implements Hook {
  /** First of all: other hooks may want to read the rate. */
  readonly priority: number = Priority.VERY_HIGH;
  /** The batch is not looked at. */
  readonly leavesBatch: boolean = true;

  /** Updates the rates. */
  beforeTrainIter(runner: Runner): void {
    runner.model.updateLearningRate(runner.iter + 1);
  }
}
