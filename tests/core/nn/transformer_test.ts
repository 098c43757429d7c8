import assert from "node:assert/strict";
import { Rng } from "../../../core/random.ts";
import { tf } from "../../../core/engine/tf.ts";
import {
  type Image,
  initTransformer,
  Mlp,
  Parameter,
  positionTable,
  queryScale,
  resiConnection,
  truncNormal,
  values,
  withPositions,
} from "../../../core/nn/mod.ts";
import { testEngine } from "../engine/_engines.ts";

Deno.test("truncNormal() draws again outside of its bounds, which are not multiples of the deviation", () => {
  const drawn = truncNormal(1, -0.5, 2)(new Rng(3), [2000]);
  assert(drawn.every((v) => v >= -0.5 && v <= 2));
  assert(Math.max(...drawn) > 1.5 && Math.min(...drawn) < -0.45);
  const plain = truncNormal(0.02)(new Rng(3), [2000]);
  const deviation = Math.sqrt(plain.reduce((sum, v) => sum + v * v, 0) / plain.length);
  assert(Math.abs(deviation / 0.02 - 1) < 0.05, `${deviation}`);
});

Deno.test("withPositions() adds an offset for each pixel, and refuses images of another size", async () => {
  const engine = await testEngine();
  try {
    const table = new Parameter([1, 2, 2], values([1, 2, 3, 4]));
    const image = tf.ones([1, 1, 2, 2]) as Image;
    assert.deepEqual([...await withPositions(image, table).data()], [2, 3, 4, 5]);
    assert.deepEqual([...await withPositions(image, undefined).data()], [1, 1, 1, 1]);
    const larger = tf.ones([1, 2, 2, 2]) as Image;
    assert.throws(() => withPositions(larger, table), /ape knows 2 positions .* 2x2/);
  } finally {
    await engine.dispose();
  }
});

Deno.test("initTransformer() gives linear layers small weights and no bias, and tables are as small", async () => {
  const engine = await testEngine();
  try {
    const mlp = new Mlp(64, 128);
    initTransformer(mlp);
    const dict = await mlp.stateDict();
    assert.deepEqual([...dict.keys()], ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
    const table = await positionTable(225, 6).read();
    for (const { data } of [dict.get("fc1.weight")!, dict.get("fc2.weight")!, table]) {
      const numbers = data as Float32Array;
      const deviation = Math.sqrt(numbers.reduce((sum, v) => sum + v * v, 0) / numbers.length);
      assert(Math.abs(deviation / 0.02 - 1) < 0.1, `${deviation}`);
    }
    assert((dict.get("fc1.bias")!.data as Float32Array).every((v) => v === 0));
  } finally {
    await engine.dispose();
  }
});

Deno.test("resiConnection() is one convolution, or three on a quarter of the channels", () => {
  assert.deepEqual([...resiConnection(8, "1conv").namedParameters().keys()], ["weight", "bias"]);
  const three = [...resiConnection(8, "3conv").namedParameters()];
  assert.deepEqual(three.map(([key, { shape }]) => [key, shape[0]]), [
    ["0.weight", 2],
    ["0.bias", 2],
    ["2.weight", 2],
    ["2.bias", 2],
    ["4.weight", 8],
    ["4.bias", 8],
  ]);
});

Deno.test("queryScale() takes 0 for none, as PyTorch's `or` does", () => {
  assert.equal(queryScale(32, 2, null), 0.25);
  assert.equal(queryScale(32, 2, 0), 0.25);
  assert.equal(queryScale(32, 2, 0.5), 0.5);
});
