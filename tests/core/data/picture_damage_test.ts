/** Tests of hostile and damaged files: an error that names file and fault, or the right pixels; never others. */
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import type { ImageCodec, RawImage } from "../../../core/data/image.ts";
import { openPicture, pixelsOf } from "../../../core/data/picture.ts";
import { pngChunk } from "../../../core/data/png_stream_writer.ts";
import { UserError } from "../../../core/errors.ts";
import { withFolder } from "./_files.ts";
import { isDataError, pictureBytes, picturesFolder, testCodecs } from "./_pictures.ts";

const codecs = await testCodecs();
const codec = codecs.at(-1)!;

async function decode(
  source: string | URL | Uint8Array,
  by: ImageCodec = codec,
  name = "dir/a.png",
): Promise<RawImage> {
  await using picture = await openPicture(source, by, { name });
  return await pixelsOf(picture.rows(), picture.depth);
}

const PNGS = ["rgb8.png", "gray16i.png", "palette4_alpha.png", "rgb8_key.png", "metadata.png"];

Deno.test("a PNG with any byte changed or missing is an error or has the same pixels", async () => {
  const whole = new Map<string, RawImage>();
  for (const name of PNGS) whole.set(name, await decode(pictureBytes(name)));
  let errors = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PNGS),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (name, place, change, cut) => {
        let bytes = pictureBytes(name);
        const at = place % bytes.length;
        if (cut) bytes = bytes.subarray(0, at);
        else bytes[at]! ^= change;
        try {
          assert.deepEqual(await decode(bytes), whole.get(name));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          assert.match(error.message, /^dir\/a\.png: /);
          errors++;
        }
      },
    ),
    { numRuns: 400, seed: 11 },
  );
  assert.ok(errors > 380, `${errors} errors`);
});

Deno.test("a PNG from a file is checked as one from memory", async () => {
  await withFolder(async (folder) => {
    const bytes = pictureBytes("rgb8.png"), path = `${folder}/x.png`;
    for (const at of [29, 45, 60, bytes.length - 5]) {
      const bad = bytes.slice();
      bad[at]! ^= 4;
      await Deno.writeFile(path, bad);
      await assert.rejects(decode(path), isDataError(/^dir\/a\.png: .*png/));
      await Deno.writeFile(path, bytes.subarray(0, at));
      await assert.rejects(decode(path), isDataError(/^dir\/a\.png: .*cut off/));
    }
    await Deno.writeFile(path, bytes);
    assert.deepEqual(await decode(path), await decode(bytes));
  });
});

for (const by of codecs) {
  const names = ["ycc420.jpg", "progressive.jpg", "cmyk.jpg", "plain.gif", "rle8.bmp", "rgb24.bmp"];
  if (by.formats?.includes("webp")) names.push("lossless.webp", "lossy.webp", "animated.webp");
  Deno.test(`${by.name}: files of other formats that are cut off are errors, wherever they end`, async () => {
    for (const name of names) {
      const bytes = pictureBytes(name);
      for (let i = 0; i < 12; i++) {
        const length = Math.floor((bytes.length - 1) * i / 11);
        const part = bytes.subarray(0, length);
        await assert.rejects(
          decode(part, by, name),
          isDataError(new RegExp(`^${name}: `)),
          `${length}`,
        );
      }
    }
  });
  Deno.test(`${by.name}: random changes of files of other formats end in pixels or a named error`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names.filter((name) => !name.endsWith("jpg"))),
        fc.nat(),
        fc.nat(255),
        async (name, place, value) => {
          const bytes = pictureBytes(name);
          // Not the size: large canvases take their time and tell nothing.
          bytes[30 + place % (bytes.length - 30)] = value;
          try {
            await decode(bytes, by, name);
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        },
      ),
      { numRuns: 200, seed: 2 },
    );
  });
}

Deno.test("sizes beyond the limit, or none, are refused by the header, at once", async () => {
  const header = (width: number, height: number) => {
    const bytes = pictureBytes("rgb8.png").subarray(0, 33).slice();
    const view = new DataView(bytes.buffer);
    view.setUint32(16, width);
    view.setUint32(20, height);
    bytes.set(pngChunk("IHDR", bytes.subarray(16, 29)), 8);
    return png(bytes, pngChunk("IDAT", deflateSync(new Uint8Array(99))));
  };
  const jpeg = pictureBytes("ycc420.jpg");
  const frame = jpeg.findIndex((v, i) => v === 0xff && jpeg[i + 1] === 0xc0);
  jpeg.set([65500 >> 8, 65500 & 255, 65500 >> 8, 65500 & 255], frame + 5);
  const start = performance.now();
  for (const by of codecs) {
    await assert.rejects(decode(header(30000, 30000), by), isDataError(/30000x30000.*limit/));
    await assert.rejects(decode(header(0, 7), by), isDataError(/0x7 pixels/));
    await assert.rejects(decode(jpeg, by), isDataError(/65500x65500.*limit/));
  }
  assert.ok(performance.now() - start < 100 * codecs.length);
});

