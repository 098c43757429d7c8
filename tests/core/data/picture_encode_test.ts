/** Tests of written pictures: what comes out is what went in, and what a format cannot hold is refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePng } from "../../../core/data/png.ts";
import { readJpegFrame } from "../../../core/data/header.ts";
import type { Channels, RawImage } from "../../../core/data/image.ts";
import {
  encodeRows,
  openPicture,
  type PictureTarget,
  pixelsOf,
  type Rows,
  rowsOf,
} from "../../../core/data/picture.ts";
import { collect, testCodecs } from "./_pictures.ts";

const codecs = await testCodecs();
const codec = codecs.at(-1)!;
type Target = Omit<PictureTarget, "width" | "height" | "channels">;
const write = (rows: Rows, target: Target, by = codec) => collect(encodeRows(rows, target, by));

function noise(width: number, height: number, channels: Channels, wide: boolean): RawImage {
  let seed = width * 7919 + height * 31 + channels;
  const length = width * height * channels;
  const data = wide ? new Uint16Array(length) : new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    data[i] = seed >> 12;
  }
  return { width, height, channels, data };
}

function waves(width: number, height: number, channels: Channels): RawImage {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels), x = pixel % width, y = Math.floor(pixel / width);
    return 128 + 60 * Math.sin(x / 5 + i % channels) + 50 * Math.cos(y / 4);
  });
  return { width, height, channels, data };
}

const images = fc.record({
  width: fc.integer({ min: 1, max: 40 }),
  height: fc.integer({ min: 1, max: 40 }),
  channels: fc.constantFrom<Channels>(1, 2, 3, 4),
  wide: fc.boolean(),
  compression: fc.integer({ min: 0, max: 9 }),
});

Deno.test("a PNG that is written has every sample, for each reader of this project", async () => {
  await fc.assert(
    fc.asyncProperty(images, async ({ width, height, channels, wide, compression }) => {
      const image = noise(width, height, channels, wide);
      const bytes = await write(rowsOf(image), {
        format: "png",
        depth: wide ? 16 : 8,
        compression,
      });
      assert.deepEqual(decodePng(bytes, "mine"), image);
      for (const reader of codecs) assert.deepEqual(await reader.decode(bytes, "mine"), image);
      await using picture = await openPicture(bytes, codec);
      assert.equal(picture.depth, wide ? 16 : 8);
      assert.deepEqual(await pixelsOf(picture.rows(), picture.depth), image);
    }),
    { numRuns: 60, seed: 5 },
  );
});

Deno.test("bands of any heights make the same PNG, whose pixels are in many chunks if it is large", async () => {
  const image = noise(301, 200, 3, false);
  const whole = await write(rowsOf(image), { format: "png", depth: 8 });
  const samples = Float32Array.from(image.data, (v) => v / 255);
  const uneven: Rows = {
    ...image,
    async *[Symbol.asyncIterator]() {
      for (let y = 0, step = 1; y < 200; y += step, step = step * 3 % 17 + 1) {
        const height = Math.min(step, 200 - y);
        yield {
          width: 301,
          height,
          channels: 3,
          data: samples.subarray(y * 903, (y + height) * 903),
        };
      }
    },
  };
  assert.deepEqual(decodePng(await write(uneven, { format: "png", depth: 8 }), "a"), image);
  const pieces = new TextDecoder("latin1").decode(whole).split("IDAT").length - 1;
  assert.ok(pieces > 1, `${pieces} chunks in ${whole.length} bytes`);
});

Deno.test("a photograph takes at most 2 % more than Pillow 13 needs for it at level 6, 134084 bytes", async () => {
  const photograph = new URL("../../data/demo/train/gt/coffee_1.png", import.meta.url);
  await using picture = await openPicture(photograph, codec);
  const mine = await write(picture.rows(), { format: "png", depth: 8, compression: 6 });
  assert.ok(mine.length < 1.02 * 134084, `${mine.length} bytes`);
});

Deno.test("samples are clipped and rounded half to even, 8 and 16 bit; NaN becomes 0", async () => {
  const f = Math.fround;
  const cases: [number, number, number][] = [
    [-1, 0, 0],
    [2, 255, 65535],
    [NaN, 0, 0],
    [Infinity, 255, 65535],
    [f(0.5 / 255), 0, 128],
    [f(1.5 / 255), 2, 386],
    [f(2.5 / 255), 2, 642],
    [1, 255, 65535],
    [f(0.5 / 65535), 0, 0],
    [f(1.5 / 65535), 0, 2],
  ];
  const data = Float32Array.from(cases, ([value]) => value);
  const rows = rowsOf({ width: cases.length, height: 1, channels: 1, data });
  assert.deepEqual([...(await pixelsOf(rows, 8)).data], cases.map((c) => c[1]));
  assert.deepEqual([...(await pixelsOf(rows, 16)).data], cases.map((c) => c[2]));
});

for (const by of codecs) {
  Deno.test(`${by.name}: JPEG is near at quality 95, smaller at 50, and keeps chroma whole from 90 on`, async () => {
    const image = waves(64, 48, 3);
    const fine = await write(rowsOf(image), { format: "jpeg", depth: 8 }, by);
    const coarse = await write(rowsOf(image), { format: "jpeg", depth: 8, quality: 50 }, by);
    assert.ok(coarse.length < fine.length);
    assert.equal(samplingOf(fine), 0x11);
    // imagescript has no choice.
    assert.equal(samplingOf(coarse), by.name === "imagescript" ? 0x11 : 0x22);
    await using picture = await openPicture(fine, by);
    assert.equal(picture.format, "jpeg");
    const back = await pixelsOf(picture.rows(), 8);
    assert.ok(image.data.every((v, i) => Math.abs(v - back.data[i]!) <= 9));
  });
  Deno.test(`${by.name}: WebP keeps alpha exactly and is near in colour`, async () => {
    const image = waves(40, 32, 4);
    const bytes = await write(rowsOf(image), { format: "webp", depth: 8, quality: 90 }, by);
    await using picture = await openPicture(bytes, codecs.at(-1)!).catch(skipWithoutWebp) ?? none;
    if (picture === none) return;
    assert.deepEqual([picture.format, picture.channels], ["webp", 4]);
    const back = await pixelsOf(picture.rows(), 8);
    for (const [i, v] of image.data.entries()) {
      const off = Math.abs(v - back.data[i]!);
      assert.ok(i % 4 === 3 ? off === 0 : off <= 24, `${off} at ${i}`);
    }
  });
}

Deno.test("a format that cannot hold what is asked for is refused at once, unless it may narrow", async () => {
  const rgba = rowsOf(waves(8, 8, 4)), rgb = rowsOf(noise(8, 8, 3, true));
  assert.throws(() => encodeRows(rgba, { format: "jpeg", depth: 8 }, codec), {
    name: "RangeError",
    message: /jpeg holds no transparency.*narrow/,
  });
  for (const format of ["jpeg", "webp"] as const) {
    assert.throws(() => encodeRows(rgb, { format, depth: 16 }, codec), {
      name: "RangeError",
      message: /holds 8 bit, not 16.*narrow/,
    });
    const bytes = await write(rgb, { format, depth: 16, narrow: true });
    assert.ok(bytes.length > 100);
  }
  const size = { width: 16384, height: 1, channels: 1 as const };
  const wide = rowsOf({ ...size, data: new Uint8Array(16384) });
  assert.throws(() => encodeRows(wide, { format: "webp", depth: 8 }, codec), /16383 pixels a side/);
  for (const bad of [{ quality: 0 }, { quality: 101 }, { compression: 10 }, { quality: NaN }]) {
    assert.throws(() => encodeRows(rgb, { format: "png", depth: 8, ...bad }, codec), RangeError);
  }
});

Deno.test("a JPEG that may narrow has the transparent picture on white", async () => {
  const data = new Uint8Array(16 * 16 * 4);
  for (let i = 0; i < data.length; i += 4) data.set([200, 0, 0, i < data.length / 2 ? 0 : 255], i);
  const rows = rowsOf({ width: 16, height: 16, channels: 4, data });
  const bytes = await write(rows, { format: "jpeg", depth: 8, narrow: true });
  await using picture = await openPicture(bytes, codec);
  const back = await pixelsOf(picture.rows(), 8);
  const near = (at: number, colour: number[]) =>
    colour.forEach((v, s) => assert.ok(Math.abs(back.data[at + s]! - v) <= 3));
  near(0, [255, 255, 255]);
  near(15 * 16 * 3, [200, 0, 0]);
});

Deno.test("rows that do not make up their picture are an error, never a file", async () => {
  const rows = rowsOf(waves(8, 8, 3));
  await assert.rejects(write({ ...rows, height: 9 }, { format: "png", depth: 8 }), /8 rows came/);
  await assert.rejects(write({ ...rows, height: 7 }, { format: "png", depth: 8 }), /does not fit/);
  await assert.rejects(pixelsOf({ ...rows, width: 9 }, 8), /does not fit/);
});

const none = { [Symbol.asyncDispose]: () => Promise.resolve() } as never;

function skipWithoutWebp(error: unknown): undefined {
  assert.match(String(error), /WebP file .*imagescript does not read/);
  return undefined;
}

/** Sampling factors of the first component: 0x11 whole chroma, 0x22 halved. */
function samplingOf(jpeg: Uint8Array): number {
  assert.equal(readJpegFrame(jpeg)!.components, 3);
  for (let at = 2;;) {
    if (jpeg[at + 1] === 0xc0) return jpeg[at + 11]!;
    at += 2 + jpeg[at + 2]! * 256 + jpeg[at + 3]!;
  }
}
