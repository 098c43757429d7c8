import assert from "node:assert/strict";
import { rgb2ycbcr, ycbcr2rgb, yLevels } from "../../../core/data/color.ts";

Deno.test("rgb2ycbcr() maps black and white to 16 and 235, and grays to chroma 128", () => {
  const data = Uint8Array.of(0, 0, 0, 255, 255, 255);
  const out = rgb2ycbcr({ width: 2, height: 1, channels: 3, data } as const);
  assert.deepEqual([...out.data], [16, 128, 128, 235, 128, 128]);
});

Deno.test("ycbcr2rgb() undoes rgb2ycbcr() on floats to 1e-4 (its constants have six digits)", () => {
  const data = Float32Array.of(0.1, 0.5, 0.9, 1, 0, 0.3);
  const back = ycbcr2rgb(rgb2ycbcr({ width: 2, height: 1, channels: 3, data }));
  data.forEach((v, i) => assert.ok(Math.abs(v - back.data[i]!) < 1e-4));
});

Deno.test("colour conversion refuses 16-bit and gray images by name", () => {
  const image = { width: 1, height: 1, channels: 3 as const, data: new Uint16Array(3) };
  assert.throws(() => rgb2ycbcr(image), /takes 8-bit or float images, received one of 16 bits/);
  const gray = { width: 1, height: 1, channels: 1, data: new Float32Array(1) };
  assert.throws(() => ycbcr2rgb(gray), /needs an image of 3 channels, received 1/);
});

Deno.test("yLevels() is not rounded", () => {
  const [y] = yLevels(Uint8Array.of(10, 20, 30));
  assert.ok(Math.abs(y! - (16 + (65.481 * 10 + 128.553 * 20 + 24.966 * 30) / 255)) < 1e-4);
  assert.notEqual(y, Math.round(y!));
});
