import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { SRVGGNetCompact } from "../../../plugins/archs/srvgg_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

// Counts of BasicSR's constructor.
for (
  const [options, want] of [
    [{ upscale: 2 }, 600_652],
    [{}, 621_424],
    [{ num_conv: 32 }, 1_213_296],
  ] as const
) {
  Deno.test(`SRVGGNetCompact ${JSON.stringify(options)} has as many parameters as BasicSR's`, () => {
    assert.equal(countParameters("SRVGGNetCompact", options), want);
  });
}

Deno.test("SRVGGNetCompact has BasicSR's keys in BasicSR's order", () => {
  const keys = (act_type: "prelu" | "relu"): string[] => [
    ...new SRVGGNetCompact({ num_conv: 1, act_type }).namedParameters().keys(),
  ];
  const conv = (number: number): string[] => [`body.${number}.weight`, `body.${number}.bias`];
  const slopes = ["body.1.weight", "body.3.weight"];
  assert.deepEqual(keys("prelu"), [conv(0), slopes[0], conv(2), slopes[1], conv(4)].flat());
  assert.deepEqual(keys("relu"), [conv(0), conv(2), conv(4)].flat());
});

Deno.test("an SRVGGNetCompact whose last convolution is zero repeats pixels", async () => {
  const engine = await testEngine();
  try {
    const options = { num_in_ch: 1, num_out_ch: 3, num_feat: 2, num_conv: 0, upscale: 2 };
    const net = buildNetwork({ type: "SRVGGNetCompact", ...options }, 0);
    for (const [key, parameter] of net.namedParameters()) {
      if (key.startsWith("body.2.")) parameter.write(new Float32Array(parameter.size));
    }
    const x = images(1, 1, 1, 2);
    const [a, b] = x.data as Float32Array;
    const rows = [a, a, b, b].flatMap((value) => [value, value, value]);
    assert.deepEqual([...await net.forward(nhwc(x)).data()], [...rows, ...rows]);
  } finally {
    await engine.dispose();
  }
});

Deno.test("SRVGGNetCompact's leakyrelu has slope 0.1", async () => {
  const engine = await testEngine();
  try {
    const options = { num_in_ch: 1, num_out_ch: 1, num_feat: 1, num_conv: 0, upscale: 1 };
    const net = buildNetwork({ type: "SRVGGNetCompact", ...options, act_type: "leakyrelu" }, 0);
    const centre = [0, 0, 0, 0, 1, 0, 0, 0, 0];
    for (const parameter of net.parameters()) {
      parameter.write(parameter.size === 9 ? centre : [0]);
    }
    // The skip adds the input itself.
    const y = await net.forward(tf.tensor4d([-2, 3], [1, 1, 2, 1])).data();
    assert(Math.abs(y[0]! + 2.2) < 1e-6);
    assert.equal(y[1], 6);
  } finally {
    await engine.dispose();
  }
});

Deno.test("SRVGGNetCompact refuses channels that its skip cannot join", () => {
  assert.throws(
    () => new SRVGGNetCompact({ num_in_ch: 3, num_out_ch: 1 }),
    /^RangeError: num_out_ch must be num_in_ch \(3\), received 1/,
  );
});
