import { pairRatios, spread } from "./_stats.ts";
import assert from "node:assert/strict";

Deno.test("spread() gives the middle of an odd and of an even number of values", () => {
  assert.deepEqual(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  assert.deepEqual(spread([10, 9]), { median: 9.5, min: 9, max: 10 });
});

Deno.test("spread() refuses to make a median of nothing", () => {
  assert.throws(() => spread([]), RangeError);
});

Deno.test("pairRatios() compares neighbours, so that a slow moment cancels", () => {
  // The second turn of both took ten times as long.
  assert.deepEqual(pairRatios([1, 10, 1], [2, 20, 2]), [2, 2, 2]);
});

Deno.test("pairRatios() leaves out turns without a partner", () => {
  assert.deepEqual(pairRatios([1, 2, 4], [2]), [2]);
  assert.deepEqual(pairRatios([1], [2, 3]), [2]);
});
