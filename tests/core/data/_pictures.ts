/**
 * Codecs and files for tests of pictures.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../core/errors.ts";
import type { ImageCodec } from "../../../core/data/image.ts";
import { openImagescriptCodec } from "../../../core/engine/imagescript_codec.ts";
import { openNativeCodec } from "../../../core/engine/native/codec.ts";
import { findLibrary } from "../../../core/engine/native/library.ts";

/** Where the pictures of the tests are. */
export const picturesFolder = new URL("../../data/pictures/", import.meta.url);

/** The codecs of this machine: imagescript, and TensorFlow where its library is here. Opened once for all tests. */
export async function testCodecs(): Promise<ImageCodec[]> {
  const codecs = [openImagescriptCodec()];
  const library = await findLibrary();
  if (library) codecs.push(openNativeCodec(library.path));
  return codecs;
}

/** The bytes of one of the pictures. */
export function pictureBytes(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, picturesFolder));
}

/** Collects a stream of bytes. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) parts.push(new Uint8Array(piece));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Whether an error is a UserError with exit code DATA and such a message. */
export function isDataError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, ExitCode.DATA);
    assert.match(error.message, message);
    return true;
  };
}
