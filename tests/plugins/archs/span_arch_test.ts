import assert from "node:assert/strict";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { SPAN } from "../../../plugins/archs/span_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nchw, nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

const IO = { num_in_ch: 3, num_out_ch: 3 } as const;

// Counts of spandrel's constructor without eval_conv, which is computed.
Deno.test("SPAN has as many trained parameters as its origin", () => {
  const counts = [[48, 2], [48, 4], [52, 4]].map(([feature_channels, upscale]) =>
    countParameters("SPAN", { ...IO, feature_channels, upscale })
  );
  assert.deepEqual(counts, [1_824_900, 1_840_488, 2_157_136]);
});

Deno.test("files of SPAN say by no_norm that there is no normalisation", async () => {
  const engine = await testEngine();
  try {
    for (const norm of [true, false]) {
      const [first] = (await new SPAN({ ...IO, feature_channels: 2, norm }).stateDict()).keys();
      assert.equal(first === "no_norm", !norm);
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("SPAN's merged convolutions are its branches; what files have in their place is not read", async () => {
  const engine = await testEngine();
  try {
    const options = { type: "SPAN", ...IO, feature_channels: 4, upscale: 2, img_range: 1 };
    const net = buildNetwork(options, 0);
    randomize(net);
    const x = nhwc(images(1, 3, 6, 5));
    const want = await nchw(net.train().forward(x));
    assertNear(await nchw(net.eval().forward(x)), want, { rel_to_max: 1e-5 }, "merged");

    // State dicts have it up to date, also while training.
    net.train();
    const dict = await net.stateDict();
    const key = "block_3.c2_r.eval_conv.bias";
    const merged = dict.get(key)!;
    assert(merged.data.some((value) => value !== 0));
    dict.set(key, { ...merged, data: new Float32Array(merged.data.length).fill(7) });
    const other = buildNetwork(options, 1).eval();
    other.loadStateDict(dict);
    assertNear(await nchw(other.forward(x)), want, { rel_to_max: 1e-5 }, "loaded");
    assert.deepEqual((await other.stateDict()).get(key)!.data, merged.data);
  } finally {
    await engine.dispose();
  }
});
