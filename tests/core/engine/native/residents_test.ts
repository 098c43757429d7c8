/** Tests of variables that live in TensorFlow's resources: nothing is copied, and nothing stays. */
import assert from "node:assert/strict";
import { compile } from "../../../../core/engine/compile.ts";
import { startNative } from "../../../../core/engine/native/mod.ts";
import { type Tensor, tf } from "../../../../core/engine/tf.ts";
import { nativeTest, residentMegabytes } from "./_native.ts";

nativeTest("a large variable is changed where it is, and goes with its memory", async () => {
  const engine = await startNative({ numGpu: 0 });
  try {
    const size = 2 ** 23; // 32 MiB
    const handles = engine.binding.getNumOfTensors();
    let afterFirst = Infinity;
    for (let round = 0; round < 6; round++) {
      const v = tf.tidy(() => tf.variable(tf.zeros([size]), false));
      const f = compile((x: Tensor) => {
        v.assign(tf.add(v, x) as never);
        return {};
      });
      const one = tf.scalar(1);
      await f(one);
      const before = residentMegabytes();
      for (let i = 0; i < 8; i++) await f(one);
      // Each call makes one new value; the old one has to go at once.
      assert.ok(
        residentMegabytes() < before + 80,
        `${before} MB grew to ${residentMegabytes()} MB`,
      );
      const sum = tf.sum(v);
      assert.equal((await sum.data())[0], 9 * size);
      f.dispose();
      tf.dispose([v, one, sum]);
      if (round === 0) afterFirst = residentMegabytes();
    }
    assert.equal(engine.binding.getNumOfTensors(), handles);
    assert.equal(tf.memory().numTensors, 0);
    // Five more variables of 32 MiB would show.
    assert.ok(
      residentMegabytes() < afterFirst + 100,
      `${afterFirst} MB grew to ${residentMegabytes()} MB`,
    );
  } finally {
    await engine.dispose();
  }
});
