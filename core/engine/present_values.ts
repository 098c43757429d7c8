/**
 * Which whole numbers occur: a histogram that only says yes or no, on every engine.
 *
 * @module
 */
import { AttrType, DType } from "./native/dtypes.ts";
import { nodeBackend } from "./native/node_backend.ts";
import { type Tensor, type Tensor2D, tf } from "./tf.ts";

/**
 * For each row of `x` the numbers that occur in it: int32 `[n, m]`, all from 0 to `size` - 1, to float32 `[n, size]` of 0 and
 * 1.
 */
export function presentValues(x: Tensor2D, size: number): Tensor2D {
  return tf.tidy(() => {
    const weights = tf.tensor2d([], [0, 0], "float32"); // none: every number counts once
    const backend = nodeBackend();
    if (!backend) {
      return tf.cast(tf.denseBincount(x, weights, size, true), "float32") as Tensor as Tensor2D;
    }
    const attributes = [
      { name: "Tidx", type: AttrType.TYPE, value: DType.INT32 },
      { name: "T", type: AttrType.TYPE, value: DType.FLOAT },
      { name: "binary_output", type: AttrType.BOOL, value: true },
    ];
    const count = tf.scalar(size, "int32");
    return backend.executeSingleOutput("DenseBincount", attributes, [
      x,
      count,
      weights,
    ]) as Tensor2D;
  });
}
