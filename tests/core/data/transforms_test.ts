import assert from "node:assert/strict";
import { Rng } from "../../../core/random.ts";
import {
  augment,
  crop,
  drawAugmentation,
  imgRotate,
  modCrop,
  pairedRandomCrop,
} from "../../../core/data/transforms.ts";
import type { FloatImage } from "../../../core/data/image.ts";
import { gradient } from "./_files.ts";

Deno.test("pairedRandomCrop() takes the same place of LQ and GT, and reaches both ends", () => {
  const lq = gradient(10, 7), gt = gradient(20, 14);
  const rng = new Rng(1);
  const lefts = new Set<number>(), tops = new Set<number>();
  for (let i = 0; i < 300; i++) {
    const { gts: [g], lqs: [l] } = pairedRandomCrop([gt], [lq], 8, 2, rng);
    assert.deepEqual([g!.width, g!.height, l!.width, l!.height], [8, 8, 4, 4]);
    const [x, y] = l!.data as Uint8Array;
    assert.deepEqual([g!.data[0], g!.data[1]], [2 * x!, 2 * y!]);
    lefts.add(x!);
    tops.add(y!);
  }
  assert.deepEqual([...lefts].sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...tops].sort((a, b) => a - b), [0, 1, 2, 3]);
});

Deno.test("pairedRandomCrop() names the file if sizes do not fit or the image is too small", () => {
  const rng = new Rng(1);
  assert.throws(
    () => pairedRandomCrop([gradient(20, 15)], [gradient(10, 7)], 8, 2, rng, "a/b.png"),
    { name: "UserError", message: /^a\/b\.png: GT is 20x15, which is not 2 times LQ's 10x7/ },
  );
  assert.throws(
    () => pairedRandomCrop([gradient(20, 14)], [gradient(10, 7)], 16, 2, rng, "a/b.png"),
    { name: "UserError", message: /^a\/b\.png: LQ is 10x7, smaller than its patch of 8x8/ },
  );
});

Deno.test("augment() makes the same moves on all images of the list, and each of the eight about equally", () => {
  const rng = new Rng(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 800; i++) {
    const [a, b] = augment([gradient(2, 2), gradient(2, 2, 1)], rng);
    const places = (data: ArrayLike<number>): string =>
      Array.from({ length: 4 }, (_, p) => `${data[3 * p]}${data[3 * p + 1]}`).join(" ");
    assert.equal(places(a!.data), places(b!.data));
    counts.set(places(a!.data), (counts.get(places(a!.data)) ?? 0) + 1);
  }
  assert.equal(counts.size, 8);
  for (const n of counts.values()) assert.ok(n > 60 && n < 140, `${n} of 800`);
});

Deno.test("drawAugmentation() makes no move that is switched off", () => {
  const rng = new Rng(5);
  for (let i = 0; i < 50; i++) {
    const flips = drawAugmentation(rng, true, false);
    assert.ok(!flips.vflip && !flips.rot90);
    assert.equal(drawAugmentation(rng, false, true).hflip, false);
  }
});

Deno.test("crop() refuses to leave the image, and modCrop() to leave nothing", () => {
  assert.throws(() => crop(gradient(4, 4), 1, 0, 4, 4), /crop of 4x4 at \(0, 1\) leaves/);
  assert.throws(() => modCrop(gradient(3, 8), 4), /leaves the image/);
});

Deno.test("imgRotate() by 90 degrees turns counter-clockwise about the middle", () => {
  const data = new Float32Array(25);
  data[2 * 5 + 4] = 1; // right of the middle
  const out = imgRotate({ width: 5, height: 5, channels: 1, data }, 90);
  assert.ok(Math.abs(out.data[0 * 5 + 2]! - 1) < 1e-6); // above the middle
  assert.ok(Math.abs(out.data.reduce((s, v) => s + v, 0) - 1) < 1e-6);
});

Deno.test("imgRotate() by 0 degrees changes nothing, and enlarges by its scale", () => {
  const image: FloatImage = {
    width: 3,
    height: 1,
    channels: 1,
    data: Float32Array.of(0, 1, 0),
  };
  assert.deepEqual([...imgRotate(image, 0).data], [0, 1, 0]);
  assert.deepEqual([...imgRotate(image, 0, [1, 0], 2).data], [0.5, 1, 0.5]);
});
