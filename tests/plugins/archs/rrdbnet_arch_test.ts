import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork, withInitSeed } from "../../../core/nn/mod.ts";
import { loadWeights } from "../../../core/weights/mod.ts";
import { RRDBNet } from "../../../plugins/archs/rrdbnet_arch.ts";
import { forEachEngine, testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nchw, nhwc } from "../../core/nn/_parity.ts";
import * as reference from "../../core/nn/_reference.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// Counts of BasicSR's constructors.
for (const [scale, want] of [[1, 16_723_907], [2, 16_703_171], [4, 16_697_987]] as const) {
  Deno.test(`RRDBNet x${scale} has as many parameters as BasicSR's`, () => {
    assert.equal(countParameters("RRDBNet", { num_in_ch: 3, num_out_ch: 3, scale }), want);
  });
}

Deno.test("RRDBNet has BasicSR's keys in BasicSR's order", () => {
  const net = new RRDBNet({ num_in_ch: 3, num_out_ch: 3, num_block: 2 });
  const blocks = [0, 1].flatMap((block) =>
    [1, 2, 3].flatMap((dense) =>
      [1, 2, 3, 4, 5].map((conv) => `body.${block}.rdb${dense}.conv${conv}`)
    )
  );
  const tail = ["conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last"];
  assert.deepEqual(
    [...net.namedParameters().keys()],
    ["conv_first", ...blocks, ...tail].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]),
  );
});

Deno.test("RRDBNet's dense blocks begin with BasicSR's small weights, the rest with PyTorch's", async () => {
  const engine = await testEngine();
  try {
    const net = withInitSeed(1, () => new RRDBNet({ num_in_ch: 3, num_out_ch: 3, num_block: 1 }));
    const dict = await net.stateDict();
    const deviation = (key: string): number => {
      const data = dict.get(key)!.data as Float32Array;
      return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
    };
    for (const [conv, inner] of [[1, 64], [2, 96], [3, 128], [4, 160], [5, 192]]) {
      const std = 0.1 * Math.sqrt(2 / (9 * inner!));
      for (const dense of [1, 2, 3]) {
        const key = `body.0.rdb${dense}.conv${conv}`;
        assert(Math.abs(deviation(`${key}.weight`) / std - 1) < 0.03, key);
        assert.equal(deviation(`${key}.bias`), 0);
      }
    }
    // Uniform in ±1/√fan_in.
    for (const key of ["conv_body", "conv_up1", "conv_up2", "conv_hr"]) {
      assert(Math.abs(deviation(`${key}.weight`) * Math.sqrt(3 * 9 * 64) - 1) < 0.03, key);
    }
  } finally {
    await engine.dispose();
  }
});

await forEachEngine("RRDBNet computes what its definition says", async (_engine, test) => {
  for (
    const options of [
      { scale: 4, num_in_ch: 1, num_out_ch: 3, height: 3, width: 2 },
      { scale: 2, num_in_ch: 3, num_out_ch: 1, height: 6, width: 4 },
      { scale: 1, num_in_ch: 2, num_out_ch: 2, height: 4, width: 12 },
    ] as const
  ) {
    const { height, width, ...channels } = options;
    await test.step(JSON.stringify(options), async () => {
      const size = { num_feat: 5, num_block: 2, num_grow_ch: 3 };
      const net = buildNetwork({ type: "RRDBNet", ...size, ...channels }, 0);
      randomize(net);
      const x = images(2, options.num_in_ch, height, width);
      const y = tf.tidy(() => net.forward(nhwc(x)));
      assertNear(
        await nchw(y),
        await rrdbnet(net, x, options.scale),
        { rel_to_max: 1e-5 },
        "output",
      );
    });
  }
});

