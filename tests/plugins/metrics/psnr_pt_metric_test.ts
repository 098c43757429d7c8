import assert from "node:assert/strict";
import { toFloat } from "../../../core/data/convert.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { calculatePsnrPt } from "../../../core/metrics/psnr.ts";
import { METRIC_REGISTRY } from "../../../core/registry.ts";
import { PsnrPt } from "../../../plugins/metrics/psnr_pt_metric.ts";

function image(step: number): RawImage {
  const data = Uint8Array.from({ length: 20 * 16 * 3 }, (_, i) => (i * step) % 256);
  return { width: 20, height: 16, channels: 3, data };
}

Deno.test("calculate_psnr_pt is registered and gives the PSNR of images in [0, 1]", () => {
  const { value, options } = METRIC_REGISTRY.get("calculate_psnr_pt");
  assert.equal(value, PsnrPt);
  assert.equal(options!.safeParse({ crop_border: 2, test_y_channel: true }).success, true);
  const a = image(7), b = image(9);
  const metric = new PsnrPt({ crop_border: 2, test_y_channel: true });
  const want = calculatePsnrPt(toFloat(a), toFloat(b), { cropBorder: 2, testYChannel: true });
  assert.equal(metric.compute(a, b), want);
  assert.match(metric.recipe, /^Y \(BT\.601\), crop 2, 8 bit/);
});

Deno.test("PsnrPt of equal images is 80 dB, which its recipe says", () => {
  const metric = new PsnrPt({ crop_border: 0 });
  assert.ok(Math.abs(metric.compute(image(7), image(7)) - 80) < 1e-9);
  assert.equal(metric.recipe, "all channels, crop 0, 8 bit, 80 dB at most");
});
