import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import { MSSSIMLoss } from "../../../plugins/losses/ms_ssim_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { nhwc } from "../../core/nn/_parity.ts";
import { formula } from "../../core/nets/_weights.ts";

const engine = await testEngine();
globalThis.addEventListener("unload", () => void engine.dispose());

/** x of tensor 71, y = 0.7 x + 0.3 tensor 72, all moved to [0, 1]. */
function pair(h: number, w: number): [Tensor4D, Tensor4D] {
  const unit = (seed: number) =>
    (formula([2, 3, h, w], seed, 0.5).data as Float32Array).map((v) => v + 0.5);
  const x = unit(71), z = unit(72);
  const y = x.map((v, i) => 0.7 * v + 0.3 * z[i]!);
  const tensor = (data: Float32Array) => nhwc({ shape: [2, 3, h, w], dtype: "F32", data });
  return [tensor(x), tensor(y)];
}

// pytorch_msssim 1.0.0 in float64: 1 - ms_ssim, and of its gradient by x the absolute sum and element (1, 2, 40, 33).
const GOLDEN = [
  { window: 5, size: [67, 70], loss: 0.08455013676653766, sum: 2.7012346484, at: -2.88219677e-4 },
  { window: 11, size: [161, 164], loss: 0.09182775436490498, sum: 3.448937768, at: -6.41271273e-6 },
] as const;

for (const { window, size: [h, w], loss: want, sum, at } of GOLDEN) {
  Deno.test(`MSSSIMLoss with a window of ${window} gives pytorch_msssim's value and gradient`, () => {
    const [x, y] = pair(h, w);
    const loss = new MSSSIMLoss({ window_size: window });
    tf.tidy(() => {
      const got = loss.forward(x, y).dataSync()[0]!;
      assert.ok(Math.abs(got - want) < 2e-5, `${got}`);
      const g = tf.grad((z) => loss.forward(z as Tensor4D, y))(x).dataSync() as Float32Array;
      const total = g.reduce((s, v) => s + Math.abs(v), 0);
      assert.ok(Math.abs(total - sum) < 2e-3 * sum, `${total}`);
      const one = g[((h + 40) * w + 33) * 3 + 2]!;
      assert.ok(Math.abs(one - at) < 2e-6, `${one}`);
    });
    tf.dispose([x, y]);
  });
}

Deno.test("MSSSIMLoss of equal images is 0; where nothing agrees its gradient is finite", () => {
  const loss = new MSSSIMLoss({ window_size: 5, loss_weight: 3 });
  const [x, y] = pair(67, 70);
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    assert.ok(Math.abs(loss.forward(x, x).dataSync()[0]!) < 1e-5);
    const opposite = tf.sub(1, x) as Tensor4D;
    const gradient = tf.grad((z) => loss.forward(z as Tensor4D, opposite))(x).dataSync();
    assert.ok(gradient.every(Number.isFinite));
  });
  assert.equal(tf.memory().numTensors, before);
  tf.dispose([x, y]);
});

Deno.test("MSSSIMLoss refuses small images and even windows", () => {
  const x = tf.zeros([1, 160, 170, 1]) as Tensor4D;
  assert.throws(
    () => new MSSSIMLoss().forward(x, x),
    /needs images of 161x161 pixels at least, received 170x160/,
  );
  x.dispose();
  assert.throws(() => new MSSSIMLoss({ window_size: 4 }), /window_size must be odd/);
  const { options } = LOSS_REGISTRY.get("MSSSIMLoss");
  assert.throws(() => options!.parse({ window_size: 6 }), /must be odd/);
});
