import assert from "node:assert/strict";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { HAT, type HATOptions } from "../../../plugins/archs/hat_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images } from "./_nets.ts";

const groups = (count: number) => ({
  window_size: 16,
  mlp_ratio: 2,
  depths: Array(count).fill(6),
  num_heads: Array(count).fill(6),
});
const SMALL = { ...groups(6), embed_dim: 144, compress_ratio: 24, squeeze_factor: 24 };
const BASE = { ...groups(6), embed_dim: 180 };
const LARGE = { ...groups(12), embed_dim: 180 };

// Counts of the original's constructors.
for (
  const [name, options, counts] of [
    ["HAT-S", SMALL, [9_473_471, 9_658_111, 9_621_183]],
    ["HAT", BASE, [20_624_795, 20_809_435, 20_772_507]],
    ["HAT-L", LARGE, [40_698_863, 40_883_503, 40_846_575]],
  ] as const
) {
  Deno.test(`${name} has as many parameters as the original`, () => {
    for (const [i, want] of counts.entries()) {
      assert.equal(countParameters("HAT", { ...options, upscale: i + 2 }), want, `x${i + 2}`);
    }
  });
}

const TINY: HATOptions = {
  img_size: 8,
  window_size: 4,
  embed_dim: 8,
  depths: [2],
  num_heads: [2],
  compress_ratio: 3,
  squeeze_factor: 4,
  mlp_ratio: 2,
  upscale: 3,
};

Deno.test("HAT's state dict has PyTorch's keys in PyTorch's order, with the tables that PyTorch derives", async () => {
  const engine = await testEngine();
  try {
    const dict = await new HAT(TINY).stateDict();
    const linear = (name: string) => [`${name}.weight`, `${name}.bias`];
    const group = "layers.0.residual_group";
    const block = (i: number) => {
      const b = `${group}.blocks.${i}`;
      const cab = `${b}.conv_block.cab`;
      return [
        ...linear(`${b}.norm1`),
        `${b}.attn.relative_position_bias_table`,
        ...[`${b}.attn.qkv`, `${b}.attn.proj`, `${cab}.0`, `${cab}.2`].flatMap(linear),
        ...[`${cab}.3.attention.1`, `${cab}.3.attention.3`].flatMap(linear),
        ...[`${b}.norm2`, `${b}.mlp.fc1`, `${b}.mlp.fc2`].flatMap(linear),
      ];
    };
    assert.deepEqual([...dict.keys()], [
      "relative_position_index_SA",
      "relative_position_index_OCA",
      ...["conv_first", "patch_embed.norm"].flatMap(linear),
      ...block(0),
      ...block(1),
      `${group}.overlap_attn.relative_position_bias_table`,
      ...["norm1", "qkv", "proj", "norm2", "mlp.fc1", "mlp.fc2"]
        .flatMap((name) => linear(`${group}.overlap_attn.${name}`)),
      ...["layers.0.conv", "norm", "conv_after_body", "conv_before_upsample.0", "upsample.0"]
        .flatMap(linear),
      ...linear("conv_last"),
    ]);
    const index = dict.get("relative_position_index_OCA")!;
    assert.deepEqual([index.shape, index.dtype], [[16, 36], "I64"]);
    const found = detectNetwork(dict);
    assert.deepEqual([found.type, found.scale], ["HAT", 3]);
  } finally {
    await engine.dispose();
  }
});

Deno.test("HAT takes images of any size", async () => {
  const engine = await testEngine();
  try {
    const options = { ...TINY, resi_connection: "identity", ape: false, overlap_ratio: 1 };
    const net = buildNetwork({ type: "HAT", ...options }, 0).eval();
    for (const [h, w] of [[1, 2], [7, 4]] as const) {
      assert.deepEqual(net.forward(nhwc(images(1, 3, h, w))).shape, [1, 3 * h, 3 * w, 3]);
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("HAT says which options do not fit each other", () => {
  for (
    const [options, message] of [
      [{ img_size: 3 }, /img_size 3 is less than a window of 4/],
      [{ depths: [2, 2] }, /num_heads has 1 entries and depths 2/],
      [{ num_heads: [3] }, /num_heads: 8 channels/],
      [{ squeeze_factor: 30 }, /squeeze_factor 30 is above embed_dim 8/],
      [{ overlap_ratio: 0.25 }, /overlap_ratio 0.25 of a window of 4 is an odd number of pixels/],
    ] as const
  ) {
    assert.throws(() => new HAT({ ...TINY, ...options } as HATOptions), message);
  }
});
