import assert from "node:assert/strict";
import {
  filter2D,
  gaussianWeights,
  reflectPad,
  usmSharp,
} from "../../../../core/data/degradations/filter.ts";
import { bivariateGaussian, pulseKernel } from "../../../../core/data/degradations/kernels.ts";
import type { FloatImage } from "../../../../core/data/image.ts";

const image: FloatImage = {
  width: 5,
  height: 4,
  channels: 3,
  data: Float32Array.from({ length: 60 }, (_, i) => (i * i * 31 % 97) / 96),
};

Deno.test("filter2D() applies separable kernels in two passes with the same result", () => {
  const kernel = bivariateGaussian({ size: 7, sigmaX: 1.3 });
  const separable = filter2D(image, kernel);
  // The same kernel, but for a weight that is too small to matter and large enough to be no product.
  const data = kernel.data.slice();
  data[0]! += 1e-10;
  const direct = filter2D(image, { size: 7, data });
  separable.data.forEach((v, i) => assert.ok(Math.abs(v - direct.data[i]!) < 1e-6));
});

Deno.test("filter2D() correlates: the kernel is not turned round", () => {
  const data = new Float64Array(9);
  data[5] = 1; // right of the middle
  const { data: got } = filter2D(image, { size: 3, data });
  assert.equal(got[0], image.data[3]);
  assert.deepEqual(filter2D(image, pulseKernel(21)).data, image.data);
  assert.throws(() => filter2D(image, { size: 2, data: new Float64Array(4) }), /odd number/);
});

Deno.test("borders are mirrored about the outermost pixel, as often as needed", () => {
  const row: FloatImage = { width: 3, height: 1, channels: 1, data: Float32Array.of(1, 2, 3) };
  const padded = reflectPad(row, [0, 5, 1, 2]);
  assert.deepEqual([padded.width, padded.height], [10, 2]);
  assert.deepEqual([...padded.data.subarray(0, 10)], [2, 1, 2, 3, 2, 1, 2, 3, 2, 1]);
  assert.deepEqual(padded.data.subarray(10), padded.data.subarray(0, 10));
});

Deno.test("gaussianWeights() has cv2's fixed weights where sigma is not given", () => {
  assert.deepEqual([...gaussianWeights(5)], [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16]);
  for (const size of [1, 3, 5, 7, 9, 51]) {
    const sum = gaussianWeights(size).reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-14, `${size}`);
  }
  // cv2.getGaussianKernel(11, 0), opencv 5.0.0
  assert.ok(Math.abs(gaussianWeights(11)[0]! - 0.008812229292562288) < 1e-15);
  assert.ok(gaussianWeights(5, 1)[0]! < 1 / 16);
});

Deno.test("usmSharp() leaves what differs by no more than the threshold, and stays in [0, 1]", () => {
  assert.deepEqual(usmSharp(image, { threshold: 255 }).data, image.data);
  const { data } = usmSharp(image, { weight: 3, radius: 4 });
  assert.notDeepEqual(data, image.data);
  assert.ok(data.every((v) => v >= 0 && v <= 1));
  assert.deepEqual(data, usmSharp(image, { weight: 3, radius: 5 }).data);
});
