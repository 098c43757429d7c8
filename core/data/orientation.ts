/**
 * Turns pixels the way that EXIF's tag Orientation asks for (CIPA DC-008, tag 274).
 *
 * @module
 */
import { breather } from "./_breathe.ts";
import type { RawImage } from "./image.ts";

/** Where the picture's first row and first column lie as stored; 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Whether width and height change places. */
export function swapsSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

/**
 * The picture upright: 2 mirrors it, 3 turns it by 180 degrees, 4 flips it upside down, 5 swaps rows and columns, 6 turns
 * it by 90 degrees clockwise, 7 swaps along the other diagonal, 8 turns it by 90 degrees the other way.
 */
export async function orient(image: RawImage, orientation: Orientation): Promise<RawImage> {
  if (orientation === 1) return image;
  const { width, height, channels, data: source } = image;
  const swap = swapsSides(orientation);
  const outWidth = swap ? height : width, outHeight = swap ? width : height;
  const data = source instanceof Uint8Array
    ? new Uint8Array(source.length)
    : new Uint16Array(source.length);
  // Where the pixel of column x and row y of the result comes from: start + x * right + y * down, in pixels.
  const last = width * height - 1;
  const [start, right, down] = ({
    2: [width - 1, -1, width],
    3: [last, -1, -width],
    4: [last - width + 1, 1, -width],
    5: [0, width, 1],
    6: [last - width + 1, -width, 1],
    7: [last, -width, -1],
    8: [width - 1, width, -1],
  } as const)[orientation];
  const breathe = breather();
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    await breathe();
    let from = (start + y * down) * channels;
    for (let x = 0; x < outWidth; x++, from += right * channels) {
      for (let s = 0; s < channels; s++) data[to++] = source[from + s]!;
    }
  }
  return { width: outWidth, height: outHeight, channels, data };
}
