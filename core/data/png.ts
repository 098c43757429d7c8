/**
 * PNG in TypeScript: every depth and colour type in, 8 and 16 bit with 1 to 4 channels out.
 *
 * Standard: ISO/IEC 15948:2004 (https://www.w3.org/TR/png-3/); compression by `node:zlib`. Like TensorFlow's decoder,
 * it expands palettes to RGB, or RGBA when they have transparency, widens 1-, 2- and 4-bit gray to 0-255, and ignores
 * colour profiles, gamma and the transparent colour of gray and RGB images.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { ExitCode, UserError } from "../errors.ts";
import { filterRows, unfilterRows } from "./_png_filters.ts";
import { ADAM7 } from "./_png_passes.ts";
import { checkIntegrity, pngChunks, readImageHeader } from "./header.ts";
import type { Channels, ImageHeader, RawImage } from "./image.ts";
import { STORED_SAMPLES } from "./png_index.ts";
import { pngChunk } from "./png_stream_writer.ts";

const COLOR_TYPE: Readonly<Record<Channels, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

/**
 * Decodes a PNG of any colour type and depth, interlaced or not; 16-bit files give a `Uint16Array`.
 *
 * @throws {UserError} With exit code DATA, naming `path`, if it is damaged or cut off, or too large.
 */
export function decodePng(bytes: Uint8Array, path: string): RawImage {
  const header = readImageHeader(bytes, path);
  checkIntegrity(bytes, path);
  const data: Uint8Array[] = [];
  let palette: Uint8Array | undefined, alpha: Uint8Array | undefined;
  for (const chunk of pngChunks(bytes)) {
    if (chunk.type === "IDAT") data.push(chunk.data);
    else if (chunk.type === "PLTE") palette = chunk.data;
    else if (chunk.type === "tRNS") alpha = chunk.data;
  }
  const { width, height } = header;
  const depth = bytes[24]!, colorType = bytes[25]!, interlaced = bytes[28] === 1;
  const samples = STORED_SAMPLES[colorType]!;
  const legal = depth === 8 || (depth === 16 && colorType !== 3) ||
    (depth < 8 && [1, 2, 4].includes(depth) && (colorType === 0 || colorType === 3));
  if (!legal || bytes[26] !== 0 || bytes[27] !== 0 || bytes[28]! > 1) {
    throw damaged(path, `its header is not legal (depth ${depth}, colour type ${colorType})`);
  }
  const passes: readonly (readonly [number, number, number, number])[] = interlaced
    ? ADAM7
    : [[0, 0, 1, 1]];
  const parts = passes.map(([x, y, dx, dy]) => ({
    x,
    y,
    dx,
    dy,
    width: Math.ceil((width - x) / dx),
    height: Math.ceil((height - y) / dy),
  })).filter((part) => part.width > 0 && part.height > 0);
  const rowBytes = (w: number) => Math.ceil(w * samples * depth / 8);
  const expected = parts.reduce((sum, part) => sum + part.height * (1 + rowBytes(part.width)), 0);
  const raw = inflate(data, expected, path);

  const total = width * height * samples;
  const result = depth === 16 ? new Uint16Array(total) : new Uint8Array(total);
  const pixelBytes = Math.max(1, samples * depth / 8);
  // Palettes hold indices, so only gray is stretched to 0-255.
  const scale = colorType === 0 && depth < 8 ? 255 / (2 ** depth - 1) : 1;
  let at = 0;
  for (const part of parts) {
    const stride = rowBytes(part.width);
    const size = part.height * (1 + stride);
    const rows = unfilterRows(raw.subarray(at, at + size), stride, pixelBytes);
    if (!rows) throw damaged(path, "a row has an unknown filter");
    at += size;
    const widened = widen(rows, part.width * samples, part.height, stride, depth, scale);
    if (!interlaced) result.set(widened);
    else scatter(result, widened, part, width, samples);
  }
  if (colorType !== 3) return { width, height, channels: header.channels, data: result };
  if (!palette) throw damaged(path, "it has no palette");
  return expandPalette(result as Uint8Array, palette, alpha, header, path);
}

/**
 * Encodes 8-bit (`Uint8Array`) or 16-bit (`Uint16Array`) samples, rows with adaptive filters.
 *
 * @param compression 0 (none) to 9 (smallest), default 3.
 * @throws {RangeError} If the samples do not fit width, height and channels, or `compression` is out of range.
 */
