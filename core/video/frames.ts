/**
 * Packed RGB, as ffmpeg has it, and streams of rows.
 *
 * @module
 */
import type { FloatImage } from "../data/image.ts";
import type { Rows } from "../restore/types.ts";

/** Rows of a band. */
const BAND_ROWS = 64;

/** Size of a frame. */
export interface FrameSize {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** A frame of packed RGB, 8 bits or 16 in little-endian order, as rows. */
export function frameRows(
  data: Uint8Array<ArrayBuffer>,
  { width, height }: FrameSize,
  depth: 8 | 16,
): Rows {
  const samples = samplesOf(data, depth);
  const most = depth === 8 ? 255 : 65535;
  const bands = async function* (): AsyncGenerator<FloatImage> {
    for (let top = 0; top < height; top += BAND_ROWS) {
      const rows = Math.min(BAND_ROWS, height - top);
      const band = new Float32Array(rows * width * 3);
      const from = top * width * 3;
      for (let i = 0; i < band.length; i++) band[i] = samples[from + i]! / most;
      yield { width, height: rows, channels: 3, data: band };
    }
  };
  return { width, height, channels: 3, [Symbol.asyncIterator]: bands };
}

/** Makes packed RGB of rows: clipped, rounded half to even; gray becomes RGB, and the last column and row fill the rest. */
export class FramePacker {
  readonly #size: FrameSize;
  readonly #depth: 8 | 16;

  /** Frames of this size and depth. */
  constructor(size: FrameSize, depth: 8 | 16) {
    this.#size = size;
    this.#depth = depth;
  }

  /**
   * Collects a frame.
   *
   * @throws {RangeError} If the rows do not make up a frame.
   */
  async pack(rows: Rows): Promise<Uint8Array<ArrayBuffer>> {
    const { width, height } = this.#size;
    const bytes = new Uint8Array(width * height * 3 * this.#depth / 8);
    const samples = samplesOf(bytes, this.#depth);
    const most = this.#depth === 8 ? 255 : 65535;
    const stride = width * 3;
    let y = 0;
    for await (const { data, height: count, channels } of rows) {
      const gray = channels < 3;
      for (let row = 0; row < count; row++, y++) {
        const from = row * rows.width * channels;
        let at = y * stride;
        for (let x = 0; x < rows.width; x++) {
          for (let c = 0; c < 3; c++) {
            samples[at++] = level(data[from + x * channels + (gray ? 0 : c)]!, most);
          }
        }
        while (at < (y + 1) * stride) {
          samples[at] = samples[at - 3]!;
          at++;
        }
      }
    }
    if (y !== rows.height) throw new RangeError(`${y} of ${rows.height} rows came`);
    for (; y < height; y++) samples.copyWithin(y * stride, (y - 1) * stride, y * stride);
    return bytes;
  }
}

/** A level from 0 to `most`; halves to the even neighbour, and what is no number to 0. */
function level(value: number, most: number): number {
  const scaled = value * most;
  if (!(scaled > 0)) return 0;
  if (scaled >= most) return most;
  const down = Math.floor(scaled);
  const rest = scaled - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

function samplesOf(data: Uint8Array<ArrayBuffer>, depth: 8 | 16): Uint8Array | Uint16Array {
  return depth === 8 ? data : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
}
