/** What archs recognise in files: their own networks, and those that others name otherwise. No engine is needed. */
import assert from "node:assert/strict";
import { Buffer, type Module } from "../../../core/nn/mod.ts";
import { loadPlugins } from "../../../core/plugins.ts";
import { ARCH_REGISTRY } from "../../../core/registry.ts";
import { detectNetwork } from "../../../core/weights/detect.ts";
import type { StateDict, StateTensor } from "../../../core/weights/state_dict.ts";
import { smallOptions } from "./_nets.ts";

await loadPlugins();

function zeros(shape: readonly number[]): StateTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, dtype: "F32", data: new Float32Array(size) };
}

/** A file of `net`, without values. */
function fileOf(net: Module): StateDict {
  const holders = [...net.namedParameters(), ...net.namedBuffers()]
    .filter(([, holder]) => !(holder instanceof Buffer) || holder.persistent);
  return new Map(holders.map(([key, { shape }]) => [key, zeros(shape)]));
}

function make(type: string, options: Record<string, unknown>): Module {
  const { value: Arch, options: schema } = ARCH_REGISTRY.get(type);
  return new Arch(schema?.parse(options) ?? options);
}

/** The same tensors under other names. */
function under(dict: StateDict, names: readonly (readonly [RegExp, string])[]): StateDict {
  return new Map(
    [...dict].map((
      [key, tensor],
    ) => [names.reduce((k, [from, to]) => k.replace(from, to), key), tensor]),
  );
}

for (const { name, weights, options: schema } of ARCH_REGISTRY.entries()) {
  if (weights === undefined) continue;
  Deno.test(`${name} is recognised by its own tensors, and as nothing else`, () => {
    const { type: _, ...options } = smallOptions(name);
    const found = detectNetwork(fileOf(make(name, options)));
    assert.equal(found.type, name);
    const traits = weights.traits(schema!.parse(options) as Record<string, unknown>);
    for (const key of ["scale", "inputChannels", "outputChannels"] as const) {
      assert.equal(found[key], traits[key], key);
    }
    const others = ARCH_REGISTRY.entries().filter((entry) => entry.name !== name);
    const file = fileOf(make(name, options));
    for (const other of others) {
      assert(other.weights?.normalize === undefined || other.weights.normalize(file) === file);
    }
  });
}

const RRDB = { num_in_ch: 3, num_out_ch: 3, num_feat: 4, num_block: 2, num_grow_ch: 3 };

Deno.test("RRDBNet is recognised by the names of ESRGAN's first release, at each scale", () => {
  for (const scale of [1, 2, 4, 8]) {
    const options = { ...RRDB, scale, use_pixel_unshuffle: scale === 4 };
    const net = make("RRDBNet", options);
    const steps = Math.log2(scale), last = 2 + 3 * steps;
    const file = under(fileOf(net), [
      [/^conv_first\./, "model.0."],
      [/^body\.(\d)\.rdb(\d)\.conv(\d)\./, "model.1.sub.$1.RDB$2.conv$3.0."],
      [/^conv_body\./, "model.1.sub.2."],
      [/^conv_up1\./, "model.3."],
      [/^conv_up2\./, "model.6."],
      [/^conv_up3\./, "model.9."],
      [/^conv_hr\./, `model.${last}.`],
      [/^conv_last\./, `model.${last + 2}.`],
    ]);
    assert(file.has("model.1.sub.1.RDB3.conv5.0.bias"));
    const found = detectNetwork(file);
    assert.equal(found.type, "RRDBNet");
    assert.deepEqual(found.options, options);
    assert.deepEqual([...found.weights.keys()], [...fileOf(net).keys()]);
  }
});

Deno.test("RRDBNet is recognised by the names of RealSR and BSRGAN, x2 and x4", () => {
  for (const scale of [2, 4]) {
    const options = { ...RRDB, scale, use_pixel_unshuffle: scale === 4 };
    const file = under(fileOf(make("RRDBNet", options)), [
      [/^body\.(\d)\.rdb(\d)/, "RRDB_trunk.$1.RDB$2"],
      [/^conv_body\./, "trunk_conv."],
      [/^conv_up(\d)\./, "upconv$1."],
      [/^conv_hr\./, "HRconv."],
    ]);
    assert.deepEqual(detectNetwork(file).options, options);
  }
});

Deno.test("RRDBNet is recognised with pixels moved into channels, for x2 and x1", () => {
  for (const scale of [1, 2]) {
    const options = { ...RRDB, scale, use_pixel_unshuffle: true };
    const found = detectNetwork(fileOf(make("RRDBNet", options)));
    assert.deepEqual(found.options, options);
    assert.equal(found.inputChannels, 3);
  }
});

/** The layers by which EDSR-PyTorch takes off and adds the mean. */
function shifts(): [string, StateTensor][] {
  const mean = [0.4488, 0.4371, 0.4040].map((value) => 255 * value);
  const eye = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return [["sub_mean", -1], ["add_mean", 1]].flatMap(([name, sign]) => [
    [`${name}.weight`, { ...zeros([3, 3, 1, 1]), data: Float32Array.from(eye) }],
    [`${name}.bias`, { ...zeros([3]), data: Float32Array.from(mean, (v) => Number(sign) * v) }],
  ]);
}

