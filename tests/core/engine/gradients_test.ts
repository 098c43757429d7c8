/** Tests of the gradients that TensorFlow.js lacks, on the engine that needs nothing. */
import assert from "node:assert/strict";
import "@tensorflow/tfjs-backend-cpu";
import { registerGradients, spaceToDepth } from "../../../core/engine/gradients.ts";
import { type Tensor, type Tensor4D, tf, useTf } from "../../../core/engine/tf.ts";

Deno.test("spaceToDepth() undoes tf.depthToSpace()", async () => {
  await useTf();
  await tf.setBackend("cpu");
  tf.tidy(() => {
    for (const block of [2, 3]) {
      const x = tf.randomNormal([2, 3, 5, 4 * block * block], 0, 1, "float32", 7) as Tensor4D;
      const back = spaceToDepth(tf.depthToSpace(x, block), block);
      assert.deepEqual(back.shape, x.shape);
      assert.deepEqual(back.dataSync(), x.dataSync());
    }
  });
});

Deno.test("spaceToDepth() refuses sizes that the block does not divide", async () => {
  await useTf();
  await tf.setBackend("cpu");
  tf.tidy(() => {
    assert.throws(() => spaceToDepth(tf.zeros([1, 4, 5, 1]), 2), /4x5 is no multiple of 2/);
  });
});

Deno.test("the gradient of DepthToSpace hands every value back to where it came from", async () => {
  await useTf();
  await tf.setBackend("cpu");
  registerGradients();
  registerGradients(); // registering twice is harmless
  tf.tidy(() => {
    const x = tf.randomNormal([1, 2, 2, 8], 0, 1, "float32", 3) as Tensor4D;
    // d/dx of sum(depthToSpace(x)^2) / 2 is x itself
    const gradient = tf.grad((y) =>
      tf.mul(tf.sum(tf.square(tf.depthToSpace(y as Tensor4D, 2))), 0.5)
    );
    assert.deepEqual(gradient(x).dataSync(), x.dataSync());
  });
});

Deno.test("a gradient of a gradient knows that results depend on inputs", async () => {
  await useTf();
  await tf.setBackend("cpu");
  registerGradients();
  tf.tidy(() => {
    const x = tf.tensor1d([-0.7, 0.2, 1.3]);
    const twice = (f: (x: Tensor) => Tensor): ArrayLike<number> =>
      tf.grad((x) => tf.sum(tf.grad((x) => tf.sum(f(x)))(x)))(x).dataSync();
    // The ops keep their results, of which their first gradients are made.
    for (
      const [f, second] of [
        [(x: Tensor) => tf.tanh(x), (y: number) => -2 * y * (1 - y * y)],
        [(x: Tensor) => tf.sigmoid(x), (y: number) => y * (1 - y) * (1 - 2 * y)],
        [(x: Tensor) => tf.exp(x), (y: number) => y],
      ] as const
    ) {
      const got = twice(f);
      f(x).dataSync().forEach((y: number, i: number) =>
        assert(Math.abs(got[i]! - second(y)) < 1e-6, `${got[i]} not ${second(y)}`)
      );
    }
  });
});
