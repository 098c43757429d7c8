import assert from "node:assert/strict";
import { buildNetwork } from "../../../core/nn/mod.ts";
import "../../../plugins/archs/drunet_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// Counts of spandrel's constructor: the published networks for gray and colour.
Deno.test("DRUNet has as many parameters as KAIR's", () => {
  assert.equal(countParameters("DRUNet", { in_nc: 2, out_nc: 1 }), 32_638_656);
  assert.equal(countParameters("DRUNet", {}), 32_640_960);
});

/** Keys of the first downsampling and of the deepest upsampling with one block, as KAIR numbers them. */
const KEYS = {
  strideconv: "m_down1.1.weight",
  avgpool: "m_down1.2.weight",
  maxpool: "m_down1.2.weight",
  convtranspose: ["m_up3.0.weight", "m_up3.1.res.0.weight"],
  upconv: ["m_up3.1.weight", "m_up3.2.res.0.weight"],
  pixelshuffle: ["m_up3.0.weight", "m_up3.2.res.0.weight"],
} as const;

Deno.test("DRUNet halves and doubles the resolution in each of KAIR's ways", async (test) => {
  const engine = await testEngine();
  try {
    for (
      const [downsample_mode, upsample_mode] of [
        ["strideconv", "convtranspose"],
        ["avgpool", "upconv"],
        ["maxpool", "pixelshuffle"],
      ] as const
    ) {
      await test.step(`${downsample_mode}, ${upsample_mode}`, async () => {
        const size = { in_nc: 2, out_nc: 1, nc: [2, 3, 4, 5], nb: 1 };
        const modes = { downsample_mode, upsample_mode, act_mode: "L", bias: true };
        const net = buildNetwork({ type: "DRUNet", ...size, ...modes }, 0);
        randomize(net);
        const keys = [...net.namedParameters().keys()];
        for (const key of [KEYS[downsample_mode], ...KEYS[upsample_mode]]) {
          assert(keys.includes(key), key);
        }
        assert.equal(net.sizeMultiple, 8);
        const y = net.forward(nhwc(images(1, 2, 8, 16)));
        assert.deepEqual(y.shape, [1, 8, 16, 1]);
        assert((await y.data()).every(Number.isFinite));
      });
    }
  } finally {
    await engine.dispose();
  }
});
