/** Tests of functions that are compiled once for images of all sizes. */
import assert from "node:assert/strict";
import { compile, type CompileOptions } from "../../../../core/engine/compile.ts";
import { type NativeEngine, startNative } from "../../../../core/engine/native/mod.ts";
import { EMULATE } from "../../../../core/engine/native/precisions.ts";
import { biasAdd, leakyRelu } from "../../../../core/engine/ops.ts";
import { randomUniform, seedRandomOps } from "../../../../core/engine/random_ops.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../../core/engine/tf.ts";
import { Rng } from "../../../../core/random.ts";
import { nativeTest } from "./_native.ts";

function engineTest(name: string, test: (engine: NativeEngine) => Promise<void>): void {
  nativeTest(name, async () => {
    const engine = await startNative({ numGpu: 0 });
    try {
      await test(engine);
    } finally {
      await engine.dispose();
    }
  });
}

function numbers(shape: readonly number[], key = "x"): Tensor4D {
  const rng = new Rng(1, `${key} ${shape}`);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, () => rng.uniform(-0.5, 0.5));
  return tf.tensor(values, [...shape] as Tensor4D["shape"]);
}

async function bits(result: Promise<Tensor>): Promise<number[]> {
  const tensor = await result;
  const data = [...tensor.shape, ...await tensor.data()];
  tensor.dispose();
  return data;
}

type Image2Image = (x: Tensor4D) => Tensor4D;

/** Calls `fn` at sizes both ways, and gives the statistics of the one that is to serve all sizes. */
async function same(
  fn: Image2Image,
  shapes: readonly (readonly number[])[],
  options: CompileOptions = {},
) {
  const said: string[] = [];
  const dynamic = compile(fn, { ...options, dynamic: true, say: (line) => said.push(line) });
  const fixed = compile(fn, { ...options, warnAfter: Infinity });
  for (const shape of shapes) {
    const x = numbers(shape);
    const expected = await bits(fixed(x));
    assert.deepEqual(await bits(dynamic(x)), expected, `at ${shape}`);
    assert.deepEqual(await bits(dynamic(x)), expected, `at ${shape}, again`);
    x.dispose();
  }
  dynamic.dispose();
  fixed.dispose();
  return { traces: dynamic.stats.traces, said };
}

const SIZES = [[2, 8, 6], [2, 10, 6], [2, 9, 13], [3, 5, 7], [2, 31, 4], [2, 8, 6]];
const shapes = (channels: number, sizes = SIZES) => sizes.map((size) => [...size, channels]);

engineTest("convolutions, resizing and new shapes are one form for all sizes", async () => {
  const w = tf.variable(numbers([3, 3, 4, 8], "w")),
    b = tf.variable(tf.tensor1d([1, 2, 3, 4, 5, 6, 7, 8]));
  const { traces, said } = await same((x) => {
    const y = leakyRelu(biasAdd(tf.conv2d(x, w as Tensor4D, 1, "same"), b), 0.2);
    const [n, h, width] = y.shape;
    const larger = tf.image.resizeNearestNeighbor(y, [2 * h, 2 * width]);
    const rows = tf.reshape(larger, [n * h * 2, width * 2, 8]);
    const back = tf.reshape(rows, [n, 2 * h, 2 * width, 8]) as Tensor4D;
    return tf.slice(tf.pad(back, [[0, 0], [0, 3], [1, 0], [0, 0]]), [0, 1, 0, 0], [
      n,
      2 * h,
      width,
      4,
    ]);
  }, shapes(4));
  assert.equal(traces, 1);
  assert.deepEqual(said, []);
});

engineTest("a padding that was guessed wrong is refused and explained anew", async () => {
  const padded: Image2Image = (x) => {
    const [, h, w] = x.shape;
    return tf.mirrorPad(
      x,
      [[0, 0], [0, (8 - h % 8) % 8], [0, (8 - w % 8) % 8], [0, 0]],
      "symmetric",
    );
  };
  const sizes = Array.from({ length: 9 }, (_, i) => [2, 16 + i, 30 - i, 1]);
  const { traces, said } = await same(padded, sizes);
  assert.ok(traces > 1 && traces <= 4, `${traces} forms`);
  assert.deepEqual(said, []);
});

