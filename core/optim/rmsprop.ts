/**
 * RMSprop with PyTorch's meaning of every option.
 *
 * Lecture: G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012,
 * https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf; centred: A. Graves, https://arxiv.org/abs/1308.0850.
 *
 * @module
 */
import { type Scalar, type Tensor, tf } from "../engine/tf.ts";
import { PureRule, type Updated } from "./rule.ts";

/** Options of RMSprop besides `lr`, spelled as in YAML under `train.optim_g`. */
export interface RmspropOptions {
  /** Decay rate of the averages. Default 0.99. */
  alpha?: number;
  /** Added to the root of the second moment, outside the root. Default 1e-8. */
  eps?: number;
  /** Added to the gradient, times the weight. Default 0. */
  weight_decay?: number;
  /** Default 0. */
  momentum?: number;
  /** Divides by the variance instead of the second moment. Default false. */
  centered?: boolean;
}

/** The rule of RMSprop. */
export class RmspropRule extends PureRule {
  /** See {@linkcode PureRule.slots}. */
  override readonly slots: readonly string[];
  /** See {@linkcode PureRule.keepsStep}. */
  override readonly keepsStep = true;
  readonly #options: Required<RmspropOptions>;

  /**
   * Applies the options.
   *
   * @throws {RangeError} If one is out of range.
   */
  constructor(options: RmspropOptions) {
    super();
    const { alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0, centered = false } = options;
    for (const [name, value] of Object.entries({ alpha, eps, weight_decay, momentum })) {
      if (!(value >= 0)) throw new RangeError(`${name} must not be negative, received ${value}`);
    }
    this.#options = { alpha, eps, weight_decay, momentum, centered };
    this.slots = [
      "square_avg",
      ...momentum > 0 ? ["momentum_buffer"] : [],
      ...centered ? ["grad_avg"] : [],
    ];
  }

  /** Rate, the weights of the averages, and the other options. */
  override scalars(lr: number): readonly number[] {
    const { alpha, eps, weight_decay, momentum } = this.#options;
    return [lr, alpha, 1 - alpha, eps, weight_decay, momentum];
  }

  /** See {@linkcode PureRule.update}. */
  override update(
    param: Tensor,
    grad: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Scalar[],
  ): Updated {
    const [lr, alpha, rest, eps, decay, momentum] = scalars as [
      Scalar,
      Scalar,
      Scalar,
      Scalar,
      Scalar,
      Scalar,
    ];
    const { weight_decay, momentum: hasMomentum, centered } = this.#options;
    if (weight_decay !== 0) grad = tf.add(grad, tf.mul(param, decay));
    const square = tf.add(tf.mul(slots[0]!, alpha), tf.mul(tf.square(grad), rest));
    const mean = centered ? slots.at(-1)! : undefined;
    const newMean = mean && tf.add(mean, tf.mul(tf.sub(grad, mean), rest));
    const spread = newMean ? tf.sub(square, tf.square(newMean)) : square;
    let direction = tf.div(grad, tf.add(tf.sqrt(spread), eps));
    const newSlots = [square];
    if (hasMomentum > 0) {
      direction = tf.add(tf.mul(slots[1]!, momentum), direction);
      newSlots.push(direction);
    }
    if (newMean) newSlots.push(newMean);
    return { param: tf.sub(param, tf.mul(direction, lr)), slots: newSlots };
  }
}
