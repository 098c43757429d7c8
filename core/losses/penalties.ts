/**
 * Penalties on the slope of a discriminator, which need gradients of gradients. They are tensor code, for the losses of a
 * step of the discriminator.
 *
 * Papers: L. Mescheder et al., "Which Training Methods for GANs do actually Converge?", ICML 2018,
 * https://arxiv.org/abs/1801.04406 (R1); I. Gulrajani et al., "Improved Training of Wasserstein GANs", NeurIPS 2017,
 * https://arxiv.org/abs/1704.00028 (gradient penalty). Arithmetic as in BasicSR, `basicsr/losses/gan_loss.py`, 8d56e3a.
 *
 * @module
 */
import { randomUniform } from "../engine/random_ops.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../engine/tf.ts";

/** What a discriminator says of images, of any shape. */
export type Discriminate = (images: Tensor4D) => Tensor;

/** Settings of {@linkcode gradientPenalty}. */
export interface GradientPenaltyOptions {
  /** Weight of each element of the slope, `[n, h, w, c]` or of one channel. */
  readonly weight?: Tensor4D;
  /**
   * What the length of a slope is taken over: `channels`, as BasicSR does, for each pixel apart, or `sample`, as in the
   * paper, for each image. Default `channels`.
   */
  readonly over?: "channels" | "sample";
}

/** Smallest square of a length that a root is taken of: at 0 it has no gradient. */
const TINY = 1e-24;

/** Mean over the batch of the squared slope of what is said of `real`. */
export function r1Penalty(discriminate: Discriminate, real: Tensor4D): Scalar {
  const slope = slopeAt(discriminate, real);
  return tf.mean(tf.sum(tf.square(slope), [1, 2, 3])) as Scalar;
}

/**
 * Mean of (|slope| - 1)² at a random point between each image of `real` and that of `fake`; random as the ops of
 * `core/engine/random_ops.ts` are.
 */
export function gradientPenalty(
  discriminate: Discriminate,
  real: Tensor4D,
  fake: Tensor4D,
  options: GradientPenaltyOptions = {},
): Scalar {
  const share = randomUniform([real.shape[0], 1, 1, 1]);
  const between = tf.add(fake, tf.mul(share, tf.sub(real, fake))) as Tensor4D;
  return slopePenalty(slopeAt(discriminate, between), options);
}

/** Mean of (|slope| - 1)², over the mean of the weights if there are any. */
export function slopePenalty(slope: Tensor4D, options: GradientPenaltyOptions = {}): Scalar {
  const { weight, over = "channels" } = options;
  const weighted = weight ? tf.mul(slope, weight) : slope;
  const squares = tf.sum(tf.square(weighted), over === "channels" ? [3] : [1, 2, 3]);
  const length = tf.sqrt(tf.maximum(squares, TINY));
  const penalty = tf.mean(tf.square(tf.sub(length, 1)));
  return (weight ? tf.div(penalty, tf.mean(weight)) : penalty) as Scalar;
}

/** The gradient of the sum of what is said, by the images. */
function slopeAt(discriminate: Discriminate, images: Tensor4D): Tensor4D {
  return tf.grad((x) => tf.sum(discriminate(x as Tensor4D)) as Scalar)(images) as Tensor4D;
}
