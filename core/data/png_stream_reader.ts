/**
 * Reads the pixels of a PNG row by row: chunk by chunk from its source, unpacked and unfiltered as rows are asked for.
 *
 * Memory is a few rows, whatever the size; interlaced pictures are the exception, whose rows only come together at the
 * end. Standard: ISO/IEC 15948:2004 (https://www.w3.org/TR/png-3/). Unlike `decodePng()`, which gives what training has
 * always seen, this reader turns the transparent colour of gray and RGB pictures into alpha.
 *
 * @module
 */
import { crc32, createInflate } from "node:zlib";
import { UserError } from "../errors.ts";
import { breather } from "./_breathe.ts";
import { unfilterRow } from "./_png_filters.ts";
import { ADAM7 } from "./_png_passes.ts";
import { damagedPng, wrongChecksum } from "./_png_errors.ts";
import { type PngIndex, STORED_SAMPLES } from "./png_index.ts";
import { rowExpander } from "./_png_samples.ts";
import type { RawImage } from "./image.ts";
import { type PictureSource, SourceCursor } from "./picture_source.ts";

/** Bytes that are unpacked at a time. */
const PIECE = 2 ** 17;

/**
 * The rows of a PNG that is not interlaced, in bands of `bandRows` rows (the last may have fewer).
 *
 * The last band comes when the rest of the file has been checked as well.
 *
 * @throws {UserError} With exit code DATA, naming the file and the fault, as soon as it is met.
 */
export async function* pngBands(
  source: PictureSource,
  index: PngIndex,
  name: string,
  bandRows: number,
  signal?: AbortSignal,
): AsyncGenerator<RawImage> {
  const { width, height, channels } = index;
  const breathe = breather();
  await using pixels = new UnpackedPixels(source, index, name);
  const reader = new RowReader(pixels, index, width, name);
  const expand = rowExpander(index, name);
  for (let y = 0; y < height;) {
    const rows = Math.min(bandRows, height - y);
    const band = blank(width, rows, channels, index.depth);
    for (let row = 0; row < rows; row++, y++) {
      signal?.throwIfAborted();
      await breathe();
      expand(reader.nextAtOnce() ?? await reader.next(), width, band.data, row * width * channels);
    }
    if (y === height) await pixels.finish();
    yield band;
  }
}

/**
 * A whole PNG, interlaced or not.
 *
 * @throws {UserError} With exit code DATA, naming the file and the fault.
 */
export async function decodePngWhole(
  source: PictureSource,
  index: PngIndex,
  name: string,
  signal?: AbortSignal,
): Promise<RawImage> {
  const { width, height, channels, depth } = index;
  const image = blank(width, height, channels, depth);
  if (!index.interlaced) {
    let at = 0;
    for await (const band of pngBands(source, index, name, 64, signal)) {
      image.data.set(band.data, at);
      at += band.data.length;
    }
    return image;
  }
  const breathe = breather();
  await using pixels = new UnpackedPixels(source, index, name);
  const expand = rowExpander(index, name);
  for (const [x0, y0, dx, dy] of ADAM7) {
    const columns = Math.ceil((width - x0) / dx);
    if (columns <= 0) continue;
    const reader = new RowReader(pixels, index, columns, name);
    const row = blank(columns, 1, channels, depth).data;
    for (let y = y0; y < height; y += dy) {
      signal?.throwIfAborted();
      await breathe();
      expand(reader.nextAtOnce() ?? await reader.next(), columns, row, 0);
      let to = (y * width + x0) * channels;
      for (let x = 0, from = 0; x < columns; x++, to += (dx - 1) * channels) {
        for (let s = 0; s < channels; s++) image.data[to++] = row[from++]!;
      }
    }
  }
  await pixels.finish();
  return image;
}

function blank(
  width: number,
  height: number,
  channels: RawImage["channels"],
  depth: number,
): RawImage {
  const length = width * height * channels;
  const data = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  return { width, height, channels, data };
}

/** Undoes the filters of rows that follow each other. */
class RowReader {
  readonly #pixels: UnpackedPixels;
  readonly #name: string;
  readonly #pixelBytes: number;
  #row: Uint8Array;
  #above: Uint8Array;

  constructor(pixels: UnpackedPixels, index: PngIndex, columns: number, name: string) {
    const bits = STORED_SAMPLES[index.colorType]! * index.depth;
    this.#pixels = pixels;
    this.#name = name;
    this.#pixelBytes = Math.max(1, bits / 8);
    this.#row = new Uint8Array(Math.ceil(columns * bits / 8));
    this.#above = new Uint8Array(this.#row.length);
  }

