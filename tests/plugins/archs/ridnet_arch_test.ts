import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { RIDNet } from "../../../plugins/archs/ridnet_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nchw, nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

const IO = { in_channels: 3, mid_channels: 64, out_channels: 3 } as const;

// The count of BasicSR's constructor without the two shifts.
Deno.test("RIDNet has as many parameters as BasicSR's, but for the shifts, which are not trained", () => {
  assert.equal(countParameters("RIDNet", IO), 1_499_347);
  const shifts = [...new RIDNet(IO).namedBuffers().keys()];
  const keys = ["sub_mean", "add_mean"].flatMap((name) => [`${name}.weight`, `${name}.bias`]);
  assert.deepEqual(shifts, keys);
});

Deno.test("RIDNet with unit_range is the network for [0, img_range] between two factors", async () => {
  const engine = await testEngine();
  try {
    const small = { ...IO, mid_channels: 16, num_block: 1, img_range: 4 };
    const [unit, plain] = [true, false].map((unit_range) => {
      const net = buildNetwork({ type: "RIDNet", ...small, unit_range }, 0);
      randomize(net);
      return net;
    });
    const x = nhwc(images(1, 3, 4, 5));
    const want = tf.tidy(() => tf.div(plain!.forward(tf.mul(x, 4)), 4)) as typeof x;
    assertNear(await nchw(unit!.forward(x)), await nchw(want), { rel_to_max: 1e-6 }, "output");
  } finally {
    await engine.dispose();
  }
});

Deno.test("RIDNet's shifts are the mean by the deviation; gray images take the average", async () => {
  const engine = await testEngine();
  try {
    const means = { rgb_mean: [0.1, 0.2, 0.6], rgb_std: [1, 2, 4], img_range: 10 };
    const read = async (channels: 1 | 3, key: string): Promise<number[]> => {
      const io = { ...IO, in_channels: channels, out_channels: channels };
      const dict = await new RIDNet({ ...io, num_block: 0, ...means }).stateDict();
      return [...dict.get(key)!.data].map((value) => Number(Number(value).toFixed(5)));
    };
    assert.deepEqual(await read(3, "sub_mean.bias"), [-1, -1, -1.5]);
    assert.deepEqual(await read(3, "add_mean.bias"), [1, 1, 1.5]);
    assert.deepEqual(await read(3, "sub_mean.weight"), [1, 0, 0, 0, 0.5, 0, 0, 0, 0.25]);
    assert.deepEqual(await read(1, "add_mean.bias"), [1.28571]); // 3 by 7/3
  } finally {
    await engine.dispose();
  }
});

Deno.test("RIDNet refuses an output with other channels than its input", () => {
  assert.throws(
    () => new RIDNet({ ...IO, out_channels: 1 }),
    /^RangeError: out_channels must be in_channels \(3\), received 1/,
  );
});
