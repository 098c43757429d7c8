/**
 * Streams of rows: how they are made, and a window that slides down one.
 *
 * @module
 */
import type { Channels, FloatImage } from "../data/image.ts";
import type { Rows } from "../data/rows.ts";

/** Size and channels of {@linkcode Rows}. */
export type RowsShape = Pick<Rows, "width" | "height" | "channels">;

/** Rows that `make` gives; it is called when they are iterated. */
export function rowsFrom(shape: RowsShape, make: () => AsyncIterable<FloatImage>): Rows {
  const { width, height, channels } = shape;
  return { width, height, channels, [Symbol.asyncIterator]: () => make()[Symbol.asyncIterator]() };
}

/** Each band by itself through `change`, which gives one of the same height. */
export function mapRows(
  rows: Rows,
  channels: Channels,
  change: (band: FloatImage) => FloatImage,
): Rows {
  const { width, height } = rows;
  return rowsFrom({ width, height, channels }, async function* () {
    for await (const band of rows) yield change(band);
  });
}

/** Rows of a stream from some row to some other, of which the upper ones are let go as work moves down. */
export class RowWindow implements AsyncDisposable {
  readonly #source: AsyncIterator<FloatImage>;
  readonly #height: number;
  /** Samples of one row. */
  readonly #stride: number;
  /** Bands from top to bottom, with the row that each begins at. */
  #bands: { readonly top: number; readonly image: FloatImage }[] = [];
  #end = 0;
  #done = false;

  /** Starts above the first row; nothing is read yet. */
  constructor(rows: Rows) {
    this.#source = rows[Symbol.asyncIterator]();
    this.#height = rows.height;
    this.#stride = rows.width * rows.channels;
  }

  /**
   * Reads until all rows above `bottom` are there.
   *
   * @throws {RangeError} If the stream ends before, or its bands have another width.
   */
  async reach(bottom: number): Promise<void> {
    while (this.#end < Math.min(bottom, this.#height)) {
      const { value, done } = await this.#source.next();
      if (done) {
        this.#done = true;
        throw new RangeError(`the picture ends after ${this.#end} of ${this.#height} rows`);
      }
      if (value.data.length !== value.height * this.#stride) {
        throw new RangeError(`a band of ${value.height} rows has ${value.data.length} samples`);
      }
      if (value.height > 0) this.#bands.push({ top: this.#end, image: value });
      this.#end += value.height;
    }
  }

  /** Lets go of rows above `top`. */
  release(top: number): void {
    const keep = this.#bands.findIndex(({ top: at, image }) => at + image.height > top);
    this.#bands = keep < 0 ? [] : this.#bands.slice(keep);
  }

  /** Samples of row `y`, which must have been reached and not let go; not to be written to. */
  row(y: number): Float32Array {
    // From the end: what was read last is asked for most.
    for (let i = this.#bands.length - 1; i >= 0; i--) {
      const { top, image } = this.#bands[i]!;
      if (y < top) continue;
      if (y >= top + image.height) break;
      const from = (y - top) * this.#stride;
      return image.data.subarray(from, from + this.#stride);
    }
    throw new RangeError(`row ${y} is not in the window`);
  }

  /** Releases what the maker of the rows holds; safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#bands = [];
    if (this.#done) return;
    this.#done = true;
    await this.#source.return?.();
  }
}
