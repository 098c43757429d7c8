import assert from "node:assert/strict";
import { levelPair, recipeOf } from "../../../core/metrics/planes.ts";
import { calculatePsnr, calculatePsnrPt } from "../../../core/metrics/psnr.ts";
import { calculateSsim } from "../../../core/metrics/ssim.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { Rng } from "../../../core/random.ts";

function noise(width: number, height: number, seed = 1): RawImage & { data: Uint8Array } {
  const rng = new Rng(seed);
  const data = Uint8Array.from({ length: width * height * 3 }, () => rng.int(256));
  return { width, height, channels: 3, data };
}

const refused = (pattern: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof UserError);
  assert.equal(error.exitCode, ExitCode.DATA);
  assert.match(error.message, pattern);
  return true;
};

Deno.test("calculatePsnr() ignores crop_border pixels", () => {
  const a = noise(12, 12), b = { ...a, data: a.data.slice() };
  b.data[0] = b.data[0]! ^ 255; // a corner
  assert.ok(calculatePsnr(a, b) < 60);
  assert.equal(calculatePsnr(a, b, { cropBorder: 1 }), Infinity);
});

Deno.test("identical images give infinite PSNR, SSIM 1, and 80 dB for the float variant", () => {
  const a = noise(16, 16);
  assert.equal(calculatePsnr(a, a), Infinity);
  assert.ok(Math.abs(calculateSsim(a, a, { testYChannel: true }) - 1) < 1e-12);
  const f = { ...a, data: Float32Array.from(a.data, (v) => v / 255) };
  assert.ok(Math.abs(calculatePsnrPt(f, f) - 80) < 1e-9);
});

Deno.test("metrics refuse 16-bit images, alpha, different shapes and borders that leave nothing", () => {
  const a = noise(12, 12);
  const deep = { ...a, data: new Uint16Array(a.data) };
  assert.throws(() => calculatePsnr(deep, a), refused(/restored image has 16 bits/));
  assert.throws(() => calculateSsim(a, deep), refused(/GT image has 16 bits/));
  const alpha: RawImage = { width: 12, height: 12, channels: 4, data: new Uint8Array(576) };
  assert.throws(() => calculatePsnr(alpha, a), refused(/restored image has 4 channels/));
  assert.throws(
    () => calculatePsnr(noise(12, 13), a),
    refused(/restored 12x13x3, GT 12x12x3/),
  );
  assert.throws(
    () => levelPair(a, a, { cropBorder: 6 }),
    refused(/nothing is left .* crop_border 6/),
  );
  assert.throws(() => calculateSsim(a, a, { cropBorder: 1 }), refused(/at least 11x11/));
});

Deno.test("recipeOf() says what was compared", () => {
  assert.equal(recipeOf({ cropBorder: 2 }), "all channels, crop 2, 8 bit");
  assert.equal(recipeOf({ cropBorder: 4, testYChannel: true }), "Y (BT.601), crop 4, 8 bit");
});

Deno.test("SSIM of a 512x512 colour image takes well under a second", () => {
  const a = noise(512, 512), b = noise(512, 512, 2);
  calculateSsim(a, b); // compiled
  const start = performance.now();
  calculateSsim(a, b);
  assert.ok(performance.now() - start < 1000);
});
