/**
 * Adamax, Adam with the infinity norm, with PyTorch's meaning of every option.
 *
 * Paper: D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, section 7.1,
 * https://arxiv.org/abs/1412.6980.
 *
 * @module
 */
import { type Scalar, type Tensor, tf } from "../engine/tf.ts";
import { PureRule, type Updated } from "./rule.ts";

/** Options of Adamax besides `lr`, spelled as in YAML under `train.optim_g`. */
export interface AdamaxOptions {
  /** Decay rates of the mean and of the norm. Default `[0.9, 0.999]`. */
  betas?: readonly [number, number];
  /** Added to the size of every gradient. Default 1e-8. */
  eps?: number;
  /** Added to the gradient, times the weight. Default 0. */
  weight_decay?: number;
}

/** The rule of Adamax. */
export class AdamaxRule extends PureRule {
  /** See {@linkcode PureRule.slots}. */
  override readonly slots: readonly string[] = ["exp_avg", "exp_inf"];
  /** See {@linkcode PureRule.keepsStep}. */
  override readonly keepsStep = true;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #eps: number;
  readonly #decay: number;

  /**
   * Applies the options.
   *
   * @throws {RangeError} If one is out of range.
   */
  constructor({ betas = [0.9, 0.999], eps = 1e-8, weight_decay = 0 }: AdamaxOptions) {
    super();
    if (betas.length !== 2 || !betas.every((b) => b >= 0 && b < 1)) {
      throw new RangeError(`betas must be two numbers in [0, 1), received [${betas.join(", ")}]`);
    }
    for (const [name, value] of Object.entries({ eps, weight_decay })) {
      if (!(value >= 0)) throw new RangeError(`${name} must not be negative, received ${value}`);
    }
    [this.#beta1, this.#beta2] = betas;
    this.#eps = eps;
    this.#decay = weight_decay;
  }

  /** Weights of the averages, decay, eps, and the rate with its bias correction. */
  override scalars(lr: number, step: number): readonly number[] {
    return [
      1 - this.#beta1,
      this.#beta2,
      this.#eps,
      this.#decay,
      lr / (1 - this.#beta1 ** step),
    ];
  }

  /** See {@linkcode PureRule.update}. */
  override update(
    param: Tensor,
    grad: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Scalar[],
  ): Updated {
    const [rest1, beta2, eps, decay, size] = scalars as [Scalar, Scalar, Scalar, Scalar, Scalar];
    const [mean, norm] = slots as [Tensor, Tensor];
    if (this.#decay !== 0) grad = tf.add(grad, tf.mul(param, decay));
    const newMean = tf.add(mean, tf.mul(tf.sub(grad, mean), rest1));
    const newNorm = tf.maximum(tf.mul(norm, beta2), tf.add(tf.abs(grad), eps));
    return {
      param: tf.sub(param, tf.mul(tf.div(newMean, newNorm), size)),
      slots: [newMean, newNorm],
    };
  }
}
