import { FramePacker, frameRows } from "../../../core/video/frames.ts";
import type { Rows } from "../../../core/restore/types.ts";
import assert from "node:assert/strict";

Deno.test("frames become rows and the same frames again, in 8 and 16 bits", async () => {
  const size = { width: 5, height: 131 };
  const small = Uint8Array.from({ length: 5 * 131 * 3 }, (_, i) => (i * 7) % 256);
  const rows = frameRows(small, size, 8);
  assert.deepEqual([rows.width, rows.height, rows.channels], [5, 131, 3]);
  assert.deepEqual(await new FramePacker(size, 8).pack(rows), small);
  const large = Uint16Array.from({ length: 5 * 131 * 3 }, (_, i) => (i * 12345) % 65536);
  const bytes = new Uint8Array(large.buffer);
  assert.deepEqual(await new FramePacker(size, 16).pack(frameRows(bytes, size, 16)), bytes);
});

Deno.test("levels are clipped and rounded half to even, what is no number is 0", async () => {
  const values = [-0.1, 1.5, NaN, Infinity, 0.5 / 255, 1.5 / 255, 2.5 / 255, 1, 0];
  const rows: Rows = {
    width: 3,
    height: 1,
    channels: 3,
    async *[Symbol.asyncIterator]() {
      // Held in doubles' stead by an array that keeps halves exact.
      const data = new Float64Array(values) as unknown as Float32Array;
      yield await Promise.resolve({ width: 3, height: 1, channels: 3, data });
    },
  };
  const packed = await new FramePacker({ width: 3, height: 1 }, 8).pack(rows);
  assert.deepEqual([...packed], [0, 255, 0, 255, 0, 2, 2, 255, 0]);
});

Deno.test("gray becomes RGB, and the last column and row fill an even frame", async () => {
  const gray: Rows = {
    width: 1,
    height: 1,
    channels: 1,
    async *[Symbol.asyncIterator]() {
      const data = Float32Array.of(100 / 255);
      yield await Promise.resolve({ width: 1, height: 1, channels: 1, data });
    },
  };
  const packed = await new FramePacker({ width: 2, height: 2 }, 8).pack(gray);
  assert.deepEqual([...packed], new Array(12).fill(100));
});

Deno.test("rows that do not make up a frame are refused", async () => {
  const short: Rows = {
    width: 1,
    height: 2,
    channels: 3,
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve({ width: 1, height: 1, channels: 3, data: new Float32Array(3) });
    },
  };
  await assert.rejects(new FramePacker({ width: 1, height: 2 }, 8).pack(short), /1 of 2 rows came/);
});
