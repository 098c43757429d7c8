/**
 * How large the output of a picture is.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { RestoreOptions } from "./types.ts";

/** Outputs are at most so many pixels wide and high: rows beyond are a slip, and no memory holds them. */
export const MAX_OUTPUT_SIDE = 1_000_000;

/** Outputs have at most so many pixels: more than a picture of 100 megapixels eight times as wide, and some 10 GB as PNG. */
const MAX_OUTPUT_PIXELS = 1e10;

/** Width and height in pixels. */
export interface Size {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/**
 * Size of the output: `options.scale` times that of the input, rounded; or `options.width` and `options.height`, of which one
 * alone keeps the aspect ratio; else what networks of `scale` give.
 *
 * @throws {RangeError} If an option is no positive number, or `scale` is given together with a side.
 * @throws {UserError} DATA if a side would be longer than {@linkcode MAX_OUTPUT_SIDE}, or there would be more than ten
 * thousand million pixels.
 */
export function outputSize(
  input: Size,
  scale: number,
  options: Pick<RestoreOptions, "scale" | "width" | "height">,
): Size {
  const { width, height } = options;
  for (const [name, side] of Object.entries({ width, height })) {
    if (side !== undefined && !(Number.isInteger(side) && side > 0)) {
      throw new RangeError(`${name} must be a positive whole number of pixels, received ${side}`);
    }
  }
  if (options.scale !== undefined && !(options.scale > 0 && Number.isFinite(options.scale))) {
    throw new RangeError(`scale must be a positive number, received ${options.scale}`);
  }
  if (width === undefined && height === undefined) {
    const factor = options.scale ?? scale;
    return checked({ width: times(input.width, factor), height: times(input.height, factor) });
  }
  if (options.scale !== undefined) {
    throw new RangeError("scale and width or height are given: give one of both");
  }
  return checked({
    width: width ?? times(input.width, height! / input.height),
    height: height ?? times(input.height, width! / input.width),
  });
}

function checked(size: Size): Size {
  const { width, height } = size;
  const would = `the output would be ${width}x${height}`;
  if (Math.max(width, height) > MAX_OUTPUT_SIDE) {
    throw new UserError(
      `${would}, and no side may have more than ${MAX_OUTPUT_SIDE} pixels`,
      ExitCode.DATA,
    );
  }
  if (width * height > MAX_OUTPUT_PIXELS) {
    throw new UserError(
      `${would}, and no picture may have more than ${MAX_OUTPUT_PIXELS / 1e9} gigapixels`,
      ExitCode.DATA,
    );
  }
  return size;
}

function times(side: number, factor: number): number {
  return Math.max(1, Math.round(side * factor));
}
