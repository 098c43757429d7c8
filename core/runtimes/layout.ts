/**
 * The order of axes that a model wants, and the way there and back.
 *
 * @module
 */
import type { ImageTensor } from "./types.ts";

/** Channels last, as TensorFlow has them, or before height and width, as PyTorch has them. */
export type Layout = "nhwc" | "nchw";

/**
 * What the declared sizes say about the order: 1, 3 or 4 channels stand where no larger size does.
 *
 * @param shape Sizes, negative where they are free; undefined if nothing is declared.
 * @param otherwise Where they say nothing.
 */
export function guessLayout(shape: readonly number[] | undefined, otherwise: Layout): Layout {
  if (shape?.length !== 4) return otherwise;
  const isColour = (size: number | undefined) => size === 1 || size === 3 || size === 4;
  const first = isColour(shape[1]), last = isColour(shape[3]);
  if (first === last) return otherwise;
  return first ? "nchw" : "nhwc";
}

/** The images in the order of `layout`. */
export function toLayout(images: ImageTensor, layout: Layout): ImageTensor {
  if (layout === "nhwc") return images;
  const [n, h, w, c] = images.shape;
  return { shape: [n, c, h, w], data: swapped(images.data, n, h * w, c) };
}

/** What came in the order of `layout`, channels last. */
export function fromLayout(images: ImageTensor, layout: Layout): ImageTensor {
  if (layout === "nhwc") return images;
  const [n, c, h, w] = images.shape;
  return { shape: [n, h, w, c], data: swapped(images.data, n, c, h * w) };
}

/** For each of `n` images, columns and rows change places. */
function swapped(data: Float32Array, n: number, rows: number, columns: number): Float32Array {
  if (rows === 1 || columns === 1) return data;
  const result = new Float32Array(data.length);
  const size = rows * columns;
  for (let image = 0, from = 0; image < n; image++) {
    const start = image * size;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[start + column * rows + row] = data[from++]!;
      }
    }
  }
  return result;
}
