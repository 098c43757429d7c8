import assert from "node:assert/strict";
import type { RawImage } from "../../../core/data/image.ts";
import { calculateSsim } from "../../../core/metrics/ssim.ts";
import { METRIC_REGISTRY } from "../../../core/registry.ts";
import { Ssim } from "../../../plugins/metrics/ssim_metric.ts";

function image(step: number): RawImage {
  const data = Uint8Array.from({ length: 20 * 16 * 3 }, (_, i) => (i * step) % 256);
  return { width: 20, height: 16, channels: 3, data };
}

Deno.test("calculate_ssim is registered and its schema checks the keys", () => {
  const { value, options } = METRIC_REGISTRY.get("calculate_ssim");
  assert.equal(value, Ssim);
  assert.deepEqual(options!.parse({ crop_border: 2 }), {
    crop_border: 2,
    test_y_channel: false,
    better: "higher",
  });
  for (const bad of [{}, { crop_border: -1 }, { crop_border: 2, crop: 3 }]) {
    assert.equal(options!.safeParse(bad).success, false);
  }
});

Deno.test("Ssim applies its options and says so in its recipe", () => {
  const a = image(7), b = image(9);
  const metric = new Ssim({ crop_border: 2, test_y_channel: true });
  assert.equal(metric.recipe, "Y (BT.601), crop 2, 8 bit");
  assert.equal(metric.better, "higher");
  assert.equal(metric.compute(a, b), calculateSsim(a, b, { cropBorder: 2, testYChannel: true }));
  assert.notEqual(metric.compute(a, b), new Ssim({ crop_border: 2 }).compute(a, b));
});

Deno.test("Ssim without GT is an error that says so", () => {
  assert.throws(() => new Ssim({ crop_border: 0 }).compute(image(1), undefined), {
    name: "UserError",
    message: "calculate_ssim needs GT images, this dataset has none",
  });
});
