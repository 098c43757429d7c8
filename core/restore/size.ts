/**
 * How large the output of a picture is.
 *
 * @module
 */
import type { RestoreOptions } from "./types.ts";

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
    return { width: times(input.width, factor), height: times(input.height, factor) };
  }
  if (options.scale !== undefined) {
    throw new RangeError("scale and width or height are given: give one of both");
  }
  return {
    width: width ?? times(input.width, height! / input.height),
    height: height ?? times(input.height, width! / input.width),
  };
}

function times(side: number, factor: number): number {
  return Math.max(1, Math.round(side * factor));
}
