import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import "../../../plugins/archs/ffdnet_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// (in·4 + 1 | 64 or 96 … | out·4) 3x3 convolutions with biases: the published networks.
Deno.test("FFDNet has the parameters of the published networks", () => {
  const conv = (from: number, to: number): number => 9 * from * to + to;
  const gray = conv(5, 64) + 13 * conv(64, 64) + conv(64, 4);
  assert.equal(countParameters("FFDNet", {}), gray);
  const colour = { in_nc: 3, out_nc: 3, nc: 96, nb: 12 };
  const want = conv(13, 96) + 10 * conv(96, 96) + conv(96, 12);
  assert.equal(countParameters("FFDNet", colour), want);
});

Deno.test("FFDNet sees the mean noise level of each block of four pixels", async () => {
  const engine = await testEngine();
  try {
    const net = buildNetwork({ type: "FFDNet", nc: 3, nb: 3 }, 0);
    randomize(net);
    const image = nhwc(images(1, 1, 4, 4));
    const flat = tf.fill([1, 4, 4, 1], 0.25);
    // The same mean, spread over the block otherwise.
    const uneven = tf.tile(tf.tensor4d([0, 0.5, 0.5, 0], [1, 2, 2, 1]), [1, 2, 2, 1]);
    const more = tf.fill([1, 4, 4, 1], 0.5);
    const [a, b, c] = await Promise.all(
      [flat, uneven, more].map((map) =>
        net.forward(tf.concat([image, map], 3) as typeof image).data()
      ),
    );
    assert.deepEqual(a, b);
    assert.notDeepEqual(a, c);
  } finally {
    await engine.dispose();
  }
});

Deno.test("FFDNet says so if the map of the noise level is missing", async () => {
  const engine = await testEngine();
  try {
    const net = buildNetwork({ type: "FFDNet", in_nc: 3, out_nc: 3, nc: 3, nb: 3 }, 0);
    assert.throws(
      () => net.forward(nhwc(images(1, 3, 4, 4))),
      /takes 3 channels and one for the noise level, received 3/,
    );
    assert.deepEqual(net.forward(nhwc(images(2, 4, 5, 1))).shape, [2, 5, 1, 3]);
  } finally {
    await engine.dispose();
  }
});
