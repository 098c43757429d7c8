import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { VGGStyleDiscriminator } from "../../../plugins/archs/vgg_style_discriminator_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { countParameters } from "./_nets.ts";

const TYPE = "VGGStyleDiscriminator";

// Counts of BasicSR's constructors.
for (const [input_size, want] of [[128, 14_499_401], [256, 21_055_049]] as const) {
  Deno.test(`${TYPE} for ${input_size} pixels has as many parameters as BasicSR's`, () => {
    assert.equal(countParameters(TYPE, { num_in_ch: 3, num_feat: 64, input_size }), want);
  });
}

Deno.test(`${TYPE} has one stage more for 256 pixels`, () => {
  const layers = (input_size: 128 | 256): string[] =>
    [...new VGGStyleDiscriminator({ num_feat: 1, input_size }).namedModules()]
      .map(([name]) => name).filter(Boolean);
  const more = layers(256).filter((name) => !layers(128).includes(name));
  assert.deepEqual(more, ["conv5_0", "bn5_0", "conv5_1", "bn5_1"]);
});

Deno.test(`${TYPE} is recognised by its weights, and refuses other sizes`, async () => {
  const engine = await testEngine();
  try {
    for (const input_size of [128, 256]) {
      const options = { num_in_ch: 1, num_feat: 2, input_size };
      const net = buildNetwork({ type: TYPE, ...options }, 0).eval();
      const found = detectNetwork(await net.stateDict());
      assert.deepEqual([found.type, found.options], [TYPE, options]);
      assert.deepEqual([found.purpose, found.inputChannels, found.outputChannels], [
        "discriminator",
        1,
        1,
      ]);
      const x = tf.ones([1, input_size, input_size, 1]) as Tensor4D;
      assert.deepEqual(net.forward(x).shape, [1, 1]);
      assert.throws(
        () => net.forward(tf.ones([1, input_size, 64, 1])),
        new RegExp(`images of ${input_size}x${input_size}, received 64x${input_size}.*input_size`),
      );
    }
    assert.throws(
      () => buildNetwork({ type: TYPE, input_size: 64 }, 0, "network_d"),
      /network_d\.input_size.* must be 128 or 256/,
    );
  } finally {
    await engine.dispose();
  }
});
