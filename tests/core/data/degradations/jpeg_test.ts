import assert from "node:assert/strict";
import {
  addJpgCompression,
  quantisationTables,
  randomAddJpgCompression,
} from "../../../../core/data/degradations/jpeg.ts";
import type { FloatImage } from "../../../../core/data/image.ts";
import { Rng } from "../../../../core/random.ts";
import { golden } from "./_golden.ts";

function picture(height: number, width: number, channels: number): FloatImage {
  const data = new Float32Array(height * width * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, i++) {
        data[i] = ((x * x * 7 + y * 13 + c * 80 + (x * y) % 7 * 19) % 256) / 255;
      }
    }
  }
  return { width, height, channels, data };
}

Deno.test("addJpgCompression() gives cv2's pixels for odd, tiny and gray images", () => {
  for (const { shape, quality, data } of golden().jpeg) {
    const got = addJpgCompression(picture(...shape), quality);
    assert.deepEqual([...got.data].map((v) => v * 255).map(Math.round), data, shape.join("x"));
  }
});

Deno.test("quality 50 uses Annex K's tables, 100 divides by nothing, 0 is 1", () => {
  const [luminance, chrominance] = quantisationTables(50);
  assert.deepEqual([...luminance.slice(0, 8)], [16, 11, 10, 16, 24, 40, 51, 61]);
  assert.deepEqual([...chrominance.slice(0, 8)], [17, 18, 24, 47, 99, 99, 99, 99]);
  assert.ok(quantisationTables(100).every((table) => table.every((step) => step === 1)));
  assert.deepEqual(quantisationTables(0), quantisationTables(1));
  assert.deepEqual(quantisationTables(60.9), quantisationTables(60));
  for (const quality of [-1, 101, NaN]) {
    assert.throws(() => quantisationTables(quality), /^RangeError: JPEG quality must be 0 to 100/);
  }
});

Deno.test("values outside [0, 1] are clamped before", () => {
  const image = picture(8, 8, 3);
  const wide = { ...image, data: image.data.map((v) => 3 * v - 1) };
  const clamped = { ...image, data: wide.data.map((v) => Math.min(Math.max(v, 0), 1)) };
  assert.deepEqual(addJpgCompression(wide, 80), addJpgCompression(clamped, 80));
});

Deno.test("randomAddJpgCompression() draws the quality from the range", () => {
  const image = picture(16, 16, 3);
  const drawn = randomAddJpgCompression(image, [40, 40], new Rng(1));
  assert.deepEqual(drawn, addJpgCompression(image, 40));
  const a = randomAddJpgCompression(image, [10, 90], new Rng(1));
  assert.deepEqual(a, randomAddJpgCompression(image, [10, 90], new Rng(1)));
  assert.notDeepEqual(a, randomAddJpgCompression(image, [10, 90], new Rng(2)));
});

Deno.test("images with alpha are refused", () => {
  assert.throws(() => addJpgCompression(picture(8, 8, 4), 50), {
    name: "TypeError",
    message: "JPEG needs 1 or 3 channels, received 4",
  });
});
