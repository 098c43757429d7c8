/**
 * Reads BMP files: palettes of 1, 4 and 8 bit, 16, 24 and 32 bit with or without masks, run-length coded ones.
 *
 * Layout: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage. A fourth byte counts as alpha only where the header
 * has a mask for it. A palette of grays gives a gray picture.
 *
 * @module
 */
import type { DecodablePicture } from "./decodable_picture.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { Channels, RawImage } from "./image.ts";

const RGB = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3, ALPHA_BITFIELDS = 6;

interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly fromTop: boolean;
  readonly bits: number;
  readonly compression: number;
  /** BGR with or without a fourth byte. */
  readonly palette: Uint8Array;
  readonly colorBytes: number;
  /** Red, green, blue, alpha. */
  readonly masks: readonly number[];
  readonly pixels: Uint8Array;
}

/**
 * Looks at a BMP.
 *
 * @throws {UserError} With exit code DATA, naming the file and the fault.
 */
export function openBmp(bytes: Uint8Array, name: string): DecodablePicture {
  let bitmap: Bitmap;
  try {
    bitmap = readHeader(bytes, name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damaged(name, "its header is not whole");
  }
  const { width, height, bits, compression, pixels } = bitmap;
  const coded = compression === RLE8 || compression === RLE4;
  if (!coded && pixels.length < strideOf(width, bits) * height) {
    throw damaged(name, "it is cut off: it holds fewer pixels than its header says");
  }
  const channels: Channels = bits <= 8 ? (isGray(bitmap) ? 1 : 3) : bitmap.masks[3] ? 4 : 3;
  return {
    width,
    height,
    channels,
    depth: 8,
    metadata: {},
    decode: () => Promise.resolve(decode(bitmap, channels, name)),
  };
}

function readHeader(bytes: Uint8Array, name: string): Bitmap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixelsAt = view.getUint32(10, true), headerSize = view.getUint32(14, true);
  const core = headerSize === 12;
  const bits = view.getUint16(core ? 24 : 28, true);
  const compression = core ? RGB : view.getUint32(30, true);
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const legal = compression === RGB
    ? [1, 4, 8, 16, 24, 32].includes(bits)
    : compression === RLE8
    ? bits === 8
    : compression === RLE4
    ? bits === 4
    : (compression === BITFIELDS || compression === ALPHA_BITFIELDS) &&
      (bits === 16 || bits === 32);
  if (!legal) {
    throw new UserError(
      `${name}: a BMP of a rare kind (${bits} bit, compression ${compression}), which is not read here: convert it to PNG`,
      ExitCode.DATA,
    );
  }
  let masks = bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  let paletteAt = 14 + headerSize;
  if (compression >= BITFIELDS) {
    // The masks follow a header of 40 bytes and are part of longer ones.
    const count = compression === ALPHA_BITFIELDS || headerSize >= 56 ? 4 : 3;
    masks = Array.from({ length: count }, (_, i) => view.getUint32(54 + 4 * i, true));
    if (headerSize === 40) paletteAt += 4 * count;
  }
  const colorBytes = core ? 3 : 4;
  const stated = core ? 0 : view.getUint32(46, true);
  const colors = bits <= 8 ? Math.min(stated || 2 ** bits, 2 ** bits) : 0;
  const paletteEnd = Math.min(paletteAt + colors * colorBytes, Math.max(pixelsAt, paletteAt));
  if (Math.max(pixelsAt, paletteEnd) > bytes.length) throw new RangeError("palette");
  return {
    width: core ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(signedHeight),
    fromTop: signedHeight < 0,
    bits,
    compression,
    palette: bytes.subarray(paletteAt, paletteEnd),
    colorBytes,
    masks,
    pixels: bytes.subarray(pixelsAt),
  };
}

function strideOf(width: number, bits: number): number {
  return Math.ceil(width * bits / 32) * 4;
}

function isGray({ palette, colorBytes }: Bitmap): boolean {
  for (let at = 0; at + 2 < palette.length; at += colorBytes) {
    if (palette[at] !== palette[at + 1] || palette[at] !== palette[at + 2]) return false;
  }
  return true;
}

