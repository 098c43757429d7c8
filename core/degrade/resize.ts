/**
 * Resizing as matrices: what `torch.nn.functional.interpolate` does along one axis is a linear map, so that a picture is
 * resized by one matrix product for each axis. Sizes then are data, not shapes, and a compiled function resizes by every
 * factor.
 *
 * Facts from PyTorch `aten/src/ATen/native/UpSample.h` and `AdaptiveAveragePooling.cpp`: `align_corners=False`, no antialias,
 * a = -0.75 for bicubic, coordinates in float32; a factor that is given is used as it stands
 * (`recompute_scale_factor=None`), while `area` goes by the sizes alone.
 *
 * @module
 */

/** Ways to resize, as `mode` of PyTorch's `interpolate`; `area` is adaptive average pooling. */
export type ResizeMode = "area" | "bilinear" | "bicubic";

/** The modes that Real-ESRGAN draws from, each with the same probability. */
export const RESIZE_MODES: readonly ResizeMode[] = ["area", "bilinear", "bicubic"];

/** Settings of {@linkcode resizeMatrix}. */
export interface ResizeMatrixOptions {
  /** Factor that coordinates go by; default `to / from`, as where PyTorch is given a size. */
  readonly factor?: number;
  /** Rows of the matrix, at least `to`, which is the default; those beyond `to` are zero. */
  readonly rows?: number;
  /** Columns of the matrix, at least `from`, which is the default; those beyond `from` are zero. */
  readonly columns?: number;
}

/** Side of a picture after `interpolate(scale_factor=factor)`, in pixels; at least 1. */
export function scaledSide(side: number, factor: number): number {
  return Math.max(1, Math.floor(side * factor));
}

/**
 * The matrix `[rows, columns]` that takes `from` samples to `to` samples.
 *
 * @throws {RangeError} If a size is not a positive integer, or the matrix is too small for the sizes.
 */
export function resizeMatrix(
  mode: ResizeMode,
  from: number,
  to: number,
  options: ResizeMatrixOptions = {},
): Float32Array {
  const { factor, rows = to, columns = from } = options;
  if (!(Number.isInteger(from) && from > 0 && Number.isInteger(to) && to > 0)) {
    throw new RangeError(`sides must be positive integers, received ${from} and ${to}`);
  }
  if (rows < to || columns < from) {
    throw new RangeError(`[${rows}, ${columns}] is too small to take ${from} samples to ${to}`);
  }
  const matrix = new Float32Array(rows * columns);
  if (mode === "area") return fillArea(matrix, columns, from, to);
  // PyTorch's bilinear resizing leaves an axis that keeps its size alone; the bicubic one does not.
  const bySize = factor === undefined || (mode === "bilinear" && from === to);
  const scale = Math.fround(bySize ? from / to : 1 / factor);
  const fill = mode === "bilinear" ? bilinearRow : bicubicRow;
  for (let i = 0; i < to; i++) {
    const at = Math.fround(Math.fround(scale * Math.fround(i + 0.5)) - 0.5);
    fill(matrix.subarray(i * columns, i * columns + from), at);
  }
  return matrix;
}

function fillArea(matrix: Float32Array, columns: number, from: number, to: number): Float32Array {
  for (let i = 0; i < to; i++) {
    const start = Math.floor(i * from / to), end = Math.ceil((i + 1) * from / to);
    matrix.fill(1 / (end - start), i * columns + start, i * columns + end);
  }
  return matrix;
}

function bilinearRow(row: Float32Array, coordinate: number): void {
  const last = row.length - 1;
  const at = Math.max(coordinate, 0);
  const left = Math.min(Math.floor(at), last);
  const t = Math.min(Math.max(Math.fround(at - left), 0), 1);
  row[left]! += 1 - t;
  row[Math.min(left + 1, last)]! += t;
}

function bicubicRow(row: Float32Array, at: number): void {
  const last = row.length - 1;
  const middle = Math.min(Math.floor(at), last);
  const t = Math.min(Math.max(Math.fround(at - middle), 0), 1);
  const weights = [outer(t + 1), inner(t), inner(1 - t), outer(2 - t)];
  // Beyond the border its pixel goes on.
  weights.forEach((weight, i) => row[Math.min(Math.max(middle - 1 + i, 0), last)]! += weight);
}

const A = -0.75;

/** Weight at a distance up to 1. */
function inner(x: number): number {
  return ((A + 2) * x - (A + 3)) * x * x + 1;
}

/** Weight at a distance from 1 to 2. */
function outer(x: number): number {
  return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
}
