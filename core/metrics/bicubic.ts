/**
 * The base line that every result is printed beside: what bicubic enlargement gives for the same input.
 *
 * @module
 */
import type { FloatImage, RawImage } from "../data/image.ts";
import { toRaw8 } from "../data/convert.ts";
import { imresize } from "../data/resize.ts";
import { crop } from "../data/transforms.ts";

/** Sides of an image. */
export interface ImageSize {
  /** Pixels from left to right. */
  readonly width: number;
  /** Pixels from top to bottom. */
  readonly height: number;
}

/**
 * Enlarges LQ with MATLAB's bicubic `imresize`, clamps and rounds to 8 bits. `scale` 1 (denoising, deblurring) gives LQ
 * itself, rounded.
 *
 * @param lq Float32 `[h, w, c]` in [0, 1], 1 or 3 channels.
 * @param size Size of the GT image to compare with; what the result has beyond it is cut off. Default all of it.
 * @throws {RangeError} If `size` is larger than the enlarged image.
 */
export function bicubicBaseline(lq: FloatImage, scale: number, size?: ImageSize): RawImage {
  const large = toRaw8(scale === 1 ? lq : imresize(lq, scale));
  return size === undefined ? large : crop<RawImage>(large, 0, 0, size.height, size.width);
}
