/**
 * Windows of images, and attention within them: what Swin transformers and their kin share.
 *
 * Paper: Z. Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV 2021,
 * https://arxiv.org/abs/2103.14030
 * Origin of conventions and keys: BasicSR `basicsr/archs/swinir_arch.py`, 8d56e3a (Apache-2.0).
 *
 * @module
 */
import { type Tensor, type Tensor3D, type Tensor4D, tf } from "../engine/tf.ts";
import type { Initializer } from "./init.ts";
import { values } from "./init.ts";
import { Buffer, type Image } from "./module.ts";

export { roll } from "../engine/attention_ops.ts";

/** Height and width of a window. */
export type WindowSize = readonly [number, number];

/** Cuts `[n, h, w, c]` into windows, row by row: `[n·windows, wh, ww, c]`. h and w are multiples of `size`. */
export function toWindows(x: Image, [wh, ww]: WindowSize): Image {
  const [n, h, w, c] = x.shape;
  return tf.tidy(() => {
    const blocks = tf.reshape(x, [n * h / wh, wh, w / ww, ww * c]);
    return tf.reshape(tf.transpose(blocks, [0, 2, 1, 3]), [-1, wh, ww, c]) as Image;
  });
}

/** The inverse of {@linkcode toWindows}: `[n·windows, wh, ww, c]` to `[n, h, w, c]`. */
export function fromWindows(windows: Tensor, [wh, ww]: WindowSize, shape: Image["shape"]): Image {
  const [n, h, w, c] = shape;
  return tf.tidy(() => {
    const blocks = tf.reshape(windows, [n * h / wh, w / ww, wh, ww * c]);
    return tf.reshape(tf.transpose(blocks, [0, 2, 1, 3]), shape) as Image;
  });
}

/**
 * Cuts an image whose channels are `parts` times `heads` times d into windows and heads at once: `parts` tensors
 * `[heads·n·windows, wh·ww, d]`, as `attention` takes them.
 */
export function toHeads(
  x: Image,
  [wh, ww]: WindowSize,
  heads: number,
  parts = 1,
): Tensor3D[] {
  const [n, h, w, c] = x.shape;
  const d = c / heads / parts;
  // Heads come first, so that taking a part moves nothing.
  const blocks = tf.reshape(x, [n * h / wh, wh, w / ww, ww, parts * heads, d]);
  const moved = tf.transpose(blocks, [4, 0, 2, 1, 3, 5]);
  const batch = heads * n * (h / wh) * (w / ww);
  const all = tf.reshape(moved, [parts * batch, wh * ww, d]) as Tensor3D;
  return parts === 1 ? [all] : tf.split(all, parts, 0);
}

/** The inverse of {@linkcode toHeads} for one part: `[heads·n·windows, wh·ww, d]` to `[n, h, w, heads·d]`. */
export function fromHeads(
  x: Tensor3D,
  [wh, ww]: WindowSize,
  heads: number,
  [n, h, w]: readonly number[],
): Image {
  const d = x.shape[2];
  const blocks = tf.reshape(x, [heads, n! * h! / wh, w! / ww, wh, ww, d]);
  const moved = tf.transpose(blocks, [1, 3, 2, 4, 0, 5]);
  return tf.reshape(moved, [n!, h!, w!, heads * d]) as Image;
}

/**
 * The row of the table of biases for each pair of query and key of a window, row-major `[wh·ww, wh·ww]`. The table has a row for
 * each of the (2·wh - 1)·(2·ww - 1) relative positions.
 */
export function relativePositionIndex([wh, ww]: WindowSize): Int32Array {
  const count = wh * ww;
  return Int32Array.from({ length: count * count }, (_, i) => {
    const [query, key] = [Math.floor(i / count), i % count];
    const dy = Math.floor(query / ww) - Math.floor(key / ww) + wh - 1;
    const dx = query % ww - key % ww + ww - 1;
    return dy * (2 * ww - 1) + dx;
  });
}

/**
 * The same for keys in a window of `larger` pixels around one of `size`, as HAT's files have it: `[size², larger²]`, of a table
 * of (size + larger - 1)² rows. Negative ones count from the end of the table.
 */
export function overlappingPositionIndex(size: number, larger: number): Int32Array {
  const [queries, keys] = [size ** 2, larger ** 2];
  const span = size + larger - 1;
  const offset = size - larger + 1;
  return Int32Array.from({ length: queries * keys }, (_, i) => {
    const [query, key] = [Math.floor(i / keys), i % keys];
    const dy = Math.floor(key / larger) - Math.floor(query / size) + offset;
    const dx = key % larger - query % size + offset;
    return dy * span + dx;
  });
}

/**
 * The windows of `larger` pixels around those of `size`, side by side: `[n, h, w, c]` to
 * `[n, h / size·larger, w / size·larger, c]`, with zeros outside of the image.
 */
export function overlappingWindows(x: Image, size: number, larger: number): Image {
  const [n, h, w, c] = x.shape;
  const around = (larger - size) / 2;
  const [rows, columns] = [h / size, w / size];
  return tf.tidy(() => {
    const tall = widen(tf.reshape(x, [n, h, 1, w * c]) as Image, size, larger, around);
    const wide = tf.reshape(tall, [n * rows * larger, w, 1, c]) as Image;
    return tf.reshape(widen(wide, size, larger, around), [n, rows * larger, columns * larger, c]);
  });
}

