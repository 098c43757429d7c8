/**
 * EXIF (CIPA DC-008), as far as pixels are concerned: which way up they are, and how many there are.
 *
 * EXIF is a TIFF structure: directories of entries of twelve bytes each. Changes are made in place, so that offsets within
 * makers' notes stay right.
 *
 * @module
 */
import type { Orientation } from "../orientation.ts";

const ORIENTATION = 0x112, IMAGE_WIDTH = 0x100, IMAGE_LENGTH = 0x101, EXIF_DIRECTORY = 0x8769;
const PIXEL_X = 0xa002, PIXEL_Y = 0xa003, THUMBNAIL_AT = 0x201, THUMBNAIL_LENGTH = 0x202;
const SHORT = 3, LONG = 4;

/** Without the `Exif\0\0` that JPEG, and some writers elsewhere, put before it. */
export function bareExif(bytes: Uint8Array): Uint8Array {
  const prefix = [0x45, 0x78, 0x69, 0x66, 0, 0];
  return prefix.every((byte, i) => bytes[i] === byte) ? bytes.subarray(6) : bytes;
}

/** The orientation that EXIF tells; 1 if it tells none or nonsense. */
export function orientationOf(exif: Uint8Array | undefined): Orientation {
  const tiff = exif && Tiff.read(exif);
  const value = tiff?.number(tiff.first, ORIENTATION) ?? 1;
  return value >= 1 && value <= 8 ? value as Orientation : 1;
}

/**
 * A copy for pixels that stand upright: orientation 1, no thumbnail (its picture would no longer be this one).
 * Undefined if it is no EXIF.
 */
export function uprightExif(exif: Uint8Array): Uint8Array | undefined {
  const copy = exif.slice();
  const tiff = Tiff.read(copy);
  if (!tiff) return undefined;
  tiff.set(tiff.first, ORIENTATION, 1);
  return tiff.withoutThumbnail();
}

/** A copy in which the tags of width and height, where there are any, tell this size. */
export function sizedExif(exif: Uint8Array, width: number, height: number): Uint8Array {
  const copy = exif.slice();
  const tiff = Tiff.read(copy);
  if (!tiff) return copy;
  tiff.set(tiff.first, IMAGE_WIDTH, width);
  tiff.set(tiff.first, IMAGE_LENGTH, height);
  const inner = tiff.number(tiff.first, EXIF_DIRECTORY);
  if (inner !== undefined) {
    tiff.set(inner, PIXEL_X, width);
    tiff.set(inner, PIXEL_Y, height);
  }
  return copy;
}

class Tiff {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  /** Where the first directory is. */
  readonly first: number;

  private constructor(bytes: Uint8Array, little: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = little;
    this.first = this.#view.getUint32(4, little);
  }

  /** Undefined if the bytes are no TIFF structure with a directory. */
  static read(bytes: Uint8Array): Tiff | undefined {
    if (bytes.length < 14) return undefined;
    const [a, b, c, d] = bytes;
    const little = a === 0x49 && b === 0x49 && c === 42 && d === 0;
    if (!little && !(a === 0x4d && b === 0x4d && c === 0 && d === 42)) return undefined;
    const tiff = new Tiff(bytes, little);
    return tiff.#count(tiff.first) === undefined ? undefined : tiff;
  }

  /** The first value of a tag of type SHORT or LONG. */
  number(directory: number, tag: number): number | undefined {
    const at = this.#entry(directory, tag);
    if (at === undefined) return undefined;
    const type = this.#view.getUint16(at + 2, this.#little);
    if (type === SHORT) return this.#view.getUint16(at + 8, this.#little);
    return type === LONG ? this.#view.getUint32(at + 8, this.#little) : undefined;
  }

  /** Sets a tag that is there, of type SHORT or LONG; a SHORT too small for the value becomes a LONG. */
  set(directory: number, tag: number, value: number): void {
    const at = this.#entry(directory, tag);
    if (at === undefined || this.#view.getUint32(at + 4, this.#little) !== 1) return;
    const type = this.#view.getUint16(at + 2, this.#little);
    if (type === SHORT && value < 65536) {
      this.#view.setUint16(at + 8, value, this.#little);
    } else if (type === SHORT || type === LONG) {
      this.#view.setUint16(at + 2, LONG, this.#little);
      this.#view.setUint32(at + 8, value, this.#little);
    }
  }

  /** Takes the second directory, which describes the thumbnail, out of the chain; its bytes are cut off or cleared. */
  withoutThumbnail(): Uint8Array {
    const link = this.first + 2 + 12 * this.#count(this.first)!;
    if (link + 4 > this.#bytes.length) return this.#bytes;
    const second = this.#view.getUint32(link, this.#little);
    this.#view.setUint32(link, 0, this.#little);
    const at = this.number(second, THUMBNAIL_AT), length = this.number(second, THUMBNAIL_LENGTH);
    if (second === 0 || at === undefined || length === undefined || at < 8) return this.#bytes;
    if (at + length === this.#bytes.length && at > link + 4) return this.#bytes.subarray(0, at);
    this.#bytes.fill(0, Math.max(at, link + 4), Math.min(at + length, this.#bytes.length));
    return this.#bytes;
  }

  /** Number of entries of a directory; undefined if it does not lie within the bytes. */
  #count(directory: number): number | undefined {
    if (directory < 8 || directory + 2 > this.#bytes.length) return undefined;
    const count = this.#view.getUint16(directory, this.#little);
    return directory + 2 + 12 * count > this.#bytes.length ? undefined : count;
  }

  #entry(directory: number, tag: number): number | undefined {
    const count = this.#count(directory) ?? 0;
    for (let at = directory + 2, i = 0; i < count; i++, at += 12) {
      if (this.#view.getUint16(at, this.#little) === tag) return at;
    }
    return undefined;
  }
}
