/**
 * Adam and AdamW with PyTorch's meaning of every option.
 *
 * Papers: D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, https://arxiv.org/abs/1412.6980;
 * I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, https://arxiv.org/abs/1711.05101.
 *
 * @module
 */
import { type Scalar, type Tensor, tf, type Variable } from "../engine/tf.ts";
import { applyAdam } from "../engine/updates.ts";
import type { UpdateRule } from "./rule.ts";

/** Options of Adam and AdamW besides `lr`, spelled as in YAML under `train.optim_g`. */
export interface AdamOptions {
  /** Decay rates of the two moments. Default `[0.9, 0.999]`. */
  betas?: readonly [number, number];
  /** Added to the root of the second moment, outside the root. Default 1e-8. */
  eps?: number;
  /** Default 0 for Adam, where it is added to the gradient; 0.01 for AdamW, where it shrinks the weight itself. */
  weight_decay?: number;
  /** Divides by the largest second moment so far. Default false. */
  amsgrad?: boolean;
}

/** The rule of Adam, or with `decoupled` of AdamW. */
export class AdamRule implements UpdateRule {
  readonly slots: readonly string[];
  readonly keepsStep = true;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #eps: number;
  readonly #decay: number;
  readonly #amsgrad: boolean;

  /**
   * Applies the options.
   *
   * @throws {RangeError} If one is out of range.
   */
  constructor(options: AdamOptions, readonly decoupled: boolean) {
    const { betas = [0.9, 0.999], eps = 1e-8, amsgrad = false } = options;
    const decay = options.weight_decay ?? (decoupled ? 0.01 : 0);
    if (betas.length !== 2 || !betas.every((b) => b >= 0 && b < 1)) {
      throw new RangeError(`betas must be two numbers in [0, 1), received [${betas.join(", ")}]`);
    }
    if (!(eps >= 0)) throw new RangeError(`eps must not be negative, received ${eps}`);
    if (!(decay >= 0)) throw new RangeError(`weight_decay must not be negative, received ${decay}`);
    [this.#beta1, this.#beta2] = betas;
    this.#eps = eps;
    this.#decay = decay;
    this.#amsgrad = amsgrad;
    this.slots = amsgrad ? ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] : ["exp_avg", "exp_avg_sq"];
  }

  /**
   * Step size and eps with both bias corrections folded in, the weights of the old moments, and the decay. The corrections
   * are those of the weights as float32 has them, which is what the moments are computed with.
   */
  scalars(lr: number, step: number): readonly number[] {
    const correction1 = 1 - Math.fround(this.#beta1) ** step;
    const root2 = Math.sqrt(1 - Math.fround(this.#beta2) ** step);
    return [
      lr / correction1 * root2,
      this.#beta1,
      this.#beta2,
      this.#eps * root2,
      this.decoupled ? 1 - lr * this.#decay : this.#decay,
    ];
  }

  /** See {@linkcode UpdateRule.apply}. */
  apply(
    param: Variable,
    grad: Tensor,
    slots: readonly Variable[],
    scalars: readonly Scalar[],
  ): void {
    const [size, beta1, beta2, eps, decay] = scalars as [Scalar, Scalar, Scalar, Scalar, Scalar];
    const [mean, square, largest] = slots as [Variable, Variable, Variable?];
    if (this.#decay !== 0) {
      if (this.decoupled) param.assign(tf.mul(param, decay));
      else grad = tf.add(grad, tf.mul(param, decay));
    }
    // lr / c1 * m / (sqrt(v) / sqrt(c2) + eps), with sqrt(c2) multiplied into the scalars.
    applyAdam(param, { mean, square, largest }, grad, { size, beta1, beta2, eps });
  }
}
