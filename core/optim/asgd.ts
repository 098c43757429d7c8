/**
 * Averaged stochastic gradient descent, with PyTorch's meaning of every option.
 *
 * Paper: B. Polyak, A. Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM Journal on Control and
 * Optimization 30, 1992, https://doi.org/10.1137/0330046.
 * Differs from PyTorch where a schedule changes the rate: there a step is taken with the rate of the step before.
 *
 * @module
 */
import { type Scalar, type Tensor, tf } from "../engine/tf.ts";
import { PureRule, type Updated } from "./rule.ts";

/** Options of ASGD besides `lr`, spelled as in YAML under `train.optim_g`. */
export interface AsgdOptions {
  /** Decay of the weights, and of the rate with the number of steps. Default 1e-4. */
  lambd?: number;
  /** Power by which the rate decays. Default 0.75. */
  alpha?: number;
  /** Steps after which the weights begin to be averaged. Default 1e6. */
  t0?: number;
  /** Added to the gradient, times the weight. Default 0. */
  weight_decay?: number;
}

/** The rule of ASGD. The average is kept in the state, as PyTorch does; the network has the weights themselves. */
export class AsgdRule extends PureRule {
  /** See {@linkcode PureRule.slots}. */
  override readonly slots: readonly string[] = ["ax"];
  /** See {@linkcode PureRule.keepsStep}. */
  override readonly keepsStep = true;
  readonly #options: Required<AsgdOptions>;

  /**
   * Applies the options.
   *
   * @throws {RangeError} If the weight decay is negative.
   */
  constructor({ lambd = 1e-4, alpha = 0.75, t0 = 1e6, weight_decay = 0 }: AsgdOptions) {
    super();
    if (!(weight_decay >= 0)) {
      throw new RangeError(`weight_decay must not be negative, received ${weight_decay}`);
    }
    this.#options = { lambd, alpha, t0, weight_decay };
  }

  /** The rate as it has decayed, what it leaves of a weight, the share of the weight in the average, and the decay. */
  override scalars(lr: number, step: number): readonly number[] {
    const { lambd, alpha, t0, weight_decay } = this.#options;
    const rate = lr / (1 + lambd * lr * (step - 1)) ** alpha;
    return [rate, 1 - lambd * rate, 1 / Math.max(1, step - 1 - t0), weight_decay];
  }

  /** See {@linkcode PureRule.update}. */
  override update(
    param: Tensor,
    grad: Tensor,
    [average]: readonly Tensor[],
    scalars: readonly Scalar[],
  ): Updated {
    const [rate, left, share, decay] = scalars as [Scalar, Scalar, Scalar, Scalar];
    if (this.#options.weight_decay !== 0) grad = tf.add(grad, tf.mul(param, decay));
    const moved = tf.sub(tf.mul(param, left), tf.mul(grad, rate));
    return {
      param: moved,
      slots: [tf.add(average!, tf.mul(tf.sub(moved, average!), share))],
    };
  }
}