/** Lines `[a, length, 1, c]` to overlapping pieces of them, `[a, length / size, larger, c]`. */
function widen(x: Image, size: number, larger: number, around: number): Image {
  const [a, length, , c] = x.shape;
  const parts = Math.ceil(larger / size);
  // Piece i is the pieces i, i + 1, … of plain windows, the last one in part.
  const after = parts * size - size - around;
  const padded = tf.pad(x, [[0, 0], [around, Math.max(0, after)], [0, 0], [0, 0]]);
  const pieces = Array.from({ length: parts }, (_, part) => {
    const line = tf.slice(padded, [0, part * size, 0, 0], [a, length, 1, c]);
    const take = Math.min(size, larger - part * size);
    const blocks = tf.reshape(line, [a, length / size, size, c]) as Image;
    return take === size ? blocks : tf.slice(blocks, [0, 0, 0, 0], [a, length / size, take, c]);
  });
  return parts === 1 ? pieces[0]! : tf.concat(pieces, 2);
}

/** A table of indices that files carry and the network makes by itself: a derived buffer, int64 in files. */
export function indexBuffer(shape: readonly number[], indices: ArrayLike<number>): Buffer {
  return new Buffer(shape, values(indices), { dtype: "I64", presence: "derived" });
}

/** A mask that files carry and the network makes by itself: a derived buffer, float32. */
export function maskBuffer(shape: readonly number[], init: Initializer): Buffer {
  return new Buffer(shape, init, { presence: "derived" });
}

/**
 * Rows of a table of biases, (rows, heads) in files, for each pair of query and key: `[heads, 1, 1, n·m]`, as `attention`
 * takes it.
 */
export function positionBias(table: Tensor, index: Tensor, wraps = false): Tensor4D {
  const [count, heads] = table.shape as [number, number];
  let at = tf.reshape(index, [-1]);
  if (wraps) at = tf.add(at, tf.mul(tf.cast(tf.less(at, 0), "int32"), tf.scalar(count, "int32")));
  const rows = tf.gather(table, at);
  return tf.reshape(tf.transpose(rows), [heads, 1, 1, -1]) as Tensor4D;
}

/** What two pixels of a shifted window that were no neighbours get added to their score. */
const APART = -100;

/**
 * What is added to the scores in windows of an image of `size` that was shifted cyclically: 0 within a part of the image, -100
 * between parts that were no neighbours; `[1, 1, windows, n·n]`, as `attention` takes it. Only the last row and the last column of
 * windows hold several parts. Made on the device of a few numbers, so that a recorded network has it for all sizes.
 */
export function shiftedWindowMask(
  [h, w]: readonly [number, number],
  [wh, ww]: WindowSize,
  [sh, sw]: readonly [number, number],
): Tensor4D {
  const [rows, columns, count] = [h / wh, w / ww, wh * ww];
  return tf.tidy(() => {
    const inside = Array.from({ length: count }, (_, i) => [Math.floor(i / ww), i % ww] as const);
    const down = tf.mul(last(rows, [rows, 1, 1]), apart(inside.map(([y]) => y >= wh - sh)));
    const across = tf.mul(
      last(columns, [1, columns, 1]),
      apart(inside.map(([, x]) => x >= ww - sw)),
    );
    return tf.reshape(tf.minimum(down, across), [1, 1, rows * columns, count * count]) as Tensor4D;
  });
}

/** 1 for the last of `count` windows, 0 for the others. */
function last(count: number, shape: readonly number[]): Tensor {
  const from = tf.sub(tf.range(0, count, 1, "int32"), tf.scalar(count - 2, "int32"));
  const flags = tf.cast(tf.maximum(from, tf.scalar(0, "int32")), "float32");
  return tf.reshape(flags, [...shape]);
}

/** -100 for pairs of pixels of which one has come from the other end, 0 for the others: `[1, 1, n·n]`. */
function apart(moved: readonly boolean[]): Tensor {
  const sides = tf.tensor1d(moved.map(Number));
  const other = tf.abs(tf.sub(tf.expandDims(sides, 0), tf.expandDims(sides, 1)));
  return tf.reshape(tf.mul(other, APART), [1, 1, -1]);
}

/** The same as numbers, as files carry it: (windows, n, n). */
export function shiftedWindowMaskValues(
  [h, w]: readonly [number, number],
  [wh, ww]: WindowSize,
  [sh, sw]: readonly [number, number],
): Float32Array {
  const [across, count] = [w / ww, wh * ww];
  const band = (at: number, size: number, window: number, shift: number): number =>
    at < size - window ? 0 : at < size - shift ? 1 : 2;
  // Which part of the image each pixel is in, window by window.
  const parts = Int32Array.from({ length: h * w }, (_, i) => {
    const [window, inside] = [Math.floor(i / count), i % count];
    const y = Math.floor(window / across) * wh + Math.floor(inside / ww);
    const x = window % across * ww + inside % ww;
    return 3 * band(y, h, wh, sh) + band(x, w, ww, sw);
  });
  const mask = new Float32Array(h * w * count);
  for (let i = 0; i < mask.length; i++) {
    const [query, key] = [Math.floor(i / count), i % count];
    const start = query - query % count;
    if (parts[query] !== parts[start + key]) mask[i] = APART;
  }
  return mask;
}
