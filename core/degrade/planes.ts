/**
 * Pictures as planes, and as the corner of a canvas: how degradations keep their shapes while pictures change their size.
 *
 * Planes are `[n, c, h, w]`: filters, resizing and JPEG's transform treat every channel alike, so that channels count as
 * pictures. A canvas is a larger picture of a fixed size, whose top left corner holds the picture proper.
 *
 * @module
 */
import { type Scalar, type Tensor, type Tensor2D, type Tensor4D, tf } from "../engine/tf.ts";

/** `[n, h, w, c]` to `[n, c, h, w]`. */
export function toPlanes(x: Tensor4D): Tensor4D {
  return tf.transpose(x, [0, 3, 1, 2]);
}

/** `[n, c, h, w]` to `[n, h, w, c]`. */
export function fromPlanes(x: Tensor4D): Tensor4D {
  return tf.transpose(x, [0, 2, 3, 1]);
}

/** Applies `rows` `[h', h]` and `columns` `[w', w]` to planes `[n, c, h, w]`: `[n, c, h', w']`. */
export function mapPlanes(x: Tensor4D, rows: Tensor2D, columns: Tensor2D): Tensor4D {
  const [n, c, h, w] = x.shape;
  const [height] = rows.shape, [width] = columns.shape;
  return tf.tidy(() => {
    const wide = tf.matMul(tf.reshape(x, [n * c * h, w]), columns, false, true);
    const high = tf.matMul(
      tf.expandDims(rows, 0),
      tf.reshape(wide, [n * c, h, width]) as Tensor,
    );
    return tf.reshape(high, [n, c, height, width]) as Tensor4D;
  });
}

/** Picks rows and columns of planes by their numbers, int32 vectors. */
export function pickPlanes(x: Tensor4D, rows: Tensor, columns: Tensor): Tensor4D {
  return tf.tidy(() => tf.gather(tf.gather(x, rows, 2), columns, 3)) as Tensor4D;
}

/** 1 in the corner of `height` x `width`, else 0: `[1, 1, canvasHeight, canvasWidth]`. */
export function cornerMask(
  height: Scalar | number,
  width: Scalar | number,
  canvasHeight: number,
  canvasWidth: number,
): Tensor4D {
  const within = (side: Scalar | number, canvas: number) =>
    tf.cast(tf.less(tf.range(0, canvas, 1, "float32"), side), "float32");
  return tf.tidy(() =>
    tf.mul(
      tf.reshape(within(height, canvasHeight), [1, 1, canvasHeight, 1]),
      tf.reshape(within(width, canvasWidth), [1, 1, 1, canvasWidth]),
    )
  ) as Tensor4D;
}

/**
 * Numbers of the samples that a line of `side` samples has from `-reach` on when it is mirrored at its ends without
 * repeating them, as often as needed; `length` numbers. This is PyTorch's padding mode `reflect`, which goes once only.
 */
export function mirroredIndices(side: number, reach: number, length: number): Int32Array {
  const period = Math.max(1, 2 * (side - 1));
  return Int32Array.from({ length }, (_, i) => {
    const at = (((i - reach) % period) + period) % period;
    return Math.min(at, period - at);
  });
}

/** The next multiple of `multiple` from `side` on. */
export function roundedUp(side: number, multiple: number): number {
  return Math.ceil(side / multiple) * multiple;
}
