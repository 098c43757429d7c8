/** Tests of the native image codec against pixels from Pillow (see tests/data/codec/README.md). */
import assert from "node:assert/strict";
import type { RawImage } from "../../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../../core/errors.ts";
import { openNativeCodec } from "../../../../core/engine/native/mod.ts";
import { nativeTest, residentMegabytes } from "./_native.ts";

const folder = new URL("../../../data/codec/", import.meta.url);
const file = (name: string) => Deno.readFileSync(new URL(name, folder));
const expected: Record<string, [channels: number, pixels: number[]]> = JSON.parse(
  Deno.readTextFileSync(new URL("expected.json", folder)),
);

for (const [name, [channels, pixels]] of Object.entries(expected)) {
  nativeTest(`decode() reads every pixel of ${name} as Pillow does`, (library) => {
    using codec = openNativeCodec(library.path);
    const image = codec.decode(file(name), name);
    const depth = name.includes("16.png") ? Uint16Array : Uint8Array;
    assert.equal(image.channels, channels);
    assert.equal(image.width * image.height * image.channels, pixels.length);
    assert.deepEqual(image.data, depth.from(pixels));
  });
}

nativeTest("encodePng() keeps every sample of 1 to 4 channels, 8 and 16 bit", (library) => {
  using codec = openNativeCodec(library.path);
  for (const channels of [1, 2, 3, 4] as const) {
    const fill = (_: unknown, i: number) => i * 251;
    const length = 6 * 5 * channels;
    for (const data of [Uint8Array.from({ length }, fill), Uint16Array.from({ length }, fill)]) {
      for (const compression of [0, 9]) {
        const image: RawImage = { width: 6, height: 5, channels, data };
        assert.deepEqual(codec.decode(codec.encodePng(image, compression), "mine"), image);
      }
    }
  }
});

nativeTest("encodeJpeg() is close at high quality and smaller at low quality", (library) => {
  using codec = openNativeCodec(library.path);
  for (const channels of [1, 3] as const) {
    const data = Uint8Array.from(
      { length: 64 * 64 * channels },
      (_, i) => 128 + 100 * Math.sin(Math.floor(i / channels) / 200),
    );
    const image: RawImage = { width: 64, height: 64, channels, data };
    const fine = codec.encodeJpeg(image, 100);
    const decoded = codec.decode(fine, "mine");
    assert.equal(decoded.channels, channels);
    assert.ok(decoded.data.every((value, i) => Math.abs(value - data[i]!) <= 4));
    assert.ok(codec.encodeJpeg(image, 10).length < fine.length / 2);
  }
});

nativeTest("encodeJpeg() refuses 16 bit and alpha", (library) => {
  using codec = openNativeCodec(library.path);
  const size = { width: 1, height: 1 };
  assert.throws(
    () => codec.encodeJpeg({ ...size, channels: 1, data: new Uint16Array(1) }),
    /received 16 bit and 1 channels/,
  );
  assert.throws(
    () => codec.encodeJpeg({ ...size, channels: 4, data: new Uint8Array(4) }),
    /received 8 bit and 4 channels/,
  );
});

nativeTest("encodePng() refuses samples that do not fill the image", (library) => {
  using codec = openNativeCodec(library.path);
  assert.throws(
    () => codec.encodePng({ width: 2, height: 2, channels: 3, data: new Uint8Array(11) }),
    /shape \[2,2,3\] .* takes 12 bytes, received 11/,
  );
});

nativeTest(
  "empty, cut off and foreign files are user errors that name path and reason",
  (library) => {
    using codec = openNativeCodec(library.path);
    const attempt = (bytes: Uint8Array, reason: RegExp) =>
      assert.throws(() => codec.decode(bytes, "data/x.png"), (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.exitCode, ExitCode.DATA);
        assert.match(error.message, /^data\/x\.png: /);
        assert.match(error.message, reason);
        return true;
      });
    attempt(new Uint8Array(0), /the file is empty/);
    attempt(new TextEncoder().encode("<html>404"), /no PNG, JPEG, WebP or BMP file .*3c 68 74 6d/);
    for (const [name, format] of [["rgb.png", "PNG"], ["rgb16.png", "PNG"], ["rgb.jpg", "JPEG"]]) {
      const bytes = file(name!);
      for (const length of [30, bytes.length >> 1, bytes.length - 5]) {
        attempt(
          bytes.slice(0, length),
          new RegExp(`the ${format} image is damaged or cut off \\(.+\\)`),
        );
      }
    }
    const flipped = file("rgb.png");
    flipped[50] = flipped[50]! ^ 0xff;
    attempt(flipped, /the PNG image is damaged/);
  },
);

nativeTest("decoding and failing 2000 times leaves no memory behind", (library) => {
  using codec = openNativeCodec(library.path);
  const bytes = codec.encodePng({
    width: 400,
    height: 400,
    channels: 3,
    data: new Uint8Array(480000),
  });
  const broken = bytes.slice(0, bytes.length - 20);
  const once = () => {
    codec.decode(bytes, "x");
    assert.throws(() => codec.decode(broken, "x"));
  };
  for (let i = 0; i < 50; i++) once();
  const before = residentMegabytes();
  for (let i = 0; i < 1000; i++) once();
  assert.ok(residentMegabytes() - before < 100, `${residentMegabytes() - before} MB more`);
});

nativeTest(
  "workers decode with codecs of their own, several at once, and may be ended",
  async (library) => {
    const bytes = file("rgb16.png");
    const images = await Promise.all(Array.from({ length: 3 }, async () => {
      const worker = new Worker(new URL("_decode_worker.ts", import.meta.url), { type: "module" });
      try {
        return await new Promise<RawImage>((resolve, reject) => {
          worker.onmessage = (event) => resolve(event.data);
          worker.onerror = (event) => {
            event.preventDefault();
            reject(new Error(event.message));
          };
          worker.postMessage({ library: library.path, bytes });
        });
      } finally {
        worker.terminate();
      }
    }));
    using codec = openNativeCodec(library.path); // the library outlives the workers
    for (const image of images) assert.deepEqual(image, codec.decode(bytes, "here"));
  },
);
