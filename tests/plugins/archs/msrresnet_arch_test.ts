import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { MSRResNet } from "../../../plugins/archs/msrresnet_arch.ts";
import { forEachEngine, testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// Counts of BasicSR's constructors.
for (const [upscale, want] of [[2, 1_369_859], [3, 1_554_499], [4, 1_517_571]] as const) {
  Deno.test(`MSRResNet x${upscale} has as many parameters as BasicSR's`, () => {
    assert.equal(countParameters("MSRResNet", { upscale }), want);
  });
}

Deno.test("MSRResNet has BasicSR's keys in BasicSR's order", () => {
  const keys = (upscale: 2 | 4): string[] =>
    [
      ...new MSRResNet({ num_block: 1, upscale }).namedParameters().keys(),
    ].filter((key) => key.endsWith(".weight"));
  const body = ["conv_first", "body.0.conv1", "body.0.conv2", "upconv1"];
  const tail = ["conv_hr", "conv_last"];
  assert.deepEqual(keys(2), [...body, ...tail].map((layer) => `${layer}.weight`));
  assert.deepEqual(keys(4), [...body, "upconv2", ...tail].map((layer) => `${layer}.weight`));
});

await forEachEngine("an MSRResNet whose convolutions are zero enlarges bilinearly", async () => {
  const net = buildNetwork({ type: "MSRResNet", num_feat: 4, num_block: 1, upscale: 2 }, 0);
  for (const parameter of net.parameters()) parameter.write(new Float32Array(parameter.size));
  const y = net.forward(nhwc({ shape: [1, 3, 1, 2], dtype: "F32", data: ramp() }));
  const [first] = tf.unstack(y, 3);
  // Half-pixel centres: a quarter and three quarters of the way between the two pixels.
  assert.deepEqual([...await first!.data()], [0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1]);
});

await forEachEngine("MSRResNet takes odd sizes and batches, and gray images", async () => {
  for (const [num_in_ch, num_out_ch] of [[3, 3], [1, 1], [1, 3]] as const) {
    const options = { type: "MSRResNet", num_in_ch, num_out_ch, num_feat: 4, num_block: 1 };
    const net = buildNetwork({ ...options, upscale: 3 }, 0);
    randomize(net);
    const y = net.forward(nhwc(images(2, num_in_ch, 5, 7)));
    assert.deepEqual(y.shape, [2, 15, 21, num_out_ch]);
    assert((await y.data()).every(Number.isFinite));
  }
});

Deno.test("MSRResNet refuses other scales, and channels that its skip cannot join", async () => {
  const engine = await testEngine();
  try {
    assert.throws(
      () => buildNetwork({ type: "MSRResNet", upscale: 5 }, 0, "network_g"),
      /network_g\.upscale.* must be 2, 3 or 4/,
    );
    assert.throws(
      () => buildNetwork({ type: "MSRResNet", num_out_ch: 1 }, 0, "network_g"),
      /network_g\.num_out_ch must be num_in_ch \(3\), received 1/,
    );
  } finally {
    await engine.dispose();
  }
});

function ramp(): Float32Array {
  return Float32Array.of(0, 1, 0, 1, 0, 1);
}
