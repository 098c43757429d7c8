import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { selfEnsemble } from "../../../core/train/self_ensemble.ts";
import { testEngine } from "../engine/_engines.ts";

await testEngine();

/** 2x3 pixels, all different. */
const picture = (): Tensor4D => tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);

Deno.test("selfEnsemble() gives a picture back where nothing is done to its flips and turns", () => {
  tf.tidy(() => {
    const shapes = new Set<string>();
    const y = selfEnsemble(picture(), (x) => {
      shapes.add(x.shape.join("x"));
      return tf.clone(x);
    });
    assert.deepEqual([...y.dataSync()], [1, 2, 3, 4, 5, 6]);
    assert.deepEqual([...shapes], ["1x2x3x1", "1x3x2x1"]);
  });
});

Deno.test("selfEnsemble() averages what is done to each of the eight", () => {
  tf.tidy(() => {
    // Marks the first pixel of what it gets: each corner is marked twice.
    const mark = (x: Tensor4D): Tensor4D => {
      const [, h, w] = x.shape;
      return tf.add(x, tf.pad(tf.ones([1, 1, 1, 1]), [[0, 0], [0, h - 1], [0, w - 1], [0, 0]]));
    };
    const y = selfEnsemble(picture(), mark);
    assert.deepEqual([...y.dataSync()], [1.25, 2, 3.25, 4.25, 5, 6.25]);
  });
});

Deno.test("selfEnsemble() fits networks that enlarge", () => {
  tf.tidy(() => {
    const y = selfEnsemble(picture(), (x) =>
      tf.image.resizeNearestNeighbor(x, [
        2 * x.shape[1],
        2 * x.shape[2],
      ]));
    assert.deepEqual(y.shape, [1, 4, 6, 1]);
    assert.deepEqual([...y.dataSync()].slice(0, 6), [1, 1, 2, 2, 3, 3]);
  });
});
