import assert from "node:assert/strict";
import { seedRandomOps } from "../../../core/engine/random_ops.ts";
import { type Tensor3D, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { channelAttention, HeadsAttention, Parameter, values } from "../../../core/nn/mod.ts";
import { WindowAttention } from "../../../core/nn/window_attention.ts";
import { forEachEngine, testEngine } from "../engine/_engines.ts";
import { nhwc } from "./_parity.ts";
import * as reference from "./_reference.ts";

// softmax(F.normalize(q) @ F.normalize(k)ᵀ · temperature) @ v of PyTorch 2.15 in float64, for one head of two channels and
// three pixels: q = sin(0, 1, …, 5), k = sin(0.7·i + 0.2), v = cos(1.3·i), channels first.
const WANT = [0.7853809, -0.5398204, 0.2924953, 0.4468404, -0.6288966, 0.7788789];

await forEachEngine("channelAttention() gives PyTorch's values", async () => {
  const line = (f: (i: number) => number) => Array.from({ length: 6 }, (_, i) => f(i));
  const parts = [
    line(Math.sin),
    line((i) => Math.sin(0.7 * i + 0.2)),
    line((i) => Math.cos(1.3 * i)),
  ];
  // Channels: q0 q1 k0 k1 v0 v1.
  const pixels = [0, 1, 2].flatMap((p) => parts.flatMap((part) => [part[p]!, part[3 + p]!]));
  const qkv = tf.tensor4d(pixels, [1, 1, 3, 6]);
  const temperature = new Parameter([1, 1, 1], values([1.5]));
  const got = await channelAttention(qkv, [1, 3], temperature).data();
  for (const [i, want] of WANT.entries()) assert(Math.abs(got[i]! - want) < 1e-5, `${got}`);
  assert.equal(got.length, WANT.length);
});

Deno.test("HeadsAttention without dropout and with next to none is the same, and drops while training", async () => {
  const engine = await testEngine();
  try {
    seedRandomOps("window_attention_test");
    const [q, k, v] = [1, 2, 3].map((seed) => {
      const { data } = reference.random([4, 3, 2], seed);
      return tf.tensor3d(Float32Array.from(data), [4, 3, 2]);
    }) as [Tensor3D, Tensor3D, Tensor3D];
    const bias = tf.zeros([2, 1, 1, 9]) as Tensor4D;
    const run = async (
      rate: number,
      training: boolean,
    ) => [...await new HeadsAttention(0.5, rate).train(training).forward(q, k, v, bias).data()];
    const plain = await run(0, true);
    const composed = await run(1e-9, true);
    assert(plain.every((value, i) => Math.abs(value - composed[i]!) < 1e-6));
    assert.notDeepEqual(await run(0.5, true), plain);
    assert.deepEqual(await run(0.5, false), plain);
  } finally {
    await engine.dispose();
  }
});

Deno.test("WindowAttention mixes nothing across windows, nor across the border of a shifted image", async () => {
  const engine = await testEngine();
  try {
    const image = (at: number | undefined) => {
      const { shape, data } = reference.random([1, 4, 1, 8], 1);
      const changed = Float32Array.from(data, (value, i) => i % 8 === at ? value + 1 : value);
      return nhwc({ shape, dtype: "F32", data: changed });
    };
    for (const [shift, untouched] of [[0, [0, 1, 2, 3]], [2, [0, 1, 2, 3, 4, 5]]] as const) {
      const net = new WindowAttention({ dim: 4, window: [1, 4], heads: 2, shift });
      const before = await net.forward(image(undefined)).data();
      const after = await net.forward(image(7)).data();
      const moved = [0, 1, 2, 3, 4, 5, 6, 7].filter((pixel) =>
        [0, 1, 2, 3].some((c) => Math.abs(before[4 * pixel + c]! - after[4 * pixel + c]!) > 1e-7)
      );
      assert.deepEqual(
        moved.filter((pixel) => (untouched as readonly number[]).includes(pixel)),
        [],
      );
      assert.equal(moved.length, 8 - untouched.length);
    }
  } finally {
    await engine.dispose();
  }
});
