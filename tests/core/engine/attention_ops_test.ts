import assert from "node:assert/strict";
import { attention, attentionWeights, gelu, roll } from "../../../core/engine/attention_ops.ts";
import {
  type Scalar,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "../../../core/engine/tf.ts";
import { forEachEngine } from "./_engines.ts";

// With PyTorch 2.15 in float64, of inputs sin(a·i + b) as below; losses are sums of y·cos(0, 1, 2, …), and `second` is the
// gradient by `k` of the sum of squares of the gradient by `q` (by `x` for the GELU).
const WANT = {
  gelu: [0.4317572, 2.988345, 0.8467258, -0.01730051, -0.02368528, 1.078194, 2.963628],
  geluGrad: [0.9234943, 0.5468835, -0.4513145, 0.04066517, 0.03447147, 0.3175522, 0.9726241],
  geluSecond: [
    1.014716,
    -0.01863033,
    0.08953913,
    0.006355029,
    0.004129465,
    0.01804209,
    -0.06200046,
  ],
  attention: [
    1.404657,
    0.9922365,
    -1.80295,
    -1.587612,
    1.127511,
    -0.7037112,
    -0.3006474,
    -0.1261286,
  ],
  q: [
    -0.01389437,
    -0.4413412,
    0.002528101,
    -0.03985829,
    -0.0645557,
    0.00189365,
    -0.1806455,
    -0.1953717,
    0.5318023,
    0.1203825,
    -0.02660267,
    -0.01637925,
    1.446352,
    0.06163017,
    0.1386989,
    0.04758472,
  ],
  k: [
    -0.05527353,
    -0.2308897,
    0.05141395,
    0.2063905,
    0.003859589,
    0.02449914,
    0.1355134,
    0.1548887,
    -0.05564213,
    -0.03708652,
    -0.07987124,
    -0.1178022,
    -0.1830657,
    0.01754025,
    -0.02652978,
    0.01088607,
    0.2095955,
    -0.02842632,
    0.733381,
    0.1289285,
    0.02994167,
    0.02805715,
    -0.7633227,
    -0.1569857,
  ],
  v: [
    0.9594047,
    0.3221791,
    0.2587185,
    -0.07671718,
    -0.841007,
    -0.4884151,
    0.168897,
    -0.2577563,
    -0.2811221,
    0.40647,
    0.7866298,
    0.5209727,
  ],
  bias: [
    -0.2074835,
    0.152191,
    0.05529253,
    -0.1193204,
    0.0522681,
    0.06705228,
    0.8541119,
    0.05168621,
    -0.9057981,
    0.05128656,
    -0.01346976,
    -0.03781679,
  ],
  mask: [
    0.0104619,
    0.208694,
    -0.2191559,
    -0.02969474,
    0.02014165,
    0.009553097,
    0.6361664,
    -0.004816828,
    -0.6313496,
    -0.03833908,
    0.01865668,
    0.0196824,
  ],
  second: [
    0.01005865,
    0.3034046,
    0.003271824,
    -0.1841863,
    -0.01333047,
    -0.1192183,
    -0.09695871,
    -0.1049947,
    0.1242067,
    0.1243966,
    -0.02724801,
    -0.0194019,
    0.05781456,
    0.1288503,
    0.2556496,
    -0.02822159,
    -0.3134642,
    -0.1006287,
    3.977812,
    0.3917311,
    -0.4961272,
    -0.1093652,
    -3.481685,
    -0.2823659,
  ],
};

await forEachEngine("gelu() gives PyTorch's values and gradients", async () => {
  const x = sines([7], 1.3, 0.2, 3);
  const slope = tf.grad((t: Tensor) => weighted(gelu(t)));
  await near(gelu(x), WANT.gelu, "y");
  await near(slope(x), WANT.geluGrad, "dx");
  await near(tf.grad((t: Tensor) => tf.sum(tf.square(slope(t))))(x), WANT.geluSecond, "second");
});

await forEachEngine("attention() gives PyTorch's values and gradients", async () => {
  // Two heads, one image, two windows; a bias for each head and a mask for each window.
  const grid = [2, 1, 2] as const;
  const inputs = {
    q: sines([4, 2, 2], 0.7, 0.1),
    k: sines([4, 3, 2], 1.1, 0.4),
    v: sines([4, 3, 1], 0.9, 0.5, 2),
    bias: sines([2, 1, 1, 6], 0.5, 0.3),
    mask: sines([1, 1, 2, 6], 0.8, 0.6, 2),
  };
  const { q, k, v, bias, mask } = inputs;
  const run = (...[q, k, v, bias, mask]: Tensor[]) => {
    const sum = tf.add<Tensor4D>(bias!, mask!);
    return attention(q as Tensor3D, k as Tensor3D, v as Tensor3D, sum, grid, 1.5);
  };
  await near(run(q, k, v, bias, mask), WANT.attention, "y");
  const gradients = tf.grads((...all: Tensor[]) => weighted(run(...all)));
  for (const [i, gradient] of gradients([q, k, v, bias, mask]).entries()) {
    const name = Object.keys(inputs)[i] as keyof typeof inputs;
    assert.deepEqual(gradient.shape, inputs[name].shape);
    await near(gradient, WANT[name], name);
  }
  const second = tf.grad((k: Tensor) =>
    tf.sum(tf.square(tf.grad((q: Tensor) => weighted(run(q, k, v, bias, mask)))(q)))
  );
  await near(second(k), WANT.second, "second");
  const plain = tf.add<Tensor4D>(bias, mask);
  const weights = attentionWeights(q as Tensor3D, k as Tensor3D, plain, grid, 1.5);
  await near(tf.matMul(weights, v as Tensor3D), WANT.attention, "weights times v");
});

await forEachEngine(
  "roll() moves images as torch.roll does, and its gradient moves them back",
  async () => {
    const x = tf.tensor4d(Array.from({ length: 12 }, (_, i) => i), [1, 3, 4, 1]);
    await near(roll(x, [1, -1]), [9, 10, 11, 8, 1, 2, 3, 0, 5, 6, 7, 4], "down and left");
    await near(roll(x, [-4, 8]), [4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3], "more than the size");
    const factors = tf.clone(x);
    const dx = tf.grad((t: Tensor) => tf.sum(tf.mul(roll(t as Tensor4D, [1, -1]), factors)))(x);
    await near(dx, [7, 4, 5, 6, 11, 8, 9, 10, 3, 0, 1, 2], "gradient");
  },
);

function sines(shape: number[], a: number, b: number, scale = 1): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(Array.from({ length: size }, (_, i) => scale * Math.sin(a * i + b)), shape);
}

function weighted(y: Tensor): Scalar {
  const factors = tf.tensor(Array.from({ length: y.size }, (_, i) => Math.cos(i)), y.shape);
  return tf.sum(tf.mul(y, factors)) as Scalar;
}

async function near(got: Tensor, want: readonly number[], what: string): Promise<void> {
  const data = await got.data();
  assert.equal(data.length, want.length, what);
  for (const [i, w] of want.entries()) {
    assert(Math.abs(data[i]! - w) < 2e-5, `${what}[${i}] is ${data[i]}, not ${w}`);
  }
}
