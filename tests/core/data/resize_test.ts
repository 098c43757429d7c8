import assert from "node:assert/strict";
import { imresize, imresizeTo } from "../../../core/data/resize.ts";
import type { FloatImage } from "../../../core/data/image.ts";

function ramp(width: number, height: number): FloatImage {
  const data = Float32Array.from({ length: width * height }, (_, i) => i % width);
  return { width, height, channels: 1, data };
}

Deno.test("imresize() keeps constants for every factor and size, tiny images included", () => {
  for (const [width, height] of [[1, 1], [2, 3], [17, 9]] as const) {
    for (const scale of [1 / 4, 1 / 3, 0.7, 1, 2, 3.5]) {
      for (const antialiasing of [true, false]) {
        const data = new Float32Array(width * height * 2).fill(0.3);
        const out = imresize({ width, height, channels: 2, data }, scale, antialiasing);
        assert.equal(out.width, Math.ceil(width * scale));
        assert.ok(out.data.every((v) => Math.abs(v - 0.3) < 1e-6));
      }
    }
  }
});

Deno.test("imresize() of 24 by 1/4 without antialiasing works, where BasicSR raises an error", () => {
  const out = imresize(ramp(24, 24), 1 / 4, false);
  // Output 1 has its centre at input 1.5 (0-based), half-way between samples 1 and 2; a ramp is interpolated exactly.
  assert.deepEqual([out.width, out.height], [6, 6]);
  [1.5, 5.5, 9.5].forEach((v, i) => assert.ok(Math.abs(out.data[i]! - v) < 1e-5));
});

Deno.test("imresize() by 1 gives the image itself", () => {
  const image = ramp(5, 4);
  assert.deepEqual(imresize(image, 1), image);
});

Deno.test("imresizeTo() agrees with imresize() where the factor is exact, and takes one factor an axis", () => {
  const image = ramp(12, 8);
  assert.deepEqual(imresizeTo(image, 6, 4), imresize(image, 0.5));
  const out = imresizeTo(image, 12, 3);
  assert.deepEqual([out.width, out.height], [12, 3]);
  assert.ok(out.data.every((v, i) => Math.abs(v - i % 12) < 1e-5));
});

Deno.test("imresize() refuses factors that make no image", () => {
  for (const scale of [0, -1, NaN, Infinity]) {
    assert.throws(() => imresize(ramp(2, 2), scale), /scale must be a positive number/);
  }
  assert.throws(() => imresizeTo(ramp(2, 2), 0, 3), /sides must be positive integers/);
});
