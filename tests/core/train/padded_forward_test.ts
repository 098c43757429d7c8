import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { Module } from "../../../core/nn/module.ts";
import { paddedForward } from "../../../core/train/padded_forward.ts";
import { testEngine } from "../engine/_engines.ts";

await testEngine();

/** Enlarges by 2 (nearest) and wants multiples of 4; remembers what it was fed. */
class Enlarge extends Module<Tensor4D> {
  seen: number[][] = [];
  override get sizeMultiple(): number {
    return 4;
  }
  override forward(x: Tensor4D): Tensor4D {
    this.seen = (x.squeeze([0, 3]).arraySync()) as number[][];
    return tf.image.resizeNearestNeighbor(x, [x.shape[1] * 2, x.shape[2] * 2]);
  }
}

function run(image: number[][]): { seen: number[][]; out: number[][] } {
  const net = new Enlarge();
  return tf.tidy(() => {
    const x = tf.tensor2d(image).expandDims(0).expandDims(3) as Tensor4D;
    const out = paddedForward(net, x).squeeze([0, 3]).arraySync() as number[][];
    return { seen: net.seen, out };
  });
}

Deno.test("an image is mirrored to the next multiple, and the output cut to the scaled size", () => {
  const { seen, out } = run([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], [13, 14, 15]]);
  assert.deepEqual(seen[0], [1, 2, 3, 2]);
  assert.deepEqual(seen.map((row) => row[0]), [1, 4, 7, 10, 13, 10, 7, 4]);
  assert.deepEqual([out.length, out[0]!.length], [10, 6]);
  assert.deepEqual(out[9], [13, 13, 14, 14, 15, 15]);
});

Deno.test("an image that is smaller than the padding is mirrored several times", () => {
  assert.deepEqual(run([[1, 2]]).seen[0], [1, 2, 2, 1]);
  assert.deepEqual(run([[5]]).seen, Array.from({ length: 4 }, () => [5, 5, 5, 5]));
});

Deno.test("an image that fits is passed as it is", () => {
  const image = Array.from({ length: 4 }, (_, i) => [i, i + 1, i + 2, i + 3]);
  assert.deepEqual(run(image).seen, image);
});