  /** The next row if its bytes are there already; valid until the row after the next one. */
  nextAtOnce(): Uint8Array | undefined {
    const bytes = this.#pixels.takeAtOnce(this.#row.length + 1);
    return bytes && this.#unfilter(bytes);
  }

  async next(): Promise<Uint8Array> {
    return this.#unfilter(await this.#pixels.take(this.#row.length + 1));
  }

  #unfilter(bytes: Uint8Array): Uint8Array {
    const row = this.#above;
    this.#above = this.#row;
    this.#row = row;
    if (!unfilterRow(bytes, this.#above, row, this.#pixelBytes)) {
      throw damagedPng(this.#name, "a row has an unknown filter");
    }
    return row;
  }
}

/** The unpacked bytes of all IDAT chunks. */
class UnpackedPixels implements AsyncDisposable {
  readonly #source: PictureSource;
  readonly #name: string;
  readonly #zlib = createInflate({ chunkSize: PIECE });
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #pump: Promise<void>;
  #current: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(source: PictureSource, index: PngIndex, name: string) {
    this.#source = source;
    this.#name = name;
    this.#pieces = (this.#zlib as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    this.#pump = this.#feed(index.pixelsAt);
    // Who takes pixels is told by way of the stream.
    this.#pump.catch((error) => this.#zlib.destroy(error));
  }

  /** The next `length` bytes if they are there; a view. */
  takeAtOnce(length: number): Uint8Array | undefined {
    if (this.#at + length > this.#current.length) return undefined;
    return this.#current.subarray(this.#at, this.#at += length);
  }

  /** The next `length` bytes. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      if (this.#at === this.#current.length && !await this.#more()) {
        throw damagedPng(this.#name, "it holds fewer pixels than its header says");
      }
      const part = this.#current.subarray(this.#at, this.#at + length - done);
      bytes.set(part, done);
      this.#at += part.length;
      done += part.length;
    }
    return bytes;
  }

  /** Checks that nothing but a right checksum follows, in the packed stream and in the file. */
  async finish(): Promise<void> {
    if (this.#at < this.#current.length || await this.#more()) {
      throw damagedPng(this.#name, "it holds more pixels than its header says");
    }
    await this.#pump;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#zlib.destroy();
    await this.#pump.catch(() => {}); // has been told, or nobody asks any more
  }

  async #more(): Promise<boolean> {
    try {
      const { value, done } = await this.#pieces.next();
      if (done) return false;
      this.#current = value;
      this.#at = 0;
      return true;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw damagedPng(
        this.#name,
        `its pixels cannot be unpacked (${(error as Error).message})`,
        error,
      );
    }
  }

  /** Packs out chunks up to IEND. What follows the end of the packed stream is checked but not used. */
  async #feed(start: number): Promise<void> {
    const zlib = this.#zlib;
    let ended = false;
    const left = new Promise<void>((resolve) => {
      zlib.once("close", resolve);
      zlib.once("end", resolve);
      zlib.once("error", () => resolve());
    }).then(() => {
      ended = true;
    });
    for await (const piece of idatPieces(this.#source, start, this.#name)) {
      if (zlib.destroyed) return;
      if (ended || zlib.write(piece)) continue;
      const drained = new Promise<void>((resolve) => zlib.once("drain", resolve));
      await Promise.race([drained, left]);
    }
    if (!ended) zlib.end();
  }
}

/** The contents of IDAT chunks, in pieces; each chunk's checksum is compared when its last piece has been given. */
async function* idatPieces(
  source: PictureSource,
  start: number,
  name: string,
): AsyncGenerator<Uint8Array> {
  const cursor = new SourceCursor(source, start);
  while (true) {
    const offset = cursor.at;
    const head = await cursor.exactly(8);
    if (!head) throw damagedPng(name, `it is cut off at byte ${offset}`);
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
    const type = String.fromCharCode(...head.subarray(4));
    if (type === "IEND") return; // its checksum was compared before
    if (type !== "IDAT") {
      cursor.at += length + 4;
      continue;
    }
    let crc = crc32(head.subarray(4));
    for (let done = 0; done < length;) {
      const piece = await cursor.some(Math.min(length - done, PIECE));
      if (piece.length === 0) throw damagedPng(name, `it is cut off at byte ${cursor.at}`);
      crc = crc32(piece, crc);
      done += piece.length;
      yield piece;
    }
    const stored = await cursor.exactly(4);
    if (!stored || new DataView(stored.buffer, stored.byteOffset).getUint32(0) !== crc) {
      throw wrongChecksum(name, head, offset);
    }
  }
}
