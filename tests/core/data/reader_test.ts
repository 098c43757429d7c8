import assert from "node:assert/strict";
import { ImageReader } from "../../../core/data/reader.ts";
import type { ImageCodec, RawImage } from "../../../core/data/image.ts";
import { ExitCode, UserError } from "../../../core/errors.ts";
import { put, withFolder } from "./_files.ts";

/** Decodes a file of n bytes to n gray pixels, and counts. */
class CountingCodec implements ImageCodec {
  readonly name = "counting";
  readonly decoded: string[] = [];
  decode(bytes: Uint8Array, path: string): RawImage {
    this.decoded.push(path.slice(path.lastIndexOf("/") + 1));
    if (bytes[0] === 0x21) throw new Error("bad luck");
    return { width: bytes.length, height: 1, channels: 1, data: bytes };
  }
  encodePng(): Uint8Array {
    throw new Error("not used");
  }
  encodeJpeg(): Uint8Array {
    throw new Error("not used");
  }
  dispose(): void {}
}

Deno.test("ImageReader decodes once, forgets the least recently used, and stays within cache_mb", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a": "12345678", "b": "12345678", "c": "12345678" });
    const codec = new CountingCodec();
    const reader = new ImageReader(codec, 50e-6); // two images of 24 bytes (three channels)
    for (const name of ["a", "b", "a", "c", "a", "b"]) await reader.read(`${folder}/${name}`);
    assert.deepEqual(codec.decoded, ["a", "b", "c", "b"]);
    assert.equal(reader.heldBytes, 48);
    const none = new ImageReader(codec, 0);
    await none.read(`${folder}/a`);
    assert.equal(none.heldBytes, 0);
  });
});

Deno.test("ImageReader gives three channels for a gray file", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "a": "12" });
    const image = await new ImageReader(new CountingCodec()).read(`${folder}/a`);
    assert.equal(image.channels, 3);
    assert.deepEqual([...image.data], [49, 49, 49, 50, 50, 50]);
  });
});

Deno.test("ImageReader names the file that is missing, empty, a folder, or refused by the codec", async () => {
  await withFolder(async (folder) => {
    await put(folder, { "empty": "", "bad": "!", "dir/x": "x" });
    const reader = new ImageReader(new CountingCodec());
    for (
      const [name, what] of [
        ["none", "does not exist"],
        ["empty", "is empty"],
        ["dir", "is a folder"],
        ["bad", "cannot be decoded: bad luck"],
      ] as const
    ) {
      await assert.rejects(reader.read(`${folder}/${name}`), (error: unknown) => {
        assert.ok(error instanceof UserError && error.exitCode === ExitCode.DATA);
        assert.equal(error.message, `${folder}/${name} ${what}`);
        return true;
      });
    }
  });
});
