/**
 * Picture files in and out: opened by content, upright, with their metadata, as streams of rows; and written again.
 *
 * Unlike datasets, which see what BasicSR sees, pictures are read as they are meant: EXIF's orientation is applied,
 * transparent colours of PNG become alpha, and nothing is narrowed without a word. PNG is read by this project's own code
 * whatever the engine, so that it is exact; JPEG and WebP by the engine's codec.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { decodePngWhole, pngBands } from "./png_stream_reader.ts";
import { damagedPng } from "./_png_errors.ts";
import { indexPng } from "./png_index.ts";
import { readImageHeader, sniffFormat } from "./header.ts";
import type { Channels, ImageCodec, ImageHeader, RawImage } from "./image.ts";
import { orientationOf, uprightExif } from "./metadata/exif.ts";
import { iccFits } from "./metadata/icc.ts";
import { METADATA_LIMIT, type PictureMetadata } from "./metadata/metadata.ts";
import { readPngMetadata } from "./metadata/png.ts";
import { uprightXmp } from "./metadata/xmp.ts";
import { orient, type Orientation, swapsSides } from "./orientation.ts";
import type { DecodablePicture } from "./decodable_picture.ts";
import { openDecodable } from "./picture_formats.ts";
import { openSource, type PictureSource, readAll, sourceOfBytes } from "./picture_source.ts";
import { bandRows, type Rows, rowsOf } from "./rows.ts";
import { toFloat } from "./convert.ts";

export { pixelsOf, type Rows, rowsOf } from "./rows.ts";
export { encodeRows, type PictureFormat, type PictureTarget } from "./picture_encode.ts";
export type { PictureMetadata } from "./metadata/metadata.ts";

/** A picture whose header has been read, and whose pixels come when they are asked for. Dispose it when done. */
export interface OpenedPicture extends AsyncDisposable {
  /** Format by content. */
  readonly format: ImageHeader["format"];
  /** Width in pixels, upright. */
  readonly width: number;
  /** Height in pixels, upright. */
  readonly height: number;
  /** Channels after palettes and transparent colours have been expanded. */
  readonly channels: Channels;
  /** Bits per sample that the pixels need: 16 only if the file has them. */
  readonly depth: 8 | 16;
  /** Metadata worth keeping; the orientation in EXIF is 1. */
  readonly metadata: PictureMetadata;
  /** What is worth knowing: a wrong extension, an animation's first frame, colours converted without a profile. */
  readonly notes: readonly string[];
  /**
   * The pixels. PNG comes row by row unless it is interlaced or has to be turned; other files are decoded as a whole.
   * One stream at a time; damage is met, as a UserError, when its place in the file is reached, and always before the
   * last band.
   */
  rows(): Rows;
}

