/**
 * Crops, flips and turns. All of them give new images of the kind (float, 8 or 16 bit) that they were given.
 *
 * Facts from `basicsr/data/transforms.py`.
 *
 * @module
 */
import type { Rng } from "../random.ts";
import { ExitCode, UserError } from "../errors.ts";
import { type AnyImage, blankLike } from "./convert.ts";
import type { FloatImage } from "./image.ts";

/** Which of the three moves are made, in this order. */
export interface Augmentation {
  /** Left and right are swapped. */
  readonly hflip: boolean;
  /** Top and bottom are swapped. */
  readonly vflip: boolean;
  /** Rows and columns are swapped (a transpose, which with the flips gives all turns by 90 degrees). */
  readonly rot90: boolean;
}

/**
 * Cuts a rectangle out.
 *
 * @throws {RangeError} If it does not lie within the image.
 */
export function crop<T extends AnyImage>(
  image: T,
  top: number,
  left: number,
  height: number,
  width: number,
): T {
  if (
    top < 0 || left < 0 || height < 1 || width < 1 || top + height > image.height ||
    left + width > image.width
  ) {
    throw new RangeError(
      `crop of ${width}x${height} at (${left}, ${top}) leaves the image of ${image.width}x${image.height}`,
    );
  }
  const out = blankLike(image, width, height);
  const row = width * image.channels;
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * image.channels;
    out.data.set(image.data.subarray(from, from + row), y * row);
  }
  return out;
}

/**
 * Cuts the remainders off at the right and at the bottom, so that both sides are multiples of `scale`.
 *
 * @throws {RangeError} If nothing would be left.
 */
export function modCrop<T extends AnyImage>(image: T, scale: number): T {
  const { width, height } = image;
  return crop(image, 0, 0, height - height % scale, width - width % scale);
}

/**
 * Cuts the same random place out of all images: LQ patches of `gtSize / scale`, GT patches of `gtSize` pixels a side.
 * Draws two numbers: top, then left, in LQ pixels, all positions alike (the last one included).
 *
 * @param gtPath Named in errors.
 * @throws {UserError} With exit code DATA if GT is not `scale` times LQ, or LQ is smaller than its patch.
 */
export function pairedRandomCrop<G extends AnyImage, L extends AnyImage>(
  gts: readonly G[],
  lqs: readonly L[],
  gtSize: number,
  scale: number,
  rng: Rng,
  gtPath = "the GT image",
): { gts: G[]; lqs: L[] } {
  const gt = gts[0]!, lq = lqs[0]!;
  const lqSize = Math.floor(gtSize / scale);
  if (gt.height !== lq.height * scale || gt.width !== lq.width * scale) {
    throw new UserError(
      `${gtPath}: GT is ${gt.width}x${gt.height}, which is not ${scale} times LQ's ` +
        `${lq.width}x${lq.height}; make LQ anew from it, or check scale`,
      ExitCode.DATA,
    );
  }
  if (lq.height < lqSize || lq.width < lqSize) {
    throw new UserError(
      `${gtPath}: LQ is ${lq.width}x${lq.height}, smaller than its patch of ${lqSize}x${lqSize}; ` +
        `remove the pair or lower gt_size (${gtSize})`,
      ExitCode.DATA,
    );
  }
  const top = rng.int(lq.height - lqSize + 1);
  const left = rng.int(lq.width - lqSize + 1);
  return {
    lqs: lqs.map((image) => crop(image, top, left, lqSize, lqSize)),
    gts: gts.map((image) => crop(image, top * scale, left * scale, gtSize, gtSize)),
  };
}

/** Draws the moves: a horizontal flip if `hflip`; a vertical flip and a transpose if `rotation`; each with probability ½. */
export function drawAugmentation(rng: Rng, hflip = true, rotation = true): Augmentation {
  return {
    hflip: hflip && rng.chance(),
    vflip: rotation && rng.chance(),
    rot90: rotation && rng.chance(),
  };
}

/** Makes the moves on one image; without moves the image itself is given back. */
export function applyAugmentation<T extends AnyImage>(image: T, moves: Augmentation): T {
  const { hflip, vflip, rot90 } = moves;
  if (!hflip && !vflip && !rot90) return image;
  const { width, height, channels } = image;
  const out = rot90 ? blankLike(image, height, width) : blankLike(image, width, height);
  const source = image.data, target = out.data;
  // Steps through the target when the source is read row by row.
  const stepX = (rot90 ? height : 1) * channels * (hflip ? -1 : 1);
  const stepY = (rot90 ? 1 : width) * channels * (vflip ? -1 : 1);
  const start = (hflip ? -stepX * (width - 1) : 0) + (vflip ? -stepY * (height - 1) : 0);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, o = start + y * stepY; x < width; x++, o += stepX) {
      for (let c = 0; c < channels; c++, i++) target[o + c] = source[i]!;
    }
  }
  return out;
}

/** {@linkcode applyAugmentation} for optical flow `[h, w, 2]` (x, y): the vectors are mirrored and swapped as well. */
export function applyAugmentationToFlow(flow: FloatImage, moves: Augmentation): FloatImage {
  if (flow.channels !== 2) {
    throw new TypeError(`optical flow has 2 channels, received ${flow.channels}`);
  }
  const moved = applyAugmentation(flow, moves);
  const data = moved.data.slice();
  for (let i = 0; i < data.length; i += 2) {
    const x = moved.data[i]! * (moves.hflip ? -1 : 1);
    const y = moved.data[i + 1]! * (moves.vflip ? -1 : 1);
    data[i] = moves.rot90 ? y : x;
    data[i + 1] = moves.rot90 ? x : y;
  }
  return { ...moved, data };
}

/** Draws the moves once and makes them on every image of the list. */
export function augment<T extends AnyImage>(
  images: readonly T[],
  rng: Rng,
  hflip = true,
  rotation = true,
): T[] {
  const moves = drawAugmentation(rng, hflip, rotation);
  return images.map((image) => applyAugmentation(image, moves));
}

/**
 * Turns about a point, keeping the sides; what comes from outside is black.
 *
 * Bilinear at exact positions; cv2's `warpAffine`, which BasicSR calls, rounds positions to 1/32 pixel, so that the
 * two differ by up to about 1/32 of the local contrast.
 *
 * @param angle Degrees, counter-clockwise.
 * @param centre `[x, y]` in pixels; default the middle, `[w // 2, h // 2]`.
 * @param scale Enlarges by this factor.
 */
export function imgRotate(
  image: FloatImage,
  angle: number,
  centre: readonly [number, number] = [image.width >> 1, image.height >> 1],
  scale = 1,
): FloatImage {
  const { width, height, channels, data: source } = image;
  const out = blankLike(image, width, height);
  const cos = Math.cos(angle * Math.PI / 180) / scale;
  const sin = Math.sin(angle * Math.PI / 180) / scale;
  const [cx, cy] = centre;
  const at = (x: number, y: number, c: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : source[(y * width + x) * channels + c]!;
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = cos * (x - cx) - sin * (y - cy) + cx;
      const v = sin * (x - cx) + cos * (y - cy) + cy;
      const u0 = Math.floor(u), v0 = Math.floor(v);
      const fu = u - u0, fv = v - v0;
      for (let c = 0; c < channels; c++, o++) {
        out.data[o] = (1 - fv) * ((1 - fu) * at(u0, v0, c) + fu * at(u0 + 1, v0, c)) +
          fv * ((1 - fu) * at(u0, v0 + 1, c) + fu * at(u0 + 1, v0 + 1, c));
      }
    }
  }
  return out;
}
