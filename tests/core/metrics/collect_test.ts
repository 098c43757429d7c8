import assert from "node:assert/strict";
import { fromJsonNumber, MetricTable, toJsonNumber } from "../../../core/metrics/collect.ts";

const psnr = { recipe: "RGB, crop 2, 8 bit", better: "higher" } as const;

Deno.test("MetricTable averages by dataset and metric and keeps every image beside bicubic", () => {
  const table = new MetricTable();
  table.add("Set5", "psnr", psnr, "baby", 30, 28);
  table.add("Set5", "psnr", psnr, "bird", 34, 30);
  table.add("Set14", "psnr", psnr, "baby", 20);
  assert.deepEqual(table.datasets(), ["Set5", "Set14"]);
  assert.deepEqual(table.metrics("Set5"), ["psnr"]);
  assert.equal(table.mean("Set5", "psnr"), 32);
  assert.equal(table.bicubicMean("Set5", "psnr"), 29);
  assert.ok(Number.isNaN(table.bicubicMean("Set14", "psnr")));
  assert.deepEqual(JSON.parse(JSON.stringify(table)), {
    Set5: {
      psnr: {
        mean: 32,
        recipe: "RGB, crop 2, 8 bit",
        better: "higher",
        images: { baby: 30, bird: 34 },
        bicubic: { mean: 29, images: { baby: 28, bird: 30 } },
      },
    },
    Set14: {
      psnr: { mean: 20, recipe: "RGB, crop 2, 8 bit", better: "higher", images: { baby: 20 } },
    },
  });
});

Deno.test("infinite values survive JSON as words and make the mean infinite", () => {
  const table = new MetricTable();
  table.add("d", "psnr", psnr, "a", Infinity);
  table.add("d", "psnr", psnr, "b", 30);
  const { mean, images } = table.toJSON()["d"]!["psnr"]!;
  assert.deepEqual([mean, images["a"], images["b"]], ["inf", "inf", 30]);
  for (const v of [1.5, Infinity, -Infinity, NaN]) {
    const back = fromJsonNumber(JSON.parse(JSON.stringify(toJsonNumber(v))));
    assert.ok(Object.is(back, v));
  }
});

Deno.test("two images of one name are refused instead of one hiding the other", () => {
  const table = new MetricTable();
  table.add("d", "psnr", psnr, "a", 1);
  assert.throws(
    () => table.add("d", "psnr", psnr, "a", 2),
    /d has two values of psnr for the image "a"/,
  );
});
