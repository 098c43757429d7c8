/**
 * Stochastic gradient descent with PyTorch's meaning of momentum, dampening and Nesterov's variant.
 *
 * @module
 */
import { type Scalar, type Tensor, tf } from "../engine/tf.ts";
import { PureRule, type Updated } from "./rule.ts";

/** Options of SGD besides `lr`, spelled as in YAML under `train.optim_g`. */
export interface SgdOptions {
  /** Default 0. */
  momentum?: number;
  /** Share of each gradient, but the first, that is kept out of the momentum. Default 0. */
  dampening?: number;
  /** Added to the gradient, times the weight. Default 0. */
  weight_decay?: number;
  /** Looks one step ahead; needs momentum and no dampening. Default false. */
  nesterov?: boolean;
}

/** The rule of SGD. */
export class SgdRule extends PureRule {
  /** See {@linkcode PureRule.slots}. */
  override readonly slots: readonly string[];
  /** See {@linkcode PureRule.keepsStep}. */
  override readonly keepsStep = false;
  readonly #momentum: number;
  readonly #dampening: number;
  readonly #decay: number;
  readonly #nesterov: boolean;

  /**
   * Applies the options.
   *
   * @throws {RangeError} If they are out of range or do not go together.
   */
  constructor(options: SgdOptions) {
    super();
    const { momentum = 0, dampening = 0, weight_decay = 0, nesterov = false } = options;
    if (!(momentum >= 0)) {
      throw new RangeError(`momentum must not be negative, received ${momentum}`);
    }
    if (!(weight_decay >= 0)) {
      throw new RangeError(`weight_decay must not be negative, received ${weight_decay}`);
    }
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new RangeError("nesterov needs a momentum above 0 and a dampening of 0");
    }
    this.#momentum = momentum;
    this.#dampening = dampening;
    this.#decay = weight_decay;
    this.#nesterov = nesterov;
    this.slots = momentum === 0 ? [] : ["momentum_buffer"];
  }

  /** Rate, decay, momentum, and the weight of the gradient in the momentum: all of it at the first step. */
  override scalars(lr: number, step: number): readonly number[] {
    return [lr, this.#decay, this.#momentum, step === 1 ? 1 : 1 - this.#dampening];
  }

  /** See {@linkcode PureRule.update}. */
  override update(
    param: Tensor,
    grad: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Scalar[],
  ): Updated {
    const [lr, decay, momentum, share] = scalars as [Scalar, Scalar, Scalar, Scalar];
    if (this.#decay !== 0) grad = tf.add(grad, tf.mul(param, decay));
    const [buffer] = slots;
    if (buffer === undefined) return { param: tf.sub(param, tf.mul(grad, lr)), slots: [] };
    const added = this.#dampening === 0 ? grad : tf.mul(grad, share);
    const moved = tf.add(tf.mul(buffer, momentum), added);
    const direction = this.#nesterov ? tf.add(grad, tf.mul(moved, momentum)) : moved;
    return { param: tf.sub(param, tf.mul(direction, lr)), slots: [moved] };
  }
}
