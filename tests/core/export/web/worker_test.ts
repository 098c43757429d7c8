import assert from "node:assert/strict";
import { fromFloat16 } from "../../../../core/export/web/float16.ts";
import { cut } from "../../../../core/export/web/worker/cutting.ts";
import { PngWriter } from "../../../../core/export/web/worker/png.ts";
import { decodePng } from "../../../../core/data/png.ts";
import { tileContext } from "../../../../core/restore/tile_size.ts";

Deno.test("numbers of 16 bits are those of IEEE 754", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
  // NaNs differ in bits that nobody looks at.
  assert.deepEqual([...fromFloat16(halves)], [...new Float16Array(halves.buffer)]);
});

Deno.test("PngWriter() writes what other programs read", async () => {
  for (const channels of [1, 2, 3, 4] as const) {
    const [width, height] = [37, 23];
    const data = Uint8Array.from(
      { length: width * height * channels },
      (_, i) => (Math.sin(i * 0.37) + 1) * 127,
    );
    const png = new PngWriter(width, height, channels);
    for (let y = 0; y < height; y += 5) {
      await png.add(data.subarray(y * width * channels, (y + 5) * width * channels));
    }
    const read = decodePng(await (await png.end()).bytes(), "made.png");
    assert.deepEqual([read.width, read.height, read.channels], [width, height, channels]);
    assert.deepEqual(new Uint8Array(read.data), data);
  }
});

const NETWORK = {
  scale: 2,
  multiple: 1,
  padding: "reflect",
  radius: 18,
  bytesPerPixel: 1000,
  largestPerPixel: 256,
} as const;

Deno.test("cut() takes tiles for which there is room, with the network's surroundings", () => {
  const room = { budget: 100e6, largest: 100e6 };
  const { tiles, window, context } = cut(NETWORK, 1500, 1000, room);
  assert.equal(context, 18);
  assert.ok(tiles.length > 10 && window.width * window.height * 1000 <= room.budget);
  // One value may be too large before all of them are.
  const small = cut(NETWORK, 1500, 1000, { budget: 100e6, largest: 5e6 }).window;
  assert.ok(small.width * small.height * 256 <= 5e6);
  // A little picture is computed at once; one without room in the smallest tiles.
  assert.equal(cut(NETWORK, 40, 30, room).tiles.length, 1);
  assert.ok(cut(NETWORK, 1500, 1000, { budget: 1, largest: 1 }).tiles.length > 1000);
});

Deno.test("cut() computes at once what looks at the whole picture, if there is room", () => {
  const whole = { ...NETWORK, radius: null };
  const room = { budget: 1e9, largest: 1e9 };
  assert.equal(cut(whole, 900, 900, room).tiles.length, 1);
  assert.equal(cut(whole, 2000, 2000, room).context, tileContext(Infinity));
});