Deno.test("pixels that are more or fewer than the header says are an error although checksums hold", async () => {
  const head = pictureBytes("rgb8.png").subarray(0, 33); // 9 x 7, rows of 28 bytes
  const withRows = (bytes: number) =>
    decode(png(head, pngChunk("IDAT", deflateSync(new Uint8Array(bytes)))));
  assert.equal((await withRows(7 * 28)).width, 9);
  await assert.rejects(withRows(7 * 28 - 1), isDataError(/fewer pixels/));
  await assert.rejects(withRows(7 * 28 + 1), isDataError(/more pixels/));
  await assert.rejects(withRows(2 ** 26), isDataError(/more pixels/));
  await assert.rejects(decode(png(head)), isDataError(/no pixels/));
});

Deno.test("kinds of JPEG that decoders leave out are refused by name", async () => {
  const frame = (bytes: Uint8Array) =>
    bytes.findIndex((v, i) => v === 0xff && bytes[i + 1] === 0xc0);
  const twelve = pictureBytes("gray.jpg"), lossless = pictureBytes("gray.jpg");
  twelve[frame(twelve) + 4] = 12;
  lossless[frame(lossless) + 1] = 0xc3;
  for (const by of codecs) {
    await assert.rejects(
      openPicture(twelve, by, { name: "x.jpg" }),
      isDataError(/^x\.jpg: .*12-bit.*PNG/),
    );
    await assert.rejects(openPicture(lossless, by), isDataError(/lossless.*convert it to PNG/));
  }
});

Deno.test("a JPEG whose pixels end early is damaged, although an end marker follows", async () => {
  for (const name of ["ycc420.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg", "restart.jpg"]) {
    const whole = pictureBytes(name);
    const scan = whole.findIndex((v, i) => v === 0xff && whole[i + 1] === 0xda);
    for (const share of [0.05, 0.5, 0.97]) {
      let end = Math.floor(scan + 14 + (whole.length - scan - 16) * share);
      while (whole[end - 1] === 0xff) end--;
      const forged = Uint8Array.of(...whole.subarray(0, end), 0xff, 0xd9);
      for (const by of codecs) {
        await assert.rejects(
          decode(forged, by, "x.jpg"),
          isDataError(/^x\.jpg: damaged jpeg file, it.* (cut off|damaged)/),
          `${name} ${share}`,
        );
      }
    }
  }
});

Deno.test("a JPEG of few bytes that says it is huge is refused at once", async () => {
  const bytes = pictureBytes("ycc420.jpg");
  const frame = bytes.findIndex((v, i) => v === 0xff && bytes[i + 1] === 0xc0);
  bytes.set([16000 >> 8, 16000 & 255, 16000 >> 8, 16000 & 255], frame + 5);
  for (const by of codecs) await assert.rejects(decode(bytes, by), isDataError(/cut off/));
});

Deno.test("what is no picture is said to be what it is", async () => {
  const text = (words: string) => new TextEncoder().encode(words);
  const tiff = Uint8Array.of(
    ...[0x49, 0x49, 42, 0, 8, 0, 0, 0, 2, 0],
    ...[0, 1, 3, 0, 1, 0, 0, 0, 5, 0, 0, 0],
    ...[1, 1, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0],
  );
  for (
    const [bytes, message] of [
      [new Uint8Array(), /empty/],
      [new Uint8Array(500), /zero bytes/],
      [text("hello, this is a note"), /it is text: "hello/],
      [text("version https://git-lfs.github.com/spec/v1"), /Git LFS pointer/],
      [Uint8Array.of(0, 0, 0, 24, ...text("ftypavif")), /AVIF/],
      [tiff, /a TIFF file \(5x4\).*convert it to PNG/],
      [text("PNG\r\n\x1a\n and more"), /not an image/],
    ] as const
  ) {
    await assert.rejects(
      decode(bytes),
      isDataError(new RegExp(`^dir/a\\.png: .*${message.source}`)),
    );
  }
  await assert.rejects(openPicture("/nowhere/a.png", codec), isDataError(/a\.png does not exist/));
  await assert.rejects(openPicture(picturesFolder, codec), isDataError(/is a folder/));
  await assert.rejects(openPicture(new URL("https://example.org/a.png"), codec), TypeError);
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/none.png`, new Uint8Array());
    await assert.rejects(openPicture(`${folder}/none.png`, codec), isDataError(/file is empty/));
  });
});

Deno.test("a wrong extension and further frames are noted", async () => {
  const notes = async (name: string, as: string) => {
    await using picture = await openPicture(pictureBytes(name), codec, { name: as });
    return picture.notes.join("; ");
  };
  assert.match(await notes("gray.jpg", "dir/photo.PNG"), /^a JPEG file named \.PNG/);
  assert.equal(await notes("rgb8.png", "dir.jpg/photo.png"), "");
  assert.match(await notes("animated.png", "a.png"), /animation of 3 frames, of which the first/);
  assert.match(await notes("animated.gif", "a.gif"), /animation of 3 frames/);
  assert.match(await notes("cmyk.jpg", "a.jpg"), /CMYK.*without a colour profile/);
});

Deno.test("leaving the stream early, or a signal, releases the file", async () => {
  const abort = new AbortController();
  const path = new URL("rgb8.png", picturesFolder);
  {
    await using picture = await openPicture(path, codec, { signal: abort.signal });
    for await (const _ of picture.rows()) break;
    abort.abort(new Error("enough"));
    await assert.rejects(pixelsOf(picture.rows(), 8), /enough/);
  }
  await assert.rejects(openPicture(path, codec, { signal: abort.signal }), /enough/);
});

function png(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from([...parts, pngChunk("IEND", new Uint8Array())].flatMap((p) => [...p]));
}
