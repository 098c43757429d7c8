import assert from "node:assert/strict";
import { MetricTable } from "../../../core/metrics/collect.ts";
import { resultTable } from "../../../core/train/results.ts";

Deno.test("resultTable() shows bicubic beside each value, and a gain above 0 where it is for the better", () => {
  const table = new MetricTable();
  table.add("Set5", "psnr", { recipe: "Y", better: "higher" }, "baby", 30, 28.5);
  table.add("Set5", "niqe", { recipe: "Y", better: "lower" }, "baby", 4, 6.25);
  const [head, baby, mean, psnr, niqe] = resultTable(table.toJSON()).split("\n")
    .map((line) => line.trim().split(/ {2,}/));
  assert.deepEqual(head, ["Set5", "psnr", "bicubic", "gain", "niqe", "bicubic", "gain"]);
  assert.deepEqual(baby, ["baby", "30.00", "28.50", "+1.50", "4.00", "6.25", "+2.25"]);
  assert.deepEqual(mean!.slice(1), baby!.slice(1));
  assert.deepEqual([psnr, niqe], [["psnr: Y, higher is better"], ["niqe: Y, lower is better"]]);
});
