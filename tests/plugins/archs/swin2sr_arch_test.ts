import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { bicubic } from "../../../plugins/archs/_swin2sr_blocks.ts";
import { Swin2SR, type Swin2SROptions } from "../../../plugins/archs/swin2sr_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

// Counts of the original's constructor as spandrel 0.4.2 has it.
Deno.test("Swin2SR has as many parameters as the original", () => {
  const options = { window_size: 8, mlp_ratio: 2 };
  const six = { depths: Array(6).fill(6), num_heads: Array(6).fill(6), embed_dim: 180 };
  const light = { depths: Array(4).fill(6), num_heads: Array(4).fill(6), embed_dim: 60 };
  const count = (o: Record<string, unknown>) => countParameters("Swin2SR", { ...options, ...o });
  assert.equal(count({ ...six, upscale: 4, upsampler: "pixelshuffle" }), 12_239_283);
  assert.equal(count({ ...light, upscale: 2, upsampler: "pixelshuffledirect" }), 1_005_348);
});

const BICUBIC = [
  -0.815644,
  -0.747121,
  0.643931,
  2.35503,
  4.21289,
  6.39941,
  11.1016,
  14.9307,
  9.24142,
  13.5459,
  21.5592,
  27.5063,
];

const TINY: Swin2SROptions = {
  img_size: 8,
  window_size: 4,
  embed_dim: 8,
  depths: [2],
  num_heads: [2],
  mlp_ratio: 2,
  upscale: 2,
};

Deno.test("Swin2SR's attention has PyTorch's keys in PyTorch's order, and its files are recognised", async () => {
  const engine = await testEngine();
  try {
    for (
      const [upsampler, scale] of [["pixelshuffle_aux", 2], ["nearest+conv", 4], ["", 1]] as const
    ) {
      const net = new Swin2SR({ ...TINY, upsampler, upscale: scale });
      const dict = await net.stateDict();
      const attention = "layers.0.residual_group.blocks.1.attn.";
      const keys = [...dict.keys()].filter((key) => key.startsWith(attention));
      assert.deepEqual(keys.map((key) => key.slice(attention.length)), [
        ...["logit_scale", "q_bias", "v_bias", "relative_coords_table", "relative_position_index"],
        ...["cpb_mlp.0.weight", "cpb_mlp.0.bias", "cpb_mlp.2.weight", "qkv.weight"],
        ...["proj.weight", "proj.bias"],
      ]);
      const found = detectNetwork(dict);
      assert.deepEqual(
        [found.type, found.scale, found.options["upsampler"], found.options["img_size"]],
        ["Swin2SR", scale, upsampler, 8],
      );
      const y = net.eval().forward(nhwc(images(1, 3, 3, 5)));
      assert.deepEqual(y.shape, [1, 3 * scale, 5 * scale, 3]);
    }
  } finally {
    await engine.dispose();
  }
});

// F.interpolate(mode="bicubic") of PyTorch 2.15 for the rows (0, 1, 4), (9, 16, 25), to 3x4.
Deno.test("bicubic() gives PyTorch's values", async () => {
  const engine = await testEngine();
  try {
    // Two images, of which the second one is half the first.
    const x = tf.tensor4d([0, 1, 4, 9, 16, 25, 0, 0.5, 2, 4.5, 8, 12.5], [2, 2, 3, 1]);
    const got = await bicubic(x, [3, 4]).data();
    const wanted = [...BICUBIC, ...BICUBIC.map((value) => value / 2)];
    for (const [i, want] of wanted.entries()) assert(Math.abs(got[i]! - want) < 1e-4, `${got}`);
    assert.equal(got.length, wanted.length);
  } finally {
    await engine.dispose();
  }
});

Deno.test("Swin2SR says which options do not fit each other", () => {
  for (
    const [options, message] of [
      [{ depths: [2, 2] }, /num_heads has 1 entries and depths 2/],
      [{ num_heads: [3] }, /num_heads: 8 channels/],
      [{ img_size: 10 }, /img_size 10 is no multiple of window_size 4/],
      [{ upsampler: "nearest+conv" }, /upscale must be 4/],
      [{ upsampler: "pixelshuffle", upscale: 5 }, /upscale must be 3 or a power of two/],
      [{ upsampler: "pixelshuffle_aux", in_chans: 1 }, /in_chans must be 3/],
    ] as const
  ) {
    assert.throws(() => new Swin2SR({ ...TINY, ...options } as Swin2SROptions), message);
  }
  assert.throws(() => buildNetwork({ type: "Swin2SR", patch_size: 2 }, 0), /patch_size/);
});
