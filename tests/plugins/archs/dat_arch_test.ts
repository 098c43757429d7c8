import assert from "node:assert/strict";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { DAT, type DATOptions } from "../../../plugins/archs/dat_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

const sixGroups = { depth: Array(6).fill(6), num_heads: Array(6).fill(6) };

// Counts of the original's constructor as spandrel 0.4.2 has it, x4.
for (
  const [name, want, options] of [
    ["DAT", 14_802_051, { ...sixGroups, split_size: [8, 32], expansion_factor: 4 }],
    ["DAT-S", 11_212_131, { ...sixGroups, split_size: [8, 16], expansion_factor: 2 }],
    ["DAT-light", 572_766, {
      embed_dim: 60,
      depth: [18],
      num_heads: [6],
      split_size: [8, 32],
      expansion_factor: 2,
      resi_connection: "3conv",
      upsampler: "pixelshuffledirect",
    }],
  ] as const
) {
  Deno.test(`${name} has as many parameters as the original`, () => {
    assert.equal(countParameters("DAT", { ...options, upscale: 4 }), want);
  });
}

const TINY: DATOptions = {
  img_size: 8,
  embed_dim: 32,
  split_size: [2, 4],
  depth: [3],
  num_heads: [2],
  expansion_factor: 1,
  upscale: 2,
};

Deno.test("DAT's state dict has the tables and masks that PyTorch derives, before what follows them there", async () => {
  const engine = await testEngine();
  try {
    const dict = await new DAT(TINY).stateDict();
    const keys = [...dict.keys()];
    const of = (prefix: string) =>
      keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    assert.deepEqual(of("layers.0.blocks.2.attn.").slice(0, 8), [
      "attn_mask_0",
      "attn_mask_1",
      "qkv.weight",
      "qkv.bias",
      "proj.weight",
      "proj.bias",
      "attns.0.rpe_biases",
      "attns.0.relative_position_index",
    ]);
    assert.deepEqual(of("layers.0.blocks.1.attn.")[0], "temperature");
    assert.deepEqual(keys.slice(0, 4), [
      "conv_first.weight",
      "conv_first.bias",
      "before_RG.1.weight",
      "before_RG.1.bias",
    ]);
    const mask = dict.get("layers.0.blocks.2.attn.attn_mask_0")!;
    assert.deepEqual([mask.shape, mask.dtype], [[8, 8, 8], "F32"]);
    const biases = dict.get("layers.0.blocks.0.attn.attns.1.rpe_biases")!;
    assert.deepEqual([biases.shape, [...biases.data.slice(0, 4)]], [[21, 2], [-3, -1, -3, 0]]);
    const found = detectNetwork(dict);
    assert.deepEqual([found.type, found.scale, found.options["split_size"]], ["DAT", 2, [2, 4]]);
  } finally {
    await engine.dispose();
  }
});

Deno.test("DAT takes images of any size", async () => {
  const engine = await testEngine();
  try {
    const options = { ...TINY, in_chans: 1, upsampler: "pixelshuffledirect", upscale: 3 };
    const net = buildNetwork({ type: "DAT", ...options }, 0).eval();
    for (const [h, w] of [[1, 1], [7, 4]] as const) {
      assert.deepEqual(net.forward(nhwc(images(1, 1, h, w))).shape, [1, 3 * h, 3 * w, 1]);
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("DAT says which options do not fit each other", () => {
  for (
    const [options, message] of [
      [{ split_size: [4, 6] }, /split_size 4, 6: one must be a multiple of the other/],
      [{ depth: [1, 1] }, /num_heads has 1 entries and depth 2/],
      [{ num_heads: [6] }, /num_heads: 32 channels/],
      [{ img_size: 6 }, /img_size 6 is no multiple of split_size 2, 4/],
      [{ upscale: 5 }, /upscale must be 3 or a power of two/],
    ] as const
  ) {
    assert.throws(() => new DAT({ ...TINY, ...options } as DATOptions), message);
  }
});
