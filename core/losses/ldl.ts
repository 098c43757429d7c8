/**
 * The map of likely artifacts of locally discriminative learning: where the network errs more than its moving average, and
 * its error varies from pixel to pixel.
 *
 * Paper: J. Liang et al., "Details or Artifacts: A Locally Discriminative Learning Approach to Realistic Image
 * Super-Resolution", CVPR 2022, https://arxiv.org/abs/2203.09195
 * Origin: BasicSR `basicsr/losses/loss_util.py`, 8d56e3a (Apache-2.0): arithmetic. As there, the gradient goes through the
 * map.
 *
 * @module
 */
import { detach, relu } from "../engine/ops.ts";
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { absolute } from "./absolute.ts";

/** Smallest variance that a root is taken of: at 0 it has no gradient. */
const TINY = 1e-20;

/**
 * Unbiased variance in the `ksize` x `ksize` window around each pixel, mirrored at the borders; `[n, h, w, c]` to the same.
 * `ksize` is odd, and less than twice either side.
 */
export function localWeights(residual: Tensor4D, ksize: number): Tensor4D {
  const pad = (ksize - 1) / 2, count = ksize ** 2;
  // The variance does not know where zero is; far from it, the squares would drown the differences.
  const centred = tf.sub(residual, detach(tf.mean(residual, [1, 2], true)));
  const padded = tf.mirrorPad(
    centred,
    [[0, 0], [pad, pad], [pad, pad], [0, 0]],
    "reflect",
  ) as Tensor4D;
  const average = (x: Tensor): Tensor4D => tf.avgPool(x as Tensor4D, ksize, 1, "valid");
  const biased = tf.sub(average(tf.square(padded)), tf.square(average(padded)));
  return relu(tf.mul(biased, count / (count - 1)));
}

/**
 * Weights `[n, h, w, 1]` of pixels of `output`, which is compared with `gt`; 0 where `ema`, what the moving average of the
 * network gives, is further away. All are `[n, h, w, c]`.
 *
 * @param ksize Side of the window of {@linkcode localWeights}; 7 in the paper.
 */
export function refinedArtifactMap(
  gt: Tensor4D,
  output: Tensor4D,
  ema: Tensor4D,
  ksize: number,
): Tensor4D {
  const residual = (image: Tensor4D): Tensor4D =>
    tf.sum(absolute(tf.sub(gt, image)), 3, true) as Tensor4D;
  const ofEma = residual(ema), ofOutput = residual(output);
  const pixels = ofOutput.shape[1] * ofOutput.shape[2];
  const centred = tf.sub(ofOutput, tf.mean(ofOutput, [1, 2], true));
  const variance = tf.div(tf.sum(tf.square(centred), [1, 2], true), pixels - 1);
  const ofPatch = tf.pow(tf.maximum(variance, TINY), 1 / 5);
  const worse = tf.cast(tf.greaterEqual(ofOutput, ofEma), "float32");
  return tf.mul(tf.mul(ofPatch, localWeights(ofOutput, ksize)), worse) as Tensor4D;
}
