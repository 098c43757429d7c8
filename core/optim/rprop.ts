/**
 * Resilient backpropagation, with PyTorch's meaning of every option.
 *
 * Paper: M. Riedmiller, H. Braun, "A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm",
 * ICNN 1993, https://doi.org/10.1109/ICNN.1993.298623.
 *
 * @module
 */
import { type Scalar, type Tensor, tf } from "../engine/tf.ts";
import { PureRule, type Updated } from "./rule.ts";

/** Options of Rprop besides `lr`, the first step size, spelled as in YAML under `train.optim_g`. */
export interface RpropOptions {
  /** Factors of the step size where the sign of the gradient has changed, and where it has not. Default `[0.5, 1.2]`. */
  etas?: readonly [number, number];
  /** Smallest and largest step size. Default `[1e-6, 50]`. */
  step_sizes?: readonly [number, number];
}

/** The rule of Rprop. Only signs of gradients count; a schedule has no effect once a weight has been moved. */
export class RpropRule extends PureRule {
  /** See {@linkcode PureRule.slots}. */
  override readonly slots: readonly string[] = ["prev", "step_size"];
  /** See {@linkcode PureRule.keepsStep}. */
  override readonly keepsStep = true;
  readonly #numbers: readonly [number, number, number, number];

  /**
   * Applies the options.
   *
   * @throws {RangeError} If they are out of range.
   */
  constructor({ etas = [0.5, 1.2], step_sizes = [1e-6, 50] }: RpropOptions) {
    super();
    const [down, up] = etas, [smallest, largest] = step_sizes;
    if (!(down > 0 && down < 1 && up > 1)) {
      throw new RangeError(
        `etas must be a number in (0, 1) and one above 1, received [${etas.join(", ")}]`,
      );
    }
    if (!(smallest > 0 && largest >= smallest)) {
      throw new RangeError(
        `step_sizes must be above 0 and in order, received [${step_sizes.join(", ")}]`,
      );
    }
    this.#numbers = [down, up, smallest, largest];
  }

  /** First step size, both factors, and both limits. */
  override scalars(lr: number): readonly number[] {
    return [lr, ...this.#numbers];
  }

  /** See {@linkcode PureRule.update}. */
  override update(
    param: Tensor,
    grad: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Scalar[],
  ): Updated {
    const [first, down, up, smallest, largest] = scalars as [
      Scalar,
      Scalar,
      Scalar,
      Scalar,
      Scalar,
    ];
    const [previous, size] = slots as [Tensor, Tensor];
    const flag = (condition: Tensor): Tensor => tf.cast(condition, "float32");
    const product = tf.mul(grad, previous);
    const same = flag(tf.greater(product, 0)), changed = flag(tf.less(product, 0));
    const neither = tf.sub(1, tf.add(same, changed));
    const factor = tf.add(tf.add(tf.mul(same, up), tf.mul(changed, down)), neither);
    // No size is 0 but that of a weight which has not been moved yet.
    const before = tf.add(size, tf.mul(flag(tf.equal(size, 0)), first));
    const newSize = tf.minimum(tf.maximum(tf.mul(before, factor), smallest), largest);
    const counted = tf.mul(grad, tf.sub(1, changed));
    return {
      param: tf.sub(param, tf.mul(tf.sign(counted), newSize)),
      slots: [counted, newSize],
    };
  }
}
