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
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1) + 1, to = y * stride, above = to - stride;
    switch (raw[from - 1]) {
      case 0:
        out.set(raw.subarray(from, from + stride), to);
        break;
      case 1:
        for (let i = 0; i < stride; i++) {
          out[to + i] = raw[from + i]! + (i >= pixelBytes ? out[to + i - pixelBytes]! : 0);
        }
        break;
      case 2:
        for (let i = 0; i < stride; i++) {
          out[to + i] = raw[from + i]! + (y > 0 ? out[above + i]! : 0);
        }
        break;
      case 3:
        for (let i = 0; i < stride; i++) {
          const left = i >= pixelBytes ? out[to + i - pixelBytes]! : 0;
          const up = y > 0 ? out[above + i]! : 0;
          out[to + i] = raw[from + i]! + ((left + up) >> 1);
        }
        break;
      case 4:
        for (let i = 0; i < stride; i++) {
          const hasLeft = i >= pixelBytes;
          const left = hasLeft ? out[to + i - pixelBytes]! : 0;
          const up = y > 0 ? out[above + i]! : 0;
          const corner = hasLeft && y > 0 ? out[above + i - pixelBytes]! : 0;
          out[to + i] = raw[from + i]! + paeth(left, up, corner);
        }
        break;
      default:
        return undefined;
    }
  }
  return out;
}

/**
 * Filters rows for compression; each result row starts with its filter's number. `adaptive` takes for each row the
 * filter with the smallest sum of absolute differences (the standard's own heuristic), else no filter is used.
 */
export function filterRows(
  bytes: Uint8Array,
  stride: number,
  pixelBytes: number,
  adaptive: boolean,
): Uint8Array {
  const height = bytes.length / stride;
  const out = new Uint8Array(height * (stride + 1));
  const nothing = new Uint8Array(stride);
  const trials = [1, 2, 3, 4].map(() => new Uint8Array(stride));
  let above: Uint8Array = nothing;
  for (let y = 0; y < height; y++) {
    const row = bytes.subarray(y * stride, (y + 1) * stride);
    let best = row, filter = 0;
    if (adaptive) {
      const winner = tryFilters(row, above, pixelBytes, trials);
      if (winner > 0) {
        best = trials[winner - 1]!;
        filter = winner;
      }
    }
    out[y * (stride + 1)] = filter;
    out.set(best, y * (stride + 1) + 1);
    above = row;
  }
  return out;
}

/** Fills `trials` with the row under filters 1 to 4 and tells which filter, or 0, makes it smallest. */
function tryFilters(
  row: Uint8Array,
  above: Uint8Array,
  pixelBytes: number,
  trials: readonly Uint8Array[],
): number {
  const [subRow, upRow, averageRow, paethRow] = trials as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  let none = 0, sub = 0, up = 0, average = 0, predicted = 0;
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!, b = above[i]!;
    const a = i >= pixelBytes ? row[i - pixelBytes]! : 0;
    const c = i >= pixelBytes ? above[i - pixelBytes]! : 0;
    none += magnitude(value);
    sub += magnitude(subRow[i] = (value - a) & 255);
    up += magnitude(upRow[i] = (value - b) & 255);
    average += magnitude(averageRow[i] = (value - ((a + b) >> 1)) & 255);
    predicted += magnitude(paethRow[i] = (value - paeth(a, b, c)) & 255);
  }
  const sums = [none, sub, up, average, predicted];
  return sums.indexOf(Math.min(...sums));
}

/** Size of a difference, which is signed in two's complement. */
function magnitude(byte: number): number {
  return byte < 128 ? byte : 256 - byte;
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
