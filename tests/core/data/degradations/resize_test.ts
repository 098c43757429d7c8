import assert from "node:assert/strict";
import { resizeBy, resizeTo } from "../../../../core/data/degradations/resize.ts";
import type { FloatImage } from "../../../../core/data/image.ts";
import { imresize } from "../../../../core/data/resize.ts";
import { golden } from "./_golden.ts";

const WIDTH = 7, HEIGHT = 9;
const image: FloatImage = {
  width: WIDTH,
  height: HEIGHT,
  channels: 1,
  data: Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const y = Math.floor(i / WIDTH), x = i % WIDTH;
    return ((y * 37 + x * 53 + (x * y) % 5 * 11) % 101) / 100;
  }),
};

Deno.test("resizeTo() and resizeBy() give the numbers of F.interpolate", () => {
  for (const c of golden().resize) {
    const [height, width] = c.size ?? [0, 0];
    const got = c.factor === undefined
      ? resizeTo(image, width, height, c.mode)
      : resizeBy(image, c.factor, c.mode);
    const what = `${c.mode} ${c.factor ?? c.size}`;
    assert.deepEqual([got.height, got.width], c.shape, what);
    c.data.forEach((v, i) => assert.ok(Math.abs(v - got.data[i]!) < 2e-6, `${what} [${i}]`));
  }
});

Deno.test("matlab_bicubic is imresize, channels stay apart, and the same size is the same image", () => {
  const even = { ...image, width: 3, height: 7, channels: 3 };
  assert.deepEqual(resizeBy(even, 2, "matlab_bicubic"), imresize(even, 2));
  const { data } = resizeTo(even, 6, 5, "bilinear");
  const red = {
    ...even,
    channels: 1,
    data: even.data.filter((_, i) => i % 3 === 0),
  };
  assert.deepEqual(data.filter((_, i) => i % 3 === 0), resizeTo(red, 6, 5, "bilinear").data);
  assert.equal(resizeTo(even, 3, 7, "area"), even);
});

Deno.test("a size below one pixel becomes one pixel; sizes that are none are refused", () => {
  const tiny = resizeBy(image, 0.05, "area");
  assert.deepEqual([tiny.width, tiny.height], [1, 1]);
  assert.throws(() => resizeBy(image, 0, "area"), /^RangeError: resizeBy: the factor must be/);
  assert.throws(() => resizeTo(image, 2.5, 3, "area"), /^RangeError: resizeTo: sides must be/);
});
