import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { NAFNet } from "../../../plugins/archs/nafnet_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// Counts of spandrel's constructor: the networks that the paper trained for SIDD (width 32) and GoPro (width 64).
Deno.test("NAFNet has as many parameters as its origin", () => {
  const sidd = { middle_blk_num: 12, enc_blk_nums: [2, 2, 4, 8], dec_blk_nums: [2, 2, 2, 2] };
  assert.equal(countParameters("NAFNet", { width: 32, ...sidd }), 29_159_715);
  const gopro = { middle_blk_num: 1, enc_blk_nums: [1, 1, 1, 28], dec_blk_nums: [1, 1, 1, 1] };
  assert.equal(countParameters("NAFNet", { width: 64, ...gopro }), 67_888_835);
});

Deno.test("NAFNet's blocks begin as nothing: beta and gamma are zero", async () => {
  const engine = await testEngine();
  try {
    const io = { type: "NAFNet", width: 4 };
    const [blocks, none] = [2, 0].map((middle_blk_num) =>
      buildNetwork({ ...io, middle_blk_num }, 0)
    );
    const weights = await none!.stateDict();
    blocks!.loadStateDict(weights, { strict: false });
    const x = nhwc(images(1, 3, 3, 3));
    assert.deepEqual(await blocks!.forward(x).data(), await none!.forward(x).data());
  } finally {
    await engine.dispose();
  }
});

Deno.test("NAFNet takes every size: it pads with zeros and crops", async () => {
  const engine = await testEngine();
  try {
    const levels = { enc_blk_nums: [1, 1], dec_blk_nums: [1, 1] };
    const net = buildNetwork({ type: "NAFNet", width: 2, ...levels }, 0);
    randomize(net);
    assert.deepEqual([net.sizeMultiple, net.sizePadding], [4, "zeros"]);
    const x = nhwc(images(1, 3, 3, 6));
    const padded = tf.pad(x, [[0, 0], [0, 1], [0, 2], [0, 0]]);
    const want = tf.slice(net.forward(padded), [0, 0, 0, 0], [1, 3, 6, 3]);
    assert.deepEqual(await net.forward(x).data(), await want.data());
  } finally {
    await engine.dispose();
  }
});

Deno.test("NAFNet refuses different levels on the ways down and up", () => {
  assert.throws(
    () => new NAFNet({ enc_blk_nums: [1, 1], dec_blk_nums: [1] }),
    /^RangeError: dec_blk_nums must have as many levels as enc_blk_nums \(2\), received 1/,
  );
});
