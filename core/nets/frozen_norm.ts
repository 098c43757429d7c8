/**
 * Batch normalisation with fixed statistics, as feature networks use it.
 *
 * @module
 */
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { constant } from "../nn/init.ts";
import { Buffer, Module, Parameter } from "../nn/module.ts";

/** A factor and a summand for each channel. */
export interface ChannelAffine {
  /** `[c]`. */
  readonly scale: Tensor;
  /** `[c]`. */
  readonly shift: Tensor;
}

/**
 * `nn.BatchNorm2d` in evaluation mode, whatever mode it is put into: `[n, h, w, c]` to the same. Keys `weight`, `bias`,
 * `running_mean`, `running_var`; the counter `num_batches_tracked` of files means nothing here.
 */
export class FrozenBatchNorm2d extends Module<Tensor4D> {
  /** Factor; (c). */
  readonly weight: Parameter;
  /** Summand; (c). */
  readonly bias: Parameter;
  /** Mean that is taken off; (c). */
  readonly running_mean: Buffer;
  /** Variance that is divided by; (c). */
  readonly running_var: Buffer;

  /** Creates it for so many channels; `eps` is added to the variance. */
  constructor(channels: number, readonly eps: number = 1e-5) {
    super();
    this.weight = new Parameter([channels], constant(1));
    this.bias = new Parameter([channels], constant(0));
    this.running_mean = new Buffer([channels], constant(0));
    this.running_var = new Buffer([channels], constant(1));
  }

  /** The same as one factor and one summand for each channel, for a convolution to take up; the caller's. */
  affine(): ChannelAffine {
    const std = tf.sqrt(tf.add(this.running_var.value, this.eps));
    const scale = tf.div(this.weight.value, std);
    return { scale, shift: tf.sub(this.bias.value, tf.mul(this.running_mean.value, scale)) };
  }

  /** Normalises each channel. */
  override forward(x: Tensor4D): Tensor4D {
    const { scale, shift } = this.affine();
    return tf.add(tf.mul(x, scale), shift);
  }
}
