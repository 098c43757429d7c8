import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { estimate } from "../../../core/restore/estimate.ts";
import { findNetwork } from "../../../core/restore/source.ts";
import { testEngine } from "../engine/_engines.ts";

await loadPlugins();
const SHIPPED = "experiments/pretrained_models/realesr-animevideov3.safetensors";

Deno.test("estimate() of the shipped model: as counted by hand, and leaves nothing behind", async () => {
  const engine = await testEngine();
  try {
    const found = await findNetwork(SHIPPED);
    const before = tf.memory().numTensors;
    const made = await estimate(found, engine, { size: { width: 40, height: 30 } });
    assert.equal(tf.memory().numTensors, before);
    assert.equal(made.profile.parameters, 621_424);
    assert.equal(made.profile.radius, 18);
    // 3x3 taps: 3 to 64, sixteen times 64 to 64, 64 to 48.
    assert.equal(made.macs, 1200 * 9 * (3 * 64 + 16 * 64 * 64 + 64 * 48));
    assert.equal(made.plan.tiles.length, 1);
    assert.equal(made.tiledMacs, made.macs);
    assert.equal(made.weightBytes, 4 * 621_424);
    assert.deepEqual(made.measured, { width: 40, height: 30 });
    assert(made.seconds > 0 && made.seconds < 60);
  } finally {
    await engine.dispose();
  }
});

Deno.test("estimate() counts what surrounds tiles, and time grows with it", async () => {
  const engine = await testEngine();
  try {
    const found = await findNetwork(SHIPPED);
    const options = { size: { width: 64, height: 64 }, tile: 16, tilePad: 4 };
    const made = await estimate(found, engine, options);
    // 16 + 2 * (4 + 4) pixels each way, sixteen times.
    assert.deepEqual(made.plan.window, { width: 32, height: 32 });
    assert.equal(made.tiledMacs, 4 * made.macs!);
    assert(made.tiledBytes < made.wholeBytes);
    assert.deepEqual(made.measured, { width: 32, height: 32 });
  } finally {
    await engine.dispose();
  }
});
