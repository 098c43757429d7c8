import assert from "node:assert/strict";
import { fitsFloat16 } from "../../../core/export/float16.ts";

Deno.test("fitsFloat16() takes what rounds to 65504, the largest, and nothing beyond or beside numbers", () => {
  assert.ok(fitsFloat16([0, -1e-9, 65504, -65519, 3n]));
  for (const value of [65520, -1e9, Infinity, NaN]) assert.ok(!fitsFloat16([1, value]), `${value}`);
});
