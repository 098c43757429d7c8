import assert from "node:assert/strict";
import type { RawImage } from "../../../core/data/image.ts";
import { calculateMsSsim } from "../../../core/metrics/ms_ssim.ts";
import { METRIC_REGISTRY } from "../../../core/registry.ts";
import { MsSsim } from "../../../plugins/metrics/ms_ssim_metric.ts";

Deno.test("calculate_ms_ssim is registered and applies crop_border and test_y_channel", () => {
  assert.equal(METRIC_REGISTRY.get("calculate_ms_ssim").value, MsSsim);
  const image = (step: number): RawImage => {
    const data = Uint8Array.from({ length: 165 * 167 * 3 }, (_, i) => (i * step) % 256);
    return { width: 165, height: 167, channels: 3, data };
  };
  const a = image(7), b = image(9);
  const metric = new MsSsim({ crop_border: 2, test_y_channel: true });
  assert.equal(metric.recipe, "Y (BT.601), crop 2, 8 bit");
  assert.equal(metric.compute(a, b), calculateMsSsim(a, b, { cropBorder: 2, testYChannel: true }));
  assert.throws(() => metric.compute(a, undefined), /calculate_ms_ssim needs GT images/);
});
