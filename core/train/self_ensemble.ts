/**
 * Geometric self-ensemble: a network restores the eight flips and turns of a picture, and the results, flipped and turned
 * back, are averaged.
 *
 * Paper: B. Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPRW 2017,
 * https://arxiv.org/abs/1707.02921, section 3.4. BasicSR calls it `test_selfensemble`.
 *
 * @module
 */
import { type Tensor4D, tf } from "../engine/tf.ts";

/** `[n, h, w, c]` to the mean of what `restore` makes of its eight symmetries; call it inside `tf.tidy`. */
export function selfEnsemble(x: Tensor4D, restore: (x: Tensor4D) => Tensor4D): Tensor4D {
  let sum: Tensor4D | undefined;
  for (const transpose of [false, true]) {
    for (const axes of [[], [1], [2], [1, 2]]) {
      const sent = turned(axes.length > 0 ? tf.reverse(x, axes) : x, transpose);
      const back = turned(restore(sent), transpose);
      const result = axes.length > 0 ? tf.reverse(back, axes) : back;
      sum = sum === undefined ? result : tf.add(sum, result);
    }
  }
  return tf.mul(sum!, 1 / 8);
}

function turned(x: Tensor4D, transpose: boolean): Tensor4D {
  return transpose ? tf.transpose(x, [0, 2, 1, 3]) : x;
}
