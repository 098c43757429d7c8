/**
 * Changing the resolution of feature maps: pixel shuffle, interpolation, pooling; functions, and modules for
 * {@linkcode Sequential}.
 *
 * @module
 */
import { spaceToDepth } from "../engine/gradients.ts";
import { channelMeans } from "../engine/ops.ts";
import { tf } from "../engine/tf.ts";
import { type Image, Module } from "./module.ts";

/**
 * `F.pixel_shuffle`: `[n, h, w, c·s²]` to `[n, h·s, w·s, c]`, where channel c·s² + i·s + j goes to pixel (i, j). Right
 * after a convolution `Conv2d` with `shuffle` does the same without moving the channels first.
 *
 * @throws {RangeError} If the channels are no multiple of `scale`².
 */
export function pixelShuffle(x: Image, scale: number): Image {
  const [n, h, w, channels] = x.shape;
  const c = channels / scale ** 2;
  if (!Number.isInteger(c)) {
    throw new RangeError(`pixelShuffle: ${channels} channels are no multiple of ${scale}²`);
  }
  if (scale === 1) return tf.clone(x);
  if (c === 1) return tf.depthToSpace(x, scale, "NHWC");
  return tf.tidy(() => {
    const blocks = tf.transpose(tf.reshape(x, [n * h * w, c, scale ** 2]), [0, 2, 1]);
    return tf.depthToSpace(tf.reshape(blocks, [n, h, w, channels]) as Image, scale, "NHWC");
  });
}

/**
 * `F.pixel_unshuffle`, the inverse: `[n, h·s, w·s, c]` to `[n, h, w, c·s²]`.
 *
 * @throws {RangeError} If height or width are no multiples of `scale`.
 */
export function pixelUnshuffle(x: Image, scale: number): Image {
  const c = x.shape[3];
  // The orders of TensorFlow and PyTorch differ in which of channel and place comes first.
  if (scale === 1 || c === 1) return spaceToDepth(x, scale);
  return tf.tidy(() => {
    const blocks = spaceToDepth(x, scale);
    const [n, h, w, channels] = blocks.shape;
    const ordered = tf.transpose(tf.reshape(blocks, [n * h * w, scale ** 2, c]), [0, 2, 1]);
    return tf.reshape(ordered, [n, h, w, channels]) as Image;
  });
}

/** How {@linkcode interpolate} finds values between pixels. */
export interface InterpolateOptions {
  /** Default `nearest`, as in PyTorch. */
  readonly mode?: "nearest" | "bilinear";
  /** Bilinear only: whether the corner pixels' centres, rather than the outer edges, are kept in place. Default false. */
  readonly alignCorners?: boolean;
}

/** `F.interpolate` to `size` (height, width), without antialiasing: `[n, h, w, c]` to `[n, …size, c]`. */
export function interpolate(
  x: Image,
  size: readonly [number, number],
  options: InterpolateOptions = {},
): Image {
  const { mode = "nearest", alignCorners = false } = options;
  const to: [number, number] = [size[0], size[1]];
  return mode === "nearest"
    ? tf.image.resizeNearestNeighbor(x, to)
    : tf.image.resizeBilinear(x, to, alignCorners, !alignCorners);
}

/** {@linkcode interpolate} by a factor; sizes are rounded down. */
export function interpolateBy(x: Image, factor: number, options: InterpolateOptions = {}): Image {
  const [, h, w] = x.shape;
  return interpolate(x, [Math.floor(h * factor), Math.floor(w * factor)], options);
}

/** `F.max_pool2d` without padding: `[n, h, w, c]` to `[n, floor((h - kernel) / stride) + 1, …, c]`. */
export function maxPool2d(x: Image, kernel: number, stride = kernel): Image {
  return tf.maxPool(x, kernel, stride, "valid");
}

/** `F.avg_pool2d` without padding. */
export function avgPool2d(x: Image, kernel: number, stride = kernel): Image {
  return tf.avgPool(x, kernel, stride, "valid");
}

/** Mean over height and width: `[n, h, w, c]` to `[n, 1, 1, c]`. */
export function globalAvgPool(x: Image): Image {
  return channelMeans(x);
}

/** {@linkcode pixelShuffle} as a module. */
export class PixelShuffle extends Module<Image> {
  /** Creates it for a scale. */
  constructor(readonly scale: number) {
    super();
  }

  /** `[n, h, w, c]` to the new size. */
  override forward(x: Image): Image {
    return pixelShuffle(x, this.scale);
  }
}

/** {@linkcode pixelUnshuffle} as a module. */
export class PixelUnshuffle extends Module<Image> {
  /** Creates it for a scale. */
  constructor(readonly scale: number) {
    super();
  }

  /** `[n, h, w, c]` to the new size. */
  override forward(x: Image): Image {
    return pixelUnshuffle(x, this.scale);
  }
}

/** {@linkcode globalAvgPool} as a module: `nn.AdaptiveAvgPool2d(1)`. */
export class GlobalAvgPool extends Module<Image> {
  /** `[n, h, w, c]` to the new size. */
  override forward(x: Image): Image {
    return globalAvgPool(x);
  }
}

/** {@linkcode maxPool2d} as a module. */
export class MaxPool2d extends Module<Image> {
  /** Creates it for a kernel size and stride. */
  constructor(readonly kernel: number, readonly stride: number = kernel) {
    super();
  }

  /** `[n, h, w, c]` to the new size. */
  override forward(x: Image): Image {
    return maxPool2d(x, this.kernel, this.stride);
  }
}
