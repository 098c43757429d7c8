import assert from "node:assert/strict";
import { type Tensor, tf } from "../../../core/engine/tf.ts";
import {
  type Image,
  interpolate,
  isUpsampleScale,
  LeakyReLU,
  makeLayer,
  MaxPool2d,
  meanBuffer,
  type Module,
  PixelShuffle,
  pixelShuffle,
  PixelUnshuffle,
  pixelUnshuffle,
  PReLU,
  ReLU,
  ResidualBlockNoBN,
  Sigmoid,
  Tanh,
  Upsample,
} from "../../../core/nn/mod.ts";
import { forEachEngine } from "../engine/_engines.ts";
import * as reference from "./_reference.ts";
import { assertNear, nchw, nhwc } from "./_parity.ts";

await forEachEngine("activations compute what they say", async () => {
  const x = tf.tensor1d([-2, 0, 3]);
  const cases: [Module<Tensor>, number[]][] = [
    [new ReLU(), [0, 0, 3]],
    [new LeakyReLU(0.25), [-0.5, 0, 3]],
    [new PReLU(), [-0.5, 0, 3]],
    [new Sigmoid(), [1 / (1 + Math.exp(2)), 0.5, 1 / (1 + Math.exp(-3))]],
    [new Tanh(), [Math.tanh(-2), 0, Math.tanh(3)]],
  ];
  for (const [layer, want] of cases) {
    const got = await layer.forward(x).data();
    for (const [i, value] of want.entries()) {
      assert(Math.abs(got[i]! - value) < 1e-5, `${layer.constructor.name}: ${got}`);
    }
  }
});

await forEachEngine("PReLU has a slope for each channel, with its own gradient", async () => {
  const layer = new PReLU(2);
  layer.weight.write([0.5, 0.1]);
  const x = tf.tensor4d([-1, -1, 2, -3, -4, 5], [1, 1, 3, 2]);
  const expected = [-0.5, -0.1, 2, -0.3, -2, 5];
  for (const [i, value] of (await layer.forward(x).data()).entries()) {
    assert(Math.abs(value - expected[i]!) < 1e-6);
  }
  const slope = layer.weight.value;
  const { grads } = tf.variableGrads(() => tf.sum(layer.forward(x)), [slope]);
  assert.deepEqual([...await grads[slope.name]!.data()], [-5, -4]);
});

await forEachEngine("pixelShuffle and pixelUnshuffle undo each other, gradients too", async () => {
  for (const [scale, channels] of [[1, 2], [2, 2], [3, 2], [2, 1]] as const) {
    const data = reference.random([2, channels * scale ** 2, 3, 2], scale);
    const x = nhwc(data);
    const big = pixelShuffle(x, scale);
    assertNear(await nchw(pixelUnshuffle(big, scale)), data, {}, `scale ${scale}`);
    // Both move elements only, so the gradient of Σ c·f(x) is c moved back.
    const moved = tf.grad((input) => tf.sum(tf.mul(big, pixelShuffle(input as Image, scale))))(x);
    assertNear(await nchw(moved as Image), data, {}, "gradient of the shuffle");
    const back = tf.grad((input) => tf.sum(tf.mul(x, pixelUnshuffle(input as Image, scale))))(big);
    assertNear(await nchw(back as Image), await nchw(big), {}, "gradient of its inverse");
  }
  const x = tf.zeros([1, 3, 4, 6]) as Image;
  assert.throws(() => pixelShuffle(x, 2), /6 channels are no multiple of 2²/);
  assert.throws(() => pixelUnshuffle(x, 2), /3x4 is no multiple of 2/);
  assert.deepEqual(new PixelShuffle(1).forward(x).shape, [1, 3, 4, 6]);
  assert.deepEqual(new PixelUnshuffle(1).forward(x).shape, [1, 3, 4, 6]);
});

await forEachEngine("interpolation has the gradient of a linear map", async () => {
  const x = nhwc(reference.random([1, 2, 4, 5], 3));
  for (const mode of ["nearest", "bilinear"] as const) {
    for (const size of [[8, 10], [7, 3]] as const) {
      for (const alignCorners of mode === "bilinear" ? [false, true] : [false]) {
        const f = (input: Tensor): Tensor =>
          interpolate(input as Image, size, { mode, alignCorners });
        const c = tf.randomUniform([1, ...size, 2], -1, 1, "float32", 4);
        const gradient = tf.grad((input) => tf.sum(tf.mul(c, f(input))))(x);
        // <c, f(x)> = <fᵀ(c), x>
        const [left] = await tf.sum(tf.mul(c, f(x))).data();
        const [right] = await tf.sum(tf.mul(gradient, x)).data();
        assert(
          Math.abs(left! - right!) < 1e-4,
          `${mode} ${size} ${alignCorners}: ${left} ${right}`,
        );
      }
    }
  }
});

await forEachEngine("MaxPool2d takes the largest and passes gradients to it", async () => {
  const x = tf.tensor4d([1, 5, 2, 4, 3, 0], [1, 2, 3, 1]);
  assert.deepEqual([...await new MaxPool2d(2).forward(x).data()], [5]);
  const gradient = tf.grad((input) => tf.sum(new MaxPool2d(2).forward(input as Image)))(x);
  assert.deepEqual([...await gradient.data()], [0, 1, 0, 0, 0, 0]);
});

await forEachEngine("ResidualBlockNoBN scales its branch alone", async () => {
  const block = new ResidualBlockNoBN(2, { resScale: 0.25 });
  for (const parameter of block.parameters()) parameter.write(new Float32Array(parameter.size));
  block.conv2.bias!.write([4, 8]);
  const y = block.forward(tf.ones([1, 1, 1, 2]) as Image);
  assert.deepEqual([...await y.data()], [2, 3]);
});

Deno.test("makeLayer builds as many blocks as asked for, each its own", () => {
  const net = makeLayer(3, () => new ResidualBlockNoBN(2));
  assert.equal(net.length, 3);
  assert.equal(net.parameters().length, 12);
});

Deno.test("Upsample knows 3 and powers of two", () => {
  assert.deepEqual([1, 2, 3, 4, 8].map(isUpsampleScale), [true, true, true, true, true]);
  assert.deepEqual([0, -2, 1.5, 5, 6, NaN].map(isUpsampleScale), new Array(6).fill(false));
  assert.deepEqual([...new Upsample(8, 4).namedParameters().keys()].filter((k) => /w/.test(k)), [
    "0.weight",
    "2.weight",
    "4.weight",
  ]);
  assert.throws(() => new Upsample(6, 4), /upscale must be 3 or a power of two, received 6/);
});

Deno.test("meanBuffer wants a value for each channel", () => {
  assert.deepEqual(meanBuffer([0.1, 0.2], 2).shape, [2]);
  assert.throws(() => meanBuffer([0.1, 0.2, 0.3], 4), /rgb_mean has 3 values/);
  assert.throws(() => meanBuffer([], 1), /rgb_mean has 0 values/);
});
