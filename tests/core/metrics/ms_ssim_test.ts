import assert from "node:assert/strict";
import { decodePng } from "../../../core/data/png.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { calculateMsSsim } from "../../../core/metrics/ms_ssim.ts";
import { parityPath } from "../data/_parity.ts";

async function png(name: string): Promise<RawImage> {
  const path = parityPath(`metric/images/${name}.png`);
  return await decodePng(await Deno.readFile(path), path);
}

// pytorch_msssim 1.0.0 in float64, data_range 255 (its window is float32, hence the tolerance); after crop 5 the sides are odd at several scales.
const GOLDEN = [
  ["camera_noise", "camera", 0, 0.9160963271808478],
  ["camera_noise", "camera", 5, 0.9215297074466288],
  ["retina_blur", "retina", 0, 0.9953798164280218],
  ["retina_blur", "retina", 5, 0.995753029353644],
] as const;

Deno.test("calculateMsSsim() gives pytorch_msssim's numbers, for odd sides too", async () => {
  for (const [restored, gt, cropBorder, want] of GOLDEN) {
    const got = calculateMsSsim(await png(restored), await png(gt), { cropBorder });
    assert.ok(Math.abs(got - want) < 5e-6, `${restored} crop ${cropBorder}: ${got}, want ${want}`);
  }
});

Deno.test("calculateMsSsim() of equal images is 1, of opposite ones 0; small ones are refused", async () => {
  const a = await png("camera");
  assert.ok(Math.abs(calculateMsSsim(a, a) - 1) < 1e-12);
  const opposite = { ...a, data: (a.data as Uint8Array).map((v) => 255 - v) };
  assert.equal(calculateMsSsim(opposite, a), 0);
  assert.throws(
    () => calculateMsSsim(a, a, { cropBorder: 20 }),
    /at least 161x161 pixels after crop_border, received 160x200/,
  );
});
