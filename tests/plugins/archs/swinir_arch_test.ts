import assert from "node:assert/strict";
import { type Scalar, type Tensor, tf } from "../../../core/engine/tf.ts";
import { buildNetwork, withInitSeed } from "../../../core/nn/mod.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import { SwinIR, type SwinIROptions } from "../../../plugins/archs/swinir_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nchw, nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

const MIDDLE = {
  window_size: 8,
  depths: Array(6).fill(6),
  embed_dim: 180,
  num_heads: Array(6).fill(6),
  mlp_ratio: 2,
};
const LIGHT = {
  window_size: 8,
  depths: Array(4).fill(6),
  embed_dim: 60,
  num_heads: Array(4).fill(6),
  mlp_ratio: 2,
  upsampler: "pixelshuffledirect",
};

// Counts of BasicSR's constructors, which are those of the published networks.
for (
  const [name, want, options] of [
    ["x2", 11_752_487, { ...MIDDLE, upsampler: "pixelshuffle", upscale: 2 }],
    ["x3", 11_937_127, { ...MIDDLE, upsampler: "pixelshuffle", upscale: 3 }],
    ["x4", 11_900_199, { ...MIDDLE, upsampler: "pixelshuffle", upscale: 4 }],
    ["lightweight x2", 910_152, { ...LIGHT, upscale: 2 }],
    ["lightweight x3", 918_267, { ...LIGHT, upscale: 3 }],
    ["lightweight x4", 929_628, { ...LIGHT, upscale: 4 }],
    ["real x4", 11_715_559, { ...MIDDLE, upsampler: "nearest+conv", upscale: 4 }],
    ["large real x4", 28_013_059, {
      ...MIDDLE,
      depths: Array(9).fill(6),
      num_heads: Array(9).fill(8),
      embed_dim: 240,
      upsampler: "nearest+conv",
      upscale: 4,
      resi_connection: "3conv",
    }],
    ["for colour denoising", 11_504_163, { ...MIDDLE, img_size: 128, upscale: 1 }],
    ["for JPEG artefacts", 11_492_067, { ...MIDDLE, img_size: 126, window_size: 7, upscale: 1 }],
  ] as const
) {
  Deno.test(`SwinIR ${name} has as many parameters as BasicSR's`, () => {
    assert.equal(countParameters("SwinIR", options), want);
  });
}

const TINY: SwinIROptions = {
  img_size: 8,
  window_size: 4,
  embed_dim: 8,
  depths: [2],
  num_heads: [2],
  mlp_ratio: 2,
  upscale: 2,
};

Deno.test("SwinIR's state dict has PyTorch's keys in PyTorch's order, with tensors that PyTorch derives", async () => {
  const engine = await testEngine();
  try {
    const net = new SwinIR({ ...TINY, ape: true, upsampler: "nearest+conv", upscale: 4 });
    const dict = await net.stateDict();
    const linear = (name: string) => [`${name}.weight`, `${name}.bias`];
    const block = (i: number) => {
      const b = `layers.0.residual_group.blocks.${i}`;
      return [
        ...i === 1 ? [`${b}.attn_mask`] : [],
        ...linear(`${b}.norm1`),
        `${b}.attn.relative_position_bias_table`,
        `${b}.attn.relative_position_index`,
        ...[`${b}.attn.qkv`, `${b}.attn.proj`, `${b}.norm2`, `${b}.mlp.fc1`, `${b}.mlp.fc2`]
          .flatMap(linear),
      ];
    };
    assert.deepEqual([...dict.keys()], [
      "absolute_pos_embed",
      ...["conv_first", "patch_embed.norm"].flatMap(linear),
      ...block(0),
      ...block(1),
      ...["layers.0.conv", "norm", "conv_after_body", "conv_before_upsample.0"].flatMap(linear),
      ...["conv_up1", "conv_up2", "conv_hr", "conv_last"].flatMap(linear),
    ]);
    const { shape, dtype } = dict.get(
      "layers.0.residual_group.blocks.0.attn.relative_position_index",
    )!;
    assert.deepEqual([shape, dtype], [[16, 16], "I64"]);
    assert.deepEqual(dict.get("layers.0.residual_group.blocks.1.attn_mask")!.shape, [4, 16, 16]);
  } finally {
    await engine.dispose();
  }
});

Deno.test("SwinIR begins with truncated normal weights, zero biases, and PyTorch's convolutions", async () => {
  const engine = await testEngine();
  try {
    const net = withInitSeed(1, () => new SwinIR({ ...TINY, embed_dim: 60, num_heads: [6] }));
    const dict = await net.stateDict();
    const deviation = (key: string): number => {
      const data = dict.get(key)!.data as Float32Array;
      return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
    };
    const block = "layers.0.residual_group.blocks.0";
    for (const key of [`${block}.attn.qkv`, `${block}.attn.proj`, `${block}.mlp.fc1`]) {
      assert(Math.abs(deviation(`${key}.weight`) / 0.02 - 1) < 0.05, key);
      assert.equal(deviation(`${key}.bias`), 0);
    }
    const table = deviation(`${block}.attn.relative_position_bias_table`);
    assert(Math.abs(table / 0.02 - 1) < 0.1);
    assert(Math.abs(deviation("conv_after_body.weight") * Math.sqrt(3 * 9 * 60) - 1) < 0.05);
  } finally {
    await engine.dispose();
  }
});

