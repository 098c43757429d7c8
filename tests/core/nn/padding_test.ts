import assert from "node:assert/strict";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { cropTo, padTo, padToMultiple } from "../../../core/nn/mod.ts";
import { paddedEvenly } from "../../../core/nn/padding.ts";
import { forEachEngine } from "../engine/_engines.ts";

await forEachEngine(
  "padToMultiple() mirrors or adds zeros at the bottom and on the right, cropTo() undoes it",
  async () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
    for (
      const [mode, want] of [
        ["reflect", [1, 2, 3, 2, 4, 5, 6, 5, 1, 2, 3, 2, 4, 5, 6, 5]],
        ["mirror", [1, 2, 3, 3, 4, 5, 6, 6, 4, 5, 6, 6, 1, 2, 3, 3]],
        ["zeros", [1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
      ] as const
    ) {
      const padded = padToMultiple(x, 4, mode);
      assert.deepEqual(padded.shape, [1, 4, 4, 1]);
      assert.deepEqual([...await padded.data()], want, mode);
      assert.deepEqual([...await cropTo(padded, [2, 3]).data()], [1, 2, 3, 4, 5, 6]);
    }
    assert.deepEqual(padToMultiple(x, [2, 3], "reflect").shape, [1, 2, 3, 1]);
  },
);

await forEachEngine(
  "padTo() mirrors images smaller than the padding to and fro, with their gradient",
  async () => {
    const line = (...numbers: number[]) => tf.tensor4d(numbers, [1, 1, numbers.length, 1]);
    for (
      const [numbers, mode, want, counts] of [
        [[1, 2, 3], "reflect", [1, 2, 3, 2, 1, 2, 3, 2], [2, 4, 2]],
        [[1, 2], "mirror", [1, 2, 2, 1, 1, 2, 2, 1], [4, 4]],
        [[7], "reflect", [7, 7, 7, 7, 7, 7, 7, 7], [8]],
        [[7], "mirror", [7, 7, 7, 7, 7, 7, 7, 7], [8]],
      ] as const
    ) {
      const x = line(...numbers);
      assert.deepEqual([...await padTo(x, [1, 8], mode).data()], want);
      const dx = tf.grad((t: Tensor) => tf.sum(padTo(t as Tensor4D, [1, 8], mode)))(x);
      assert.deepEqual([...await dx.data()], counts, "gradient");
    }
  },
);

await forEachEngine(
  "paddedEvenly() pads and cuts off where nothing is missing, and leaves the numbers alone",
  async () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
    const kernels = async (mode: "reflect" | "zeros", run: <T>(fn: () => T) => T) => {
      const { kernelNames, result } = await tf.profile(() =>
        run(() => cropTo(padToMultiple(x, [2, 3], mode), [2, 3]))
      );
      assert.deepEqual([...await (result as Tensor).data()], [1, 2, 3, 4, 5, 6], mode);
      return kernelNames.filter((name) => name !== "Identity").sort();
    };
    const plainly = <T>(fn: () => T): T => fn();
    assert.deepEqual(await kernels("reflect", paddedEvenly), ["MirrorPad", "Slice"]);
    assert.deepEqual(await kernels("zeros", paddedEvenly), ["PadV2", "Slice"]);
    assert.throws(() =>
      paddedEvenly(() => {
        throw new Error("inside");
      }), /inside/);
    assert.deepEqual(await kernels("reflect", plainly), []);
  },
);
