import assert from "node:assert/strict";
import { secondOrderOptions, secondOrderShape } from "../../../core/degrade/mod.ts";
import { z } from "../../../core/options/zod.ts";
import { X4PLUS } from "./_options.ts";

Deno.test("secondOrderOptions() sorts the keys of Real-ESRGAN's files by rounds", () => {
  const options = secondOrderOptions({ ...X4PLUS, scale: 4, name: "other keys are left alone" });
  assert.deepEqual(options.first.resize_range, [0.15, 1.5]);
  assert.deepEqual(options.second.resize_range, [0.3, 1.2]);
  assert.deepEqual(options.second.noise_range, [1, 25]);
  assert.equal(options.second_blur_prob, 0.8);
});

Deno.test("secondOrderOptions() names what is missing and what is wrong", () => {
  const { jpeg_range: _, noise_range2: __, ...rest } = X4PLUS;
  assert.throws(
    () => secondOrderOptions(rest),
    /^RangeError: jpeg_range, noise_range2 missing: .*high_order_degradation: false/,
  );
  const wrong = (change: Record<string, unknown>) => () =>
    secondOrderOptions({ ...X4PLUS, ...change });
  assert.throws(
    wrong({ jpeg_range2: [95, 30] }),
    /^RangeError: jpeg_range2: must be \[least, larg/,
  );
  assert.throws(wrong({ resize_range: [1.1, 1.5] }), /^RangeError: resize_range\.0/);
  assert.throws(wrong({ resize_prob: [0, 0, 0] }), /^RangeError: resize_prob: must hold a number/);
  assert.throws(wrong({ second_blur_prob: 2 }), /^RangeError: second_blur_prob/);
});

Deno.test("the shape for options files takes any of the keys, and none", () => {
  const schema = z.strictObject(secondOrderShape);
  assert(schema.safeParse({}).success);
  assert(schema.safeParse(X4PLUS).success);
  assert(!schema.safeParse({ gray_noise_prob2: "often" }).success);
});
