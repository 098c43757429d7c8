import assert from "node:assert/strict";
import type { RawImage } from "../../../core/data/image.ts";
import { calculateNiqe } from "../../../core/metrics/niqe.ts";
import { METRIC_REGISTRY } from "../../../core/registry.ts";
import { Niqe } from "../../../plugins/metrics/niqe_metric.ts";

Deno.test("calculate_niqe is registered, needs no GT, and lower is better", () => {
  const { value, options } = METRIC_REGISTRY.get("calculate_niqe");
  assert.equal(value, Niqe);
  assert.deepEqual(options!.parse({ crop_border: 4 }), {
    crop_border: 4,
    convert_to: "y",
    better: "lower",
  });
  for (
    const bad of [{}, { crop_border: 0, convert_to: "rgb" }, {
      crop_border: 0,
      test_y_channel: true,
    }]
  ) {
    assert.equal(options!.safeParse(bad).success, false);
  }
  const metric = new Niqe({ crop_border: 0 });
  assert.equal(metric.needsReference, false);
  assert.equal(metric.better, "lower");
});

Deno.test("Niqe applies its options and says so in its recipe", () => {
  const data = Uint8Array.from({ length: 200 * 100 * 3 }, (_, i) => (i * i * 7 + i) % 251);
  const image: RawImage = { width: 200, height: 100, channels: 3, data };
  const metric = new Niqe({ crop_border: 2, convert_to: "gray" });
  assert.equal(metric.recipe, "gray (cv2), crop 2, blocks of 96x96, 8 bit");
  assert.equal(metric.compute(image), calculateNiqe(image, { cropBorder: 2, convertTo: "gray" }));
  assert.notEqual(metric.compute(image), new Niqe({ crop_border: 2 }).compute(image));
});