Deno.test("SwinIR takes images of any size: as if they had been padded by reflection", async () => {
  const engine = await testEngine();
  try {
    for (const upsampler of ["", "pixelshuffledirect"] as const) {
      const net = buildNetwork({ type: "SwinIR", ...TINY, upsampler }, 0).eval();
      randomize(net);
      const scale = upsampler ? 2 : 1;
      for (const [h, w] of [[1, 1], [2, 9], [5, 4]] as const) {
        const x = nhwc(images(1, 3, h, w));
        const y = net.forward(x);
        assert.deepEqual(y.shape, [1, h * scale, w * scale, 3]);
        if (h < 5) continue;
        const padded = net.forward(tf.mirrorPad(x, [[0, 0], [0, 3], [0, 0], [0, 0]], "reflect"));
        const want = tf.slice(padded, [0, 0, 0, 0], y.shape);
        assertNear(await nchw(y), await nchw(want), { atol: 1e-6 }, "output");
      }
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("SwinIR drops while training alone, and use_checkpoint changes no gradient", async () => {
  const engine = await testEngine();
  try {
    const block = { type: "SwinIR", ...TINY, drop_path_rate: 0, upsampler: "pixelshuffle" };
    const x = nhwc(images(1, 3, 8, 8));
    const gradients = async (options: Partial<SwinIROptions>) => {
      const net = buildNetwork({ ...block, ...options }, 3).train();
      const { grads } = tf.variableGrads(
        () => tf.mean(tf.square(net.forward(x))) as Scalar,
        net.parameters().map(({ value }) => value),
      );
      return await Promise.all(
        net.parameters().map(({ value }) => (grads[value.name] as Tensor).data()),
      );
    };
    const kept = await gradients({});
    for (const [i, again] of (await gradients({ use_checkpoint: true })).entries()) {
      const largest = (kept[i] as Float32Array).reduce((max, v) => Math.max(max, Math.abs(v)), 0);
      assert(again.every((v, at) => Math.abs(v - kept[i]![at]!) <= 1e-5 * largest + 1e-9));
    }
    for (
      const rates of [{ drop_rate: 0.5 }, { attn_drop_rate: 0.5 }, { drop_path_rate: 0.9 }] as const
    ) {
      const net = buildNetwork({ ...block, ...rates }, 3);
      randomize(net);
      const run = async () => [...await net.forward(x).data()];
      net.train();
      const runs = await Promise.all([run(), run(), run(), run()]);
      assert(new Set(runs.map(String)).size > 1, JSON.stringify(rates));
      net.eval();
      assert.deepEqual(await run(), await run());
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("SwinIR's windows are no larger than img_size, and such files are recognised", async () => {
  const engine = await testEngine();
  try {
    const options = { ...TINY, img_size: 4, window_size: 6, upsampler: "pixelshuffle" } as const;
    const dict = await new SwinIR(options).stateDict();
    assert(!dict.has("layers.0.residual_group.blocks.1.attn_mask"), "nothing is shifted");
    const found = detectNetwork(dict);
    assert.deepEqual(
      [found.type, found.scale, found.options["img_size"], found.options["window_size"]],
      ["SwinIR", 2, 4, 4],
    );
    const gray = await new SwinIR({ ...TINY, in_chans: 1, qkv_bias: false, patch_norm: false })
      .stateDict();
    const { options: made, inputChannels, scale } = detectNetwork(gray);
    assert.deepEqual([made["qkv_bias"], made["patch_norm"], inputChannels, scale], [
      false,
      false,
      1,
      1,
    ]);
  } finally {
    await engine.dispose();
  }
});

Deno.test("SwinIR says which options do not fit each other", () => {
  for (
    const [options, message] of [
      [{ depths: [2, 2] }, /num_heads has 1 entries and depths 2/],
      [{ num_heads: [3] }, /num_heads: 8 channels \(embed_dim\) cannot form 3 heads/],
      [{ upsampler: "pixelshuffle", upscale: 5 }, /upscale must be 3 or a power of two/],
      [{ upsampler: "nearest+conv", upscale: 3 }, /upscale must be 2 or 4/],
      [{ img_size: 10 }, /img_size 10 is no multiple of window_size 4/],
    ] as const
  ) {
    assert.throws(() => new SwinIR({ ...TINY, ...options } as SwinIROptions), message);
  }
});
