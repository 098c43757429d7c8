/**
 * Layer norm over the channels.
 *
 * @module
 */
import { normalize, scaleShift } from "../engine/norm_ops.ts";
import type { Tensor } from "../engine/tf.ts";
import { constant } from "./init.ts";
import { Module, Parameter } from "./module.ts";

/** Options of a {@linkcode LayerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance, default 1e-5. */
  readonly eps?: number;
  /** Whether a bias is added, default true. */
  readonly bias?: boolean;
}

/**
 * (x - mean) / √(variance + eps) · weight + bias over the last axis: PyTorch's `nn.LayerNorm(dim)`, and for `[n, h, w, c]`
 * also what archs call `LayerNorm2d`. Keys `weight` and `bias`, initially 1 and 0.
 */
export class LayerNorm extends Module<Tensor> {
  /** Factors; (dim). */
  readonly weight: Parameter;
  /** Bias; (dim). */
  readonly bias: Parameter | undefined;
  readonly #eps: number;

  /** Creates it for `dim` channels. */
  constructor(dim: number, options: LayerNormOptions = {}) {
    super();
    this.weight = new Parameter([dim], constant(1));
    this.bias = options.bias ?? true ? new Parameter([dim], constant(0)) : undefined;
    this.#eps = options.eps ?? 1e-5;
  }

  /** `[…, dim]` to the same. */
  override forward<T extends Tensor = Tensor>(x: T): T {
    const { weight, bias } = this;
    return scaleShift(normalize(x, this.#eps), weight.value, bias?.value);
  }
}
