import assert from "node:assert/strict";
import { countCosts } from "../../../core/engine/shape_backend.ts";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { networkCosts } from "../../../core/nn/costs.ts";
import { EDSR } from "../../../plugins/archs/edsr_arch.ts";
import { RCAN } from "../../../plugins/archs/rcan_arch.ts";
import { testEngine } from "../engine/_engines.ts";

Deno.test("networkCosts() counts EDSR-M x2 as by hand, without an engine", async () => {
  const options = { num_in_ch: 3, num_out_ch: 3, num_feat: 64, num_block: 16, upscale: 2 };
  const { parameters, macs } = await networkCosts(() => new EDSR(options), [1, 16, 12, 3]);
  // 3x3 taps: first, 32 of the blocks, one after them, one to four times the channels; the last at twice the size.
  const pixels = 16 * 12;
  const wanted = 9 * pixels * (3 * 64 + 33 * 64 * 64 + 64 * 256) + 9 * pixels * 4 * 64 * 3;
  assert.equal(macs, wanted);
  assert.equal(parameters, 1_369_859); // BasicSR's
});

Deno.test("networkCosts() sees what does not grow with the picture, and the memory that does", async () => {
  const options = { num_in_ch: 3, num_out_ch: 3, num_feat: 16, num_group: 1, num_block: 1 };
  const at = (side: number) =>
    networkCosts(() => new RCAN({ ...options, upscale: 2 }), [1, side, side, 3]);
  const [small, large, larger] = [await at(8), await at(16), await at(32)];
  // a·pixels + c: channel attention works on means.
  const slope = (large.macs - small.macs) / (16 * 16 - 8 * 8);
  assert.equal(larger.macs, large.macs + slope * (32 * 32 - 16 * 16));
  assert(small.macs > slope * 8 * 8, "a constant part is left");
  assert(larger.peakBytes > 3 * large.peakBytes - 3 * small.parameters * 4);
});

Deno.test("a running engine goes on computing afterwards", async () => {
  const engine = await testEngine();
  const net = buildNetwork(
    { type: "EDSR", num_in_ch: 3, num_out_ch: 3, num_feat: 4, upscale: 2 },
    1,
  );
  const before = tf.memory().numTensors;
  await networkCosts(() => new EDSR({ num_in_ch: 3, num_out_ch: 3, upscale: 2 }), [1, 8, 8, 3]);
  assert.equal(tf.memory().numTensors, before);
  const y = tf.tidy(() => net.forward(tf.ones([1, 4, 4, 3])));
  assert((await y.data()).every(Number.isFinite));
  y.dispose();
  net.dispose();
  await engine.dispose();
});

Deno.test("countCosts() refuses code that looks at numbers", async () => {
  await assert.rejects(countCosts(() => void tf.zeros([2]).dataSync()), /looks at numbers/);
});

Deno.test("reductions keep what they should, sums of products are counted", async () => {
  const { macs } = await countCosts(() => {
    const x = tf.zeros([2, 3, 4]);
    for (const reduce of [tf.max, tf.min, tf.sum]) {
      assert.deepEqual(reduce(x, 1).shape, [2, 4]);
      assert.deepEqual(reduce(x, [0, 2], true).shape, [1, 3, 1]);
    }
    assert.deepEqual(tf.einsum("abc,cd->abd", x, tf.zeros([4, 5])).shape, [2, 3, 5]);
  });
  assert.equal(macs, 2 * 3 * 4 * 5);
});
