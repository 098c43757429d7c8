import assert from "node:assert/strict";
import { type Scalar, type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import { SobelLoss } from "../../../plugins/losses/sobel_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { near, wave } from "./_waves.ts";

await testEngine();

// With PyTorch 2.15 in float64: 0.5·(l1_loss of conv2d with the horizontal Sobel kernel, without padding, + that with the
// vertical one), for pred = sin(1.7·i + 0.3) and target = cos(0.9·i) as [2, h, w, 2], and the gradient by pred.
// deno-fmt-ignore
const WANT = [
  {
    size: [4, 5],
    value: 0.6738436,
    gradient: [
      0.04166667, 0, 0.08333333, 0.04166667, 0, -0.04166667, -0.04166667, -0.08333333, 0, 0, 0.04166667,
      -0.08333333, -0.04166667, 0.04166667, -0.125, 0.04166667, 0, 0, 0.04166667, 0.08333333, 0.04166667,
      -0.08333333, -0.08333333, 0.04166667, -0.08333333, 0.04166667, 0.04166667, 0, 0, 0.08333333,
      0.04166667, 0, 0.04166667, 0.04166667, 0.04166667, -0.04166667, 0, -0.08333333, -0.04166667, 0, 0, 0,
      -0.04166667, 0.08333333, 0, 0.04166667, 0, -0.04166667, -0.04166667, 0, 0.08333333, -0.04166667,
      -0.04166667, -0.04166667, -0.04166667, -0.04166667, 0, 0, -0.08333333, 0.04166667, 0.08333333, 0,
      -0.04166667, -0.08333333, 0, -0.04166667, 0.08333333, 0.04166667, -0.04166667, 0, 0, 0.04166667,
      -0.04166667, 0.04166667, 0.04166667, 0.04166667, 0.08333333, 0, 0, -0.04166667,
    ],
  },
  {
    size: [3, 6],
    value: 1.925272,
    gradient: [
      0.0625, 0, 0.0625, 0.0625, 0.0625, 0.125, 0, 0, -0.125, 0, -0.0625, 0.0625, 0.0625, -0.0625, -0.0625,
      -0.0625, 0, 0.125, 0.125, 0, -0.0625, -0.0625, -0.0625, 0.0625, 0, -0.0625, -0.125, -0.125, -0.0625,
      0, 0.125, 0, 0.0625, -0.0625, 0, 0, 0, 0, 0.0625, 0.0625, 0.125, 0, 0, -0.125, 0, 0, 0.0625, 0.0625,
      -0.0625, -0.0625, -0.0625, 0.0625, 0.125, 0.125, 0, -0.125, -0.0625, -0.0625, 0.0625, 0.0625, -0.0625,
      -0.0625, -0.125, 0, 0, 0.125, 0, 0, -0.0625, -0.0625, 0, 0.0,
    ],
  },
];

Deno.test("SobelLoss gives PyTorch's values and gradients", async () => {
  const loss = new SobelLoss({ loss_weight: 0.5 });
  for (const { size, value, gradient } of WANT) {
    const shape: [number, number, number, number] = [2, size[0]!, size[1]!, 2];
    const pred = wave(shape, (i) => Math.sin(1.7 * i + 0.3));
    const target = wave(shape, (i) => Math.cos(0.9 * i));
    const before = tf.memory().numTensors;
    const of = (x: Tensor4D): Scalar => loss.forward(x, target) as Scalar;
    const y = tf.tidy(() => of(pred)), dx = tf.grad(of as never)(pred);
    await near(y, [value], 1e-6, "value");
    await near(dx, gradient, 1e-6, `gradient of ${size}`);
    tf.dispose([y, dx]);
    assert.equal(tf.memory().numTensors, before);
  }
});

Deno.test("SobelLoss sees an edge, not a constant; weights count where the gradient is", async () => {
  const edge = wave([1, 3, 4, 1], (i) => i % 4 < 2 ? 0 : 1);
  const flat = tf.ones([1, 3, 4, 1]) as Tensor4D;
  // 4 at both pixels of the middle row beside the edge, and nothing across.
  await near(new SobelLoss({ reduction: "none" }).forward(edge, flat), [4, 4], 1e-6, "map");
  await near(new SobelLoss().forward(tf.mul(flat, 0.5), flat), [0], 0, "constant");
  const weight = wave([1, 3, 4, 1], (i) => i === 5 ? 0.25 : i === 6 ? 0.75 : 100);
  const map = wave([1, 3, 4, 1], (i) => i % 4 === 3 ? 1 : 0);
  await near(new SobelLoss().forward(map, flat, weight), [0.75 * 4], 1e-6, "weighted");
  const { options } = LOSS_REGISTRY.get("SobelLoss");
  assert.deepEqual(options!.parse({}), { loss_weight: 1, reduction: "mean" });
});
