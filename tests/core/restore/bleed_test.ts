import assert from "node:assert/strict";
import { bleed, BLEED_RADIUS } from "../../../core/restore/bleed.ts";
import { banded, collect, distance, picture } from "./_fakes.ts";

/** RGBA of which about `share` are transparent, in blocks of 8x8. */
function holes(width: number, height: number) {
  const image = picture(width, height, 4);
  const blocks = picture(Math.ceil(width / 8), Math.ceil(height / 8), 1, 7).data;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hole = blocks[(y >> 3) * Math.ceil(width / 8) + (x >> 3)]! < 0.5;
      image.data[(y * width + x) * 4 + 3] = hole ? 0 : 0.5;
    }
  }
  return image;
}

Deno.test("bleed() leaves visible pixels and alpha alone, and hides what was under transparent ones", async () => {
  const image = holes(50, 150);
  const made = await collect(bleed(banded(image, 11)));
  const other = { ...image, data: image.data.slice() };
  for (let i = 0; i < image.data.length; i += 4) {
    assert.equal(made.data[i + 3], image.data[i + 3]);
    if (image.data[i + 3] === 0) other.data.fill(123, i, i + 3);
    else assert.deepEqual(made.data.subarray(i, i + 3), image.data.subarray(i, i + 3));
  }
  assert.equal(distance(made, await collect(bleed(banded(other, 64)))), 0);
});

Deno.test("bleed() gives a flat colour to all that is near, and black beyond", async () => {
  const [width, height] = [3, 60];
  const data = new Float32Array(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set([9, 9, 9, 0], i);
  data.set([0.25, 0.5, 0.75, 1], 0);
  const made = await collect(bleed(banded({ width, height, channels: 4, data }, 1)));
  for (let y = 1; y < height; y++) {
    const expected = y <= BLEED_RADIUS ? [0.25, 0.5, 0.75, 0] : [0, 0, 0, 0];
    assert.deepEqual(
      [...made.data.subarray(y * width * 4, y * width * 4 + 4)],
      expected,
      `row ${y}`,
    );
  }
});

Deno.test("bleed() does to a part of a picture what it does to the whole, farther in than its radius", async () => {
  const image = holes(20, 300);
  const whole = await collect(bleed(banded(image, 300)));
  const from = 70, to = 250;
  const part = { ...image, height: to - from, data: image.data.slice(from * 80, to * 80) };
  const made = await collect(bleed(banded(part, 5)));
  const inner = (data: Float32Array, top: number) => data.slice((100 - top) * 80, (230 - top) * 80);
  assert.deepEqual(inner(made.data, from), inner(whole.data, 0));
});

Deno.test("bleed() gives pictures without alpha back as they are", () => {
  const rows = banded(picture(4, 4, 3), 2);
  assert.equal(bleed(rows), rows);
});
