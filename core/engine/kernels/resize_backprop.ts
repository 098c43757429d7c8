/**
 * Back-propagation of image resizing, exact for every coordinate convention.
 *
 * TensorFlow.js computes the gradients of `resizeBilinear` and `resizeNearestNeighbor` as if `halfPixelCenters` were
 * false, on all backends. Resizing is linear and separable, y = R x C', so its gradient is R' dy C: two products with
 * small matrices.
 *
 * @module
 */
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { tf } from "../tf.ts";
import type { Tensor4D } from "../tf.ts";

/** Which pixels a resized pixel is made of. */
export interface ResizeRule {
  /** Linear interpolation, or the nearest pixel. */
  readonly method: "bilinear" | "nearest";
  /** The corner pixels' centres are kept in place. */
  readonly alignCorners: boolean;
  /** Pixels are squares around their centres, as PyTorch's `align_corners=False`. */
  readonly halfPixelCenters: boolean;
}

/** Gradient of resizing `[n, height, width, c]` to the size of `dy` `[n, oh, ow, c]`. */
export function resizeGradient(
  dy: Tensor4D,
  [height, width]: readonly [number, number],
  rule: ResizeRule,
): Tensor4D {
  return tf.tidy(() => {
    const [n, outHeight, outWidth, c] = dy.shape;
    const rows = transposedWeights(height, outHeight, rule);
    const columns = transposedWeights(width, outWidth, rule);
    const heightFirst = tf.reshape(tf.transpose(dy, [1, 0, 2, 3]), [outHeight, -1]);
    const tall = tf.reshape(tf.matMul(rows, heightFirst), [height, n, outWidth, c]);
    const widthFirst = tf.reshape(tf.transpose(tall, [2, 0, 1, 3]), [outWidth, -1]);
    const wide = tf.reshape(tf.matMul(columns, widthFirst), [width, height, n, c]);
    return tf.transpose(wide, [2, 1, 0, 3]) as Tensor4D;
  });
}

/** The transpose of the matrix that resizes `from` samples to `to` samples: `[from, to]`. */
function transposedWeights(from: number, to: number, rule: ResizeRule): Tensor2D {
  const weights = new Float32Array(from * to);
  const keepCorners = rule.alignCorners && to > 1;
  const scale = keepCorners ? (from - 1) / (to - 1) : from / to;
  for (let i = 0; i < to; i++) {
    if (rule.method === "nearest") {
      const at = scale * (rule.halfPixelCenters ? i + 0.5 : i);
      const nearest = rule.alignCorners ? Math.round(at) : Math.floor(at);
      weights[Math.min(nearest, from - 1) * to + i] = 1;
    } else {
      const at = rule.halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
      const low = Math.floor(at), fraction = at - low;
      weights[clamp(low, from) * to + i]! += 1 - fraction;
      weights[clamp(low + 1, from) * to + i]! += fraction;
    }
  }
  return tf.tensor2d(weights, [from, to]);
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
