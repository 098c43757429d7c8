/** Filtering by blocks: sizes that do not fit, and borders. */
import assert from "node:assert/strict";
import { filter2D } from "../../../core/degrade/mod.ts";
import { filterPlanes } from "../../../core/degrade/filter2d.ts";
import { mirroredIndices } from "../../../core/degrade/planes.ts";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { onEngine } from "./_engine.ts";

/** What filter2D() should give at a pixel, one product after the other. */
function filtered(x: number[][], kernel: number[][], row: number, column: number): number {
  const reach = (kernel.length - 1) / 2;
  const rows = mirroredIndices(x.length, reach, x.length + 2 * reach);
  const columns = mirroredIndices(x[0]!.length, reach, x[0]!.length + 2 * reach);
  let sum = 0;
  kernel.forEach((line, i) =>
    line.forEach((weight, j) => sum += weight * x[rows[row + i]!]![columns[column + j]!]!)
  );
  return sum;
}

Deno.test("mirroredIndices() mirrors as often as needed", () => {
  assert.deepEqual([...mirroredIndices(4, 2, 8)], [2, 1, 0, 1, 2, 3, 2, 1]);
  assert.deepEqual([...mirroredIndices(2, 3, 8)], [1, 0, 1, 0, 1, 0, 1, 0]);
  assert.deepEqual([...mirroredIndices(1, 2, 5)], [0, 0, 0, 0, 0]);
});

onEngine(
  "filter2D() filters pictures of every size, those smaller than its reach too",
  async () => {
    for (const [h, w, k] of [[9, 6, 1], [5, 8, 3], [3, 2, 9], [6, 7, 5]] as const) {
      const x = Array.from({ length: h }, (_, i) => Array.from({ length: w }, (_, j) => i * w + j));
      const kernel = Array.from(
        { length: k },
        (_, i) => Array.from({ length: k }, (_, j) => Math.sin(i * k + j + 1)),
      );
      const y = tf.tidy(() =>
        filter2D(
          tf.tensor4d(x.flat(), [1, h, w, 1]),
          tf.tensor4d(kernel.flat(), [1, k, k, 1]),
        )
      );
      const values = await y.data();
      y.dispose();
      values.forEach((value, i) => {
        const want = filtered(x, kernel, Math.floor(i / w), i % w);
        assert(Math.abs(value - want) < 1e-4 * h * w, `${h}x${w}, ${k}: ${i}: ${value}, ${want}`);
      });
    }
  },
);

onEngine("filter2D() has the gradient of a correlation", async () => {
  const x = tf.ones([1, 6, 6, 1]) as Tensor4D,
    pulse = tf.tidy(() => tf.mul(tf.ones([1, 1, 1, 1]), 3));
  const gradient = tf.grad((x) => tf.sum(filter2D(x as Tensor4D, pulse as Tensor4D)))(x);
  assert.deepEqual([...await gradient.data()], Array(36).fill(3));
  tf.dispose([x, pulse, gradient]);
});

onEngine("filterPlanes() refuses kernels that do not fit", () => {
  const x = tf.zeros([2, 3, 8, 8]) as Tensor4D,
    even = tf.zeros([2, 4, 4]),
    three = tf.zeros([3, 3, 3]);
  assert.throws(() => filterPlanes(x, even), /with odd k, received \[2, 4, 4\]/);
  assert.throws(() => filterPlanes(x, three), /kernels must be \[2, k, k\] or \[1, k, k\]/);
  tf.dispose([x, even, three]);
  return Promise.resolve();
});
