/**
 * Back-propagation of convolutions, composed from forward ops, for engines that lack the kernels and for dilated
 * convolutions, to which TensorFlow.js has no gradient.
 *
 * With x `[n, h, w, c]`, filter `[kh, kw, c, o]`, dy `[n, oh, ow, o]`, stride s, dilation d and padding (top, left):
 *
 * - dx is the convolution of dy (s - 1 zeros between its pixels, (k - 1) d - top zeros around it) with the filter
 *   turned by 180 degrees and its channels swapped;
 * - for each tap (i, j) of the filter, its gradient is the product of the matrices of the pixels that it saw,
 *   `[c, n oh ow]`, and of dy, `[n oh ow, o]`.
 *
 * @module
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import { type Tensor, tf } from "../tf.ts";
import type { Tensor4D } from "../tf.ts";

/** Sizes, strides, dilations and padding of a convolution, as `tf.backend_util.computeConv2DInfo` gives them. */
export type ConvInfo = backend_util.Conv2DInfo;

/** Gradient of a convolution with regard to its input, `[n, h, w, c]`. */
export function convInputGradient(dy: Tensor4D, filter: Tensor4D, info: ConvInfo): Tensor4D {
  return tf.tidy(() => {
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    const spread = spreadForInput(dy, info);
    return tf.conv2d(spread, turned, 1, "valid", "NHWC", [info.dilationHeight, info.dilationWidth]);
  });
}

/** Gradient of a convolution with regard to its filter, `[kh, kw, c, o]`. */
export function convFilterGradient(x: Tensor4D, dy: Tensor4D, info: ConvInfo): Tensor4D {
  return tf.tidy(() => {
    const { inChannels, outChannels, batchSize, outHeight, outWidth } = info;
    const pixels = batchSize * outHeight * outWidth;
    const dyMatrix = tf.reshape(dy, [pixels, outChannels]);
    const padded = padForTaps(x, info);
    // XNNPACK multiplies untransposed matrices only, so there the channels move to the front once, not for each tap.
    const channelsFirst = tf.getBackend() === "wasm";
    const source = channelsFirst ? tf.transpose(padded, [3, 0, 1, 2]) : padded;
    const taps = eachTap(info, (row, column) =>
      tf.tidy(() => {
        const seen = tapPixels(source, info, row, column, channelsFirst ? 2 : 1);
        return channelsFirst
          ? tf.matMul(tf.reshape(seen, [inChannels, pixels]), dyMatrix)
          : tf.matMul(tf.reshape(seen, [pixels, inChannels]), dyMatrix, true);
      }));
    return tf.reshape(tf.concat(taps), info.filterShape) as Tensor4D;
  });
}

/** Gradient of a depthwise convolution with regard to its input; filter is `[kh, kw, c, m]`. */
export function depthwiseInputGradient(dy: Tensor4D, filter: Tensor4D, info: ConvInfo): Tensor4D {
  return tf.tidy(() => {
    const { inChannels, outHeight, outWidth, batchSize, inHeight, inWidth, padInfo } = info;
    const multiplier = info.outChannels / inChannels;
    const byChannel = tf.reshape(dy, [batchSize * outHeight * outWidth, inChannels, multiplier]);
    const { height, width } = tapArea(info);
    const weights = tf.reshape(filter, [-1, inChannels, multiplier]);
    let sum: Tensor | undefined;
    eachTap(info, (row, column, tap) => {
      const placed = tf.tidy(() => {
        const weight = tf.slice(weights, [tap, 0, 0], [1, inChannels, multiplier]);
        const share = tf.sum(tf.mul(byChannel, weight), 2);
        const image = interleaveZeros(
          tf.reshape(share, [batchSize, outHeight, outWidth, inChannels]),
          info,
        );
        return tf.pad(image, [
          [0, 0],
          [row, height - row - image.shape[1]],
          [column, width - column - image.shape[2]],
          [0, 0],
        ]);
      });
      if (!sum) {
        sum = placed;
      } else {
        const next = tf.add(sum, placed);
        sum.dispose();
        placed.dispose();
        sum = next;
      }
    });
    // Rows and columns of the padded image that no tap reaches have gradient zero.
    return padOrCrop(sum as Tensor4D, [
      [-padInfo.top, inHeight + padInfo.top - height],
      [-padInfo.left, inWidth + padInfo.left - width],
    ]);
  });
}

/** Gradient of a depthwise convolution with regard to its filter, `[kh, kw, c, m]`. */
export function depthwiseFilterGradient(x: Tensor4D, dy: Tensor4D, info: ConvInfo): Tensor4D {
  return tf.tidy(() => {
    const { inChannels, batchSize, outHeight, outWidth } = info;
    const multiplier = info.outChannels / inChannels;
    const pixels = batchSize * outHeight * outWidth;
    const byChannel = tf.reshape(dy, [pixels, inChannels, multiplier]);
    const padded = padForTaps(x, info);
    const taps = eachTap(info, (row, column) =>
      tf.tidy(() => {
        const seen = tf.reshape(tapPixels(padded, info, row, column, 1), [pixels, inChannels, 1]);
        return tf.sum(tf.mul(seen, byChannel), 0, true);
      }));
    const shape: [number, number, number, number] = [
      info.filterHeight,
      info.filterWidth,
      inChannels,
      multiplier,
    ];
    return tf.reshape(tf.concat(taps), shape);
  });
}

