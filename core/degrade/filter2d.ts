/**
 * `filter2D`: correlation of each picture with a kernel of its own, mirrored at the borders (BasicSR
 * `basicsr/utils/img_process_util.py`).
 *
 * A kernel of 21x21 for one channel is what convolutions are worst at. Here 4x4 pixels become the channels of one, so that it
 * is a convolution of 16 to 16 channels with 6x6 taps, whose weights are the kernel at 16 places; a third more
 * multiplications, and the same numbers to 6e-7. Measured on two cores of an EPYC 7003, [2, 400, 400, 3], native: this 12
 * ms, depthwise 41 ms, plain convolution of each channel 87 ms, FFT 12 ms (PyTorch 15 ms); blocks of 2x4, 4x8, 5x5 and
 * 8x8 pixels 15, 14, 18 and 18 ms. At 200x200 on wasm: this 26 ms, depthwise 274 ms.
 *
 * @module
 */
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import { fromPlanes, mirroredIndices, pickPlanes, toPlanes } from "./planes.ts";

/** Side of the blocks of pixels that become channels. */
const BLOCK = 4;

/**
 * Filters planes that have their border already: `[n, c, h + k - 1, w + k - 1]` to `[n, c, h, w]`.
 *
 * @param kernels `[n, k, k]`, or `[1, k, k]` for all of them.
 * @throws {RangeError} If the kernels do not fit.
 */
export function filterPlanes(x: Tensor4D, kernels: Tensor): Tensor4D {
  const [n, c, fullHeight, fullWidth] = x.shape;
  const [count, k, columns] = kernels.shape as [number, number, number];
  if (kernels.rank !== 3 || k !== columns || k % 2 === 0 || (count !== n && count !== 1)) {
    throw new RangeError(
      `kernels must be [${n}, k, k] or [1, k, k] with odd k, received [${
        kernels.shape.join(", ")
      }]`,
    );
  }
  const h = fullHeight - k + 1, w = fullWidth - k + 1;
  const taps = Math.ceil((k - 1) / BLOCK) + 1;
  const blocksHigh = Math.ceil(h / BLOCK), blocksWide = Math.ceil(w / BLOCK);
  const high = blocksHigh + taps - 1, wide = blocksWide + taps - 1;
  const channels = BLOCK ** 2;
  return tf.tidy(() => {
    const padded = tf.pad(x, [
      [0, 0],
      [0, 0],
      [0, high * BLOCK - fullHeight],
      [0, wide * BLOCK - fullWidth],
    ]);
    const blocks = tf.reshape(
      tf.transpose(tf.reshape(padded, [n * c, high, BLOCK, wide, BLOCK]), [0, 1, 3, 2, 4]),
      [n * c, high, wide, channels],
    ) as Tensor4D;
    const flat = tf.pad(tf.reshape(kernels, [count, k * k]), [[0, 0], [0, 1]]);
    const weights = tf.gather(flat, tf.tensor1d(weightIndices(k, taps), "int32"), 1);
    const filter = (i: number) =>
      tf.reshape(tf.slice(weights, [i, 0], [1, -1]), [taps, taps, channels, channels]) as Tensor4D;
    const perKernel = n * c / count;
    const filtered = Array.from({ length: count }, (_, i) =>
      tf.conv2d(
        count === 1 ? blocks : tf.slice(blocks, [i * perKernel, 0, 0, 0], [perKernel, -1, -1, -1]),
        filter(i),
        1,
        "valid",
      ));
    const all = tf.reshape(tf.concat(filtered, 0), [n * c, blocksHigh, blocksWide, BLOCK, BLOCK]);
    const pixels = tf.reshape(tf.transpose(all, [0, 1, 3, 2, 4]), [
      n,
      c,
      blocksHigh * BLOCK,
      blocksWide * BLOCK,
    ]);
    return tf.slice(pixels, [0, 0, 0, 0], [n, c, h, w]) as Tensor4D;
  });
}

/**
 * Filters pictures `[n, h, w, c]` with `kernels` `[n, k, k, 1]`, or `[1, k, k, 1]` for all of them; k is odd. The kernel is
 * not flipped. Pictures smaller than the kernel's reach, which PyTorch refuses, are mirrored as often as needed.
 *
 * @throws {RangeError} If the kernels do not fit.
 */
export function filter2D(x: Tensor4D, kernels: Tensor4D): Tensor4D {
  const [, h, w] = x.shape, [count, k] = kernels.shape;
  const reach = (k - 1) / 2;
  return tf.tidy(() => {
    const border = (side: number) =>
      tf.tensor1d(mirroredIndices(side, reach, side + 2 * reach), "int32");
    const rows = border(h), columns = border(w);
    const bordered = pickPlanes(toPlanes(x), rows, columns);
    return fromPlanes(filterPlanes(bordered, tf.reshape(kernels, [count, k, kernels.shape[2]])));
  });
}

/** Where in a kernel, followed by a zero, the weights `[taps, taps, 16, 16]` of the convolution of blocks are. */
function weightIndices(k: number, taps: number): Int32Array {
  const along: number[][][] = Array.from(
    { length: taps },
    (_, tap) =>
      Array.from(
        { length: BLOCK },
        (_, from) => Array.from({ length: BLOCK }, (_, to) => tap * BLOCK + from - to),
      ),
  );
  const indices = new Int32Array(taps ** 2 * BLOCK ** 4);
  let o = 0;
  for (const down of along) {
    for (const right of along) {
      for (const fromRow of down) {
        for (const fromColumn of right) {
          for (const row of fromRow) {
            for (const column of fromColumn) {
              const inside = row >= 0 && row < k && column >= 0 && column < k;
              indices[o++] = inside ? row * k + column : k * k;
            }
          }
        }
      }
    }
  }
  return indices;
}
