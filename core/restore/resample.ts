/**
 * Resizing of pictures that come in bands: Lanczos with three lobes, widened by the factor where it reduces, as Pillow's
 * `Image.resize(…, LANCZOS)`; what it computes differs from that in float rounding only.
 *
 * Real-ESRGAN's `outscale` uses OpenCV's `INTER_LANCZOS4`, which has a lobe more and does not widen, so that what is made
 * smaller behind the network shows steps there and none here.
 *
 * @module
 */
import type { FloatImage } from "../data/image.ts";
import { bandRows, type Rows } from "../data/rows.ts";
import { rowsFrom, RowWindow } from "./rows.ts";

/** Lobes on each side. */
const LOBES = 3;
/** Nearer to opaque than this is opaque: what rounding of the weights leaves. */
const NEARLY = 1e-6;
/** Below this, 16 bits show nothing of the colour. */
const INVISIBLE = 0.5 / 65535;

/** Weights of one axis: output sample `i` is the sum over `starts[i] + t` of `weights[i * taps + t]`, `t < counts[i]`. */
interface Axis {
  readonly taps: number;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Resizes to `width` x `height`. Colours are weighted by alpha, so that those of transparent pixels do not show; a picture
 * that is opaque throughout has the colours that it has without alpha. Nothing is clipped: Lanczos overshoots. Holds as many
 * rows as the filter is high.
 *
 * @throws {RangeError} If a side is not a positive integer.
 */
export function resample(rows: Rows, width: number, height: number): Rows {
  for (const side of [width, height]) {
    if (!(Number.isInteger(side) && side > 0)) {
      throw new RangeError(`sides must be positive integers, received ${width}x${height}`);
    }
  }
  const { channels } = rows;
  if (rows.width === width && rows.height === height) return rows;
  const shape = { width, height, channels };
  return rowsFrom(shape, async function* (): AsyncGenerator<FloatImage> {
    const across = axis(rows.width, width), down = axis(rows.height, height);
    const stride = width * channels, most = bandRows(width, channels);
    await using view = new RowWindow(rows);
    const resized = new Map<number, Float32Array>();
    const spare: Float32Array[] = [];
    const weighted = new Float32Array(rows.width * channels), sum = new Float64Array(stride);
    for (let top = 0; top < height; top += most) {
      const band = new Float32Array(Math.min(most, height - top) * stride);
      for (let y = top; y < Math.min(top + most, height); y++) {
        const first = down.starts[y]!, count = down.counts[y]!;
        for (const [at, row] of resized) {
          if (at >= first) continue;
          spare.push(row);
          resized.delete(at);
        }
        view.release(first);
        await view.reach(first + count);
        sum.fill(0);
        for (let t = 0; t < count; t++) {
          let row = resized.get(first + t);
          if (row === undefined) {
            row = spare.pop() ?? new Float32Array(stride);
            const source = premultiplied(view.row(first + t), channels, weighted);
            resizeRow(source, channels, across, row);
            resized.set(first + t, row);
          }
          const w = down.weights[y * down.taps + t]!;
          for (let i = 0; i < stride; i++) sum[i]! += w * row[i]!;
        }
        const out = band.subarray((y - top) * stride, (y - top + 1) * stride);
        out.set(sum);
        if (channels === 2 || channels === 4) divide(out, channels);
      }
      yield { width, height: band.length / stride, channels, data: band };
    }
  });
}

function resizeRow(source: Float32Array, channels: number, axis: Axis, out: Float32Array): void {
  const { taps, starts, counts, weights } = axis;
  for (let x = 0, o = 0; o < out.length; x++) {
    const start = starts[x]! * channels, from = x * taps, count = counts[x]!;
    for (let c = 0; c < channels; c++, o++) {
      let s = 0;
      for (let t = 0, i = start + c; t < count; t++, i += channels) {
        s += weights[from + t]! * source[i]!;
      }
      out[o] = s;
    }
  }
}

/** `row` with alpha multiplied into its colours, in `into`; `row` itself without alpha. */
function premultiplied(row: Float32Array, channels: number, into: Float32Array): Float32Array {
  if (channels === 1 || channels === 3) return row;
  for (let i = 0; i < row.length; i += channels) {
    const alpha = row[i + channels - 1]!;
    for (let c = 0; c < channels - 1; c++) into[i + c] = row[i + c]! * alpha;
    into[i + channels - 1] = alpha;
  }
  return into;
}

/** Takes alpha out of the colours again. */
function divide(row: Float32Array, channels: number): void {
  for (let i = 0; i < row.length; i += channels) {
    const alpha = row[i + channels - 1]!;
    if (Math.abs(alpha - 1) < NEARLY) row[i + channels - 1] = 1;
    else if (alpha < INVISIBLE) row.fill(0, i, i + channels);
    else for (let c = 0; c < channels - 1; c++) row[i + c]! /= alpha;
  }
}

/** Facts from Pillow's `Resample.c`: samples whose centres lie within the filter, weights that add up to 1. */
function axis(from: number, to: number): Axis {
  const ratio = from / to, widen = Math.max(1, ratio), support = LOBES * widen;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to), counts = new Int32Array(to);
  const weights = new Float64Array(to * taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * ratio;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let total = 0;
    for (let t = 0; t < count; t++) {
      const w = lanczos((start + t - centre + 0.5) / widen);
      weights[i * taps + t] = w;
      total += w;
    }
    for (let t = 0; t < count; t++) weights[i * taps + t]! /= total;
    starts[i] = start;
    counts[i] = count;
  }
  return { taps, starts, counts, weights };
}

function lanczos(x: number): number {
  return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
