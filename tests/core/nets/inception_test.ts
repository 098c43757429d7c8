import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { InceptionV3 } from "../../../core/nets/inception.ts";
import { testEngine } from "../engine/_engines.ts";
import { nhwc } from "../nn/_parity.ts";
import { formula, shapesOf, weightsFor } from "./_weights.ts";

const engine = await testEngine();
globalThis.addEventListener("unload", () => void engine.dispose());

/** Mean, first six of the second image and last three of the first, both in NCHW order, of a block's output. */
interface Golden {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

// pytorch-fid 0.3.0 (PyTorch 2.15, CPU) with the weights and images of `_weights.ts`, without resizing.
const GOLDEN: readonly Golden[] = [
  {
    shape: [2, 64, 17, 19],
    mean: 1.8080121278762817,
    first: [1.178546667, 0.05465748534, 0.383826047, 2.015887976, 3.091626406, 3.529942751],
    last: [2.68969512, 1.481787443, 2.44656086],
  },
  {
    shape: [2, 192, 7, 8],
    mean: 2.717647075653076,
    first: [5.641743183, 5.95246029, 5.849325657, 6.826630592, 7.093624592, 7.093624592],
    last: [2.300979853, 2.225530624, 2.225530624],
  },
  {
    shape: [2, 768, 3, 3],
    mean: 16.688608169555664,
    first: [0, 18.12795067, 47.39407730, 0, 34.57498932, 67.40165711],
    last: [34.09621811, 31.90570641, 29.74989128],
  },
  {
    shape: [2, 2048, 1, 1],
    mean: 18.67112922668457,
    first: [0, 0, 0, 0, 40.53106308, 2.363850355],
    last: [59.68565369, 0, 26.27449780],
  },
];
/** Block 3 of the same with images resized to 299x299. */
const RESIZED = { mean: 514.6248779296875, last: [0, 0.872305154800415, 827.8289794921875] };

function images(): Tensor4D {
  const { shape, data } = formula([2, 3, 75, 83], 991, 0.5);
  return nhwc({ shape, dtype: "F32", data: (data as Float32Array).map((v) => v + 0.5) });
}

function near(got: number, want: number, what: string): void {
  assert.ok(Math.abs(got - want) <= 2e-4 * Math.max(1, Math.abs(want)), `${what}: ${got}, ${want}`);
}

const weights = weightsFor(shapesOf(new InceptionV3()));

Deno.test("InceptionV3 gives pytorch-fid's features of all four blocks", async () => {
  const net = new InceptionV3({ output_blocks: [0, 1, 2, 3], resize_input: false });
  net.loadTorchvision(new Map([...weights, ["fc.weight", formula([2, 3], 1, 1)]]));
  const x = images();
  const before = tf.memory().numTensors;
  const features = tf.tidy(() => net.forward(x));
  assert.equal(tf.memory().numTensors, before + 4);
  for (const [block, want] of GOLDEN.entries()) {
    const nchw = tf.tidy(() => tf.transpose(features[block]!, [0, 3, 1, 2]));
    assert.deepEqual(nchw.shape, want.shape);
    const data = await nchw.data() as Float32Array;
    const half = data.length / 2;
    near(data.reduce((s, v) => s + v, 0) / data.length, want.mean, `block ${block} mean`);
    want.first.forEach((v, i) => near(data[half + i]!, v, `block ${block} first ${i}`));
    want.last.forEach((v, i) => near(data[half - 3 + i]!, v, `block ${block} last ${i}`));
    nchw.dispose();
  }
  tf.dispose([x, features]);
  net.dispose();
});

Deno.test("InceptionV3 resizes to 299x299 and takes gradients only if asked", async () => {
  const net = new InceptionV3();
  assert.ok(net.parameters().every(({ requiresGrad }) => !requiresGrad));
  assert.ok(new InceptionV3({ requires_grad: true }).parameters().every((p) => p.requiresGrad));
  net.loadTorchvision(weights);
  const x = images();
  const [features] = tf.tidy(() => net.forward(x));
  assert.deepEqual(features!.shape, [2, 1, 1, 2048]);
  const data = await features!.data() as Float32Array;
  near(data.reduce((s, v) => s + v, 0) / data.length, RESIZED.mean, "mean");
  RESIZED.last.forEach((v, i) => near(data[2045 + i]!, v, `last ${i}`));
  tf.dispose([x, features!]);
  net.dispose();
});

Deno.test("InceptionV3 has the parameters of torchvision's without classifier", () => {
  // torchvision 0.29.2: inception_v3(num_classes=1008, aux_logits=False) has 21,785,568 besides fc.
  assert.equal(new InceptionV3().numParameters(), 21_785_568);
  assert.throws(() => new InceptionV3({ output_blocks: [4] }), /output_blocks must name some of/);
});
