/**
 * Gradients that TensorFlow.js lacks, for every engine.
 *
 * @module
 */
import type * as tfc from "@tensorflow/tfjs-core";
import { type Tensor4D, tf } from "./tf.ts";

let registered = false;

/** Registers them with TensorFlow.js, once; engines call this after they have loaded it. */
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  tf.registerGradient({
    kernelName: "DepthToSpace",
    gradFunc: (dy, _saved, attributes) => {
      const { blockSize, dataFormat } = attributes as unknown as tfc.DepthToSpaceAttrs;
      if (dataFormat !== "NHWC") {
        throw new RangeError(`the gradient of DepthToSpace takes NHWC, received ${dataFormat}`);
      }
      return { x: () => spaceToDepth(dy as Tensor4D, blockSize) };
    },
  });
}

/**
 * Moves blocks of pixels into channels, `[n, h * b, w * b, c]` to `[n, h, w, b * b * c]`: the inverse of
 * `tf.depthToSpace`. Rank 4 throughout, so that every engine can do it.
 *
 * @throws {RangeError} If height or width are no multiples of `blockSize`.
 */
export function spaceToDepth(x: Tensor4D, blockSize: number): Tensor4D {
  const [n, height, width, channels] = x.shape;
  const h = height / blockSize, w = width / blockSize;
  if (!Number.isInteger(h) || !Number.isInteger(w)) {
    throw new RangeError(`spaceToDepth: ${height}x${width} is no multiple of ${blockSize}`);
  }
  return tf.tidy(() => {
    // [n, h, (i), w, (j, c)] with n and h, j and c kept together.
    const rows = tf.reshape(x, [n * h, blockSize, w, blockSize * channels]);
    const blocks = tf.transpose(rows, [0, 2, 1, 3]);
    return tf.reshape(blocks, [n, h, w, blockSize * blockSize * channels]) as Tensor4D;
  });
}
