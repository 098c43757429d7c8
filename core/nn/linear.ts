/**
 * Linear layer.
 *
 * @module
 */
import { biasAdd } from "../engine/ops.ts";
import { type Tensor, tf } from "../engine/tf.ts";
import { torchDefault } from "./init.ts";
import { linearLayout } from "./layout.ts";
import { Module, Parameter } from "./module.ts";

/** x·Wᵀ + b over the last axis: `[…, in]` to `[…, out]`. Keys `weight` (out, in) and `bias`. */
export class Linear extends Module<Tensor> {
  /** Weight; (out, in) in files. */
  readonly weight: Parameter;
  /** Bias; (out). */
  readonly bias: Parameter | undefined;
  /** Inputs that one output depends on, for initialisers. */
  readonly fanIn: number;

  /** Creates it with PyTorch's initial values. */
  constructor(inFeatures: number, outFeatures: number, options: { readonly bias?: boolean } = {}) {
    super();
    this.fanIn = inFeatures;
    const shape = [outFeatures, inFeatures];
    this.weight = new Parameter(shape, torchDefault(inFeatures), linearLayout(shape));
    this.bias = options.bias ?? true
      ? new Parameter([outFeatures], torchDefault(inFeatures))
      : undefined;
  }

  /** `[…, in]` to `[…, out]`. */
  override forward(x: Tensor): Tensor {
    const [outFeatures, inFeatures] = this.weight.shape as [number, number];
    const rows = tf.reshape(x, [-1, inFeatures]);
    const product = tf.matMul(rows, this.weight.value as Tensor);
    const y = this.bias ? biasAdd(product, this.bias.value) : product;
    return tf.reshape(y, [...x.shape.slice(0, -1), outFeatures]);
  }
}
