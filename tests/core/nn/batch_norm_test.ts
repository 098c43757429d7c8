/** Tests of batch norm on every engine: each has kernels of its own for it. */
import assert from "node:assert/strict";
import { batchNorm } from "../../../core/engine/batch_norm_ops.ts";
import { compile } from "../../../core/engine/compile.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { BatchNorm2d } from "../../../core/nn/mod.ts";
import { forEachEngine, testEngine } from "../engine/_engines.ts";

// With PyTorch 2.15 in float64: x = 2·sin(1.7·i + 0.3) as [2, 2, 3, 2], f = cos(i), loss = sum(y²·f), its gradients;
// `second…` those of the sums of squares of dx, of dweight, and half of dbias; mean and variance after a second batch of
// 3·x + 1; `eval…` of the loss in evaluation mode afterwards. eps 0.01, momentum 0.3, weight (1, -0.5), bias (0.1, 0.2).
// deno-fmt-ignore
const WANT = {
  y: [0.4966928, -0.3916036, -0.6605375, 0.8094344, 1.10443, -0.1599873, -1.151075, 0.513445, 1.445194,
    0.1807205, -1.319437, 0.1506431, 1.429975, 0.5415251, -1.121647, -0.1842055, 1.062748, 0.8281826,
    -0.6093677, -0.4036368, 0.4394341, 0.9658166, 0.08358987, -0.4503341],
  loss: [-0.8873545],
  dx: [0.7488857, 0.1649469, 0.4313043, 0.4226072, -0.9562511, 0.01475589, -1.506532, -0.3856797, -0.2369611,
    0.05355988, 1.594414, -0.06039489, 1.749677, -0.4639867, -0.1717676, -0.1142727, -1.371294, 0.01059815,
    -0.5179844, 0.3004597, 0.3035797, 0.2068772, -0.06707134, -0.1494709],
  weight: [-0.09731325, 2.286968],
  bias: [-0.8596012, -2.239757],
  secondX: [-1.274879, -3.006871, 1.926716, -7.888127, -0.6205833, -0.2930059, -0.07435955, 7.269872,
    -3.60765, -1.2302, 1.547681, 1.123574, -2.653024, 8.685462, 3.101992, 1.781102, 1.36525, 0.03870657,
    0.5578554, -5.240654, -1.476359, -3.610263, 1.207359, 2.370403],
  secondWeight: [47.90549, -28.12147],
  secondBias: [3.143638, 21.98429],
  mean: [0.3279545, 0.4792707],
  variance: [6.917547, 6.68487],
  evalY: [0.1999558, -0.05881214, -0.4272092, 0.591274, 0.5293213, 0.06655489, -0.6930576, 0.4310637,
    0.7139993, 0.2509699, -0.784302, 0.2346899, 0.7057511, 0.4462627, -0.6771088, 0.05344627, 0.506731,
    0.6014218, -0.3994776, -0.06532535, 0.1689242, 0.675919, -0.0239268, -0.09060124],
  evalDx: [0.1519407, 0.01228097, 0.1350913, 0.2262297, -0.2629061, -0.007296428, -0.5056591, -0.1255988,
    -0.07894073, 0.08837531, 0.5000605, -0.0004014256, 0.4525422, -0.1565095, -0.07035347, 0.01569212,
    -0.3687473, 0.06395856, -0.2004403, 0.02496188, 0.05238171, 0.1430835, 0.01818059, -0.01865753],
  evalWeight: [0.05719261, 1.174798],
  evalBias: [-0.4654731, -1.377133],
};

const SHAPE = [2, 2, 3, 2] as const;

function make(): BatchNorm2d {
  const norm = new BatchNorm2d(2, { eps: 0.01, momentum: 0.3 });
  norm.weight!.write([1, -0.5]);
  norm.bias!.write([0.1, 0.2]);
  return norm;
}

const numbers = (f: (i: number) => number): Tensor4D =>
  tf.tensor4d(Array.from({ length: 24 }, (_, i) => f(i)), [...SHAPE]);

const input = (): Tensor4D => numbers((i) => 2 * Math.sin(1.7 * i + 0.3));

/** y, the loss and its gradients by x, weight and bias. */
function results(norm: BatchNorm2d, x: Tensor4D): Tensor[] {
  const loss = (x: Tensor): Scalar =>
    tf.sum(tf.mul(tf.square(norm.forward(x)), numbers(Math.cos))) as Scalar;
  const { weight, bias } = norm;
  const { value, grads } = tf.valueAndGrads(loss as never)([x]);
  const { grads: byName } = tf.variableGrads(() => loss(x), [weight!.value, bias!.value]);
  return [
    norm.forward(x),
    value,
    grads[0]!,
    byName[weight!.value.name]!,
    byName[bias!.value.name]!,
  ];
}

