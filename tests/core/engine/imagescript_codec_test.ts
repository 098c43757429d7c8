/** Tests of the portable image codec against pixels from Pillow (see tests/data/codec/README.md). */
import assert from "node:assert/strict";
import { openCodec } from "../../../core/engine/codec.ts";
import type { RawImage } from "../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";

const folder = new URL("../../data/codec/", import.meta.url);
const file = (name: string) => Deno.readFileSync(new URL(name, folder));
const expected: Record<string, [channels: number, pixels: number[]]> = JSON.parse(
  Deno.readTextFileSync(new URL("expected.json", folder)),
);
const codec = await openCodec({ kind: "imagescript" });

for (const [name, [channels, pixels]] of Object.entries(expected)) {
  // Its JPEG decoder is up to 3 levels apart from libjpeg's with smooth chroma; it repeats chroma pixels.
  const tolerance = name.endsWith(".png") ? 0 : name === "gray.jpg" ? 1 : 3;
  if (!/png|jpg$/.test(name)) continue;
  Deno.test(`decode() reads ${name} as Pillow does, give or take ${tolerance}`, async () => {
    const image = await codec.decode(file(name), name);
    assert.equal(image.channels, channels);
    assert.equal(image.data instanceof Uint16Array, name.includes("16"));
    assert.equal(image.data.length, pixels.length);
    const worst = Math.max(...pixels.map((p, i) => Math.abs(p - image.data[i]!)));
    assert.ok(worst <= tolerance, `${worst} levels apart`);
  });
}

for (
  const [name, words] of [
    ["rgb.webp", /rgb\.webp: is a webp file \(7x5\).*--engine native/],
    ["rgb.bmp", /rgb\.bmp: is a bmp file \(7x5\).*convert it/],
  ] as const
) {
  Deno.test(`decode() refuses ${name}, saying what it is and what to do`, async () => {
    await assert.rejects(async () => await codec.decode(file(name), name), isDataError(words));
  });
}

Deno.test("decode() never makes pixels of a JPEG that is cut off", async () => {
  for (const name of ["rgb.jpg", "gray.jpg", "progressive.jpg"]) {
    const bytes = file(name);
    for (const length of [0, 2, 3, 20, bytes.length >> 1, bytes.length - 2, bytes.length - 1]) {
      await assert.rejects(
        async () => await codec.decode(bytes.subarray(0, length), "d/a.jpg"),
        isDataError(/^d\/a\.jpg: /),
      );
    }
  }
});

Deno.test("encodePng() and encodeJpeg() write what decode() reads", async () => {
  for (const channels of [1, 3] as const) {
    const data = Uint8Array.from(
      { length: 64 * 48 * channels },
      (_, i) => 128 + 100 * Math.sin(Math.floor(i / channels) / 200),
    );
    const image: RawImage = { width: 64, height: 48, channels, data };
    assert.deepEqual(await codec.decode(await codec.encodePng(image), "a.png"), image);
    const fine = await codec.encodeJpeg(image, 100);
    const back = await codec.decode(fine, "a.jpg");
    assert.deepEqual([back.width, back.height], [64, 48]);
    const step = back.channels / channels; // gray comes back as RGB
    assert.ok(data.every((v, i) => Math.abs(v - back.data[i * step]!) <= 4));
  }
  const photograph = new URL("../../data/demo/train/gt/coffee_1.png", import.meta.url);
  const image = await codec.decode(Deno.readFileSync(photograph), "coffee_1.png");
  const sizes = [];
  for (const quality of [10, 50, 95]) sizes.push((await codec.encodeJpeg(image, quality)).length);
  assert.ok(sizes[0]! * 2 < sizes[1]! && sizes[1]! * 2 < sizes[2]!, `sizes ${sizes}`);
});

Deno.test("encodeJpeg() refuses 16 bit and alpha", async () => {
  const size = { width: 1, height: 1 };
  await assert.rejects(
    async () => await codec.encodeJpeg({ ...size, channels: 1, data: new Uint16Array(1) }),
    /received 16 bit and 1 channels/,
  );
  await assert.rejects(
    async () => await codec.encodeJpeg({ ...size, channels: 4, data: new Uint8Array(4) }),
    /received 8 bit and 4 channels/,
  );
});

function isDataError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.DATA);
    assert.match(error.message, message);
    return true;
  };
}
