/**
 * From rows to tiles: keeps the rows of a stream for as long as tiles need them, and cuts windows out.
 *
 * @module
 */
import type { FloatImage } from "../data/image.ts";
import { sourceIndex } from "./spans.ts";
import { inputRows, type Tile, type TilePlan } from "./tiles.ts";

/**
 * Holds the rows that the next row of tiles needs. Push bands until {@linkcode TileCutter.ready}, cut the tiles of that
 * row, release it, and go on.
 */
export class TileCutter {
  readonly #plan: TilePlan;
  readonly #channels: number;
  /** For each column of the padded picture the column that stands there. */
  readonly #columns: Int32Array;
  #bands: { readonly from: number; readonly image: FloatImage }[] = [];
  #rows = 0;

  /** Starts with a picture of so many `channels`, none of whose rows is there yet. */
  constructor(plan: TilePlan, channels: number) {
    this.#plan = plan;
    this.#channels = channels;
    this.#columns = Int32Array.from(
      { length: plan.columns.padded },
      (_, i) => sourceIndex(i, plan.columns, plan.padding),
    );
  }

  /** Rows that have been pushed so far. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Takes the next rows of the picture, which must not change as long as they are needed.
   *
   * @throws {RangeError} If width or channels differ from the plan's, or there are too many rows.
   */
  push(band: FloatImage): void {
    const { width, height } = this.#plan;
    if (band.width !== width || band.channels !== this.#channels) {
      throw new RangeError(
        `rows of ${width} pixels and ${this.#channels} channels are due, ` +
          `received ${band.width} pixels and ${band.channels} channels`,
      );
    }
    if (this.#rows + band.height > height) {
      throw new RangeError(`the picture has ${height} rows, received ${this.#rows + band.height}`);
    }
    this.#bands.push({ from: this.#rows, image: band });
    this.#rows += band.height;
  }

  /** Whether all rows are there that this row of tiles needs. */
  ready(row: number): boolean {
    return this.#rows >= inputRows(this.#plan, row)[1];
  }

  /**
   * Copies a tile's window, `[window.height, window.width, channels]`, to `target` or into a new array.
   *
   * @throws {RangeError} If rows are missing.
   */
  cut(tile: Tile, target?: Float32Array): Float32Array {
    const { x, y, width, height } = tile.window;
    const stride = width * this.#channels;
    const window = target ?? new Float32Array(height * stride);
    for (let row = 0; row < height; row++) {
      const from = sourceIndex(y + row, this.#plan.rows, this.#plan.padding);
      this.#copyRow(from, x, window.subarray(row * stride, (row + 1) * stride));
    }
    return window;
  }

  /** Lets go of rows that no row of tiles behind `row` needs. */
  release(row: number): void {
    const needed = row + 1 < this.#plan.rows.spans.length
      ? inputRows(this.#plan, row + 1)[0]
      : this.#plan.height;
    this.#bands = this.#bands.filter(({ from, image }) => from + image.height > needed);
  }

  #copyRow(row: number, x: number, target: Float32Array): void {
    if (row < 0) {
      target.fill(0);
      return;
    }
    const channels = this.#channels, { width } = this.#plan;
    const band = this.#bands.find(({ from, image }) => row >= from && row < from + image.height);
    if (band === undefined) throw new RangeError(`row ${row} is not there`);
    const line = (row - band.from) * width * channels;
    const { data } = band.image;
    const count = target.length / channels;
    const inside = Math.min(count, width - x);
    target.set(data.subarray(line + x * channels, line + (x + inside) * channels));
    for (let column = inside; column < count; column++) {
      const from = this.#columns[x + column]!;
      for (let c = 0; c < channels; c++) {
        target[column * channels + c] = from < 0 ? 0 : data[line + from * channels + c]!;
      }
    }
  }
}