export function encodePng(image: RawImage, compression: number = 3): Uint8Array {
  const { width, height, channels, data } = image;
  if (!(width > 0 && height > 0) || data.length !== width * height * channels) {
    throw new RangeError(
      `encodePng: ${data.length} samples are no image of ${width}x${height}x${channels}`,
    );
  }
  if (!Number.isInteger(compression) || compression < 0 || compression > 9) {
    throw new RangeError(`encodePng: compression must be 0 to 9, received ${compression}`);
  }
  const depth = data instanceof Uint16Array ? 16 : 8;
  const ihdr = new Uint8Array(13);
  const view = new DataView(ihdr.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  ihdr[8] = depth;
  ihdr[9] = COLOR_TYPE[channels];
  const pixelBytes = channels * depth / 8;
  const bytes = data instanceof Uint16Array ? bigEndian(data) : data;
  const filtered = filterRows(bytes, width * pixelBytes, pixelBytes, compression > 0);
  const packed = deflateSync(filtered, {
    level: compression,
    strategy: compression > 0 ? constants.Z_FILTERED : constants.Z_DEFAULT_STRATEGY,
  });
  const file = Buffer.concat([
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", ihdr),
    pngChunk("IDAT", packed),
    pngChunk("IEND", new Uint8Array()),
  ]);
  return new Uint8Array(file.buffer, file.byteOffset, file.length);
}

function damaged(path: string, fault: string): UserError {
  return new UserError(`${path}: damaged png file, ${fault}`, ExitCode.DATA);
}

function inflate(data: readonly Uint8Array[], expected: number, path: string): Uint8Array {
  let raw: Uint8Array;
  try {
    // A whole stream that gives more than the header promised is no image; the limit also stops bombs.
    raw = inflateSync(Buffer.concat(data), { maxOutputLength: expected + 1 });
  } catch (error) {
    throw new UserError(
      `${path}: damaged png file, its pixels cannot be unpacked (${(error as Error).message})`,
      ExitCode.DATA,
      { cause: error },
    );
  }
  if (raw.length !== expected) {
    throw damaged(path, `it holds ${raw.length} bytes of pixels instead of ${expected}`);
  }
  return raw;
}

/** Turns packed rows into samples: 1, 2 and 4 bit are unpacked, 16 bit comes from big-endian pairs. */
function widen(
  rows: Uint8Array,
  samplesPerRow: number,
  height: number,
  stride: number,
  depth: number,
  scale: number,
): Uint8Array | Uint16Array {
  if (depth === 8) return rows;
  const count = samplesPerRow * height;
  if (depth === 16) {
    const wide = new Uint16Array(count);
    for (let i = 0, j = 0; i < count; i++, j += 2) wide[i] = rows[j]! << 8 | rows[j + 1]!;
    return wide;
  }
  const samples = new Uint8Array(count);
  const perByte = 8 / depth, mask = (1 << depth) - 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < samplesPerRow; x++) {
      const byte = rows[y * stride + Math.floor(x / perByte)]!;
      const shift = 8 - depth * (x % perByte + 1);
      samples[i++] = ((byte >> shift) & mask) * scale;
    }
  }
  return samples;
}

/** Puts the pixels of one pass of an interlaced image where they belong. */
function scatter(
  target: Uint8Array | Uint16Array,
  part: Uint8Array | Uint16Array,
  grid: { x: number; y: number; dx: number; dy: number; width: number; height: number },
  width: number,
  samples: number,
): void {
  let from = 0;
  for (let row = 0; row < grid.height; row++) {
    for (let column = 0; column < grid.width; column++) {
      let to = ((grid.y + row * grid.dy) * width + grid.x + column * grid.dx) * samples;
      for (let s = 0; s < samples; s++) target[to++] = part[from++]!;
    }
  }
}

function expandPalette(
  indices: Uint8Array,
  palette: Uint8Array,
  alpha: Uint8Array | undefined,
  { width, height }: ImageHeader,
  path: string,
): RawImage {
  const channels = alpha ? 4 : 3;
  const data = new Uint8Array(indices.length * channels);
  const colors = palette.length / 3;
  for (let i = 0, to = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (index >= colors) throw damaged(path, `pixel ${i} has colour ${index} of ${colors}`);
    for (let s = 0; s < 3; s++) data[to++] = palette[3 * index + s]!;
    if (alpha) data[to++] = alpha[index] ?? 255;
  }
  return { width, height, channels, data };
}

function bigEndian(samples: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  for (let i = 0, j = 0; i < samples.length; i++) {
    bytes[j++] = samples[i]! >> 8;
    bytes[j++] = samples[i]! & 255;
  }
  return bytes;
}
