import { ExitCode, UserError } from "../../../core/errors.ts";
import { DivergedError } from "../../../core/train/diverged.ts";
import { fakeBatch } from "./_fakes.ts";
import assert from "node:assert/strict";

Deno.test("DivergedError names iteration, losses that are no numbers, files and advice", () => {
  const error = new DivergedError(7, { l_pix: NaN, l_g: 0.5, l_d: -Infinity }, fakeBatch(3));
  assert.ok(error instanceof UserError);
  assert.equal(error.name, "DivergedError");
  assert.equal(error.exitCode, ExitCode.DIVERGED);
  assert.equal(error.iter, 7);
  assert.match(error.message, /iteration 7: l_pix is NaN, l_d is -Infinity\n/);
  assert.doesNotMatch(error.message, /l_g is/);
  assert.match(error.message, /image_3\.png/);
  assert.match(error.message, /train\.optim_g\.lr.*train\.warmup_iter/);
});

Deno.test("DivergedError names a file once, and lq files where there is no gt", () => {
  const batch = { size: 3, images: {}, paths: { lq_path: ["a.png", "b.png", "a.png"] } };
  assert.match(new DivergedError(1, { l: NaN }, batch).message, /batch: a\.png, b\.png\n/);
  const none = { size: 1, images: {}, paths: {} };
  assert.match(new DivergedError(1, { l: NaN }, none).message, /batch: unknown\n/);
});
