/**
 * Padding at the bottom and on the right to sizes that a network can take, and cutting it off again.
 *
 * @module
 */
import { type Tensor4D, tf } from "../engine/tf.ts";
import type { Image } from "./module.ts";

/**
 * What the new pixels are: `reflect` mirrors at the last pixel, which is not repeated (PyTorch's `reflect`); `mirror` behind
 * it, so that it is; `zeros`.
 */
export type PaddingMode = "reflect" | "mirror" | "zeros";

let evenly = false;

/**
 * Runs `fn` with padding and cropping done even where nothing is missing, so that a network takes the same course at all sizes and
 * can be recorded as one graph for them.
 */
export function paddedEvenly<T>(fn: () => T): T {
  const before = evenly;
  evenly = true;
  try {
    return fn();
  } finally {
    evenly = before;
  }
}

/**
 * Pads `[n, h, w, c]` at the bottom and on the right until height and width are multiples of `multiple`. Images smaller than
 * the padding are mirrored to and fro, where PyTorch refuses them.
 */
export function padToMultiple(
  x: Image,
  multiple: number | readonly [number, number],
  mode: PaddingMode,
): Image {
  const [, h, w] = x.shape;
  const [tall, wide] = typeof multiple === "number" ? [multiple, multiple] : multiple;
  return padTo(x, [Math.ceil(h / tall) * tall, Math.ceil(w / wide) * wide], mode);
}

/** Pads `[n, h, w, c]` at the bottom and on the right to `[n, ...size, c]`. */
export function padTo(x: Image, size: readonly [number, number], mode: PaddingMode): Image {
  const [, h, w] = x.shape;
  const [below, right] = [size[0] - h, size[1] - w];
  if (below === 0 && right === 0 && !evenly) return tf.clone(x);
  if (mode === "zeros") return tf.pad(x, [[0, 0], [0, below], [0, right], [0, 0]]);
  const room = mode === "reflect" ? 1 : 0;
  if (below + room <= h && right + room <= w) {
    const name = mode === "reflect" ? "reflect" : "symmetric";
    return tf.mirrorPad(x, [[0, 0], [0, below], [0, right], [0, 0]], name);
  }
  return tf.tidy(() =>
    size.reduce((y: Tensor4D, length, i) => {
      const indices = mirrored(i === 0 ? h : w, length, mode);
      return tf.gather(y, tf.tensor1d(indices, "int32"), i + 1);
    }, x)
  );
}

/** The top left part of `size` (height, width). */
export function cropTo(x: Image, size: readonly [number, number]): Image {
  const [n, h, w, c] = x.shape;
  if (h === size[0] && w === size[1] && !evenly) return tf.clone(x);
  return tf.slice(x, [0, 0, 0, 0], [n, size[0], size[1], c]);
}

/** Where the pixels of a line of `length` come from, of which there are `size`. */
function mirrored(size: number, length: number, mode: "reflect" | "mirror"): Int32Array {
  const period = mode === "reflect" ? Math.max(1, 2 * size - 2) : 2 * size;
  return Int32Array.from({ length }, (_, i) => {
    const at = i % period;
    return at < size ? at : mode === "reflect" ? period - at : period - 1 - at;
  });
}
