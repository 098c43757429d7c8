/**
 * Writes PNG row by row with what browsers have: results may be larger than any canvas.
 *
 * @module
 */
import { chunkWith } from "../../../data/png_chunk.ts";

/** A PNG that is being written. */
export class PngWriter {
  readonly #stride: number;
  readonly #pixel: number;
  readonly #packer = new CompressionStream("deflate");
  readonly #input = this.#packer.writable.getWriter();
  readonly #parts: BlobPart[] = [];
  readonly #packed: Promise<void>;
  #before: Uint8Array;

  /** Of 8 bits a channel: gray 1, gray and alpha 2, RGB 3, RGBA 4; sRGB. */
  constructor(width: number, height: number, channels: 1 | 2 | 3 | 4) {
    this.#pixel = channels;
    this.#stride = width * channels;
    this.#before = new Uint8Array(this.#stride);
    const header = new Uint8Array(13);
    const view = new DataView(header.buffer);
    view.setUint32(0, width);
    view.setUint32(4, height);
    header.set([8, [0, 4, 2, 6][channels - 1]!], 8);
    this.#parts.push(
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk("IHDR", header),
      chunk("sRGB", new Uint8Array(1)),
    );
    this.#packed = this.#collect();
    this.#packed.catch(() => {}); // who waits for the end hears of it
  }

  /** Adds whole rows. */
  async add(rows: Uint8Array): Promise<void> {
    const count = rows.length / this.#stride;
    const filtered = new Uint8Array(count * (this.#stride + 1));
    for (let row = 0; row < count; row++) {
      const line = rows.subarray(row * this.#stride, (row + 1) * this.#stride);
      const to = filtered.subarray(row * (this.#stride + 1), (row + 1) * (this.#stride + 1));
      paeth(line, this.#before, this.#pixel, to);
      this.#before = line;
    }
    this.#before = this.#before.slice();
    await this.#input.write(filtered);
  }

  /** The file, when all rows have been added. */
  async end(): Promise<Blob> {
    await this.#input.close();
    await this.#packed;
    return new Blob([...this.#parts, chunk("IEND", new Uint8Array())], { type: "image/png" });
  }

  async #collect(): Promise<void> {
    const reader = this.#packer.readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.#parts.push(chunk("IDAT", value));
    }
  }
}

/** Filter 4 of PNG, which suits photographs best: the difference to the neighbour nearest to left + above - above left. */
function paeth(line: Uint8Array, above: Uint8Array, pixel: number, to: Uint8Array): void {
  to[0] = 4;
  for (let i = 0; i < line.length; i++) {
    const a = i < pixel ? 0 : line[i - pixel]!;
    const b = above[i]!;
    const c = i < pixel ? 0 : above[i - pixel]!;
    const da = Math.abs(b - c), db = Math.abs(a - c), dc = Math.abs(a + b - 2 * c);
    to[i + 1] = line[i]! - (da <= db && da <= dc ? a : db <= dc ? b : c);
  }
}

/** Browsers have no CRC-32 of their own. */
function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return chunkWith(crc32, type, data);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ c >>> 1 : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255]! ^ c >>> 8;
  return (c ^ 0xffffffff) >>> 0;
}
