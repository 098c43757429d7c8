/** Tests of gradient clipping; numbers worked out by hand from PyTorch's formulas. */
import assert from "node:assert/strict";
import { type Scalar, tf } from "../../../core/engine/tf.ts";
import { clipNorm, clipValue } from "../../../core/optim/clip.ts";
import { testEngine } from "../engine/_engines.ts";

await testEngine();

Deno.test("clipNorm() scales all gradients by one factor, and leaves small ones alone", async () => {
  const gradients = [tf.tensor1d([3, 0]), undefined, tf.scalar(4)];
  const clip = async (most: number) => {
    const clipped = clipNorm(gradients, tf.scalar(most) as Scalar);
    assert.equal((await clipped.norm!.data())[0], 5);
    assert.equal(clipped.gradients[1], undefined);
    return [...await clipped.gradients[0]!.data(), ...await clipped.gradients[2]!.data()];
  };
  const half = await clip(2.5); // 2.5 / (5 + 1e-6)
  [1.5, 0, 2].forEach((g, i) => assert.ok(Math.abs(half[i]! - g) < 1e-5, `${half}`));
  assert.deepEqual(await clip(10), [3, 0, 4]);
});

Deno.test("clipValue() limits every element", async () => {
  const [clipped, none] = clipValue([tf.tensor1d([-3, 0.5, 2]), undefined], tf.scalar(1)).gradients;
  assert.deepEqual([...await clipped!.data()], [-1, 0.5, 1]);
  assert.equal(none, undefined);
});
