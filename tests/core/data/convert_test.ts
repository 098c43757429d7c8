import assert from "node:assert/strict";
import { roundHalfEven, toColour, toFloat, toRaw8 } from "../../../core/data/convert.ts";

Deno.test("toFloat() divides 8-bit samples by 255 and 16-bit samples by 65535", () => {
  const bytes = toFloat({ width: 3, height: 1, channels: 1, data: Uint8Array.of(0, 51, 255) });
  assert.deepEqual([...bytes.data], [0, Math.fround(0.2), 1]);
  const words = toFloat({ width: 2, height: 1, channels: 1, data: Uint16Array.of(65535, 13107) });
  assert.deepEqual([...words.data], [1, Math.fround(0.2)]);
});

Deno.test("toRaw8() undoes toFloat() for every byte", () => {
  const data = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(
    toRaw8(toFloat({ width: 256, height: 1, channels: 1, data })).data,
    data,
  );
});

Deno.test("toRaw8() clamps, rounds halves to even in float32, and turns NaN into 0", () => {
  const values = [-1, 2, 0.5 / 255, 1.5 / 255, 2.5 / 255, NaN, Infinity];
  const image = { width: 7, height: 1, channels: 1, data: Float32Array.from(values) };
  assert.deepEqual([...toRaw8(image).data], [0, 255, 0, 2, 2, 0, 255]);
});

Deno.test("toRaw8() maps another range to 0-255", () => {
  const image = { width: 3, height: 1, channels: 1, data: Float32Array.of(-1, 0, 1) };
  assert.deepEqual([...toRaw8(image, [-1, 1]).data], [0, 128, 255]); // 127.5 to even
});

Deno.test("roundHalfEven() rounds halves to the even neighbour, negative ones as well", () => {
  assert.deepEqual(
    [0.5, 1.5, 2.5, 2.4999, -0.5, -1.5, 254.5].map(roundHalfEven),
    [
      0,
      2,
      2,
      2,
      0,
      -2,
      254,
    ].map((v) => v + 0),
  );
});

Deno.test("toColour() repeats gray, drops alpha without blending, and leaves RGB alone", () => {
  const rgb = { width: 1, height: 1, channels: 3 as const, data: Uint8Array.of(1, 2, 3) };
  assert.equal(toColour(rgb), rgb);
  const of = (channels: 1 | 2 | 4, ...v: number[]): number[] => [
    ...toColour({ width: 1, height: 1, channels, data: Uint8Array.from(v) }).data,
  ];
  assert.deepEqual(of(1, 9), [9, 9, 9]);
  assert.deepEqual(of(2, 9, 0), [9, 9, 9]);
  assert.deepEqual(of(4, 1, 2, 3, 0), [1, 2, 3]);
  const deep = toColour({ width: 1, height: 1, channels: 1, data: Uint16Array.of(60000) });
  assert.deepEqual(deep.data, Uint16Array.of(60000, 60000, 60000));
});