await forEachEngine("BatchNorm2d gives PyTorch's values, statistics and gradients", async () => {
  const norm = make(), x = input();
  for (const eager of [true, false]) {
    const run = compile(results.bind(undefined, norm), { eager });
    const [y, loss, dx, weight, bias] = await run(x);
    await near(y!, WANT.y, "y");
    await near(loss!, WANT.loss, "loss");
    await near(dx!, WANT.dx, "dx");
    await near(weight!, WANT.weight, "weight");
    await near(bias!, WANT.bias, "bias");
    run.dispose();
  }
  const flat = norm.forward(tf.reshape(x, [3, 4, 2]));
  assert.deepEqual(flat.shape, [3, 4, 2]);
  await near(flat, WANT.y, "rank 3");
});

await forEachEngine(
  "two batches in one call both move the statistics, which then count",
  async () => {
    for (const eager of [true, false]) {
      const norm = make(), x = input();
      const both = compile((x: Tensor4D) => {
        // Within a gradient, as in a training step.
        const { value } = tf.variableGrads(() =>
          tf.add(
            tf.sum(norm.forward(x)),
            tf.sum(norm.forward(tf.add(tf.mul(x, 3), 1))),
          ) as Scalar, [norm.weight!.value]);
        return value;
      }, { eager });
      await both(x);
      await near(norm.running_mean.value, WANT.mean, "mean");
      await near(norm.running_var.value, WANT.variance, "variance");
      assert.deepEqual((await norm.num_batches_tracked.read()).data, BigInt64Array.of(2n));
      norm.eval();
      const [y, , dx, weight, bias] = results(norm, x);
      await near(y!, WANT.evalY, "evalY");
      await near(dx!, WANT.evalDx, "evalDx");
      await near(weight!, WANT.evalWeight, "evalWeight");
      await near(bias!, WANT.evalBias, "evalBias");
      assert.deepEqual((await norm.num_batches_tracked.read()).data, BigInt64Array.of(2n));
      both.dispose();
    }
  },
);

await forEachEngine("the gradient of batch norm has PyTorch's gradient", async () => {
  const x = input();
  const scale = tf.tensor1d([1, -0.5]), offset = tf.tensor1d([0.1, 0.2]);
  const penalty = (x: Tensor, scale: Tensor, offset: Tensor): Scalar => {
    const [dx, weight, bias] = tf.grads((x: Tensor, scale: Tensor, offset: Tensor) => {
      const { y } = batchNorm(x as Tensor4D, scale, offset, 0.01);
      return tf.sum(tf.mul(tf.square(y), numbers(Math.cos))) as Scalar;
    })([x, scale, offset]);
    return tf.addN([
      tf.sum(tf.square(dx!)),
      tf.sum(tf.square(weight!)),
      tf.mul(tf.sum(tf.square(bias!)), 0.5),
    ]) as Scalar;
  };
  const [dx, weight, bias] = tf.grads(penalty)([x, scale, offset]);
  await near(dx!, WANT.secondX, "secondX");
  await near(weight!, WANT.secondWeight, "secondWeight");
  await near(bias!, WANT.secondBias, "secondBias");
});

Deno.test("BatchNorm2d has PyTorch's keys; files may lack the number of batches", async () => {
  const engine = await testEngine();
  try {
    const norm = new BatchNorm2d(3);
    const dict = await norm.stateDict();
    const statistics = ["running_mean", "running_var", "num_batches_tracked"];
    assert.deepEqual([...dict.keys()], ["weight", "bias", ...statistics]);
    assert.deepEqual(dict.get("running_var")!.data, Float32Array.of(1, 1, 1));
    assert.equal(dict.get("num_batches_tracked")!.dtype, "I64");
    assert.deepEqual(dict.get("num_batches_tracked")!.shape, []);
    dict.delete("num_batches_tracked");
    norm.loadStateDict(dict);
    const plain = new BatchNorm2d(3, { affine: false });
    assert.deepEqual([...(await plain.stateDict()).keys()], statistics);
    const x = tf.tensor2d([[1, 2, 5], [3, 2, 1]]);
    const [first, second, third] = await plain.forward(x).data();
    assert.deepEqual([first! + 1 < 1e-4, second, third! - 1 < 1e-4], [true, 0, true]);
    assert.throws(() => norm.forward(tf.ones([1, 1, 1, 3])), /more than one number/);
    norm.eval().forward(tf.ones([1, 1, 1, 3]));
  } finally {
    await engine.dispose();
  }
});

async function near(got: Tensor, want: readonly number[], what: string): Promise<void> {
  const data = await got.data();
  assert.equal(data.length, want.length, what);
  const size = Math.max(...want.map(Math.abs));
  want.forEach((w, i) =>
    assert(Math.abs(data[i]! - w) <= 3e-6 * size, `${what}[${i}] is ${data[i]}, not ${w}`)
  );
}
