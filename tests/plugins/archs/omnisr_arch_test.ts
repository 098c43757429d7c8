import assert from "node:assert/strict";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { float32Tensor } from "../../../core/weights/state_dict.ts";
import { OmniSR } from "../../../plugins/archs/omnisr_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

// Count of the original's constructor as spandrel 0.4.2 has it.
Deno.test("OmniSR has as many parameters as the original", () => {
  assert.equal(countParameters("OmniSR", { res_num: 5, up_scale: 4 }), 805_376);
});

Deno.test("OmniSR takes images of any size, and its files are recognised, with a profiler's counts too", async () => {
  const engine = await testEngine();
  try {
    const options = { num_feat: 8, num_in_ch: 1, num_out_ch: 3, window_size: 4, up_scale: 3 };
    const net = new OmniSR({ ...options, pe: true, bias: false });
    for (const [h, w] of [[1, 1], [17, 18]] as const) {
      const y = net.forward(nhwc(images(1, 1, h, w)));
      assert.deepEqual(y.shape, [1, 3 * h, 3 * w, 3]);
    }
    const dict = await net.stateDict();
    const block = "residual_layer.0.residual_layer.0.layer";
    const keys = [...dict.keys()].filter((key) => key.startsWith(`${block}.2.`));
    assert.deepEqual(keys.map((key) => key.slice(block.length + 3)), [
      ...["norm.weight", "norm.bias", "fn.to_qkv.weight", "fn.to_out.0.weight"],
      "fn.rel_pos_bias.weight",
    ]);
    const counted = new Map([...dict, ["input.total_ops", float32Tensor([1], Float32Array.of(7))]]);
    const found = detectNetwork(counted);
    assert.deepEqual([found.type, found.scale, found.inputChannels, found.outputChannels], [
      "OmniSR",
      3,
      1,
      3,
    ]);
    assert.deepEqual([found.options["window_size"], found.options["bias"]], [4, false]);
    assert(!found.weights.has("input.total_ops"));
  } finally {
    await engine.dispose();
  }
});
