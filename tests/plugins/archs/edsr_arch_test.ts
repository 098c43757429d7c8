import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { EDSR } from "../../../plugins/archs/edsr_arch.ts";
import { forEachEngine, testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nchw, nhwc } from "../../core/nn/_parity.ts";
import * as reference from "../../core/nn/_reference.ts";
import { countParameters, images, randomize } from "./_nets.ts";

// Counts of BasicSR's constructors.
for (
  const [upscale, medium, large] of [
    [2, 1_369_859, 40_729_603],
    [3, 1_554_499, 43_680_003],
    [4, 1_517_571, 43_089_923],
  ] as const
) {
  Deno.test(`EDSR x${upscale} has as many parameters as BasicSR's`, () => {
    const io = { num_in_ch: 3, num_out_ch: 3, upscale };
    assert.equal(countParameters("EDSR", io), medium);
    const size = { num_feat: 256, num_block: 32, res_scale: 0.1 };
    assert.equal(countParameters("EDSR", { ...io, ...size }), large);
  });
}

Deno.test("EDSR has BasicSR's keys in BasicSR's order", () => {
  const net = new EDSR({ num_in_ch: 3, num_out_ch: 3, num_block: 2, upscale: 4 });
  const layers = [
    "conv_first",
    "body.0.conv1",
    "body.0.conv2",
    "body.1.conv1",
    "body.1.conv2",
    "conv_after_body",
    "upsample.0",
    "upsample.2",
    "conv_last",
  ];
  assert.deepEqual(
    [...net.namedParameters().keys()],
    layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]),
  );
});

const VARIANTS = [
  { num_in_ch: 3, num_out_ch: 3, upscale: 2, res_scale: 0.7, img_range: 1 },
  {
    num_in_ch: 3,
    num_out_ch: 3,
    upscale: 3,
    res_scale: 1,
    img_range: 20,
    rgb_mean: [0.1, 0.5, 0.9],
  },
  { num_in_ch: 1, num_out_ch: 1, upscale: 4, res_scale: 0.1, img_range: 255 },
  { num_in_ch: 4, num_out_ch: 4, upscale: 1, res_scale: 1, img_range: 1, rgb_mean: [1, 2, 3, 4] },
] as const;

await forEachEngine("EDSR computes what its definition says", async (_engine, test) => {
  for (const options of VARIANTS) {
    await test.step(JSON.stringify(options), async () => {
      const net = buildNetwork({ type: "EDSR", num_feat: 4, num_block: 2, ...options }, 0);
      randomize(net);
      const x = images(2, options.num_in_ch, 5, 3);
      const y = tf.tidy(() => net.forward(nhwc(x)));
      const want = await edsr(net, x, options);
      assertNear(await nchw(y), want, { rel_to_max: 1e-5 }, "output");
    });
  }
});

Deno.test("EDSR takes the average of rgb_mean for gray images", async () => {
  const engine = await testEngine();
  try {
    const net = buildNetwork({ type: "EDSR", num_in_ch: 1, num_out_ch: 1, num_feat: 4 }, 0);
    const buffers = [...net.namedBuffers().values()];
    assert.equal(buffers.length, 2);
    for (const buffer of buffers) {
      const [mean] = (await buffer.read()).data;
      assert(Math.abs(Number(mean) - (0.4488 + 0.4371 + 0.4040) / 3) < 1e-6);
    }
    assert(![...(await net.stateDict()).keys()].some((key) => /mean/i.test(key)));
  } finally {
    await engine.dispose();
  }
});

/** EDSR from its paper and BasicSR's description, in float64. */
async function edsr(
  net: ReturnType<typeof buildNetwork>,
  lq: ReturnType<typeof images>,
  { upscale, res_scale, img_range, num_in_ch, ...rest }: (typeof VARIANTS)[number],
): Promise<ReturnType<typeof images>> {
  const dict = await net.stateDict();
  const given: readonly number[] = "rgb_mean" in rest ? rest.rgb_mean : [0.4488, 0.4371, 0.4040];
  const mean = num_in_ch === 1 ? [given.reduce((a, b) => a + b, 0) / given.length] : given;
  const conv = (x: reference.Plain, name: string): reference.Plain => {
    const [weight, bias] = ["weight", "bias"].map((kind) => dict.get(`${name}.${kind}`)!);
    const kernel = { shape: weight!.shape, data: weight!.data as Float32Array };
    return reference.conv2d(x, kernel, bias!.data as Float32Array, { padding: 1 });
  };
  const channel = ({ shape }: reference.Plain, i: number): number =>
    Math.floor(i / (shape[2]! * shape[3]!)) % shape[1]!;
  const input: reference.Plain = {
    shape: lq.shape,
    data: Float64Array.from(lq.data as Float32Array),
  };
  const first = conv({
    shape: input.shape,
    data: input.data.map((v, i) => (v - mean[channel(input, i)]!) * img_range),
  }, "conv_first");
  let x = first;
  for (const block of ["body.0", "body.1"]) {
    const hidden = reference.map(conv(x, `${block}.conv1`), (v) => Math.max(v, 0));
    x = reference.map(x, (a, b) => a + res_scale * b, conv(hidden, `${block}.conv2`));
  }
  x = reference.map(conv(x, "conv_after_body"), (a, b) => a + b, first);
  const steps: readonly number[] = { 1: [], 2: [2], 3: [3], 4: [2, 2] }[upscale];
  for (const [i, step] of steps.entries()) {
    x = reference.pixelShuffle(conv(x, `upsample.${2 * i}`), step);
  }
  const y = conv(x, "conv_last");
  return reference.stateTensor({
    shape: y.shape,
    data: y.data.map((v, i) => v / img_range + mean[channel(y, i)]!),
  });
}
