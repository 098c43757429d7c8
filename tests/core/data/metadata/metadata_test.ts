/** Tests of metadata: read from every format, kept in every format, right for the pixels. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import {
  encodeRows,
  openPicture,
  type PictureFormat,
  type PictureMetadata,
  rowsOf,
} from "../../../../core/data/picture.ts";
import { sizedExif } from "../../../../core/data/metadata/exif.ts";
import { pngChunk } from "../../../../core/data/png_stream_writer.ts";
import { collect, pictureBytes, testCodecs } from "../_pictures.ts";

const codec = (await testCodecs()).at(-1)!;
const readsWebp = codec.formats?.includes("webp") ?? false;
const formats: PictureFormat[] = readsWebp ? ["png", "jpeg", "webp"] : ["png", "jpeg"];
const icc = pictureBytes("srgb.icc"), packet = pictureBytes("packet.xmp");
const turnedPacket = new TextEncoder().encode(
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(packet).replace('"6"', '"1"'),
);
const image = { width: 3, height: 2, channels: 3 as const, data: new Uint8Array(18) };

async function through(format: PictureFormat, metadata: PictureMetadata, said: string[] = []) {
  const target = { format, depth: 8 as const, metadata, say: (line: string) => said.push(line) };
  const bytes = await collect(encodeRows(rowsOf(image), target, codec));
  await using picture = await openPicture(bytes, codec);
  return picture.metadata;
}

for (const name of ["metadata.png", "metadata.jpg", ...readsWebp ? ["metadata.webp"] : []]) {
  Deno.test(`${name}: profile, EXIF without orientation and thumbnail, XMP for upright pixels`, async () => {
    await using picture = await openPicture(pictureBytes(name), codec);
    assert.deepEqual(picture.metadata.icc, icc);
    assert.deepEqual(new Uint8Array(picture.metadata.xmp!), turnedPacket);
    const view = viewOf(picture.metadata.exif!);
    assert.equal(view.byteLength, 122); // 161 bytes up to the thumbnail, of which the link is cleared
    assert.equal(view.getUint16(10 + 24 + 8, true), 1); // orientation
    assert.equal(view.getUint32(10 + 48, true), 0); // no second directory
  });
}

Deno.test("what a picture keeps is in the files that are written of it, whatever their format", async () => {
  await using picture = await openPicture(pictureBytes("metadata.png"), codec);
  const exif = sizedExif(picture.metadata.exif!, 3, 2);
  for (const format of formats) {
    const back = await through(format, picture.metadata);
    assert.deepEqual([...back.icc!], [...icc], format);
    assert.deepEqual([...back.xmp!], [...turnedPacket], format);
    assert.deepEqual([...back.exif!], [...exif], format);
    if (format !== "webp") assert.equal(viewOf(back.pngChunks!.pHYs!).getUint32(0), 2835);
  }
  const view = viewOf(exif);
  assert.deepEqual([view.getUint16(10 + 8, true), view.getUint32(10 + 12 + 8, true)], [3, 2]);
  assert.deepEqual([view.getUint16(62 + 10, true), view.getUint32(62 + 22, true)], [3, 2]);
});

Deno.test("random EXIF, XMP and profiles of up to 200 KB survive in PNG, WebP and, as far as segments hold, JPEG", async () => {
  const blob = fc.uint8Array({ minLength: 1, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(
      blob,
      blob,
      fc.integer({ min: 132, max: 200_000 }),
      fc.constantFrom(...formats),
      async (tail, text, length, format) => {
        const profile = new Uint8Array(length).map((_, i) => i * 7);
        profile.set(icc.subarray(0, 128));
        // An empty directory, then anything.
        const exif = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...tail);
        const back = await through(format, { icc: profile, exif, xmp: text });
        assert.deepEqual([...back.exif!], [...exif]);
        assert.deepEqual([...back.xmp!], [...text]);
        assert.ok(Buffer.compare(back.icc!, profile) === 0);
      },
    ),
    { numRuns: 40, seed: 3 },
  );
});

Deno.test("what does not fit is left out and said: profiles of other colours, EXIF beyond 64 KB in JPEG", async () => {
  const gray = icc.slice();
  gray.set(new TextEncoder().encode("GRAY"), 16);
  const said: string[] = [];
  assert.equal((await through("png", { icc: gray }, said)).icc, undefined);
  assert.match(said.join(), /colour profile is not for the pixels/);
  const long = new Uint8Array(70_000);
  long.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  assert.equal((await through("jpeg", { exif: long }, said)).exif, undefined);
  assert.match(said.join(), /EXIF of 70000 bytes does not fit into a JPEG/);
  await using cmyk = await openPicture(withProfile(pictureBytes("cmyk.jpg")), codec);
  assert.equal(cmyk.metadata.icc, undefined);
});

Deno.test("a profile or text that unpacks to more than 16 MB, or is damaged, is left out and noted", async () => {
  const bomb = deflateSync(new Uint8Array(2 ** 25));
  const keyword = (text: string) => new TextEncoder().encode(text);
  const png = pictureBytes("rgb8.png");
  for (
    const [type, data, note] of [
      ["iCCP", [...keyword("x\0\0"), ...bomb], /colour profile is longer than 16 MB/],
      ["iCCP", [...keyword("x\0\0"), 1, 2, 3], /colour profile is damaged/],
      ["iTXt", [...keyword("XML:com.adobe.xmp\0\x01\0\0\0"), ...bomb], /XMP is longer than 16 MB/],
    ] as const
  ) {
    const chunk = pngChunk(type, Uint8Array.from(data));
    await using picture = await openPicture(
      await collect(pieces(png.subarray(0, 33), chunk, png.subarray(33))),
      codec,
    );
    assert.match(picture.notes.join(), note);
    assert.deepEqual(picture.metadata, {});
  }
});

Deno.test("EXIF that is damaged does no harm, wherever its bytes are wrong", async () => {
  const png = pictureBytes("metadata.png");
  await using whole = await openPicture(png, codec);
  const exif = whole.metadata.exif!;
  fc.assert(
    fc.property(
      fc.nat(exif.length - 1),
      fc.nat(255),
      fc.nat(exif.length),
      (at, value, length) => {
        const bad = exif.slice(0, length);
        bad[at] = value;
        assert.equal(sizedExif(bad, 3, 2).length, length);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});

function withProfile(jpeg: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode("ICC_PROFILE\0\x01\x01");
  const length = 2 + head.length + icc.length;
  return Uint8Array.of(
    0xff,
    0xd8,
    0xff,
    0xe2,
    length >> 8,
    length & 255,
    ...head,
    ...icc,
    ...jpeg.subarray(2),
  );
}

async function* pieces(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
