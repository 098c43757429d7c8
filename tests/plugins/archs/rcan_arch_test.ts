import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { RCAN } from "../../../plugins/archs/rcan_arch.ts";
import { forEachEngine, testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// Counts of BasicSR's constructors; the default there has 16 blocks a group, the paper 20.
for (
  const [upscale, paper, byDefault] of [
    [2, 15_444_643, 12_467_203],
    [3, 15_629_283, 12_651_843],
    [4, 15_592_355, 12_614_915],
  ] as const
) {
  Deno.test(`RCAN x${upscale} has as many parameters as BasicSR's`, () => {
    const io = { num_in_ch: 3, num_out_ch: 3, upscale };
    assert.equal(countParameters("RCAN", io), byDefault);
    assert.equal(countParameters("RCAN", { ...io, num_block: 20 }), paper);
  });
}

Deno.test("RCAN has BasicSR's keys in BasicSR's order", () => {
  const net = new RCAN({ num_in_ch: 3, num_out_ch: 3, num_group: 1, num_block: 1, upscale: 2 });
  const layers = [
    "conv_first",
    "body.0.residual_group.0.rcab.0",
    "body.0.residual_group.0.rcab.2",
    "body.0.residual_group.0.rcab.3.attention.1",
    "body.0.residual_group.0.rcab.3.attention.3",
    "body.0.conv",
    "conv_after_body",
    "upsample.0",
    "conv_last",
  ];
  assert.deepEqual(
    [...net.namedParameters().keys()],
    layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]),
  );
});

await forEachEngine("RCAN restores each image of a batch by itself, gray ones too", async () => {
  for (const channels of [1, 3]) {
    const net = buildNetwork({
      type: "RCAN",
      num_in_ch: channels,
      num_out_ch: channels,
      num_feat: 6,
      num_group: 1,
      num_block: 1,
      squeeze_factor: 4, // leaves one channel of six
      upscale: 3,
      res_scale: 0.5,
      img_range: 1,
    }, 0);
    randomize(net);
    const batch = nhwc(images(3, channels, 7, 5));
    const whole = net.forward(batch);
    assert.deepEqual(whole.shape, [3, 21, 15, channels]);
    const single = net.forward(tf.slice(batch, [1, 0, 0, 0], [1, 7, 5, channels]));
    const apart = tf.max(tf.abs(tf.sub(tf.slice(whole, [1, 0, 0, 0], single.shape), single)));
    // Engines may sum in another order for another batch size.
    assert((await apart.data())[0]! < 1e-5 * (await tf.max(tf.abs(single)).data())[0]!);
  }
});

Deno.test("RCAN refuses a squeeze_factor that leaves no channel", async () => {
  const engine = await testEngine();
  try {
    const options = { type: "RCAN", num_in_ch: 3, num_out_ch: 3, num_feat: 8 };
    assert.throws(
      () => buildNetwork(options, 0, "network_g"),
      /network_g\.squeeze_factor 16 is above num_feat 8/,
    );
  } finally {
    await engine.dispose();
  }
});