Deno.test("RRDBNet takes BasicSR's .pth files", async () => {
  const engine = await testEngine();
  try {
    const folder = new URL("../../data/weights/", import.meta.url).pathname;
    for (const [file, scale] of [["views.pth", 1], ["params_ema.pth", 2]] as const) {
      const io = { num_in_ch: 3, num_out_ch: 3 };
      const net = buildNetwork({ type: "RRDBNet", ...io, scale, num_feat: 8, num_block: 1 }, 0);
      const weights = await loadWeights(`${folder}${file}`);
      net.loadStateDict(weights);
      const dict = await net.stateDict();
      assert.deepEqual(new Map([...dict].toSorted()), new Map([...weights].toSorted()), file);
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("RRDBNet refuses other scales", async () => {
  const engine = await testEngine();
  try {
    const io = { type: "RRDBNet", num_in_ch: 3, num_out_ch: 3, num_feat: 4, num_block: 0 };
    const build = (options: Record<string, unknown>) =>
      buildNetwork({ ...io, ...options }, 0, "network_g");
    assert.throws(() => build({ scale: 3 }), /network_g\.scale.* must be 1, 2 or 4/);
    assert.throws(() => build({ scale: 8 }), /network_g\.scale must be 1, 2 or 4, received 8/);
    const net = build({ scale: 8, use_pixel_unshuffle: false });
    assert.deepEqual(net.forward(nhwc(images(1, 3, 2, 3))).shape, [1, 16, 24, 3]);
  } finally {
    await engine.dispose();
  }
});

Deno.test("RRDBNet mirrors sizes that it cannot move into channels, and crops", async () => {
  const engine = await testEngine();
  try {
    const io = { type: "RRDBNet", num_in_ch: 3, num_out_ch: 3, num_feat: 4, num_block: 0 };
    for (const [scale, multiple] of [[4, 1], [2, 2], [1, 4]] as const) {
      const net = buildNetwork({ ...io, scale }, 0);
      // Those who cut images into parts still have to know it.
      assert.equal(net.sizeMultiple, multiple);
      const x = nhwc(images(1, 3, 8, 7));
      const padded = tf.mirrorPad(x, [[0, 0], [0, 0], [0, 1], [0, 0]], "reflect");
      const want = tf.slice(net.forward(padded), [0, 0, 0, 0], [1, 8 * scale, 7 * scale, 3]);
      const got = await nchw(net.forward(x));
      // Without pixels in channels nothing is mirrored.
      if (multiple === 1) assert.deepEqual([...got.shape], [1, 3, 32, 28]);
      else assertNear(got, await nchw(want), { rel_to_max: 1e-6 }, `x${scale}`);
    }
  } finally {
    await engine.dispose();
  }
});

/** RRDBNet from its paper and BasicSR's description, in float64. */
async function rrdbnet(
  net: ReturnType<typeof buildNetwork>,
  lq: ReturnType<typeof images>,
  scale: 1 | 2 | 4,
): Promise<ReturnType<typeof images>> {
  const dict = await net.stateDict();
  const conv = (x: reference.Plain, name: string): reference.Plain => {
    const [weight, bias] = ["weight", "bias"].map((kind) => dict.get(`${name}.${kind}`)!);
    const kernel = { shape: weight!.shape, data: weight!.data as Float32Array };
    return reference.conv2d(x, kernel, bias!.data as Float32Array, { padding: 1 });
  };
  const activated = (x: reference.Plain): reference.Plain =>
    reference.map(x, (v) => v > 0 ? v : 0.2 * v);
  const skip = (x: reference.Plain, branch: reference.Plain): reference.Plain =>
    reference.map(x, (a, b) => a + 0.2 * b, branch);
  const dense = (x: reference.Plain, name: string): reference.Plain => {
    const made = [x];
    for (const i of [1, 2, 3, 4]) made.push(activated(conv(joined(made), `${name}.conv${i}`)));
    return skip(x, conv(joined(made), `${name}.conv5`));
  };

  let x: reference.Plain = { shape: lq.shape, data: Float64Array.from(lq.data as Float32Array) };
  x = unshuffled(x, 4 / scale);
  const first = conv(x, "conv_first");
  let y = first;
  for (const block of ["body.0", "body.1"]) {
    const inner = ["rdb1", "rdb2", "rdb3"].reduce((z, name) => dense(z, `${block}.${name}`), y);
    y = skip(y, inner);
  }
  y = reference.map(first, (a, b) => a + b, conv(y, "conv_body"));
  for (const name of ["conv_up1", "conv_up2"]) y = activated(conv(doubled(y), name));
  return reference.stateTensor(conv(activated(conv(y, "conv_hr")), "conv_last"));
}

/** The channels of all `parts`, NCHW. */
function joined(parts: readonly reference.Plain[]): reference.Plain {
  const [n, , h, w] = parts[0]!.shape as [number, number, number, number];
  const images = Array.from({ length: n }, (_, b) =>
    parts.flatMap(({ data }) => {
      const size = data.length / n;
      return [...data.subarray(b * size, (b + 1) * size)];
    }));
  const channels = parts.reduce((sum, { shape }) => sum + shape[1]!, 0);
  return { shape: [n, channels, h, w], data: Float64Array.from(images.flat()) };
}

/** Every pixel as a block of 2 x 2, NCHW. */
function doubled({ shape, data }: reference.Plain): reference.Plain {
  const [n, c, h, w] = shape as [number, number, number, number];
  const result = new Float64Array(4 * data.length);
  for (let i = 0; i < result.length; i++) {
    const [plane, y, z] = [
      Math.floor(i / (4 * h * w)),
      Math.floor(i / (2 * w)) % (2 * h),
      i % (2 * w),
    ];
    result[i] = data[(plane * h + (y >> 1)) * w + (z >> 1)]!;
  }
  return { shape: [n, c, 2 * h, 2 * w], data: result };
}

/** `F.pixel_unshuffle`: pixel (i, j) of a block goes to channel c·s·s + i·s + j. */
function unshuffled({ shape, data }: reference.Plain, s: number): reference.Plain {
  const [n, c, h, w] = shape as [number, number, number, number];
  const result = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const [plane, y, z] = [Math.floor(at / (h * w)), Math.floor(at / w) % h, at % w];
    const channel = plane * s * s + (y % s) * s + z % s;
    result[(channel * (h / s) + Math.floor(y / s)) * (w / s) + Math.floor(z / s)] = data[at]!;
  }
  return { shape: [n, c * s * s, h / s, w / s], data: result };
}
