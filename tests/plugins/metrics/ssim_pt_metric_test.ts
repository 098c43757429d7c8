import assert from "node:assert/strict";
import { toFloat } from "../../../core/data/convert.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { calculateSsimPt } from "../../../core/metrics/ssim.ts";
import { METRIC_REGISTRY } from "../../../core/registry.ts";
import { SsimPt } from "../../../plugins/metrics/ssim_pt_metric.ts";

function image(step: number): RawImage {
  const data = Uint8Array.from({ length: 20 * 16 * 3 }, (_, i) => (i * step) % 256);
  return { width: 20, height: 16, channels: 3, data };
}

Deno.test("calculate_ssim_pt is registered and gives the SSIM of images in [0, 1]", () => {
  const { value, options } = METRIC_REGISTRY.get("calculate_ssim_pt");
  assert.equal(value, SsimPt);
  assert.equal(options!.safeParse({ crop_border: 2, test_y_channel: true }).success, true);
  const a = image(7), b = image(9);
  const metric = new SsimPt({ crop_border: 2, test_y_channel: true });
  const want = calculateSsimPt(toFloat(a), toFloat(b), { cropBorder: 2, testYChannel: true });
  assert.equal(metric.compute(a, b), want);
  assert.match(metric.recipe, /^Y \(BT\.601\), crop 2, 8 bit/);
});
