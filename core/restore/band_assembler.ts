/**
 * From tiles to rows: puts the outputs of tiles together and gives rows away as soon as nothing more is added to them.
 *
 * @module
 */
import type { FloatImage } from "../data/image.ts";
import { spanWeights } from "./spans.ts";
import type { Tile, TilePlan } from "./tiles.ts";

/**
 * Adds up the outputs of a plan's tiles, each of which must be added once. In the order of the plan, memory for one row
 * of tiles suffices; in another order it grows as needed.
 */
export class BandAssembler {
  readonly #plan: TilePlan;
  readonly #channels: number;
  readonly #across: readonly Float32Array[];
  readonly #down: readonly Float32Array[];
  readonly #added: Uint8Array;
  /** Tiles that each row still waits for. */
  readonly #missing: number[];
  /** Rows from `#base` on; those before `#next` have been taken. */
  #buffer = new Float32Array(0);
  #base = 0;
  #next = 0;

  /** Starts with the output of `plan`, which has so many `channels`. */
  constructor(plan: TilePlan, channels: number) {
    this.#plan = plan;
    this.#channels = channels;
    const { columns, rows, scale } = plan;
    this.#across = columns.spans.map((span) => spanWeights(span, columns, scale));
    this.#down = rows.spans.map((span) => spanWeights(span, rows, scale));
    this.#added = new Uint8Array(plan.tiles.length);
    this.#missing = rows.spans.map(() => columns.spans.length);
  }

  /** True when every row has been taken. */
  get done(): boolean {
    return this.#next === this.#plan.height * this.#plan.scale;
  }

  /**
   * Adds what the network made of a tile's window: `[window.height * scale, window.width * scale, channels]`; borrowed.
   *
   * @throws {RangeError} If the size is another, or the tile has been added before.
   */
  add(tile: Tile, output: Float32Array): void {
    const { window, scale, width } = this.#plan;
    const channels = this.#channels;
    const expected = window.width * scale * window.height * scale * channels;
    if (output.length !== expected) {
      throw new RangeError(
        `a tile of ${window.width}x${window.height} pixels must give ${expected} numbers, received ${output.length}`,
      );
    }
    if (this.#added[tile.index] !== 0) throw new RangeError(`tile ${tile.index} was added before`);
    this.#added[tile.index] = 1;
    this.#missing[tile.row]!--;
    const { x, y, width: columns, height: rows } = tile.output;
    this.#reserve(y + rows);
    const across = this.#across[tile.column]!, down = this.#down[tile.row]!;
    const stride = width * scale * channels, from = window.width * scale * channels;
    // Between the two fades a row is copied.
    const whole = across.indexOf(1), wholeEnd = across.lastIndexOf(1) + 1;
    let source = ((y - tile.window.y * scale) * window.width + x / scale - tile.window.x) * scale *
      channels;
    let target = (y - this.#base) * stride + x * channels;
    for (let row = 0; row < rows; row++, source += from, target += stride) {
      const weight = down[row]!;
      if (weight === 1 && whole >= 0) {
        this.#blend(output, source, target, across, 1, 0, whole);
        const part = output.subarray(source + whole * channels, source + wholeEnd * channels);
        this.#buffer.set(part, target + whole * channels);
        this.#blend(output, source, target, across, 1, wholeEnd, columns);
      } else {
        this.#blend(output, source, target, across, weight, 0, columns);
      }
    }
  }

  /** The next rows that are finished, `most` at a time, or undefined if there are none yet. The result is the caller's. */
  take(most = Infinity): FloatImage | undefined {
    const { scale, height, width } = this.#plan;
    const open = this.#missing.findIndex((tiles) => tiles > 0);
    const finished = open < 0
      ? height * scale
      : this.#plan.tiles[open * this.#plan.columns.spans.length]!.output.y;
    const rows = Math.min(most, finished - this.#next);
    if (rows <= 0) return undefined;
    const stride = width * scale * this.#channels;
    const from = (this.#next - this.#base) * stride;
    this.#next += rows;
    return {
      width: width * scale,
      height: rows,
      channels: this.#channels,
      data: this.#buffer.slice(from, from + rows * stride),
    };
  }

  #blend(
    output: Float32Array,
    source: number,
    target: number,
    across: Float32Array,
    weight: number,
    from: number,
    to: number,
  ): void {
    const channels = this.#channels, buffer = this.#buffer;
    for (let column = from; column < to; column++) {
      const share = weight * across[column]!;
      for (let i = column * channels; i < (column + 1) * channels; i++) {
        buffer[target + i]! += share * output[source + i]!;
      }
    }
  }

  /** Makes room for rows up to before `end`. */
  #reserve(end: number): void {
    const stride = this.#plan.width * this.#plan.scale * this.#channels;
    if ((end - this.#base) * stride <= this.#buffer.length) return;
    const kept = this.#buffer.subarray((this.#next - this.#base) * stride);
    if ((end - this.#next) * stride <= this.#buffer.length) {
      const length = kept.length;
      this.#buffer.copyWithin(0, kept.byteOffset / 4);
      this.#buffer.fill(0, length);
    } else {
      const grown = new Float32Array((end - this.#next) * stride);
      grown.set(kept);
      this.#buffer = grown;
    }
    this.#base = this.#next;
  }
}
