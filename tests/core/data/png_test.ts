/** Tests of the PNG codec against pixels from Pillow (see tests/data/codec and tests/data/png). */
import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import fc from "fast-check";
import { decodePng, encodePng } from "../../../core/data/png.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";

type Expected = Record<string, [channels: number, pixels: number[]]>;

for (const folder of ["codec", "png"]) {
  const base = new URL(`../../data/${folder}/`, import.meta.url);
  const expected: Expected = JSON.parse(Deno.readTextFileSync(new URL("expected.json", base)));
  for (const [name, [channels, pixels]] of Object.entries(expected)) {
    if (!name.endsWith(".png")) continue;
    Deno.test(`decodePng() reads every pixel of ${folder}/${name} as Pillow does`, () => {
      const image = decodePng(Deno.readFileSync(new URL(name, base)), name);
      const type = name.includes("16") ? Uint16Array : Uint8Array;
      assert.equal(image.channels, channels);
      assert.deepEqual(image.data, type.from(pixels));
    });
  }
}

Deno.test("what encodePng() writes, decodePng() reads, whatever the size, depth and channels", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(1, 2, 3, 4) as fc.Arbitrary<1 | 2 | 3 | 4>,
      fc.boolean(),
      fc.integer({ min: 0, max: 9 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 65535 })),
      (width, height, channels, wide, compression, numbers) => {
        const size = width * height * channels;
        const data = (wide ? Uint16Array : Uint8Array).from([...numbers.take(size)]);
        const image: RawImage = { width, height, channels, data };
        assert.deepEqual(decodePng(encodePng(image, compression), "mine"), image);
      },
    ),
    { numRuns: 100, seed: 7 },
  );
});

Deno.test("encodePng() filters rows: a photograph takes a fifth less than packed as it is", () => {
  const photograph = new URL("../../data/demo/train/gt/coffee_1.png", import.meta.url);
  const image = decodePng(Deno.readFileSync(photograph), "coffee_1.png");
  const filtered = encodePng(image, 6).length;
  assert.ok(filtered < 0.8 * deflateSync(image.data, { level: 6 }).length, `${filtered} bytes`);
});

Deno.test("encodePng() refuses samples that are no such image, and levels beyond 0 to 9", () => {
  const data = new Uint8Array(11);
  assert.throws(() => encodePng({ width: 2, height: 2, channels: 3, data }), /11 samples/);
  assert.throws(() => encodePng(smooth(2, 2), 10), /compression must be 0 to 9, received 10/);
});

Deno.test("decodePng() names the file and the fault when any byte is flipped or missing", () => {
  const file = encodePng(smooth(9, 7));
  for (let i = 8; i < file.length; i++) {
    const flipped = file.slice();
    flipped[i]! ^= 0x10;
    assert.throws(
      () => decodePng(flipped, "dir/a.png"),
      isDataError(/^dir\/a\.png: /),
      `byte ${i}`,
    );
  }
  for (let length = 0; length < file.length; length++) {
    assert.throws(() => decodePng(file.subarray(0, length), "a.png"), isDataError(/^a\.png: /));
  }
});

Deno.test("decodePng() refuses pixels that are more, fewer or of unknown filters although checksums hold", () => {
  const rows = (bytes: number[]) => withPixels(2, 1, new Uint8Array(bytes));
  assert.deepEqual(decodePng(rows([0, 5, 6]), "ok").data, new Uint8Array([5, 6]));
  assert.throws(
    () => decodePng(rows([0, 5]), "a.png"),
    isDataError(/2 bytes of pixels instead of 3/),
  );
  assert.throws(
    () => decodePng(rows(Array(9999).fill(0)), "a.png"),
    isDataError(/cannot be unpacked/),
  );
  assert.throws(() => decodePng(rows([5, 5, 6]), "a.png"), isDataError(/unknown filter/));
});

Deno.test("decodePng() refuses a header of 30000 x 30000 pixels at once", () => {
  const start = performance.now();
  assert.throws(
    () => decodePng(withPixels(30000, 30000, new Uint8Array(9)), "bomb.png"),
    isDataError(/bomb\.png: 30000x30000 pixels are more than the limit/),
  );
  assert.ok(performance.now() - start < 200);
});

function isDataError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.DATA);
    assert.match(error.message, message);
    return true;
  };
}

function smooth(width: number, height: number): RawImage {
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => 128 + 90 * Math.sin(i / 90) + 30 * Math.cos(i / (width * 20)),
  );
  return { width, height, channels: 3, data };
}

/** An 8-bit gray PNG with right checksums around rows of our own. */
function withPixels(width: number, height: number, rows: Uint8Array): Uint8Array {
  const ihdr = new Uint8Array(13);
  const view = new DataView(ihdr.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  ihdr[8] = 8;
  const parts = [["IHDR", ihdr], ["IDAT", deflateSync(rows)], ["IEND", new Uint8Array()]] as const;
  const bytes = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  for (const [type, data] of parts) {
    const named = new Uint8Array([...new TextEncoder().encode(type), ...data]);
    const words = new DataView(new ArrayBuffer(8));
    words.setUint32(0, data.length);
    words.setUint32(4, crc32(named));
    const four = (at: number) => new Uint8Array(words.buffer, at, 4);
    bytes.push(...four(0), ...named, ...four(4));
  }
  return new Uint8Array(bytes);
}
