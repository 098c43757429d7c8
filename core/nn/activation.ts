/**
 * Activations, as functions and as modules for {@linkcode Sequential}.
 *
 * @module
 */
import * as attentionOps from "../engine/attention_ops.ts";
import * as ops from "../engine/ops.ts";
import { type Tensor, tf } from "../engine/tf.ts";
import { constant } from "./init.ts";
import { Module, Parameter } from "./module.ts";

/** max(x, 0). */
export function relu<T extends Tensor>(x: T): T {
  return ops.relu(x);
}

/** x where positive, else `slope`·x. PyTorch's default slope is 0.01; BasicSR mostly uses 0.1 or 0.2. */
export function leakyRelu<T extends Tensor>(x: T, slope = 0.01): T {
  return ops.leakyRelu(x, slope);
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid<T extends Tensor>(x: T): T {
  return ops.sigmoid(x);
}

/** Hyperbolic tangent. */
export function tanh<T extends Tensor>(x: T): T {
  return ops.tanh(x);
}

/** x·Φ(x) with the normal distribution Φ; exact, as PyTorch's `F.gelu` is by default. */
export function gelu<T extends Tensor>(x: T): T {
  return attentionOps.gelu(x);
}

/** {@linkcode relu} as a module. */
export class ReLU extends Module<Tensor> {
  /** Applies it to each element. */
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** {@linkcode leakyRelu} as a module. */
export class LeakyReLU extends Module<Tensor> {
  /** Creates it with the slope for negative values, default 0.01. */
  constructor(readonly slope = 0.01) {
    super();
  }

  /** Applies it to each element. */
  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.slope);
  }
}

/** {@linkcode sigmoid} as a module. */
export class Sigmoid extends Module<Tensor> {
  /** Applies it to each element. */
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** {@linkcode tanh} as a module. */
export class Tanh extends Module<Tensor> {
  /** Applies it to each element. */
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** {@linkcode gelu} as a module. */
export class GELU extends Module<Tensor> {
  /** Applies it to each element. */
  override forward(x: Tensor): Tensor {
    return gelu(x);
  }
}

/** x where positive, else a trained slope times x; one slope, or one for each channel of `[n, h, w, c]`. Key `weight`. */
export class PReLU extends Module<Tensor> {
  /** Slopes; (1) or (c). */
  readonly weight: Parameter;

  /** Creates it with `numParameters` slopes (1 or the number of channels), initially `init`. */
  constructor(numParameters = 1, init = 0.25) {
    super();
    this.weight = new Parameter([numParameters], constant(init));
  }

  /** Applies it to each element. */
  override forward(x: Tensor): Tensor {
    return tf.prelu(x, this.weight.value as Tensor);
  }
}
