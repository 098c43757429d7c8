import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { SpectralConv2d } from "../../../core/nn/mod.ts";
import { testEngine } from "../engine/_engines.ts";

await testEngine();

// With PyTorch 2.15 in float64: `spectral_norm(Conv2d(2, 3, 3, stride=2, padding=1))` with weight_orig = sin(1.3·i), bias
// (0.1, 0.2, 0.3), u = (1, 2, 2) / 3, v along cos(i); x = cos(0.7·i) as [1, 4, 5, 2]. `evalY` in evaluation mode, then in
// training mode y of x and y2 of x², the gradients of sum(y²) + sum(y2³), and the vectors afterwards.
// deno-fmt-ignore
const WANT = {
  evalY: [9.16381, 9.690149, -11.82415, 20.89244, -20.87768, -13.69539, -11.5047, -9.147857, 14.91916,
    -1.528633, 36.79854, -9.873517, 11.78874, -39.71995, 1.484487, -11.26634, 31.75728, 1.489872],
  y: [0.001416953, 0.09677985, 0.4318691, -0.1261501, 0.4292526, 0.4522217, 0.2262192, 0.3016725, 0.1409938,
    0.1177139, -0.1980662, 0.4106528, -0.02713321, 0.6341916, 0.2871169, 0.2236266, -0.1432346, 0.2870583],
  y2: [-0.366934, 0.5769992, 0.6453609, -5.483458e-05, 0.4155808, 0.3305352, -0.003558559, 0.4764599,
    0.3144069, 0.4338282, 0.1535295, -0.0188426, 0.1955816, 0.1911497, 0.2072724, 0.5174171, 0.03973014,
    -0.0657339],
  weight: [-0.05712927, 0.3822685, 0.03213976, 0.3790241, 0.5874861, -0.01195888, 0.3240414, 0.3512225,
    0.265721, 0.310135, 0.09520428, -0.02714931, 0.5509804, 0.4518441, 0.08933156, 0.2319975, 0.1388709,
    0.1692549, -0.07421927, -0.3078445, 0.1060649, -0.5778786, 0.1655427, 0.5274583, -0.2979822, 0.5278612,
    0.4366712, -0.4159038, -0.07343215, 0.557927, -0.5630586, 0.420292, 0.6347494, 0.1131438, 0.7436109,
    0.6764199, 0.02498737, 0.3253202, -0.1055181, -0.07140988, 0.5889083, -0.04319105, 0.03979527, 0.2714426,
    -0.1049297, -0.01151923, 0.1886752, -0.003406102, -0.1052964, 0.2194032, -0.001315786, 0.1049287,
    -0.06589329, 0.2892362],
  bias: [2.717885, 4.624204, 6.036526],
  u: [-0.6559507, 0.5953768, 0.463956],
  v: [-0.1874765, -0.3187837, 0.01692799, 0.3278402, 0.1584657, -0.2430614, -0.288503, 0.08871294, 0.3359642,
    0.09102712, -0.2872649, -0.2447132, 0.1563439, 0.3283568, 0.01932619, -0.3180173, -0.1894647, 0.2166542],
};

function make(): SpectralConv2d {
  const conv = new SpectralConv2d(2, 3, 3, { stride: 2 });
  conv.weight_orig.write(Array.from({ length: 54 }, (_, i) => Math.sin(1.3 * i)));
  conv.bias!.write([0.1, 0.2, 0.3]);
  conv.weight_u.write([1 / 3, 2 / 3, 2 / 3]);
  const v = Array.from({ length: 18 }, (_, i) => Math.cos(i));
  conv.weight_v.write(v.map((x) => x / Math.hypot(...v)));
  return conv;
}

const input = (): Tensor4D =>
  tf.tensor4d(Array.from({ length: 40 }, (_, i) => Math.cos(0.7 * i)), [1, 4, 5, 2]);

for (const eager of [true, false]) {
  const how = eager ? "eager" : "compiled";
  Deno.test(`SpectralConv2d gives PyTorch's values, vectors and gradients, ${how}`, async () => {
    const conv = make(), x = input();
    const evaluate = compile((x: Tensor4D) => conv.forward(x), { eager });
    conv.eval();
    near(await (await evaluate(x)).data(), WANT.evalY, "evalY");
    assert.deepEqual((await conv.weight_u.read()).data, Float32Array.of(1 / 3, 2 / 3, 2 / 3));
    conv.train();
    const step = compile((x: Tensor4D) => {
      const kept: Tensor4D[] = [];
      const { grads } = tf.variableGrads(() => {
        const y = conv.forward(x), y2 = conv.forward(tf.square(x));
        kept.push(tf.keep(tf.clone(y)), tf.keep(tf.clone(y2)));
        return tf.add(tf.sum(tf.square(y)), tf.sum(tf.pow(y2, 3))) as Scalar;
      }, [conv.weight_orig.value, conv.bias!.value]);
      const outputs = kept.map((y) => tf.clone(y));
      tf.dispose(kept);
      return {
        outputs,
        weight: grads[conv.weight_orig.value.name]!,
        bias: grads[conv.bias!.value.name]!,
      };
    }, { eager });
    const { outputs: [y, y2], weight, bias } = await step(x);
    near(await y!.data(), WANT.y, "y");
    near(await y2!.data(), WANT.y2, "y2");
    near(await bias.data(), WANT.bias, "bias");
    near((await conv.weight_u.read()).data, WANT.u, "u");
    near((await conv.weight_v.read()).data, WANT.v, "v");
    // Writing the gradient into the parameter and reading it back undoes the device's layout.
    conv.weight_orig.value.assign(weight as never);
    near((await conv.weight_orig.read()).data, WANT.weight, "weight");
    evaluate.dispose();
    step.dispose();
  });
}

Deno.test("SpectralConv2d has PyTorch's keys, and begins with directions", async () => {
  const conv = new SpectralConv2d(4, 5, 3);
  const dict = await conv.stateDict();
  assert.deepEqual([...dict.keys()], ["bias", "weight_orig", "weight_u", "weight_v"]);
  for (const [key, size] of [["weight_u", 5], ["weight_v", 36]] as const) {
    const { shape, data } = dict.get(key)!;
    assert.deepEqual(shape, [size]);
    assert(Math.abs(Math.hypot(...data as Float32Array) - 1) < 1e-6);
  }
  conv.loadStateDict(dict);
  assert.deepEqual(await conv.stateDict(), dict);
  const plain = new SpectralConv2d(4, 5, 3, { bias: false });
  assert.equal([...plain.namedParameters().keys()].join(), "weight_orig");
});

Deno.test("after many steps the largest singular value is 1", async () => {
  const conv = new SpectralConv2d(1, 2, 1, { bias: false });
  conv.weight_orig.write([3, 4]);
  const x = tf.ones([1, 1, 1, 1]) as Tensor4D;
  for (let i = 0; i < 3; i++) tf.tidy(() => conv.forward(x));
  near(await tf.tidy(() => conv.forward(x)).data(), [0.6, 0.8], "y");
});

function near(got: ArrayLike<number | bigint>, want: readonly number[], what: string): void {
  assert.equal(got.length, want.length, what);
  const size = Math.max(...want.map(Math.abs));
  want.forEach((w, i) =>
    assert(Math.abs(Number(got[i]) - w) <= 5e-6 * size, `${what}[${i}] is ${got[i]}, not ${w}`)
  );
}
