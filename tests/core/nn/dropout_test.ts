import assert from "node:assert/strict";
import { seedRandomOps } from "../../../core/engine/random_ops.ts";
import { tf } from "../../../core/engine/tf.ts";
import { Dropout, DropPath, dropPathRates } from "../../../core/nn/mod.ts";
import { testEngine } from "../engine/_engines.ts";

Deno.test("Dropout and DropPath act while training alone, on elements and on whole samples", async () => {
  const engine = await testEngine();
  try {
    seedRandomOps("dropout_test");
    const x = tf.ones([50, 2, 2, 5]);
    for (const drop of [new Dropout(0.25), new DropPath(0.25)]) {
      const y = await drop.forward(x).data();
      assert(y.every((v) => v === 0 || Math.abs(v - 4 / 3) < 1e-6));
      const share = y.filter((v) => v === 0).length / y.length;
      assert(share > 0.1 && share < 0.4, `${share} were dropped`);
      const whole = Array.from({ length: 50 }, (_, i) => y.subarray(20 * i, 20 * i + 20))
        .filter((sample) => sample.every((v) => v === sample[0])).length;
      assert.equal(whole === 50, drop instanceof DropPath);
      assert.deepEqual(await drop.eval().forward(x).data(), await x.data());
    }
    assert.deepEqual(await new Dropout(0).forward(x).data(), await x.data());
  } finally {
    await engine.dispose();
  }
});

Deno.test("a rate of 1 is refused, and rates of blocks rise evenly", () => {
  assert.throws(() => new DropPath(1), /rate must be in \[0, 1\), received 1/);
  assert.deepEqual(dropPathRates(3, 0.1), [0, 0.05, 0.1]);
  assert.deepEqual(dropPathRates(1, 0.1), [0]);
});
