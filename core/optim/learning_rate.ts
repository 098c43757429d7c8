/**
 * The learning rate of an iteration: schedule first, then warm-up over it, in BasicSR's order.
 *
 * @module
 */
import type { Scheduler } from "./scheduler.ts";

/** Whatever has rates that can be set: an optimizer. */
export interface HasRates {
  /** Rates in force, one a parameter group. */
  rates(): number[];
  /** Sets them. */
  setRates(rates: readonly number[]): void;
  /** Initial rates, one a parameter group. */
  initialRates(): number[];
}

/** An optimizer with its schedule. */
export interface Scheduled {
  /** Whose rates are set. */
  readonly optimizer: HasRates;
  /** Its schedule; none keeps the rates. */
  readonly scheduler?: Scheduler;
}

/**
 * Sets the rates for iteration `iter`, which counts from 1. To be called once before every iteration.
 *
 * The schedule moves on from iteration 2; while `iter < warmupIter` its rate is replaced by
 * `initial / warmupIter * iter`. A multi-step schedule goes on from the rate in force, so that after the warm-up the
 * last rate of the warm-up stays in force until the next milestone, as in BasicSR.
 *
 * @param warmupIter Length of the warm-up in iterations, -1 for none.
 */
export function updateLearningRate(
  pairs: readonly Scheduled[],
  iter: number,
  warmupIter: number,
): void {
  for (const { optimizer, scheduler } of pairs) {
    if (iter > 1 && scheduler) optimizer.setRates(scheduler.step(optimizer.rates()));
    if (iter < warmupIter) {
      optimizer.setRates(optimizer.initialRates().map((rate) => rate / warmupIter * iter));
    }
  }
}
