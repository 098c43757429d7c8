import type { Channels, FloatImage } from "../../../../core/data/image.ts";
import { Preview } from "../../../../core/restore/batch/preview.ts";
import assert from "node:assert/strict";

/** Rows of `data` in bands of `rows`. */
function bands(width: number, height: number, channels: Channels, data: number[], rows: number) {
  return {
    width,
    height,
    channels,
    async *[Symbol.asyncIterator](): AsyncGenerator<FloatImage> {
      for (let y = 0; y < height; y += rows) {
        const count = Math.min(rows, height - y), row = width * channels;
        const part = Float32Array.from(data.slice(y * row, (y + count) * row));
        yield { width, height: count, channels, data: part };
        await Promise.resolve();
      }
    },
  };
}

async function previewOf(
  size: readonly [number, number, Channels],
  data: number[],
  longest: number,
  rows: number,
) {
  const [width, height, channels] = size;
  const preview = new Preview({ width, height, channels }, longest);
  let passed = 0;
  for await (const band of preview.watch(bands(width, height, channels, data, rows))) {
    passed += band.height;
  }
  assert.equal(passed, height);
  return preview;
}

Deno.test("a small picture passes as it is, clipped and rounded", async () => {
  const preview = await previewOf([3, 1, 1], [-0.2, 0.5, 1.3], 10, 1);
  assert.equal(preview.factor, 1);
  assert.deepEqual([...preview.image().data], [0, 128, 255]);
});

Deno.test("squares are averaged across bands, those at the edges over what is there", async () => {
  const data = [0, 1, 0.2, 1, 0, 0.4, 0.6, 0.8, 1];
  for (const rows of [1, 2, 3]) {
    const preview = await previewOf([3, 3, 1], data, 2, rows);
    assert.deepEqual([preview.width, preview.height, preview.factor], [2, 2, 2]);
    // means 0.5, 0.3, 0.7, 1
    assert.deepEqual([...preview.image().data], [128, 77, 179, 255]);
  }
});

Deno.test("what is transparent lends no colour", async () => {
  // One opaque red pixel beside a transparent green one.
  const preview = await previewOf([2, 1, 4], [1, 0, 0, 1, 0, 1, 0, 0], 1, 1);
  assert.deepEqual([...preview.image().data], [255, 0, 0, 128]);
});
