import assert from "node:assert/strict";
import { type Scalar, type Tensor, tf } from "../../../core/engine/tf.ts";
import { Conv2d, ConvTranspose2d, type Image, Linear, type Module } from "../../../core/nn/mod.ts";
import { forEachEngine } from "../engine/_engines.ts";
import { assertNear, nchw, nhwc } from "./_parity.ts";
import * as reference from "./_reference.ts";

// float32 sums of at most 75 products of numbers below 1, held against float64.
const TOLERANCE = { atol: 2e-5 };

const CONVS = [
  { kernel: 3 },
  { kernel: 1 },
  { kernel: 5, bias: false },
  { kernel: 3, stride: 2, padding: 1 },
  { kernel: 4, stride: 2, padding: 1 },
  { kernel: 3, padding: 0 },
  { kernel: 3, padding: 2 },
  { kernel: 3, dilation: 2 },
  { kernel: 3, dilation: 3, stride: 2, padding: 1 },
  { kernel: 3, groups: 2 },
  { kernel: 3, groups: 4, stride: 2 },
] as const;

await forEachEngine("Conv2d computes what its definition says", async (_engine, test) => {
  for (const [seed, { kernel, ...options }] of CONVS.entries()) {
    await test.step(JSON.stringify({ kernel, ...options }), async () => {
      const layer = new Conv2d(4, 8, kernel, options);
      randomize(layer, seed);
      const x = reference.random([2, 4, 9, 10], 50 + seed);
      const { weight, bias } = await weights(layer);
      const want = reference.conv2d(x, weight!, bias?.data, {
        padding: Math.floor((("dilation" in options ? options.dilation : 1) * (kernel - 1)) / 2),
        ...options,
      });
      const y = layer.forward(nhwc(x));
      assertNear(await nchw(y), reference.stateTensor(want), TOLERANCE, "output");
      await checkGradients(layer, nhwc(x));
    });
  }
});

await forEachEngine("Conv2d with shuffle is a convolution and a PixelShuffle", async () => {
  for (const shuffle of [2, 3]) {
    const layer = new Conv2d(3, 2 * shuffle ** 2, 3, { shuffle });
    randomize(layer, shuffle);
    const { weight, bias } = await weights(layer);
    const x = reference.random([2, 3, 5, 4], 9);
    const y = reference.conv2d(x, weight!, bias!.data, { padding: 1 });
    const want = reference.stateTensor(reference.pixelShuffle(y, shuffle));
    assertNear(await nchw(layer.forward(nhwc(x))), want, TOLERANCE, `shuffle ${shuffle}`);
    await checkGradients(layer, nhwc(x));
  }
});

await forEachEngine("ConvTranspose2d computes what its definition says", async (_engine, test) => {
  const cases = [
    { kernel: 3 },
    { kernel: 4, stride: 2, padding: 1 },
    { kernel: 3, stride: 2, padding: 1, outputPadding: 1 },
    { kernel: 2, stride: 2 },
  ];
  for (const [seed, { kernel, ...options }] of cases.entries()) {
    await test.step(JSON.stringify({ kernel, ...options }), async () => {
      const layer = new ConvTranspose2d(3, 5, kernel, options);
      randomize(layer, seed);
      const { weight, bias } = await weights(layer);
      const x = reference.random([2, 3, 4, 5], 70 + seed);
      const want = reference.convTranspose2d(x, weight!, bias!.data, options);
      const y = layer.forward(nhwc(x));
      assertNear(await nchw(y), reference.stateTensor(want), TOLERANCE, "output");
      await checkGradients(layer, nhwc(x));
    });
  }
});

await forEachEngine("Linear multiplies the last axis by its transposed weight", async () => {
  const layer = new Linear(2, 3);
  layer.weight.write([1, 2, 3, 4, 5, 6]); // (out, in)
  layer.bias!.write([0.5, 0, -0.5]);
  const y = layer.forward(tf.tensor3d([[[1, 10]], [[0, 1]]]));
  assert.deepEqual(y.shape, [2, 1, 3]);
  assert.deepEqual([...await y.data()], [21.5, 43, 64.5, 2.5, 4, 5.5]);
});

Deno.test("Conv2d refuses channels that do not divide into groups or blocks", () => {
  assert.throws(() => new Conv2d(4, 6, 3, { groups: 4 }), RangeError);
  assert.throws(() => new Conv2d(4, 6, 3, { shuffle: 2 }), RangeError);
  assert.throws(() => new ConvTranspose2d(4, 6, 3, { outputPadding: 1 }), RangeError);
});

function randomize(layer: Module, seed: number): void {
  for (const [i, parameter] of layer.parameters().entries()) {
    parameter.write(reference.random(parameter.shape, 10 * seed + i).data);
  }
}

async function weights(layer: Module): Promise<Record<string, Floats>> {
  const dict = await layer.stateDict();
  return Object.fromEntries(
    [...dict].map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]),
  );
}

interface Floats {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * The layers are linear in their input and in each parameter, so that for L = Σ c·y the change of L along any direction
 * is exactly the gradient's product with it.
 */
async function checkGradients(layer: Module<Image>, x: Image): Promise<void> {
  const c = tf.randomUniform(layer.forward(x).shape, -1, 1, "float32", 5);
  const loss = (input: Tensor): Scalar => tf.sum(tf.mul(c, layer.forward(input)));
  const before = (await loss(x).data())[0]!;
  const step = tf.randomUniform(x.shape, -1, 1, "float32", 6) as Image;
  const slope = (await tf.sum(tf.mul(tf.grad(loss)(x), step)).data())[0]!;
  close((await loss(tf.add(x, step)).data())[0]! - before, slope, "input");
  for (const [name, { value }] of layer.namedParameters()) {
    const gradient = tf.variableGrads(() => loss(x), [value]).grads[value.name]!;
    const along = tf.randomUniform(value.shape, -1, 1, "float32", 7);
    const expected = (await tf.sum(tf.mul(gradient, along)).data())[0]!;
    const kept = value.clone();
    value.assign(tf.add(value, along));
    close((await loss(x).data())[0]! - before, expected, name);
    value.assign(kept);
  }
}

function close(got: number, want: number, what: string): void {
  assert(Math.abs(got - want) <= 2e-3 + 1e-4 * Math.abs(want), `${what}: ${got}, expected ${want}`);
}
