/**
 * What can be restored, as rows: files, their bytes, and pixels.
 *
 * @module
 */
import { imageChannels } from "../data/convert.ts";
import type { FloatImage, ImageCodec, RawImage } from "../data/image.ts";
import { openPicture, type PictureMetadata } from "../data/picture.ts";
import { type Rows, rowsOf } from "../data/rows.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { ImageDataLike, ImageInput } from "./types.ts";

/** An input that is ready to be read. */
export interface OpenedInput extends AsyncDisposable {
  /** Its rows. */
  readonly rows: Rows;
  /** Bits of a sample of the output, so that nothing is lost: 16 for floats. */
  readonly depth: 8 | 16;
  /** What its file says about it; empty for pixels. */
  readonly metadata: PictureMetadata;
  /** What is worth knowing about it. */
  readonly notes: readonly string[];
}

/**
 * Opens a path, a `file:` URL, the bytes of a file, or pixels.
 *
 * @throws {UserError} DATA, if a file cannot be read.
 * @throws {RangeError} If pixels do not fit their size.
 * @throws {TypeError} If it is none of these.
 */
export async function openInput(
  input: ImageInput,
  codec: ImageCodec,
  signal?: AbortSignal,
): Promise<OpenedInput> {
  if (input instanceof URL && input.protocol !== "file:") {
    throw new UserError(
      `${input.href}: pictures are read from files: fetch it, then give its bytes`,
      ExitCode.USAGE,
    );
  }
  if (typeof input === "string" || input instanceof URL || input instanceof Uint8Array) {
    const picture = await openPicture(input, codec, { signal });
    const { depth, metadata, notes } = picture;
    return {
      rows: picture.rows(),
      depth,
      metadata,
      notes,
      [Symbol.asyncDispose]: () => Promise.resolve(picture[Symbol.asyncDispose]()),
    };
  }
  const pixels = pixelsIn(input);
  return {
    rows: rowsOf(pixels),
    depth: pixels.data instanceof Uint8Array ? 8 : 16,
    metadata: {},
    notes: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function pixelsIn(input: RawImage | FloatImage | ImageDataLike): RawImage | FloatImage {
  const { width, height, data } = input ?? {};
  const channels = input !== null && typeof input === "object" && "channels" in input
    ? input.channels
    : 4;
  // Clamped bytes are bytes, but no `Uint8Array`.
  if (data instanceof Uint8ClampedArray) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width, height, channels: imageChannels(channels), data: bytes };
  }
  if (data instanceof Float32Array) return { width, height, channels, data };
  if (data instanceof Uint8Array || data instanceof Uint16Array) {
    return { width, height, channels: imageChannels(channels), data };
  }
  throw new TypeError(
    "a picture must be a path, a file: URL, the bytes of a file, or have width, height and data",
  );
}
