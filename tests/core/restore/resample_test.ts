import assert from "node:assert/strict";
import fc from "fast-check";
import { resample } from "../../../core/restore/resample.ts";
import { banded, collect, distance, picture } from "./_fakes.ts";

/** `((x * 37 + y * 61) % 17) / 16`, 7x5. */
const small = {
  width: 7,
  height: 5,
  channels: 1,
  data: Float32Array.from(
    { length: 35 },
    (_, i) => ((i % 7 * 37 + Math.floor(i / 7) * 61) % 17) / 16,
  ),
};

/** Pillow 13.0.0: `Image.fromarray(small, mode="F").resize(size, Image.LANCZOS)`. */
const PILLOW: Record<string, number[]> = {
  // deno-fmt-ignore
  "11x4": [
    0.159126, 0.23047, 0.385687, 0.515746, 0.485931, 0.414168, 0.470405, 0.745821, 0.936264, 0.528454, 0.159228,
    0.414635, 0.459511, 0.655004, 0.925869, 0.752455, 0.392654, 0.502475, 0.507585, 0.247804, 0.353661, 0.520966,
    0.510142, 0.675105, 0.704411, 0.314112, 0.215203, 0.513606, 0.756322, 0.690895, 0.449001, 0.502895, 0.634503,
    0.501438, 0.611169, 0.712398, 0.60453, 0.703576, 0.764614, 0.304147, 0.070108, 0.351853, 0.552806, 0.595156,
  ],
  // deno-fmt-ignore
  "3x9": [
    0.004158, 0.658077, 0.590205, 0.341015, 0.545432, 0.579681, 0.782988, 0.428463, 0.521792, 0.647309, 0.60019,
    0.33732, 0.311222, 0.749917, 0.304626, 0.517941, 0.497988, 0.609767, 0.773267, 0.314259, 0.727947, 0.658425,
    0.507082, 0.415172, 0.531125, 0.680249, 0.167455,
  ],
};

for (const [size, expected] of Object.entries(PILLOW)) {
  Deno.test(`resample() gives Pillow's numbers for 7x5 to ${size}`, async () => {
    const [width, height] = size.split("x").map(Number) as [number, number];
    const { data } = await collect(resample(banded(small, 1), width, height));
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(data[i]! - value) < 2e-6, `${i}: ${data[i]} is not ${value}`);
    }
  });
}

Deno.test("resample() gives the same whatever the bands, and flat pictures stay flat", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        width: fc.integer({ min: 1, max: 20 }),
        height: fc.integer({ min: 1, max: 20 }),
        channels: fc.constantFrom(1, 2, 3, 4),
        to: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })),
        bands: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }),
      }),
      async ({ width, height, channels, to: [w, h], bands }) => {
        const image = picture(width, height, channels);
        const whole = await collect(resample(banded(image, height), w, h));
        assert.equal(distance(whole, await collect(resample(banded(image, ...bands), w, h))), 0);
        const flat = { ...image, data: new Float32Array(image.data.length).fill(0.25) };
        for (const value of (await collect(resample(banded(flat, 3), w, h))).data) {
          assert.ok(Math.abs(value - 0.25) < 1e-6);
        }
      },
    ),
    { numRuns: 40, seed: 1 },
  );
});

Deno.test("resample() gives opaque pictures the colours that they have without alpha", async () => {
  const rgb = picture(13, 9, 3);
  const rgba = new Float32Array(13 * 9 * 4).fill(1);
  for (let i = 0; i < 13 * 9; i++) rgba.set(rgb.data.subarray(i * 3, i * 3 + 3), i * 4);
  const plain = await collect(resample(banded(rgb, 4), 20, 5));
  const made = await collect(resample(banded({ ...rgb, channels: 4, data: rgba }, 4), 20, 5));
  for (let i = 0; i < 100; i++) {
    assert.deepEqual(made.data.subarray(i * 4, i * 4 + 3), plain.data.subarray(i * 3, i * 3 + 3));
    assert.equal(made.data[i * 4 + 3], 1);
  }
});

Deno.test("resample() keeps colours of transparent pixels out of visible ones", async () => {
  // Left half opaque red, right half transparent green.
  const data = new Float32Array(16 * 4 * 4);
  for (let i = 0; i < 64; i++) data.set(i % 16 < 8 ? [1, 0, 0, 1] : [0, 1, 0, 0], i * 4);
  const made = await collect(
    resample(banded({ width: 16, height: 4, channels: 4, data }, 4), 25, 7),
  );
  for (let i = 0; i < made.data.length; i += 4) {
    if (made.data[i + 3]! <= 0) continue;
    assert.ok(Math.abs(made.data[i]! - 1) < 1e-5, `red is ${made.data[i]}`);
    assert.equal(made.data[i + 1], 0);
  }
});

Deno.test("resample() closes what it reads from when it is left early, and refuses sides of no pixels", async () => {
  const rows = banded(picture(8, 400, 3), 1);
  for await (const _ of resample(rows, 4, 200)) break;
  assert.ok(rows.closed);
  assert.throws(() => resample(rows, 0, 3), /positive integers, received 0x3/);
});
