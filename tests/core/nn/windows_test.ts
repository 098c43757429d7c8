import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import {
  fromHeads,
  fromWindows,
  overlappingPositionIndex,
  overlappingWindows,
  positionBias,
  relativePositionIndex,
  shiftedWindowMask,
  shiftedWindowMaskValues,
  toHeads,
  toWindows,
} from "../../../core/nn/mod.ts";
import { forEachEngine } from "../engine/_engines.ts";

const count = (shape: [number, number, number, number]): Tensor4D =>
  tf.tensor4d(Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i), shape);

await forEachEngine("toWindows() goes row by row, and fromWindows() back", async () => {
  const x = count([1, 2, 4, 1]);
  const windows = toWindows(x, [2, 2]);
  assert.deepEqual(windows.shape, [2, 2, 2, 1]);
  assert.deepEqual([...await windows.data()], [0, 1, 4, 5, 2, 3, 6, 7]);
  const tall = count([2, 4, 6, 3]);
  const back = fromWindows(toWindows(tall, [2, 3]), [2, 3], tall.shape);
  assert.deepEqual(await back.data(), await tall.data());
});

await forEachEngine(
  "toHeads() cuts parts and heads out of the channels, and fromHeads() joins heads again",
  async () => {
    // One window of two pixels; channels: two parts of two heads of one number.
    const parts = toHeads(count([1, 1, 2, 4]), [1, 2], 2, 2);
    assert.deepEqual(parts.map(({ shape }) => shape), [[2, 2, 1], [2, 2, 1]]);
    assert.deepEqual([...await parts[0]!.data()], [0, 4, 1, 5]);
    assert.deepEqual([...await parts[1]!.data()], [2, 6, 3, 7]);
    const x = count([2, 4, 6, 6]);
    const [all] = toHeads(x, [2, 3], 3);
    assert.deepEqual(all!.shape, [3 * 2 * 4, 6, 2]);
    assert.deepEqual(await fromHeads(all!, [2, 3], 3, x.shape).data(), await x.data());
  },
);

await forEachEngine(
  "overlappingWindows() gives what torch's Unfold does, with zeros outside",
  async () => {
    const x = count([1, 2, 4, 1]);
    const got = overlappingWindows(x, 2, 4);
    assert.deepEqual(got.shape, [1, 4, 8, 1]);
    assert.deepEqual([...await got.data()], [
      ...[0, 0, 0, 0, 0, 0, 0, 0],
      ...[0, 0, 1, 2, 1, 2, 3, 0],
      ...[0, 4, 5, 6, 5, 6, 7, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    // Three windows high: wider than two plain ones.
    const high = overlappingWindows(count([1, 3, 1, 1]), 1, 3);
    assert.deepEqual(high.shape, [1, 9, 3, 1]);
    const middle = [...await tf.slice(high, [0, 0, 1, 0], [1, 9, 1, 1]).data()];
    assert.deepEqual(middle, [0, 0, 1, 0, 1, 2, 1, 2, 0]);
  },
);

Deno.test("indices of relative positions are those of Swin transformers and of HAT", () => {
  assert.deepEqual([...relativePositionIndex([1, 3])], [2, 1, 0, 3, 2, 1, 4, 3, 2]);
  assert.deepEqual([...relativePositionIndex([2, 1])], [1, 0, 2, 1]);
  // calculate_rpi_oca of HAT for windows of 2 and 4: (key - query - 1)·5 + key - query - 1.
  const index = overlappingPositionIndex(2, 4);
  assert.deepEqual([...index.subarray(0, 5)], [-6, -5, -4, -3, -1]);
  assert.deepEqual([...index.subarray(48, 52)], [-12, -11, -10, -9]);
});

await forEachEngine(
  "positionBias() takes rows of the table, from its end where indices are negative",
  async () => {
    const table = tf.tensor2d([0, 10, 1, 11, 2, 12], [3, 2]);
    const bias = positionBias(table, tf.tensor1d([2, 0, 1, 1], "int32"));
    assert.deepEqual(bias.shape, [2, 1, 1, 4]);
    assert.deepEqual([...await bias.data()], [2, 0, 1, 1, 12, 10, 11, 11]);
    const wrapped = positionBias(table, tf.tensor1d([-1, 0], "int32"), true);
    assert.deepEqual([...await wrapped.data()], [2, 0, 12, 10]);
  },
);

await forEachEngine("masks of shifted windows keep apart what was no neighbour", async () => {
  // A line of four pixels, shifted by one: 1 2 | 3 0.
  const values = shiftedWindowMaskValues([1, 4], [1, 2], [0, 1]);
  assert.deepEqual([...values], [0, 0, 0, 0, 0, -100, -100, 0]);
  const size = [6, 4] as const, window = [3, 2] as const, shift = [1, 1] as const;
  const mask = shiftedWindowMask(size, window, shift);
  assert.deepEqual(mask.shape, [1, 1, 4, 36]);
  // Without the sign of zeros.
  const data = (await mask.data()).map((v) => v + 0);
  assert.deepEqual(data, shiftedWindowMaskValues(size, window, shift));
});
