/**
 * Modules that drop things at random while training, and do nothing else otherwise.
 *
 * @module
 */
import { dropout, dropPath } from "../engine/random_ops.ts";
import { type Tensor, tf } from "../engine/tf.ts";
import { Module } from "./module.ts";

/** `nn.Dropout`: single elements are set to 0, the others divided by 1 - `rate`. */
export class Dropout extends Module<Tensor> {
  /**
   * Creates it; it drops with probability `rate`.
   *
   * @throws {RangeError} If the rate is not in [0, 1).
   */
  constructor(readonly rate: number) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(`rate must be in [0, 1), received ${rate}`);
    }
  }

  /** Whether it does anything now. */
  get active(): boolean {
    return this.training && this.rate > 0;
  }

  /** Of any shape. */
  override forward<T extends Tensor = Tensor>(x: T): T {
    return this.active ? dropout(x, this.rate) : tf.clone(x);
  }
}

/** Stochastic depth: `[n, …]`, whole samples are set to 0, the others divided by 1 - `rate`. */
export class DropPath extends Dropout {
  /** Of any shape. */
  override forward<T extends Tensor = Tensor>(x: T): T {
    return this.active ? dropPath(x, this.rate) : tf.clone(x);
  }
}

/** `count` rates that rise evenly from 0 to `last`, as those of the blocks of a network do. */
export function dropPathRates(count: number, last: number): number[] {
  return Array.from({ length: count }, (_, i) => count === 1 ? 0 : last * i / (count - 1));
}
