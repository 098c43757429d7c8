import assert from "node:assert/strict";
import type { RawImage } from "../../../core/data/image.ts";
import { type Tensor4D, tf } from "../../../core/engine/tf.ts";
import { AlexNetFeatures } from "../../../core/nets/alexnet.ts";
import { LPIPS } from "../../../core/nets/lpips.ts";
import { METRIC_REGISTRY } from "../../../core/registry.ts";
import { Lpips } from "../../../plugins/metrics/lpips_metric.ts";
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

function image(step: number, channels: 1 | 3 = 3): RawImage {
  const data = Uint8Array.from({ length: 40 * 44 * channels }, (_, i) => (i * step) % 256);
  return { width: 40, height: 44, channels, data };
}

Deno.test("calculate_lpips is the distance of the cropped images, with gray as three channels", async () => {
  assert.equal(METRIC_REGISTRY.get("calculate_lpips").value, Lpips);
  const metric = new Lpips({ crop_border: 2 }, { weights });
  assert.equal(metric.recipe, "LPIPS v0.1 alex, RGB, crop 2, 8 bit");
  assert.equal(metric.better, "lower");
  const net = new LPIPS("alex");
  net.load(weights.network, weights.layers);
  for (const channels of [1, 3] as const) {
    const a = image(7, channels), b = image(9, channels);
    const want = tf.tidy(() => {
      const tensor = ({ data }: RawImage): Tensor4D => {
        const whole = tf.tensor4d(Float32Array.from(data, (v) => v / 255), [1, 44, 40, channels]);
        return tf.tile(tf.slice(whole, [0, 2, 2, 0], [1, 40, 36, channels]), [
          1,
          1,
          1,
          3 / channels,
        ]);
      };
      return net.forward(tensor(a), tensor(b)).dataSync()[0]!;
    });
    const got = await metric.compute(a, b);
    assert.ok(Math.abs(got - want) <= 1e-5 * Math.abs(want), `${got}, want ${want}`);
    assert.equal(await metric.compute(a, a), 0);
  }
  const tensors = tf.memory().numTensors;
  await metric.compute(image(3), image(5));
  assert.equal(tf.memory().numTensors, tensors);
  metric.dispose();
  metric.dispose();
  net.dispose();
});

Deno.test("calculate_lpips refuses missing GT, other shapes and small images", async () => {
  const metric = new Lpips({}, { weights });
  await assert.rejects(metric.compute(image(7), undefined), /needs GT images/);
  await assert.rejects(metric.compute(image(7), image(7, 1)), /different shape/);
  const small: RawImage = { width: 30, height: 40, channels: 1, data: new Uint8Array(1200) };
  await assert.rejects(metric.compute(small, small), {
    name: "UserError",
    message: /31x31 pixels/,
  });
  metric.dispose();
});
