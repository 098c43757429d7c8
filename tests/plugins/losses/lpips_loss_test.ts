import assert from "node:assert/strict";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { AlexNetFeatures } from "../../../core/nets/alexnet.ts";
import { LPIPS } from "../../../core/nets/lpips.ts";
import { LOSS_REGISTRY } from "../../../core/registry.ts";
import { LPIPSLoss } from "../../../plugins/losses/lpips_loss.ts";
import { testEngine } from "../../core/engine/_engines.ts";
import { formula, shapesOf, weightsFor } from "../../core/nets/_weights.ts";

const engine = await testEngine();
globalThis.addEventListener("unload", () => void engine.dispose());

const weights = {
  network: weightsFor(shapesOf(new AlexNetFeatures())),
  layers: new Map(
    [64, 192, 384, 256, 256].map((c, i) => [`lin${i}.model.1.weight`, formula([1, c, 1, 1], i, 1)]),
  ),
};

function image(seed: number): Tensor4D {
  return tf.tidy(() =>
    tf.tensor4d(formula([2, 40, 36, 3], seed, 0.5).data as Float32Array, [2, 40, 36, 3]).add(0.5)
  );
}

Deno.test("LPIPSLoss is the weighted mean of LPIPS, with a gradient by pred alone", async () => {
  const loss = new LPIPSLoss({ net: "alex", loss_weight: 0.5 }, { weights });
  const x = image(1), y = image(2);
  assert.throws(() => loss.forward(x, y), /call prepare\(\) before/);
  await loss.prepare();
  const net = new LPIPS("alex");
  net.load(weights.network, weights.layers);
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const want = tf.mul(tf.mean(net.forward(x, y)), 0.5).dataSync()[0]!;
    assert.ok(Math.abs(loss.forward(x, y).dataSync()[0]! - want) < 1e-6);
    const gradient = tf.grad((a) => loss.forward(a as Tensor4D, y))(x).dataSync();
    assert.ok(gradient.every(Number.isFinite) && gradient.some((v) => v !== 0));
  });
  assert.equal(tf.memory().numTensors, before);
  const byTarget = tf.grad((b) => loss.forward(x, b as Tensor4D));
  assert.throws(() => byTarget(y), /Cannot compute gradient/);
  tf.dispose([x, y]);
  net.dispose();
  loss.dispose();
});

Deno.test("the options of LPIPSLoss are checked", () => {
  const { options } = LOSS_REGISTRY.get("LPIPSLoss");
  assert.deepEqual(options!.parse({}), { loss_weight: 1, net: "vgg" });
  assert.throws(() => options!.parse({ net: "resnet" }));
});
