import assert from "node:assert/strict";
import { compile } from "../../../core/engine/compile.ts";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import { FFTLoss } from "../../../plugins/losses/fft_loss.ts";
import { forEachEngine, testEngine } from "../../core/engine/_engines.ts";
import { near, wave } from "./_waves.ts";

// With PyTorch 2.15 in float64: 0.5·l1_loss of fft2's real and imaginary parts stacked, for pred = sin(1.7·i + 0.3) and
// target = cos(0.9·i) as [2, h, w, 2], and the gradient by pred.
// deno-fmt-ignore
const WANT = [
  {
    size: [4, 5],
    value: 1.12457,
    gradient: [
      0.01875, 0.00625, 0.007306288, -0.006357413, 0.02726102, 0.008703672, -0.03498644, -0.02415452,
      0.01291914, 0.04680826, -0.0125, 0.025, 0.01746003, -0.00287281, -0.01575092, 0.006928178,
      0.008025494, -0.002153603, 0.002765397, 0.03559823, -0.01875, -0.03125, 0.001775494, 0.01188821,
      0.01121003, 0.007347316, -0.003484603, -0.007347316, -0.02200092, -0.01188821, 0.025, 0.0125,
      0.02299082, -0.0006781784, 0.0003000692, -0.02934823, -0.02347634, 0.00912281, 0.03768545,
      0.008403603, -0.01875, 0.0125, 0.00912281, -0.005571822, -0.0006781784, 0.02309823, 0.008403603,
      -0.01537281, -0.02934823, -0.0146536, -0.0375, -0.00625, 0.005638206, 0.005638206, 0.001097316,
      0.001097316, -0.01359732, -0.01359732, -0.01813821, -0.01813821, 0.01875, -0.025, -0.00912281,
      -0.03487903, 0.0006781784, -0.007647385, -0.008403603, 0.03082366, 0.02934823, -0.02579725, -0.025,
      0.00625, 0.003443575, 0.003443575, 0.03737373, 0.03737373, -0.02487373, -0.02487373, 0.009056425,
      0.009056425,
    ],
  },
  {
    size: [3, 6],
    value: 1.000254,
    gradient: [
      -0.006944444, 0.02083333, -0.02591702, -0.01202813, 0.03794515, 0, -0.01388889, 0, -0.01016737, 0,
      -0.001860758, 0.01202813, 0.01388889, -0.03286146, -0.01711182, 0.003222928, 0.001860758, 0.02405626,
      0.01574965, 0.02083333, 0.005083686, -0.03286146, -0.01388889, 0.01202813, 0.01388889, -0.008805203,
      -0.01388889, -0.01202813, -0.01897258, -0.008805203, 0.03980591, 0.02083333, 0.02591702, -0.02405626,
      0.03100071, -0.04488959, -0.02777778, 0.02083333, 0.01388889, 0.03286146, 0.02591702, 0.02083333,
      -0.006944444, -0.04166667, 0.001860758, 0.02083333, 0.01388889, 0.008805203, -0.04302884, 0.02405626,
      -0.006944444, 0, 0.02591702, 0.02405626, -0.006944444, -0.01202813, -0.01897258, -0.01202813,
      -0.02777778, 0.01202813, 0.02913995, -0.02405626, -0.02777778, -0.01202813, 0.005083686, 0.01202813,
      -0.006944444, 0.01202813, 0.001860758, -0.02405626, -0.006944444, 0.0,
    ],
  },
];

await forEachEngine("FFTLoss gives PyTorch's values and gradients", async () => {
  const loss = new FFTLoss({ loss_weight: 0.5 });
  for (const { size, value, gradient } of WANT) {
    const shape: [number, number, number, number] = [2, size[0]!, size[1]!, 2];
    const pred = wave(shape, (i) => Math.sin(1.7 * i + 0.3));
    const target = wave(shape, (i) => Math.cos(0.9 * i));
    const before = tf.memory().numTensors;
    const of = (x: Tensor4D): Scalar => loss.forward(x, target);
    for (const eager of [true, false]) {
      const both = compile((x: Tensor4D) => [of(x), tf.grad(of as never)(x)], { eager });
      const [y, dx] = await both(pred);
      await near(y!, [value], 1e-6, "value");
      await near(dx!, gradient, 1e-6, `gradient of ${size}`);
      tf.dispose([y!, dx!]);
      both.dispose();
    }
    const sum = tf.tidy(() => new FFTLoss({ reduction: "sum" }).forward(pred, target));
    await near(sum, [value * 4 * pred.size], 2e-4, "sum");
    sum.dispose();
    assert.equal(tf.memory().numTensors, before);
  }
});

Deno.test("FFTLoss counts a constant at frequency 0 alone, and takes no weight", async () => {
  const engine = await testEngine();
  try {
    const loss = new FFTLoss();
    const zero = tf.zeros([1, 4, 6, 1]) as Tensor4D, one = tf.ones([1, 4, 6, 1]) as Tensor4D;
    // F(0) = 24, and there are 48 numbers.
    await near(loss.forward(one, zero), [0.5], 1e-6, "constant");
    const gradient = tf.grad((x) => loss.forward(x as Tensor4D, one))(one);
    await near(gradient, new Array(24).fill(0), 0, "equal images");
    assert.throws(() => loss.forward(one, zero, one), /FFTLoss .* takes no weight/);
    assert.throws(() => loss.forward(one, tf.zeros([1, 4, 5, 1])), /but the target is/);
    const { options } = LOSS_REGISTRY.get("FFTLoss");
    assert.deepEqual(options!.parse({}), { loss_weight: 1, reduction: "mean" });
    assert.throws(() => options!.parse({ reduction: "none" }));
  } finally {
    await engine.dispose();
  }
});
