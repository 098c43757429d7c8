import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { Restormer } from "../../../plugins/archs/restormer_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { countParameters } from "./_nets.ts";

// Counts of spandrel's constructor: the published networks for deraining, gray denoising and dual-pixel deblurring.
Deno.test("Restormer has as many parameters as its origin", () => {
  assert.equal(countParameters("Restormer", {}), 26_126_644);
  const gray = { inp_channels: 1, out_channels: 1, LayerNorm_type: "BiasFree" };
  assert.equal(countParameters("Restormer", gray), 26_109_076);
  assert.equal(
    countParameters("Restormer", { inp_channels: 6, dual_pixel_task: true }),
    26_132_548,
  );
});

Deno.test("Restormer's gradients are finite where a picture is black", async () => {
  const engine = await testEngine();
  try {
    const size = { dim: 2, num_blocks: [1, 1, 1, 1], num_refinement_blocks: 0 };
    const options = { ...size, heads: [1, 1, 1, 1], LayerNorm_type: "BiasFree" };
    const net = buildNetwork({ type: "Restormer", ...options }, 0);
    // Queries and keys of length 0, by which they would be divided.
    const { grads } = tf.variableGrads(
      () => tf.mean(tf.square(net.forward(tf.zeros([1, 8, 8, 3])))),
      net.parameters().map(({ value }) => value),
    );
    for (const [name, gradient] of Object.entries(grads)) {
      assert((await gradient.data()).every(Number.isFinite), name);
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("Restormer refuses heads that do not divide the channels, and images that it cannot add", () => {
  assert.throws(
    () => new Restormer({ dim: 6, heads: [4, 2, 4, 8] }),
    /^RangeError: heads must divide the 6 channels, received 4/,
  );
  assert.throws(
    () => new Restormer({ inp_channels: 6 }),
    /^RangeError: out_channels must be inp_channels \(6\), received 3/,
  );
});
