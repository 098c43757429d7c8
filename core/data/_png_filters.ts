/**
 * The five row filters of PNG (ISO/IEC 15948, clause 9): none, sub, up, average, Paeth.
 *
 * @module
 */

/**
 * Undoes the filters of rows that each start with the number of their filter; the result has no filter bytes.
 * Undefined if a filter is unknown. `pixelBytes` is the size of a pixel, at least 1.
 */
export function unfilterRows(
  raw: Uint8Array,
  stride: number,
  pixelBytes: number,
): Uint8Array | undefined {
  const height = raw.length / (stride + 1);
  const out = new Uint8Array(height * stride);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const row = out.subarray(y * stride, (y + 1) * stride);
    const bytes = raw.subarray(y * (stride + 1), (y + 1) * (stride + 1));
    if (!unfilterRow(bytes, above, row, pixelBytes)) return undefined;
    above = row;
  }
  return out;
}

/**
 * Undoes the filter of one row: `bytes` starts with the filter's number, `above` is the row before it (zeros for the
 * first), `row` receives the result. False if the filter is unknown.
 */
export function unfilterRow(
  bytes: Uint8Array,
  above: Uint8Array,
  row: Uint8Array,
  pixelBytes: number,
): boolean {
  const n = row.length;
  // The first pixel has none to its left, which counts as zeros.
  const first = Math.min(pixelBytes, n);
  switch (bytes[0]) {
    case 0:
      row.set(bytes.subarray(1, n + 1));
      return true;
    case 1:
      for (let i = 0; i < first; i++) row[i] = bytes[i + 1]!;
      for (let i = first; i < n; i++) row[i] = bytes[i + 1]! + row[i - pixelBytes]!;
      return true;
    case 2:
      for (let i = 0; i < n; i++) row[i] = bytes[i + 1]! + above[i]!;
      return true;
    case 3:
      for (let i = 0; i < first; i++) row[i] = bytes[i + 1]! + (above[i]! >> 1);
      for (let i = first; i < n; i++) {
        row[i] = bytes[i + 1]! + ((row[i - pixelBytes]! + above[i]!) >> 1);
      }
      return true;
    case 4:
      for (let i = 0; i < first; i++) row[i] = bytes[i + 1]! + above[i]!;
      for (let i = first; i < n; i++) {
        const a = row[i - pixelBytes]!, b = above[i]!, c = above[i - pixelBytes]!;
        row[i] = bytes[i + 1]! + paeth(a, b, c);
      }
      return true;
    default:
      return false;
  }
}

/** Filters rows that follow each other. */
export class RowFilter {
  readonly #pixelBytes: number;
  readonly #adaptive: boolean;
  readonly #above: Uint8Array;

  /** `adaptive` takes the filter that makes a row smallest, else no filter is used. */
  constructor(stride: number, pixelBytes: number, adaptive: boolean) {
    this.#pixelBytes = pixelBytes;
    this.#adaptive = adaptive;
    this.#above = new Uint8Array(stride);
  }

  /** Puts the filter's number and the filtered row into `out`. */
  next(row: Uint8Array, out: Uint8Array): void {
    const filter = this.#adaptive ? bestFilter(row, this.#above, this.#pixelBytes) : 0;
    applyFilter(filter, row, this.#above, this.#pixelBytes, out);
    this.#above.set(row); // the caller's array may be used again
  }
}

/** Pieces of a row that are looked at when a filter is chosen, and how far apart they start, in bytes. */
const LOOK = 96, LOOK_EVERY = 384;

/**
 * The filter with the smallest sum of absolute differences (the standard's own heuristic), in a quarter of a long row:
 * photographs become no larger for it.
 */
function bestFilter(row: Uint8Array, above: Uint8Array, pixelBytes: number): number {
  let none = 0, sub = 0, up = 0, average = 0, predicted = 0;
  const n = row.length;
  const every = n <= 4 * LOOK_EVERY ? LOOK : LOOK_EVERY;
  for (let start = pixelBytes; start < n; start += every) {
    const end = Math.min(start + LOOK, n);
    for (let i = start; i < end; i++) {
      const value = row[i]!, a = row[i - pixelBytes]!, b = above[i]!, c = above[i - pixelBytes]!;
      // The distance of signed bytes from zero: shifts carry the sign up and down again.
      none += Math.abs(value << 24 >> 24);
      sub += Math.abs((value - a) << 24 >> 24);
      up += Math.abs((value - b) << 24 >> 24);
      average += Math.abs((value - ((a + b) >> 1)) << 24 >> 24);
      predicted += Math.abs((value - paeth(a, b, c)) << 24 >> 24);
    }
  }
  let best = 0, least = none;
  if (sub < least) [best, least] = [1, sub];
  if (up < least) [best, least] = [2, up];
  if (average < least) [best, least] = [3, average];
  if (predicted < least) best = 4;
  return best;
}

function applyFilter(
  filter: number,
  row: Uint8Array,
  above: Uint8Array,
  pixelBytes: number,
  out: Uint8Array,
): void {
  const n = row.length, first = Math.min(pixelBytes, n);
  out[0] = filter;
  switch (filter) {
    case 0:
      out.set(row, 1);
      return;
    case 1:
      for (let i = 0; i < first; i++) out[i + 1] = row[i]!;
      for (let i = first; i < n; i++) out[i + 1] = row[i]! - row[i - pixelBytes]!;
      return;
    case 2:
      for (let i = 0; i < n; i++) out[i + 1] = row[i]! - above[i]!;
      return;
    case 3:
      for (let i = 0; i < first; i++) out[i + 1] = row[i]! - (above[i]! >> 1);
      for (let i = first; i < n; i++) {
        out[i + 1] = row[i]! - ((row[i - pixelBytes]! + above[i]!) >> 1);
      }
      return;
    default:
      for (let i = 0; i < first; i++) out[i + 1] = row[i]! - above[i]!;
      for (let i = first; i < n; i++) {
        out[i + 1] = row[i]! - paeth(row[i - pixelBytes]!, above[i]!, above[i - pixelBytes]!);
      }
  }
}

/**
 * Filters rows for compression; each result row starts with its filter's number. `adaptive` takes for each row the
 * filter that makes it smallest, else no filter is used.
 */
export function filterRows(
  bytes: Uint8Array,
  stride: number,
  pixelBytes: number,
  adaptive: boolean,
): Uint8Array {
  const height = bytes.length / stride;
  const out = new Uint8Array(height * (stride + 1));
  const filter = new RowFilter(stride, pixelBytes, adaptive);
  for (let y = 0; y < height; y++) {
    filter.next(
      bytes.subarray(y * stride, (y + 1) * stride),
      out.subarray(y * (stride + 1), (y + 1) * (stride + 1)),
    );
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
