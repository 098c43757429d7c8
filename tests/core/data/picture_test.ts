/** Tests of picture files against pixels from Pillow and OpenCV (see tests/data/pictures/make.py). */
import assert from "node:assert/strict";
import { openPicture, pixelsOf } from "../../../core/data/picture.ts";
import { picturesFolder, testCodecs } from "./_pictures.ts";

const expected: Record<string, [number, number, number, 8 | 16, string]> = JSON.parse(
  Deno.readTextFileSync(new URL("expected.json", picturesFolder)),
);

for (const codec of await testCodecs()) {
  for (const [name, [width, height, channels, depth, base64]] of Object.entries(expected)) {
    if (codec.name === "imagescript" && name.endsWith(".webp")) continue;
    const tolerance = !name.endsWith(".jpg") ? 0 : codec.jpegLevels ?? 1;
    Deno.test(`${codec.name}: ${name} has Pillow's pixels, give or take ${tolerance}`, async () => {
      await using picture = await openPicture(new URL(name, picturesFolder), codec);
      assert.deepEqual(
        [picture.width, picture.height, picture.channels, picture.depth],
        [width, height, channels, depth],
      );
      const image = await pixelsOf(picture.rows(), depth);
      const bytes = Uint8Array.fromBase64(base64);
      const pixels = depth === 8 ? bytes : words(bytes);
      assert.equal(image.data.length, pixels.length);
      let worst = 0;
      for (const [i, value] of pixels.entries()) {
        worst = Math.max(worst, Math.abs(value - image.data[i]!));
      }
      assert.ok(worst <= tolerance, `${worst} levels apart`);
    });
  }
}

Deno.test("a large PNG comes in bands of at most 64 rows and 1 MB, and lets timers through, as does writing", async () => {
  const { encodeRows, rowsOf } = await import("../../../core/data/picture.ts");
  const [codec] = await testCodecs();
  const side = 1500;
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * i) >> 7);
  const image = { width: side, height: side, channels: 3 as const, data };
  const file = await Deno.makeTempFile({ suffix: ".png" });
  try {
    const written = await ticksDuring(async () => {
      using out = await Deno.open(file, { write: true });
      for await (
        const part of encodeRows(rowsOf(image), { format: "png", depth: 8, compression: 1 }, codec!)
      ) out.writeSync(part);
    });
    await using picture = await openPicture(file, codec!);
    let rows = 0;
    const read = await ticksDuring(async () => {
      for await (const band of picture.rows()) {
        assert.ok(band.height <= 64 && band.data.byteLength <= 2 ** 20);
        rows += band.height;
      }
    });
    assert.equal(rows, side);
    assert.ok(written >= 3 && read >= 1, `${written} and ${read} ticks`);
  } finally {
    await Deno.remove(file);
  }
});

/** How often a timer of no time goes off meanwhile. */
async function ticksDuring(work: () => Promise<void>): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 0);
  await work();
  clearInterval(timer);
  return ticks;
}

function words(bytes: Uint8Array): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i));
}