engineTest(
  "another course at another size has a form of its own, for all sizes of that course",
  async () => {
    const fn: Image2Image = (x) => x.shape[1] % 2 === 0 ? tf.square(x) : tf.neg(tf.square(x));
    const { traces } = await same(fn, [[1, 8, 8, 3], [1, 9, 8, 3], [1, 10, 4, 3], [1, 11, 4, 3]]);
    assert.equal(traces, 2);
  },
);

engineTest("masks and factors that no expression gives are kept for each size", async () => {
  const fn: Image2Image = (x) => {
    const [, h, w] = x.shape;
    const mask = Float32Array.from({ length: h * w }, (_, i) => i % 7 === 0 ? 1 : i % 3);
    return tf.mul(tf.mul(x, tf.tensor4d(mask, [1, h, w, 1])), 1 / (h * w));
  };
  const { traces } = await same(fn, shapes(3));
  assert.equal(traces, 1);
});

engineTest("zeros and ones of the image's size are computed", async () => {
  const fn: Image2Image = (x) => tf.concat([x, tf.ones(x.shape), tf.zerosLike(x)], 3) as Tensor4D;
  assert.equal((await same(fn, shapes(2))).traces, 1);
});

engineTest("where attributes depend on the size each size has a form, and is right", async () => {
  const fn: Image2Image = (x) => tf.avgPool(x, [x.shape[1], x.shape[2]], 1, "valid");
  const { traces, said } = await same(fn, [8, 9, 10, 11, 12, 13].map((h) => [1, h, 6, 2]));
  assert.equal(traces, 6);
  assert.match(said.join("\n"), /compiled for the 6th time/);
});

engineTest("sizes of several images belong together, and numbers stay inputs", async () => {
  const fn = (x: Tensor4D, map: Tensor4D, factor: Scalar) =>
    tf.mul(tf.concat([x, map], 3), factor) as Tensor4D;
  const dynamic = compile(fn, { dynamic: true });
  for (const [h, w, factor] of [[4, 6, 2], [5, 5, 3], [7, 3, 0.5]] as const) {
    const x = numbers([1, h, w, 3]), map = numbers([1, h, w, 1]);
    const expected = tf.tidy(() => tf.mul(tf.concat([x, map], 3), factor));
    assert.deepEqual(await bits(dynamic(x, map, factor)), await bits(Promise.resolve(expected)));
    tf.dispose([x, map]);
  }
  assert.equal(dynamic.stats.traces, 1);
  await assert.rejects(async () => await dynamic(numbers([1, 4, 4, 3]), numbers([1, 5, 4, 1]), 1));
  dynamic.dispose();
});

engineTest("variables are read at every call, also after training has moved them", async () => {
  const v = tf.variable(tf.tensor1d([1, 2, 3]));
  const forward = compile((x: Tensor4D) => tf.mul(x, v) as Tensor4D, { dynamic: true });
  const train = compile((x: Tensor4D) => {
    v.assign(tf.add(v, tf.mean(x, [0, 1, 2])));
    return tf.sum(v);
  }, { dynamic: true });
  const x = tf.ones([1, 2, 2, 3]) as Tensor4D;
  const last = async () => (await bits(forward(x))).slice(-3);
  assert.deepEqual(await last(), [1, 2, 3]);
  v.assign(tf.tensor1d([4, 5, 6]));
  assert.deepEqual(await last(), [4, 5, 6]);
  assert.deepEqual(await bits(train(x)), [18]);
  assert.deepEqual(await last(), [5, 6, 7]);
  assert.deepEqual(await bits(train(x)), [21]);
  assert.deepEqual(await last(), [6, 7, 8]);
});

