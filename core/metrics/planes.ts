/**
 * What full-reference metrics have in common: checking a pair of images, cutting the border off, taking the Y channel.
 *
 * @module
 */
import type { FloatImage, RawImage } from "../data/image.ts";
import { crop } from "../data/transforms.ts";
import { rgb2ycbcr, yLevels } from "../data/color.ts";
import { ExitCode, UserError } from "../errors.ts";

/** Options of PSNR and SSIM, spelled as in code; the plugins translate from YAML. */
export interface ReferenceMetricOptions {
  /** Pixels cut off at each side before anything else. Default 0. */
  readonly cropBorder?: number;
  /** Compares the Y channel (BT.601) of colour images; gray images stay as they are. Default false. */
  readonly testYChannel?: boolean;
}

/** Samples of two images of one shape, interleaved `[height, width, channels]`. */
export interface PlanePair {
  /** Pixels from left to right. */
  readonly width: number;
  /** Pixels from top to bottom. */
  readonly height: number;
  /** Interleaved channels. */
  readonly channels: number;
  /** Samples of the restored image. */
  readonly a: ArrayLike<number>;
  /** Samples of GT. */
  readonly b: ArrayLike<number>;
}

/**
 * Prepares two 8-bit images as BasicSR does: crop, then Y (float32, not rounded).
 *
 * @throws {UserError} With exit code DATA if they are not 8-bit, not RGB or gray, of different shapes, or too small for
 * the border.
 */
export function levelPair(
  restored: RawImage,
  gt: RawImage,
  options: ReferenceMetricOptions = {},
): PlanePair {
  const { cropBorder = 0, testYChannel = false } = options;
  for (const [name, image] of [["restored", restored], ["GT", gt]] as const) {
    if (!(image.data instanceof Uint8Array)) {
      throw new UserError(
        `metrics compare 8-bit images, the ${name} image has 16 bits: convert it to 8 bits first`,
        ExitCode.DATA,
      );
    }
    if (image.channels !== 1 && image.channels !== 3) {
      throw new UserError(
        `metrics compare RGB or gray images, the ${name} image has ${image.channels} channels: ` +
          `remove its alpha channel first`,
        ExitCode.DATA,
      );
    }
  }
  checkShapes(restored, gt, cropBorder);
  const a = cut(restored, cropBorder), b = cut(gt, cropBorder);
  const { width, height, channels } = a;
  if (!testYChannel) return { width, height, channels, a: a.data, b: b.data };
  return { width, height, channels: 1, a: levelsOfY(a), b: levelsOfY(b) };
}

/**
 * Prepares two float images in [0, 1] as BasicSR's `_pt` metrics do; the samples given back are in 0-1.
 *
 * @throws {UserError} With exit code DATA if their shapes differ or they are too small for the border.
 */
export function unitPair(
  restored: FloatImage,
  gt: FloatImage,
  options: ReferenceMetricOptions = {},
): PlanePair {
  const { cropBorder = 0, testYChannel = false } = options;
  checkShapes(restored, gt, cropBorder);
  let a = cut(restored, cropBorder), b = cut(gt, cropBorder);
  if (testYChannel && a.channels === 3) {
    a = rgb2ycbcr(a, true);
    b = rgb2ycbcr(b, true);
  }
  return { width: a.width, height: a.height, channels: a.channels, a: a.data, b: b.data };
}

/** `Y (BT.601), crop 2, 8 bit` or `all channels, crop 2, 8 bit`, which are three or, of gray images, one. */
export function recipeOf({ cropBorder = 0, testYChannel = false }: ReferenceMetricOptions): string {
  return `${testYChannel ? "Y (BT.601)" : "all channels"}, crop ${cropBorder}, 8 bit`;
}

function cut<T extends RawImage | FloatImage>(image: T, border: number): T {
  if (border === 0) return image;
  return crop(image, border, border, image.height - 2 * border, image.width - 2 * border);
}

function levelsOfY(image: RawImage): Float32Array {
  // levelPair has refused 16-bit images.
  const data = image.data as Uint8Array;
  // Gray: BasicSR's detour over [0, 1] in float32, which moves some levels by a rounding error.
  return image.channels === 3
    ? yLevels(data)
    : Float32Array.from(data, (v) => Math.fround(v / 255) * 255);
}

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

function checkShapes(a: Shape, b: Shape, border: number): void {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    throw new UserError(
      `cannot compare images of different shape: restored ${shape(a)}, GT ${shape(b)} ` +
        `(width x height x channels)`,
      ExitCode.DATA,
    );
  }
  if (!Number.isInteger(border) || border < 0) {
    throw new RangeError(`crop_border must be an integer of 0 or more, received ${border}`);
  }
  if (a.width <= 2 * border || a.height <= 2 * border) {
    throw new UserError(
      `nothing is left of an image of ${a.width}x${a.height} after crop_border ${border}, lower it`,
      ExitCode.DATA,
    );
  }
}

function shape({ width, height, channels }: Shape): string {
  return `${width}x${height}x${channels}`;
}
