import assert from "node:assert/strict";
import { outputSize } from "../../../core/restore/size.ts";

const input = { width: 100, height: 33 };

Deno.test("outputSize() takes the networks' scale, another one, or sides of which one keeps the aspect ratio", () => {
  assert.deepEqual(outputSize(input, 4, {}), { width: 400, height: 132 });
  assert.deepEqual(outputSize(input, 4, { scale: 1.5 }), { width: 150, height: 50 });
  assert.deepEqual(outputSize(input, 4, { width: 50 }), { width: 50, height: 17 });
  assert.deepEqual(outputSize(input, 4, { height: 66 }), { width: 200, height: 66 });
  assert.deepEqual(outputSize(input, 4, { width: 7, height: 9 }), { width: 7, height: 9 });
  assert.deepEqual(outputSize(input, 4, { scale: 0.001 }), { width: 1, height: 1 });
});

Deno.test("outputSize() refuses scale with a side, and numbers that are no sizes", () => {
  assert.throws(() => outputSize(input, 4, { scale: 2, width: 3 }), /scale and width or height/);
  assert.throws(() => outputSize(input, 4, { scale: 0 }), /scale must be a positive number/);
  assert.throws(() => outputSize(input, 4, { width: 1.5 }), /width must be a positive whole/);
  assert.throws(() => outputSize(input, 4, { height: 0 }), /height must be a positive whole/);
  for (const far of [{ width: 1e9 }, { width: 1, height: 1e6 + 1 }, { scale: 1e6 }]) {
    assert.throws(() => outputSize(input, 4, far), /no side may have more than 1000000 pixels/);
  }
  const area = { width: 200_000, height: 200_000 };
  assert.throws(() => outputSize(input, 4, area), /more than 10 gigapixels/);
});
