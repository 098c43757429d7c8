/**
 * Writes a PNG row by row: filtered, packed and given away in IDAT chunks as the rows come.
 *
 * @module
 */
import { constants, crc32, createDeflate } from "node:zlib";
import { breather } from "./_breathe.ts";
import { joinBytes } from "./_bytes.ts";
import { RowFilter } from "./_png_filters.ts";
import type { Channels } from "./image.ts";
import { chunkWith } from "./png_chunk.ts";
import { checked, quantise, type Rows } from "./rows.ts";

const COLOR_TYPE: Readonly<Record<Channels, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };
/** Filtered bytes that are packed at a time. */
const PIECE = 2 ** 17;

/** How a PNG is written. */
export interface PngWriteOptions {
  /** Bits per sample. */
  readonly depth: 8 | 16;
  /** 0 (none) to 9 (smallest). */
  readonly compression: number;
  /** Chunks that stand between header and pixels, whole ones. */
  readonly chunks?: readonly Uint8Array[];
}

/**
 * The bytes of the file, in pieces. Samples are clipped to [0, 1] and rounded half to even.
 *
 * @throws {RangeError} If the rows do not make up the picture that they announce.
 */
export async function* encodePngRows(
  rows: Rows,
  options: PngWriteOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { width, height, channels } = rows;
  const { depth, compression } = options;
  const pixelBytes = channels * depth / 8, stride = width * pixelBytes;
  const ihdr = new Uint8Array(13);
  const view = new DataView(ihdr.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  ihdr[8] = depth;
  ihdr[9] = COLOR_TYPE[channels];
  yield joinBytes(
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", ihdr),
    ...options.chunks ?? [],
  );
  const breathe = breather();
  const filter = new RowFilter(stride, pixelBytes, compression > 0);
  using packer = new Packer(compression);
  const rowsAtOnce = Math.max(1, Math.floor(PIECE / (stride + 1)));
  for await (const band of checked(rows)) {
    for (let y = 0; y < band.height; y += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, band.height - y);
      const samples = band.data.subarray(y * width * channels, (y + count) * width * channels);
      const bytes = toBytes(samples, depth);
      const filtered = new Uint8Array(count * (stride + 1));
      for (let row = 0; row < count; row++) {
        filter.next(
          bytes.subarray(row * stride, (row + 1) * stride),
          filtered.subarray(row * (stride + 1), (row + 1) * (stride + 1)),
        );
      }
      for (const packed of await packer.add(filtered)) yield pngChunk("IDAT", packed);
      await breathe();
    }
  }
  for (const packed of await packer.end()) yield pngChunk("IDAT", packed);
  yield pngChunk("IEND", new Uint8Array());
}

/** A chunk with length, type and checksum. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return chunkWith(crc32, type, data);
}

/** Deflate whose output is taken after each input. */
class Packer implements Disposable {
  readonly #zlib;
  readonly #closed: Promise<void>;
  #packed: Uint8Array[] = [];
  #error: unknown;

  constructor(level: number) {
    this.#zlib = createDeflate({
      level,
      strategy: level > 0 ? constants.Z_FILTERED : constants.Z_DEFAULT_STRATEGY,
      chunkSize: PIECE,
    });
    this.#zlib.on("data", (bytes: Uint8Array) => this.#packed.push(bytes));
    this.#closed = new Promise((resolve) => {
      this.#zlib.once("end", resolve);
      this.#zlib.once("error", (error: unknown) => {
        this.#error = error;
        resolve();
      });
    });
  }

  async add(bytes: Uint8Array): Promise<Uint8Array[]> {
    await new Promise<void>((resolve, reject) => {
      this.#zlib.write(bytes, (error?: Error | null) => error ? reject(error) : resolve());
    });
    return this.#take();
  }

  async end(): Promise<Uint8Array[]> {
    this.#zlib.end();
    await this.#closed;
    if (this.#error) throw this.#error;
    return this.#take();
  }

  [Symbol.dispose](): void {
    this.#zlib.destroy();
  }

  #take(): Uint8Array[] {
    const packed = this.#packed;
    this.#packed = [];
    return packed;
  }
}

function toBytes(samples: Float32Array, depth: 8 | 16): Uint8Array {
  if (depth === 8) {
    const bytes = new Uint8Array(samples.length);
    quantise(samples, bytes);
    return bytes;
  }
  const wide = new Uint16Array(samples.length);
  quantise(samples, wide);
  const bytes = new Uint8Array(wide.length * 2);
  for (let i = 0, j = 0; i < wide.length; i++) {
    bytes[j++] = wide[i]! >> 8;
    bytes[j++] = wide[i]! & 255;
  }
  return bytes;
}
