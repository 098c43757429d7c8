import assert from "node:assert/strict";
import { tf } from "../../../core/engine/tf.ts";
import {
  featureStatistics,
  FidFeatures,
  fidRecipe,
  frechetDistance,
} from "../../../core/metrics/fid.ts";
import { InceptionV3 } from "../../../core/nets/inception.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { formula, shapesOf, weightsFor } from "../nets/_weights.ts";
import { testEngine } from "../engine/_engines.ts";

/** n vectors of d numbers: the formula of tensor `seed`, plus `shift`. */
function features(n: number, d: number, seed: number, scale: number, shift: number): number[][] {
  const { data } = formula([n, d], seed, scale);
  return Array.from(
    { length: n },
    (_, i) => Array.from({ length: d }, (_, j) => Number(data[i * d + j]) + shift),
  );
}

// scipy 1.17.1: |μ₁ - μ₂|² + tr(C₁ + C₂) - 2·tr(sqrtm(C₁·C₂)), and where scipy warns that the product is singular, the
// sum of singular values of numpy 2.4.6 in place of the root's trace, with which it agrees to 7 digits.
const GOLDEN = [
  [40, 50, 16, 2.1418101083915753],
  [6, 9, 16, 5.743185879282098],
  [3, 400, 24, 10.897149799002385],
] as const;

Deno.test("frechetDistance() gives scipy's numbers, for singular covariances too", () => {
  for (const [n1, n2, d, want] of GOLDEN) {
    const a = features(n1, d, 1, 1, 0);
    const b = features(n2, d, 2, 0.7, 0.2);
    for (const row of b) row[0] = row[1]! * 0.5 + row[2]!;
    const [p, q] = [featureStatistics(a), featureStatistics(b)];
    for (const got of [frechetDistance(p, q), frechetDistance(q, p)]) {
      assert.ok(Math.abs(got - want) < 1e-6, `${n1} and ${n2} of ${d}: ${got}, want ${want}`);
    }
    assert.ok(Math.abs(frechetDistance(p, p)) < 1e-6);
  }
});

Deno.test("featureStatistics() of an example worked by hand; one vector is not enough", () => {
  const { mean, covariance, count } = featureStatistics([[1, 2], [3, 2], [5, 5]]);
  assert.equal(count, 3);
  assert.deepEqual([...mean], [3, 3]);
  assert.deepEqual([...covariance].map((v) => Math.round(v * 1e12) / 1e12), [4, 3, 3, 3]);
  assert.throws(() => featureStatistics([[1, 2]]), /two images at least .* received 1/);
  assert.throws(
    () => frechetDistance(featureStatistics([[1], [2]]), featureStatistics([[1, 2], [2, 1]])),
    /features of 1 and 2 numbers/,
  );
});

Deno.test("fidRecipe() warns of small sets", () => {
  assert.match(fidRecipe(10, 5000), /10 and 5000 images, too few to compare/);
  assert.match(fidRecipe(2048, 5000), /2048 and 5000 images$/);
});

Deno.test("FidFeatures resizes any image to what InceptionV3 takes, and leaves no tensor behind", async () => {
  await using engine = new AsyncDisposableStack();
  engine.adopt(await testEngine(), (e) => e.dispose());
  const net = new InceptionV3({ resize_input: false });
  net.loadTorchvision(weightsFor(shapesOf(net)));
  const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 37) % 256);
  const image: RawImage = { width: 40, height: 30, channels: 3, data };
  using found = new FidFeatures(net);
  const got = await found.of(image);
  const tensors = tf.memory().numTensors;
  await found.of(image);
  assert.equal(tf.memory().numTensors, tensors);
  const want = tf.tidy(() => {
    const x = tf.tensor4d(Float32Array.from(data, (v) => v / 255), [1, 30, 40, 3]);
    const resized = tf.image.resizeBilinear(x, [299, 299], false, true);
    return net.forward(resized)[0]!.dataSync() as Float32Array;
  });
  const largest = want.reduce((m, v) => Math.max(m, v), 0);
  want.forEach((v, i) => assert.ok(Math.abs(got[i]! - v) <= 1e-4 * largest));
});
