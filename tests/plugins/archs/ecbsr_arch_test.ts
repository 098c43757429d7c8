import assert from "node:assert/strict";
import { seedRandomOps } from "../../../core/engine/random_ops.ts";
import { tf } from "../../../core/engine/tf.ts";
import { buildNetwork } from "../../../core/nn/mod.ts";
import { ECBSR } from "../../../plugins/archs/ecbsr_arch.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { assertNear, nchw, nhwc } from "../../core/nn/_parity.ts";
import { countParameters, images, randomize } from "./_nets.ts";

const BLOCK = { num_in_ch: 1, num_out_ch: 1, num_block: 4, num_channel: 16, with_idt: false };

// Counts of BasicSR's constructor without the edge filters, which are not trained there either.
Deno.test("ECBSR has as many trained parameters as BasicSR's", () => {
  assert.equal(countParameters("ECBSR", { ...BLOCK, act_type: "prelu", scale: 2 }), 39_956);
  const large = { num_in_ch: 3, num_out_ch: 3, num_block: 10, num_channel: 32, scale: 4 };
  assert.equal(countParameters("ECBSR", { ...BLOCK, ...large, act_type: "prelu" }), 415_984);
});

Deno.test("ECBSR's merged convolution is its branches, for each activation", async (test) => {
  const engine = await testEngine();
  try {
    for (const act_type of ["prelu", "relu", "softplus", "linear"] as const) {
      for (const [channels, with_idt] of [[1, false], [3, true]] as const) {
        await test.step(`${act_type}, ${channels} channels, with_idt ${with_idt}`, async () => {
          const io = { num_in_ch: channels, num_out_ch: channels };
          const size = { num_block: 1, num_channel: 4, scale: 3 };
          const net = buildNetwork({ type: "ECBSR", ...io, ...size, with_idt, act_type }, 0);
          randomize(net);
          const x = nhwc(images(2, channels, 5, 4));
          const branches = await nchw(net.train().forward(x));
          const merged = await nchw(net.eval().forward(x));
          assertNear(merged, branches, { rel_to_max: 2e-6 }, act_type);
        });
      }
    }
  } finally {
    await engine.dispose();
  }
});

Deno.test("ECBSR merges anew when weights are loaded, and after training", async () => {
  const engine = await testEngine();
  try {
    const options = { ...BLOCK, num_block: 0, num_channel: 3, act_type: "relu", scale: 2 };
    const [net, other] = [1, 2].map((seed) => {
      const built = buildNetwork({ type: "ECBSR", ...options }, 0);
      randomize(built, seed);
      return built.eval();
    });
    const x = nhwc(images(1, 1, 4, 4));
    const output = async (from: typeof net): Promise<Float32Array> =>
      await from!.forward(x).data() as Float32Array;
    const first = await output(net), want = await output(other);
    assert.notDeepEqual(first, want);
    net!.loadStateDict(await other!.stateDict());
    assert.deepEqual(await output(net), want);

    net!.train();
    randomize(net!, 1);
    net!.eval();
    assert.deepEqual(await output(net), first);
    const keys = [...(await net!.stateDict()).keys()];
    assert(!keys.some((key) => key.includes("merged")), "files do not have it");
  } finally {
    await engine.dispose();
  }
});

Deno.test("ECBSR's rrelu has slopes within 0.05 while training, and is a ReLU else", async () => {
  const engine = await testEngine();
  try {
    const net = new ECBSR({ ...BLOCK, num_block: 0, num_channel: 1, act_type: "rrelu", scale: 1 });
    const { act } = (net as unknown as { backbone: { 0: { act: ECBSR } } }).backbone[0];
    const x = tf.fill([1, 10, 10, 1], -1) as ReturnType<typeof nhwc>;
    seedRandomOps("rrelu");
    const slopes = await act.forward(x).data();
    assert(slopes.every((v) => Math.abs(v) <= 0.05));
    assert(slopes.some((v) => v > 0.03) && slopes.some((v) => v < -0.03));
    net.eval();
    assert((await act.forward(x).data()).every((v) => v === 0));
  } finally {
    await engine.dispose();
  }
});
