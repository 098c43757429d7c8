/**
 * Small versions of pictures that pass by in bands, for pages that show them.
 *
 * @module
 */
import type { Channels, FloatImage, RawImage } from "../../data/image.ts";
import type { Rows } from "../types.ts";

/**
 * Averages squares of pixels as rows pass. Transparent pixels count by their alpha, so that no colour creeps in from
 * where nothing is seen.
 */
export class Preview {
  /** Pixels of the picture for each of the preview's, along a side. */
  readonly factor: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  readonly #channels: Channels;
  readonly #sourceWidth: number;
  readonly #sums: Float64Array;
  readonly #data: Uint8Array;
  #row = 0;
  #rowsInSum = 0;

  /**
   * Makes room for it.
   *
   * @param picture Size of the picture that will pass.
   * @param longest Longest side of the preview in pixels; a smaller picture stays as it is.
   */
  constructor(
    picture: { readonly width: number; readonly height: number; readonly channels: Channels },
    longest: number,
  ) {
    const { width, height, channels } = picture;
    this.factor = Math.max(1, Math.ceil(Math.max(width, height) / longest));
    this.width = Math.ceil(width / this.factor);
    this.height = Math.ceil(height / this.factor);
    this.#channels = channels;
    this.#sourceWidth = width;
    this.#sums = new Float64Array(this.width * (channels + 1));
    this.#data = new Uint8Array(this.width * this.height * channels);
  }

  /** The rows, which are looked at as they pass. */
  watch(rows: Rows): Rows {
    const add = (band: FloatImage) => this.#add(band);
    const { width, height, channels } = rows;
    return {
      width,
      height,
      channels,
      async *[Symbol.asyncIterator]() {
        for await (const band of rows) {
          add(band);
          yield band;
        }
      },
    };
  }

  /** What has passed, 8 bit. */
  image(): RawImage {
    // The last squares may be lower than the others.
    if (this.#rowsInSum > 0) this.#flush();
    return { width: this.width, height: this.height, channels: this.#channels, data: this.#data };
  }

  #add({ data, height }: FloatImage): void {
    const c = this.#channels, alpha = c === 2 || c === 4, colors = alpha ? c - 1 : c;
    for (let y = 0; y < height; y++) {
      for (let x = 0, at = y * this.#sourceWidth * c; x < this.#sourceWidth; x++, at += c) {
        const to = Math.floor(x / this.factor) * (c + 1);
        const weight = alpha ? data[at + colors]! : 1;
        for (let k = 0; k < colors; k++) this.#sums[to + k]! += weight * data[at + k]!;
        if (alpha) this.#sums[to + colors]! += weight;
        this.#sums[to + c]!++;
      }
      if (++this.#rowsInSum === this.factor) this.#flush();
    }
  }

  #flush(): void {
    const c = this.#channels, alpha = c === 2 || c === 4, colors = alpha ? c - 1 : c;
    for (let x = 0; x < this.width; x++) {
      const from = x * (c + 1), to = (this.#row * this.width + x) * c;
      const count = this.#sums[from + c]!;
      const weight = alpha ? this.#sums[from + colors]! : count;
      for (let k = 0; k < colors; k++) {
        this.#data[to + k] = weight > 0 ? level(this.#sums[from + k]! / weight) : 0;
      }
      if (alpha) this.#data[to + colors] = level(weight / count);
    }
    this.#sums.fill(0);
    this.#rowsInSum = 0;
    this.#row++;
  }
}

function level(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
