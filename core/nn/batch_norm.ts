/**
 * Batch norm, with PyTorch's state and arithmetic.
 *
 * @module
 */
import { batchNorm } from "../engine/batch_norm_ops.ts";
import { biasAdd } from "../engine/ops.ts";
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { moveToward } from "../engine/updates.ts";
import { isRecomputing } from "./checkpoint.ts";
import { constant } from "./init.ts";
import { Buffer, Module, Parameter } from "./module.ts";

/** Options of a {@linkcode BatchNorm2d}, named as in PyTorch. */
export interface BatchNormOptions {
  /** Added to the variance, default 1e-5. */
  readonly eps?: number;
  /** Share of a new batch in the running statistics, default 0.1. */
  readonly momentum?: number;
  /** Whether the result is scaled and shifted by trained numbers, default true. */
  readonly affine?: boolean;
}

/**
 * (x - mean) / √(variance + eps) · weight + bias for each channel; `[n, h, w, c]`, or any other rank with the channels last,
 * to the same. While training, mean and variance are those of the batch, and move the running ones, which count in
 * evaluation mode. Keys `weight`, `bias`, `running_mean`, `running_var`, `num_batches_tracked`.
 */
export class BatchNorm2d extends Module<Tensor> {
  /** Factors; (c). */
  readonly weight: Parameter | undefined;
  /** Bias; (c). */
  readonly bias: Parameter | undefined;
  /** Average of the batches' means; (c). */
  readonly running_mean: Buffer;
  /** Average of the batches' unbiased variances; (c). */
  readonly running_var: Buffer;
  /** Batches that were averaged. */
  readonly num_batches_tracked: Buffer;
  readonly #eps: number;
  readonly #momentum: number;

  /** Creates it for `channels`. */
  constructor(channels: number, options: BatchNormOptions = {}) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true } = options;
    this.#eps = eps;
    this.#momentum = momentum;
    this.weight = affine ? new Parameter([channels], constant(1)) : undefined;
    this.bias = affine ? new Parameter([channels], constant(0)) : undefined;
    this.running_mean = new Buffer([channels], constant(0));
    this.running_var = new Buffer([channels], constant(1));
    // Files from before PyTorch 0.4.1 have none.
    this.num_batches_tracked = new Buffer([], constant(0), { dtype: "I64", presence: "optional" });
  }

  /**
   * See the class.
   *
   * @throws {RangeError} If there is a single number for each channel while training: that has no variance.
   */
  override forward<T extends Tensor = Tensor>(x: T): T {
    return tf.reshape(this.training ? this.#byBatch(x) : this.#byAverage(x), x.shape) as T;
  }

  #byBatch(x: Tensor): Tensor {
    const channels = x.shape.at(-1)!;
    if (x.size === channels) {
      throw new RangeError(
        `batch norm needs more than one number for each channel, received [${x.shape.join(", ")}]`,
      );
    }
    const scale = this.weight?.value ?? tf.ones([channels]);
    const offset = this.bias?.value ?? tf.zeros([channels]);
    const rows = (x.rank === 4 ? x : tf.reshape(x, [1, 1, -1, channels])) as Tensor4D;
    const { y, mean, variance } = batchNorm(rows, scale, offset, this.#eps);
    if (isRecomputing()) return y;
    const share = tf.scalar(this.#momentum);
    moveToward(this.running_mean.value, mean, share);
    moveToward(this.running_var.value, variance, share);
    const { value: count } = this.num_batches_tracked;
    count.assign(tf.add(count, tf.scalar(1, "int32")));
    return y;
  }

  #byAverage(x: Tensor): Tensor {
    const { weight, bias, running_mean: mean, running_var: variance } = this;
    const inverse = tf.rsqrt(tf.add(variance.value, this.#eps));
    const scale = weight ? tf.mul(weight.value, inverse) : inverse;
    const shift = tf.mul(mean.value, scale);
    return biasAdd(tf.mul(x, scale), bias ? tf.sub(bias.value, shift) : tf.neg(shift));
  }
}