/** The filter `[kh, kw, i, o]` with zeros between its taps, which convolves as the filter itself does with dilations. */
export function dilateFilter(filter: Tensor4D, [rows, columns]: [number, number]): Tensor4D {
  const [kh, kw, i, o] = filter.shape;
  return tf.tidy(() => {
    const taps = tf.reshape(filter, [1, kh, kw, i * o]) as Tensor4D;
    const spread = interleaveZeros(taps, { strideHeight: rows, strideWidth: columns });
    return tf.reshape(spread, [spread.shape[1], spread.shape[2], i, o]) as Tensor4D;
  });
}

function eachTap<T>(
  info: ConvInfo,
  action: (row: number, column: number, tap: number) => T,
): T[] {
  const results: T[] = [];
  for (let i = 0; i < info.filterHeight; i++) {
    for (let j = 0; j < info.filterWidth; j++) {
      results.push(action(i * info.dilationHeight, j * info.dilationWidth, results.length));
    }
  }
  return results;
}

/** Height and width of what all taps together look at. */
function tapArea(info: ConvInfo): { height: number; width: number } {
  return {
    height: (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight,
    width: (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth,
  };
}

/** `x` with its padding, cropped to what the taps look at. */
function padForTaps(x: Tensor4D, info: ConvInfo): Tensor4D {
  const { height, width } = tapArea(info);
  const { top, left } = info.padInfo;
  return padOrCrop(x, [
    [top, height - top - info.inHeight],
    [left, width - left - info.inWidth],
  ]);
}

/** The pixels that the tap at (`row`, `column`) sees; `axis` is the one of the height. */
function tapPixels(
  padded: Tensor4D,
  info: ConvInfo,
  row: number,
  column: number,
  axis: 1 | 2,
): Tensor4D {
  const begin = [0, 0, 0, 0], end = [...padded.shape], strides = [1, 1, 1, 1];
  const size = [...padded.shape];
  begin[axis] = row;
  begin[axis + 1] = column;
  end[axis] = row + (info.outHeight - 1) * info.strideHeight + 1;
  end[axis + 1] = column + (info.outWidth - 1) * info.strideWidth + 1;
  size[axis] = info.outHeight;
  size[axis + 1] = info.outWidth;
  if (info.strideHeight === 1 && info.strideWidth === 1) {
    return tf.slice(padded, begin, size) as Tensor4D;
  }
  strides[axis] = info.strideHeight;
  strides[axis + 1] = info.strideWidth;
  return tf.stridedSlice(padded, begin, end, strides) as Tensor4D;
}

/** dy laid out so that a plain convolution with the turned filter gives dx. */
function spreadForInput(dy: Tensor4D, info: ConvInfo): Tensor4D {
  const spread = interleaveZeros(dy, info);
  const { inHeight, inWidth, padInfo, effectiveFilterHeight, effectiveFilterWidth } = info;
  const top = effectiveFilterHeight - 1 - padInfo.top;
  const left = effectiveFilterWidth - 1 - padInfo.left;
  return padOrCrop(spread, [
    [top, inHeight + effectiveFilterHeight - 1 - top - spread.shape[1]],
    [left, inWidth + effectiveFilterWidth - 1 - left - spread.shape[2]],
  ]);
}

/** Puts stride - 1 zeros between pixels: `[n, oh, ow, c]` to `[n, (oh - 1) s + 1, (ow - 1) s + 1, c]`. */
function interleaveZeros(
  dy: Tensor4D,
  { strideHeight, strideWidth }: Pick<ConvInfo, "strideHeight" | "strideWidth">,
): Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return dy;
  return tf.tidy(() => {
    const [n, h, w, c] = dy.shape;
    // Zeros after each pixel, then after each row; ranks stay at 4, which every engine can pad.
    const wide = tf.pad(tf.reshape(dy, [n * h, w, 1, c]), [
      [0, 0],
      [0, 0],
      [0, strideWidth - 1],
      [0, 0],
    ]);
    const row = w * strideWidth * c;
    const tall = tf.pad(tf.reshape(wide, [n, h, 1, row]), [
      [0, 0],
      [0, 0],
      [0, strideHeight - 1],
      [0, 0],
    ]);
    const full = tf.reshape(tall, [n, h * strideHeight, w * strideWidth, c]);
    return tf.slice(full, [0, 0, 0, 0], [
      n,
      (h - 1) * strideHeight + 1,
      (w - 1) * strideWidth + 1,
      c,
    ]) as Tensor4D;
  });
}

/** Pads height and width by (before, after); negative numbers crop. */
function padOrCrop(
  x: Tensor4D,
  [[top, bottom], [left, right]]: [[number, number], [number, number]],
): Tensor4D {
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return x;
  return tf.tidy(() => {
    let result = x;
    const cut = [top, bottom, left, right].map((p) => Math.max(0, -p)) as [
      number,
      number,
      number,
      number,
    ];
    if (cut.some((p) => p > 0)) {
      const [n, h, w, c] = x.shape;
      result = tf.slice(x, [0, cut[0], cut[2], 0], [
        n,
        h - cut[0] - cut[1],
        w - cut[2] - cut[3],
        c,
      ]);
    }
    const add = (p: number) => Math.max(0, p);
    const paddings: [[number, number], [number, number], [number, number], [number, number]] = [
      [0, 0],
      [add(top), add(bottom)],
      [add(left), add(right)],
      [0, 0],
    ];
    return paddings.some(([a, b]) => a > 0 || b > 0) ? tf.pad(result, paddings) : result.clone();
  });
}
