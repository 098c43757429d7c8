/** Tests of image headers on the files of tests/data/codec and on bytes made here. */
import assert from "node:assert/strict";
import {
  checkIntegrity,
  PIXEL_LIMIT,
  readImageHeader,
  readJpegFrame,
} from "../../../core/data/header.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";

const folder = new URL("../../data/codec/", import.meta.url);
const file = (name: string) => Deno.readFileSync(new URL(name, folder));

/** Name, format, size, depth, channels: sizes from the README, channels from expected.json. */
const FILES = [
  ["gray.png", "png", 7, 5, 8, 1],
  ["gray_1bit.png", "png", 7, 5, 1, 1],
  ["gray16.png", "png", 7, 5, 16, 1],
  ["gray_alpha.png", "png", 7, 5, 8, 2],
  ["palette.png", "png", 7, 5, undefined, 3],
  ["palette_transparent.png", "png", 7, 5, undefined, 4],
  ["rgba16.png", "png", 7, 5, 16, 4],
  ["gray.jpg", "jpeg", 16, 16, 8, 1],
  ["progressive.jpg", "jpeg", 16, 16, 8, 3],
  ["cmyk.jpg", "jpeg", 16, 16, 8, 3],
  ["rgb.webp", "webp", 7, 5, 8, 3],
  ["rgba.webp", "webp", 7, 5, 8, 4],
  ["rgb.bmp", "bmp", 7, 5, 8, 3],
] as const;

for (const [name, format, width, height, depth, channels] of FILES) {
  Deno.test(`readImageHeader() reads ${name} without decoding it`, () => {
    const header = readImageHeader(file(name), name);
    const bitDepth = depth ?? header.bitDepth; // palettes of any depth will do
    assert.deepEqual(header, { format, width, height, bitDepth, channels });
  });
}

Deno.test("readImageHeader() reads the sizes of GIF and of TIFF in both byte orders", () => {
  const gif = [...text("GIF89a"), 0x2c, 0x01, 0xc8, 0x00, 0, 0, 0];
  assert.deepEqual(readImageHeader(new Uint8Array(gif), "a.gif"), {
    format: "gif",
    width: 300,
    height: 200,
    bitDepth: 8,
    channels: 3,
  });
  const little = [...text("II*\0"), 8, 0, 0, 0, 4, 0];
  const big = [...text("MM\0*"), 0, 0, 0, 8, 0, 4];
  for (const [tag, value] of [[256, 300], [257, 200], [258, 8], [277, 1]] as const) {
    little.push(tag & 255, tag >> 8, 3, 0, 1, 0, 0, 0, value & 255, value >> 8, 0, 0);
    big.push(tag >> 8, tag & 255, 0, 3, 0, 0, 0, 1, value >> 8, value & 255, 0, 0);
  }
  for (const bytes of [little, big]) {
    assert.deepEqual(readImageHeader(new Uint8Array(bytes), "a.tif"), {
      format: "tiff",
      width: 300,
      height: 200,
      bitDepth: 8,
      channels: 1,
    });
  }
});

Deno.test("readImageHeader() goes by content: a PNG named .jpg is a PNG", () => {
  assert.equal(readImageHeader(file("rgb.png"), "photo.jpg").format, "png");
});

for (
  const [what, bytes, words] of [
    ["an empty file", [], /dir\/x\.png: not an image, the file is empty/],
    ["zero bytes", Array(40).fill(0), /it starts with zero bytes/],
    ["text", text("hello, I am\n no image"), /it is text: "hello, I am no image"/],
    ["a Git LFS pointer", text("version https://git-lfs.github.com/spec/v1\n"), /git lfs pull/],
    ["AVIF", [0, 0, 0, 28, ...text("ftypavif")], /ISO media file \(AVIF/],
    ["anything else", [1, 2, 3, 200, 5, 6, 7, 8], /its first bytes are 01 02 03 c8/],
  ] as const
) {
  Deno.test(`readImageHeader() says what it found instead of an image: ${what}`, () => {
    assert.throws(() => readImageHeader(new Uint8Array(bytes), "dir/x.png"), isDataError(words));
  });
}

Deno.test("readImageHeader() never throws anything but a UserError, wherever a file is cut off", () => {
  for (const name of ["rgb.png", "palette.png", "rgb.jpg", "rgb.webp", "rgba.webp", "rgb.bmp"]) {
    const bytes = file(name);
    for (let length = 0; length < Math.min(bytes.length, 60); length++) {
      try {
        readImageHeader(bytes.subarray(0, length), name);
      } catch (error) {
        assert.ok(error instanceof UserError, `${name} cut at ${length}: ${error}`);
      }
    }
  }
});

Deno.test("readImageHeader() refuses no pixels and too many", () => {
  const withSize = (width: number, height: number) => {
    const bytes = file("rgb.png");
    const view = new DataView(bytes.buffer);
    view.setUint32(16, width);
    view.setUint32(20, height);
    return bytes;
  };
  assert.throws(() => readImageHeader(withSize(0, 5), "a.png"), isDataError(/says 0x5 pixels/));
  assert.throws(
    () => readImageHeader(withSize(16385, 16384), "a.png"),
    isDataError(/16385x16384 pixels are more than the limit of 268435456/),
  );
  assert.equal(readImageHeader(withSize(16384, 16384), "a.png").width ** 2, PIXEL_LIMIT);
});

Deno.test("checkIntegrity() accepts all whole files, with trailing bytes too", () => {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!/png|jpg$/.test(name)) continue;
    checkIntegrity(file(name), name);
    checkIntegrity(new Uint8Array([...file(name), 1, 2, 3]), name);
  }
});

Deno.test("checkIntegrity() finds every cut and every flipped byte of a PNG, and every cut of a JPEG", () => {
  const png = file("rgb.png");
  for (let i = 8; i < png.length; i++) {
    const flipped = png.slice();
    flipped[i]! ^= 1;
    assert.throws(
      () => checkIntegrity(flipped, "a.png"),
      isDataError(/a\.png: damaged png/),
      `${i}`,
    );
    assert.throws(() => checkIntegrity(png.subarray(0, i), "a.png"), isDataError(/damaged png/));
  }
  for (const name of ["rgb.jpg", "progressive.jpg"]) {
    const jpeg = file(name);
    for (let i = 3; i < jpeg.length; i++) {
      assert.throws(
        () => checkIntegrity(jpeg.subarray(0, i), "a.jpg"),
        isDataError(/damaged jpeg/),
      );
    }
  }
});

Deno.test("readJpegFrame() tells CMYK from RGB", () => {
  assert.equal(readJpegFrame(file("cmyk.jpg"))!.components, 4);
  assert.equal(readJpegFrame(file("rgb.jpg"))!.components, 3);
});

function text(words: string): number[] {
  return [...new TextEncoder().encode(words)];
}

function isDataError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.DATA);
    assert.match(error.message, message);
    return true;
  };
}
