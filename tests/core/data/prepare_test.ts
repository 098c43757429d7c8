import assert from "node:assert/strict";
import { imageDatasetShape, preparation } from "../../../core/data/prepare.ts";
import { z } from "../../../core/options/zod.ts";
import type { RawImage } from "../../../core/data/image.ts";

const pixel: RawImage = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 51, 0) };
const near = (got: ArrayLike<number>, want: readonly number[]): void => {
  assert.equal(got.length, want.length);
  want.forEach((v, i) => assert.ok(Math.abs(got[i]! - v) < 1e-6, `${got[i]} is not ${v}`));
};

Deno.test("preparation() subtracts mean and divides by std, channel by channel in RGB order", () => {
  near(preparation({})(pixel).data, [1, 0.2, 0]);
  const prepare = preparation({ mean: [0.5, 0.2, 0], std: [0.5, 1, 2] });
  near(prepare(pixel).data, [1, 0, 0]);
});

Deno.test("preparation() with color y gives BT.601 luma of RGB as one channel", () => {
  const image = preparation({ color: "y" })(pixel);
  assert.equal(image.channels, 1);
  near(image.data, [(65.481 + 128.553 * 0.2 + 16) / 255]);
});

Deno.test("preparation() refuses mean without std, wrong lengths and a std of 0", () => {
  for (
    const options of [
      { mean: [0, 0, 0] },
      { mean: [0], std: [1] },
      { color: "y" as const, mean: [0, 0, 0], std: [1, 1, 1] },
      { mean: [0, 0, 0], std: [1, 0, 1] },
    ]
  ) {
    assert.throws(() => preparation(options), { name: "UserError", exitCode: 2 });
  }
});

Deno.test("the schema takes disk and lmdb with BasicSR's keys, and refuses other io backends", () => {
  const schema = z.strictObject(imageDatasetShape);
  assert.deepEqual(schema.parse({}).io_backend, { type: "disk" });
  const lmdb = { type: "lmdb", db_paths: ["a", "b"], client_keys: ["lq", "gt"], readahead: false };
  assert.deepEqual(schema.parse({ io_backend: lmdb }).io_backend, lmdb);
  for (
    const [backend, key] of [
      [{ type: "memcached" }, "type"],
      [{ type: "disk", db_paths: "a" }, "db_paths"],
      [{ type: "lmdb", map_size: 1 }, undefined],
    ] as const
  ) {
    const { error } = schema.safeParse({ io_backend: backend });
    assert.deepEqual(error!.issues[0]!.path, ["io_backend", ...key ? [key] : []]);
  }
});
