/**
 * Exponential moving average of weights: `average = decay * average + (1 - decay) * weight`.
 *
 * @module
 */
import { type Scalar, tf, type Variable } from "../engine/tf.ts";
import { assignAll, type Assignment } from "./rule.ts";

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
   * @throws {RangeError} If `decay` is not in [0, 1].
   */
  constructor(readonly pairs: readonly AveragedVariable[], readonly decay: number) {
    if (!(decay >= 0 && decay <= 1)) {
      throw new RangeError(`ema_decay must be a number from 0 to 1, received ${decay}`);
    }
  }

  /** Makes every average a copy of its weight. */
  copy(): void {
    for (const { value, average } of this.pairs) average.assign(value);
  }

  /** The two weights of {@linkcode Ema.compute}. */
  scalars(): readonly [number, number] {
    return [this.decay, 1 - this.decay];
  }

  /** The averages after one more step, as pure tensor code; call it inside `tf.tidy`. */
  compute(scalars: readonly [Scalar, Scalar]): Assignment[] {
    const [decay, rest] = scalars;
    return this.pairs.map(({ value, average }) => ({
      variable: average,
      value: tf.add(tf.mul(average, decay), tf.mul(value, rest)),
    }));
  }

  /** Moves the averages one step. */
  update(): void {
    tf.tidy(() => {
      const [decay, rest] = this.scalars();
      assignAll(this.compute([tf.scalar(decay), tf.scalar(rest)]));
    });
  }
}