/** How a picture is opened. */
export interface OpenPictureOptions {
  /** What messages call it; default its path. */
  readonly name?: string;
  /** Stops decoding; the stream then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Extensions that say what is in a file. */
const EXTENSIONS: Readonly<Record<string, ImageHeader["format"]>> = {
  png: "png",
  apng: "png",
  jpg: "jpeg",
  jpeg: "jpeg",
  jpe: "jpeg",
  jfif: "jpeg",
  webp: "webp",
  gif: "gif",
  bmp: "bmp",
  dib: "bmp",
  tif: "tiff",
  tiff: "tiff",
};
/** How formats are spelled in sentences. */
const SPELLED: Readonly<Record<ImageHeader["format"], string>> = {
  png: "PNG",
  jpeg: "JPEG",
  webp: "WebP",
  gif: "GIF",
  bmp: "BMP",
  tiff: "TIFF",
};
/** Enough of a file for the header of most. */
const HEAD = 2 ** 16;

/**
 * Opens a picture: a path, a `file:` URL or the bytes of a file.
 *
 * @throws {UserError} With exit code DATA, naming the file, if it cannot be read, is no picture, is damaged, too large,
 * or of a kind that cannot be decoded here; the message says what to do.
 * @throws {TypeError} If a URL is not `file:`.
 */
export async function openPicture(
  source: string | URL | Uint8Array,
  codec: ImageCodec,
  options: OpenPictureOptions = {},
): Promise<OpenedPicture> {
  const path = source instanceof Uint8Array ? undefined : pathOf(source);
  const name = options.name ?? path ?? "the picture";
  const input = source instanceof Uint8Array
    ? sourceOfBytes(source)
    : await openSource(path!, name);
  try {
    options.signal?.throwIfAborted();
    const notes: string[] = [];
    const head = await input.read(0, HEAD);
    const format = sniffFormat(head) ?? readImageHeader(head, name).format;
    noteExtension(name, format, notes);
    const found = format === "png"
      ? await openPng(input, head, name, notes, options.signal)
      : await openDecodable(await readAll(input, name), format, codec, name, notes);
    return new Picture(input, format, found, notes, options.signal);
  } catch (error) {
    input[Symbol.dispose]();
    throw error;
  }
}

function pathOf(source: string | URL): string {
  if (typeof source === "string") return source;
  if (source.protocol !== "file:") {
    throw new TypeError(`openPicture takes paths and file: URLs, received ${source.href}`);
  }
  return fileURLToPath(source);
}

function noteExtension(name: string, format: ImageHeader["format"], notes: string[]): void {
  const extension = /\.([^./\\]+)$/.exec(name)?.[1];
  const promised = extension && EXTENSIONS[extension.toLowerCase()];
  if (promised && promised !== format) notes.push(`a ${SPELLED[format]} file named .${extension}`);
}

/** A PNG whose chunks have been looked through. */
async function openPng(
  source: PictureSource,
  head: Uint8Array,
  name: string,
  notes: string[],
  signal?: AbortSignal,
): Promise<DecodablePicture> {
  if (head.length < 33) throw damagedPng(name, `it is cut off: ${head.length} bytes`);
  readImageHeader(head, name); // which refuses sizes of zero and beyond the limit
  const index = await indexPng(source, name);
  const { width, height, channels } = index;
  const frames = index.chunks.get("acTL");
  if (frames && frames.length >= 4) {
    const count = new DataView(frames.buffer, frames.byteOffset).getUint32(0);
    if (count > 1) notes.push(`an animation of ${count} frames, of which the first is taken`);
  }
  for (const type of index.tooLong) {
    notes.push(`its ${type} chunk is longer than ${METADATA_LIMIT / 2 ** 20} MB and left out`);
  }
  const metadata = readPngMetadata(index.chunks, (line) => notes.push(line));
  const picture = {
    width,
    height,
    channels,
    depth: index.depth === 16 ? 16 : 8,
    metadata,
    decode: (signal?: AbortSignal) => decodePngWhole(source, index, name, signal),
  } as const;
  if (index.interlaced) return picture;
  return {
    ...picture,
    bands: () => pngBands(source, index, name, bandRows(width, channels), signal),
  };
}

class Picture implements OpenedPicture {
  readonly format: ImageHeader["format"];
  readonly width: number;
  readonly height: number;
  readonly channels: Channels;
  readonly depth: 8 | 16;
  readonly metadata: PictureMetadata;
  readonly notes: readonly string[];
  readonly #source: PictureSource;
  readonly #found: DecodablePicture;
  readonly #orientation: Orientation;
  readonly #signal: AbortSignal | undefined;

  constructor(
    source: PictureSource,
    format: ImageHeader["format"],
    found: DecodablePicture,
    notes: string[],
    signal: AbortSignal | undefined,
  ) {
    const { width, height, channels, depth, metadata } = found;
    this.#source = source;
    this.#found = found;
    this.#signal = signal;
    this.#orientation = orientationOf(metadata.exif);
    const swap = swapsSides(this.#orientation);
    this.format = format;
    this.width = swap ? height : width;
    this.height = swap ? width : height;
    this.channels = channels;
    this.depth = depth;
    this.metadata = upright(metadata, this.#orientation, channels, notes);
    this.notes = notes;
  }

  rows(): Rows {
    const { width, height, channels } = this;
    const bands = this.#orientation === 1 ? this.#found.bands : undefined;
    const stream = bands ? floats(bands()) : this.#whole();
    return { width, height, channels, [Symbol.asyncIterator]: () => stream };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#source[Symbol.dispose]();
    return Promise.resolve();
  }

  async *#whole(): ReturnType<typeof floats> {
    this.#signal?.throwIfAborted();
    const stored = await this.#found.decode(this.#signal);
    this.#signal?.throwIfAborted();
    yield* rowsOf(await orient(stored, this.#orientation)) as AsyncIterable<
      ReturnType<typeof toFloat>
    >;
  }
}

async function* floats(
  bands: AsyncIterable<RawImage>,
): AsyncGenerator<ReturnType<typeof toFloat>, void> {
  for await (const band of bands) yield toFloat(band);
}

/** The metadata for pixels that stand upright; a profile that is not for these samples is left out. */
function upright(
  metadata: PictureMetadata,
  orientation: Orientation,
  channels: Channels,
  notes: string[],
): PictureMetadata {
  const { icc, exif, xmp, pngChunks } = metadata;
  const fits = icc && iccFits(icc, channels);
  if (icc && !fits) {
    notes.push("its colour profile is not for these pixels (gray or RGB) and left out");
  }
  const turned = exif && uprightExif(exif);
  return {
    // Copies: views would keep the whole file in memory as long as its metadata are needed.
    ...(fits && { icc: icc.slice() }),
    ...(turned && { exif: turned }),
    ...(xmp && { xmp: orientation === 1 ? xmp.slice() : uprightXmp(xmp) }),
    ...(pngChunks && { pngChunks }),
  };
}
