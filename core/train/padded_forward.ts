/**
 * Images of any size through networks that want multiples of something.
 *
 * @module
 */
import { type Tensor4D, tf } from "../engine/tf.ts";
import type { Module } from "../nn/module.ts";
import { padTo } from "../nn/padding.ts";

/**
 * Applies `net` to `lq` `[n, h, w, c]`. If the network has a {@linkcode Module.sizeMultiple}, the image is mirrored
 * beyond its right and lower edge up to the next multiple, or padded in the network's own way, and what comes of the added
 * part is cut off again. Call it
 * inside `tf.tidy` or a gradient scope.
 */
export function paddedForward(net: Module<Tensor4D>, lq: Tensor4D): Tensor4D {
  const [n, height, width] = lq.shape;
  const { sizeMultiple: multiple, sizePadding: padding } = net;
  const down = Math.ceil(height / multiple) * multiple;
  const across = Math.ceil(width / multiple) * multiple;
  if (padding === "inside" || (down === height && across === width)) return net.forward(lq);
  const padded = padding === "reflect"
    ? mirrorTo(lq, down, across)
    : padTo(lq, [down, across], padding);
  const output = net.forward(padded);
  const [, outHeight, outWidth, channels] = output.shape;
  return tf.slice(
    output,
    [0, 0, 0, 0],
    [n, height * outHeight / down, width * outWidth / across, channels],
  );
}

/** Mirrors without repeating the edge, several times over if the image is smaller than what is missing. */
function mirrorTo(image: Tensor4D, height: number, width: number): Tensor4D {
  let padded = image;
  for (;;) {
    const [, h, w] = padded.shape;
    if (h === height && w === width) return padded;
    // A single row or column has nothing to mirror but itself.
    const mode = h > 1 && w > 1 ? "reflect" : "symmetric";
    const most = (size: number) => mode === "reflect" ? size - 1 : size;
    padded = tf.mirrorPad(padded, [
      [0, 0],
      [0, Math.min(height - h, most(h))],
      [0, Math.min(width - w, most(w))],
      [0, 0],
    ], mode);
  }
}