engineTest("random numbers are fresh at every call and come again with the seed", async () => {
  const noise = compile((x: Tensor4D) => tf.add(x, randomUniform(x.shape)) as Tensor4D, {
    dynamic: true,
  });
  const fixed = compile((x: Tensor4D) => tf.add(x, randomUniform(x.shape)) as Tensor4D);
  for (const size of [[1, 4, 4, 3], [1, 7, 5, 3]]) {
    const x = numbers(size);
    seedRandomOps(3);
    const [a, b] = [await bits(noise(x)), await bits(noise(x))];
    assert.notDeepEqual(a, b);
    seedRandomOps(3);
    assert.deepEqual(await bits(fixed(x)), a);
  }
});

engineTest("a size that was prepared during a call is not recorded again", async () => {
  let recordings = 0;
  const fn = compile((x: Tensor4D) => {
    recordings++;
    return tf.add(x, tf.fill([1, x.shape[1], 1, 1], 2)) as Tensor4D;
  }, { dynamic: true });
  const fixed = compile((x: Tensor4D) => tf.add(x, tf.fill([1, x.shape[1], 1, 1], 2)) as Tensor4D);
  const [a, b] = [numbers([1, 4, 4, 1]), numbers([1, 9, 6, 1])];
  fn.prepare(b);
  assert.equal(recordings, 0, "there is no form yet that it could be ready for");
  await bits(fn(a));
  const pending = bits(fn(a));
  const before = recordings;
  fn.prepare(b);
  assert.equal(recordings, before + 1);
  await pending;
  assert.deepEqual(await bits(fn(b)), await bits(fixed(b)));
  assert.equal(recordings, before + 1);
  assert.equal(fn.stats.traces, 1);
});

engineTest("an error at one size reaches the caller, and other sizes work", async () => {
  const fn = compile((x: Tensor4D) => {
    if (x.shape[1] === 5) throw new RangeError("not 5");
    return tf.neg(x);
  }, { dynamic: true });
  assert.equal((await bits(fn(numbers([1, 4, 4, 1])))).length, 20);
  await assert.rejects(async () => await fn(numbers([1, 5, 4, 1])), /not 5/);
  assert.equal((await bits(fn(numbers([1, 6, 4, 1])))).length, 28);
});

engineTest("nothing stays behind", async ({ binding }) => {
  const mask = (h: number) =>
    tf.tensor4d(Float32Array.from({ length: h }, (_, i) => i * i), [1, h, 1, 1]);
  const fn = compile((x: Tensor4D) => tf.mul(x, mask(x.shape[1])) as Tensor4D, { dynamic: true });
  const tensors = tf.memory().numTensors, handles = binding.getNumOfTensors();
  for (let h = 3; h < 45; h++) {
    const x = numbers([1, h, 2, 1]);
    await bits(fn(x));
    x.dispose();
  }
  assert.ok(binding.getNumOfTensors() <= handles + 33, "masks of the last sizes alone are kept");
  fn.dispose();
  assert.equal(tf.memory().numTensors, tensors);
  assert.equal(binding.getNumOfTensors(), handles);
});

nativeTest("low precision has the same bits in one form", async () => {
  const old = Deno.env.get(EMULATE);
  Deno.env.set(EMULATE, "1");
  const engine = await startNative({ numGpu: 0 });
  try {
    const w = tf.variable(numbers([3, 3, 4, 4], "w")), b = tf.variable(tf.tensor1d([1, 2, 3, 4]));
    const fn: Image2Image = (x) => tf.sigmoid(biasAdd(tf.conv2d(x, w as Tensor4D, 1, "same"), b));
    const { traces } = await same(fn, shapes(4), { precision: "bf16" });
    assert.equal(traces, 1);
  } finally {
    await engine.dispose();
    if (old === undefined) Deno.env.delete(EMULATE);
    else Deno.env.set(EMULATE, old);
  }
});