function decode(bitmap: Bitmap, channels: Channels, name: string): RawImage {
  const { width, height, bits } = bitmap;
  const data = new Uint8Array(width * height * channels);
  const indices = bits <= 8 ? unpackIndices(bitmap, name) : undefined;
  for (let row = 0; row < height; row++) {
    const to = (bitmap.fromTop ? row : height - 1 - row) * width * channels;
    const target = data.subarray(to, to + width * channels);
    if (indices) colorRow(bitmap, indices.subarray(row * width, (row + 1) * width), target, name);
    else unpackRow(bitmap, row * strideOf(width, bits), channels, target);
  }
  return { width, height, channels, data };
}

function colorRow(
  { palette, colorBytes }: Bitmap,
  indices: Uint8Array,
  target: Uint8Array,
  name: string,
): void {
  const channels = target.length / indices.length;
  const colors = Math.floor(palette.length / colorBytes);
  for (let x = 0, to = 0; x < indices.length; x++) {
    const color = indices[x]!;
    if (color >= colors) throw damaged(name, `a pixel has colour ${color} of ${colors}`);
    for (let s = channels - 1; s >= 0; s--) target[to++] = palette[color * colorBytes + s]!;
  }
}

function unpackRow(
  { width, bits, masks, pixels, compression }: Bitmap,
  from: number,
  channels: Channels,
  target: Uint8Array,
): void {
  if (bits !== 16 && compression === RGB) {
    const pixelBytes = bits / 8;
    for (let x = 0, to = 0; x < width; x++, from += pixelBytes) {
      target[to++] = pixels[from + 2]!;
      target[to++] = pixels[from + 1]!;
      target[to++] = pixels[from]!;
    }
    return;
  }
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const fields = masks.slice(0, channels).map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, mask: mask >>> shift };
  });
  for (let x = 0, to = 0; x < width; x++, from += bits / 8) {
    const value = bits === 16 ? view.getUint16(from, true) : view.getUint32(from, true);
    for (const { shift, mask } of fields) {
      target[to++] = mask === 0 ? 0 : Math.floor(((value >>> shift) & mask) * 255 / mask);
    }
  }
}

/** Palette indices of all rows, in the file's order. */
function unpackIndices(bitmap: Bitmap, name: string): Uint8Array {
  const { width, height, bits, compression, pixels } = bitmap;
  if (compression !== RGB) return unpackRuns(bitmap, name);
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bits, mask = 2 ** bits - 1, stride = strideOf(width, bits);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = pixels[y * stride + Math.floor(x / perByte)]!;
      indices[to++] = (byte >> (8 - bits * (x % perByte + 1))) & mask;
    }
  }
  return indices;
}

/** RLE8 and RLE4: pairs of count and colour; a count of zero escapes to literal pixels, line ends and jumps. */
function unpackRuns({ width, height, bits, pixels }: Bitmap, name: string): Uint8Array {
  const indices = new Uint8Array(width * height);
  const nibbles = bits === 4;
  let x = 0, y = 0;
  const put = (color: number) => {
    if (x >= width || y >= height) throw damaged(name, "its runs exceed the picture");
    indices[y * width + x++] = color;
  };
  const color = (byte: number, i: number) => nibbles ? (i % 2 === 0 ? byte >> 4 : byte & 15) : byte;
  for (let at = 0;;) {
    if (at + 2 > pixels.length) throw damaged(name, "its runs are cut off");
    const count = pixels[at++]!, value = pixels[at++]!;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(color(value, i));
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      if (at + 2 > pixels.length) throw damaged(name, "its runs are cut off");
      x += pixels[at++]!;
      y += pixels[at++]!;
    } else {
      const length = nibbles ? Math.ceil(value / 2) : value;
      if (at + length > pixels.length) throw damaged(name, "its runs are cut off");
      for (let i = 0; i < value; i++) put(color(pixels[at + (nibbles ? i >> 1 : i)]!, i));
      at += length + length % 2;
    }
  }
}

function damaged(name: string, fault: string): UserError {
  return new UserError(`${name}: damaged bmp file, ${fault}`, ExitCode.DATA);
}