Deno.test("EDSR is recognised by the names of EDSR-PyTorch, and a large one takes res_scale 0.1", () => {
  for (const [num_feat, upscale, res_scale] of [[8, 4, 1], [256, 3, 0.1]]) {
    const io = { num_in_ch: 3, num_out_ch: 3, num_feat, num_block: 2, upscale };
    const net = make("EDSR", io);
    const file = under(fileOf(net), [
      [/^body\.(\d)\.conv1\./, "body.$1.body.0."],
      [/^body\.(\d)\.conv2\./, "body.$1.body.2."],
      [/^conv_first\./, "head.0."],
      [/^conv_after_body\./, "body.2."],
      [/^upsample\./, "tail.0."],
      [/^conv_last\./, "tail.1."],
    ]);
    const found = detectNetwork(new Map([...shifts(), ...file]));
    assert.equal(found.type, "EDSR");
    assert.deepEqual({ ...found.options, ...io, res_scale }, found.options);
    assert.deepEqual([...found.weights.keys()], [...fileOf(net).keys()]);
    // Colours that are shifted by something else are another network.
    const [bias] = shifts().slice(1);
    const other = new Map([...shifts(), ...file, [bias![0], zeros([3])]]);
    assert.throws(() => detectNetwork(other), /no known network/);
  }
});

Deno.test("RCAN is recognised by the names of its paper's files", () => {
  const io = { num_in_ch: 3, num_out_ch: 3, num_feat: 8, num_group: 2, num_block: 3, upscale: 2 };
  const net = make("RCAN", { ...io, squeeze_factor: 4 });
  const file = under(fileOf(net), [
    [/^body\.(\d)\.conv\./, "body.$1.body.3."],
    [/^body\.(\d)\.residual_group\.(\d)\.rcab\./, "body.$1.body.$2.body."],
    [/\.3\.attention\.1\./, ".3.conv_du.0."],
    [/\.3\.attention\.3\./, ".3.conv_du.2."],
    [/^conv_first\./, "head.0."],
    [/^conv_after_body\./, "body.2."],
    [/^upsample\./, "tail.0."],
    [/^conv_last\./, "tail.1."],
  ]);
  const found = detectNetwork(new Map([...shifts(), ...file]));
  assert.equal(found.type, "RCAN");
  assert.deepEqual({ ...found.options, ...io, squeeze_factor: 4 }, found.options);
  assert.deepEqual([...found.weights.keys()], [...fileOf(net).keys()]);
});

Deno.test("plain rows of convolutions are told apart by their channels", () => {
  const row = { nc: 4, nb: 8, act_mode: "R" };
  const type = (arch: string, options: Record<string, unknown>): string =>
    detectNetwork(fileOf(make(arch, { ...row, ...options }))).type;
  assert.equal(type("DnCNN", { in_nc: 3, out_nc: 3 }), "DnCNN");
  assert.equal(type("DnCNN", { in_nc: 4, out_nc: 3, mode: "FDnCNN" }), "DnCNN");
  assert.equal(type("FFDNet", {}), "FFDNet");
  assert.equal(type("FFDNet", { in_nc: 3, out_nc: 3 }), "FFDNet");
  // Seven without batch norm are IRCNN's.
  assert.throws(() => type("DnCNN", { nb: 7 }), /may be IRCNN's/);
});

Deno.test("SRVGGNetCompact is recognised with and without trained slopes, gray and for x1", () => {
  for (
    const options of [{ act_type: "relu", upscale: 3 }, { upscale: 1 }, {
      num_in_ch: 1,
      num_out_ch: 1,
    }]
  ) {
    const all = {
      num_in_ch: 3,
      num_out_ch: 3,
      num_feat: 5,
      num_conv: 3,
      upscale: 4,
      act_type: "prelu",
    };
    const found = detectNetwork(fileOf(make("SRVGGNetCompact", { ...all, ...options })));
    assert.deepEqual(found.options, { ...all, ...options });
  }
});

for (
  const [what, type, options] of [
    ["a ratio of hidden channels that rounding makes one less", "SwinIR", {
      embed_dim: 60,
      mlp_ratio: 2.06,
      depths: [2],
      num_heads: [2],
      window_size: 8,
    }],
    ["masks of an image that is no square", "SwinIR", {
      img_size: [16, 24],
      embed_dim: 12,
      depths: [2],
      num_heads: [2],
      window_size: 8,
    }],
    ["a single block, which KAIR does not number", "DRUNet", { nc: [4, 4, 8, 8], nb: 1 }],
  ] as const
) {
  Deno.test(`${type} is recognised with ${what}`, () => {
    const file = fileOf(make(type, options));
    assert.equal(detectNetwork(file).type, type);
    if (type === "DRUNet") assert(file.has("m_body.res.0.weight"));
  });
}
