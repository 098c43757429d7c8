/**
 * Exponential moving average of weights: `average = decay * average + (1 - decay) * weight`.
 *
 * @module
 */
import { type Scalar, tf, type Variable } from "../engine/tf.ts";
import { moveToward } from "../engine/updates.ts";

/** A weight and its average, of the same shape. */
export interface AveragedVariable {
  /** The weight. */
  readonly value: Variable;
  /** Its average. */
  readonly average: Variable;
}

/** Keeps averages of weights; borrows all variables. */
export class Ema {
  /**
   * Pairs the weights with their averages, which keep the values they have.
   *
   * @param copies What is copied as it is at every step: statistics and other buffers, which are averages already or, like
   * the vectors of a spectral norm, have no meaningful one.
   * @throws {RangeError} If `decay` is not in [0, 1].
   */
  constructor(
    readonly pairs: readonly AveragedVariable[],
    readonly decay: number,
    readonly copies: readonly AveragedVariable[] = [],
  ) {
    if (!(decay >= 0 && decay <= 1)) {
      throw new RangeError(`ema_decay must be a number from 0 to 1, received ${decay}`);
    }
  }

  /** Makes every average a copy of its weight. */
  copy(): void {
    for (const { value, average } of [...this.pairs, ...this.copies]) average.assign(value);
  }

  /** The weight of the new value, for {@linkcode Ema.move}. */
  get share(): number {
    return 1 - this.decay;
  }

  /** Moves the averages one step, as tensor code that can be compiled; `share` is {@linkcode Ema.share}. */
  move(share: Scalar): void {
    for (const { value, average } of this.pairs) moveToward(average, value, share);
    for (const { value, average } of this.copies) average.assign(tf.clone(value));
  }

  /** Moves the averages one step. */
  update(): void {
    tf.tidy(() => this.move(tf.scalar(this.share)));
  }
}
