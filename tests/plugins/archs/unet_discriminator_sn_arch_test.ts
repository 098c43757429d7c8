import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { UNetDiscriminatorSN } from "../../../plugins/archs/unet_discriminator_sn_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

const TYPE = "UNetDiscriminatorSN";

Deno.test(`${TYPE} has as many parameters as BasicSR's`, () => {
  assert.equal(countParameters(TYPE, { num_in_ch: 3 }), 4_376_897); // of BasicSR's constructor
});

Deno.test(`${TYPE} has spectral norms but in the first and the last layer`, () => {
  const net = new UNetDiscriminatorSN({ num_feat: 2 });
  const inner = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `conv${i}.weight_orig`);
  assert.deepEqual([...net.namedParameters().keys()], [
    "conv0.weight",
    "conv0.bias",
    ...inner,
    "conv9.weight",
    "conv9.bias",
  ]);
});

Deno.test(`${TYPE} is recognised by its weights, and judges every pixel`, async () => {
  const engine = await testEngine();
  try {
    const options = { num_in_ch: 1, num_feat: 4, skip_connection: true };
    const net = buildNetwork({ type: TYPE, ...options }, 0).eval();
    const found = detectNetwork(await net.stateDict());
    assert.deepEqual([found.type, found.options], [TYPE, options]);
    assert.equal(found.purpose, "discriminator");
    assert.equal(net.sizeMultiple, 8);
    const x = nhwc(images(2, 1, 16, 24));
    const y = net.forward(x);
    assert.deepEqual(y.shape, [2, 16, 24, 1]);
    // Without skips the same weights say something else.
    const plain = buildNetwork({ type: TYPE, ...options, skip_connection: false }, 0).eval();
    plain.loadStateDict(await net.stateDict());
    const difference = tf.max(tf.abs(tf.sub(plain.forward(x), y)));
    assert((await difference.data())[0]! > 1e-6);
  } finally {
    await engine.dispose();
  }
});
