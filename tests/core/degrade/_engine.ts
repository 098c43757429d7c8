/**
 * Running a test on the quickest engine, which has to be left without tensors.
 *
 * @module
 */
import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { testEngine } from "../engine/_engines.ts";

/** Registers a test that runs on the quickest engine and fails if it leaves tensors behind. */
export function onEngine(claim: string, fn: () => Promise<void>): void {
  Deno.test(claim, async () => {
    const engine = await testEngine();
    try {
      const before = tf.memory().numTensors;
      await fn();
      assert.equal(tf.memory().numTensors - before, 0, "tensors are left over");
    } finally {
      await engine.dispose();
    }
  });
}
