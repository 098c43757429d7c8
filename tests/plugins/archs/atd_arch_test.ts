import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import type { Image } from "../../../core/nn/mod.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { ATD, type ATDOptions } from "../../../plugins/archs/atd_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

// Counts of the original's constructor as spandrel 0.4.2 has it, x2.
Deno.test("ATD and ATD-light have as many parameters as the original", () => {
  const count = (o: Record<string, unknown>) =>
    countParameters("ATD", { upscale: 2, window_size: 16, ...o });
  const base = { embed_dim: 210, depths: Array(6).fill(6), num_heads: Array(6).fill(6) };
  const light = { embed_dim: 48, depths: Array(4).fill(6), num_heads: Array(4).fill(4) };
  assert.equal(
    count({ ...base, num_tokens: 128, reducted_dim: 20, upsampler: "pixelshuffle" }),
    20_113_217,
  );
  assert.equal(
    count({
      ...light,
      num_tokens: 64,
      reducted_dim: 8,
      convffn_kernel_size: 7,
      mlp_ratio: 1,
      upsampler: "pixelshuffledirect",
    }),
    753_204,
  );
});

const TINY: ATDOptions = {
  window_size: 4,
  embed_dim: 8,
  depths: [2],
  num_heads: [2],
  num_tokens: 5,
  reducted_dim: 3,
  category_size: 10,
};

Deno.test("ATD takes images of any size, keeps PyTorch's order of keys, and its files are recognised", async () => {
  const engine = await testEngine();
  try {
    for (
      const [upsampler, scale] of [["pixelshuffle", 2], ["nearest+conv", 4], ["", 1]] as const
    ) {
      const net = new ATD({ ...TINY, upsampler, upscale: scale, norm: scale !== 2 });
      for (const [h, w] of [[1, 2], [7, 5]] as const) {
        const y = net.forward(nhwc(images(2, 3, h, w)));
        assert.deepEqual(y.shape, [2, h * scale, w * scale, 3]);
      }
      const dict = await net.stateDict();
      const found = detectNetwork(dict);
      assert.deepEqual([found.type, found.scale, found.options["norm"]], [
        "ATD",
        scale,
        scale !== 2,
      ]);
      const layer = "layers.0.residual_group.layers.0.";
      const keys = [...dict.keys()].filter((key) => key.startsWith(layer));
      assert.deepEqual(keys.map((key) => key.slice(layer.length)).slice(0, 13), [
        ...["sigma", "norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"],
        ...["norm3.weight", "norm3.bias", "wqkv.weight", "wqkv.bias"],
        ...["attn_win.relative_position_bias_table", "attn_win.proj.weight", "attn_win.proj.bias"],
        "attn_atd.scale",
      ]);
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("ATD gives each image of a batch what it gives it alone", async () => {
  const engine = await testEngine();
  try {
    const net = new ATD({ ...TINY, upsampler: "pixelshuffledirect", upscale: 2 });
    const batch = nhwc(images(2, 3, 8, 8));
    const [first, second] = tf.split(batch, 2) as [Image, Image];
    const both = [...await net.forward(first).data(), ...await net.forward(second).data()];
    const together = await net.forward(batch).data();
    assert(together.every((v, i) => Math.abs(v - both[i]!) < 1e-5));
  } finally {
    await engine.dispose();
  }
});

Deno.test("ATD says which options do not fit each other", () => {
  for (
    const [options, message] of [
      [{ depths: [2, 2] }, /num_heads has 1 entries and depths 2/],
      [{ num_heads: [3] }, /num_heads: 8 channels/],
      [{ upsampler: "nearest+conv", upscale: 2 }, /upscale must be 4/],
      [{ upsampler: "pixelshuffle", upscale: 5 }, /upscale must be 3 or a power of two/],
      [{ convffn_kernel_size: 4 }, /must be odd/],
    ] as const
  ) {
    assert.throws(() => new ATD({ ...TINY, ...options } as ATDOptions), message);
  }
});
