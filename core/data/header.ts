/**
 * What image files say about themselves: format, size, depth and channels by content, and whether the file is whole.
 *
 * Headers are read before anything is decoded, so that a file of 30000 x 30000 pixels costs nothing.
 * Formats: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), WebP (RFC 9649), GIF89a, BMP, TIFF 6.0.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { ExitCode, UserError } from "../errors.ts";
import { startsWith } from "./_bytes.ts";
import { parseBmp, parseGif, parseTiff, parseWebp } from "./_other_headers.ts";
import type { Channels, ImageHeader } from "./image.ts";

/** Images with more pixels than this are refused: 2^28, a square of 16384. */
export const PIXEL_LIMIT: number = 2 ** 28;

/**
 * Reads the header of a PNG, JPEG, WebP, GIF, BMP or TIFF file.
 *
 * Channels are those after decoding: palettes count as RGB (RGBA with transparency), CMYK as RGB.
 *
 * @throws {UserError} With exit code DATA, naming `path`, if the bytes are empty, of another kind, too damaged to tell
 * the size, or the image has no pixels or more than {@linkcode PIXEL_LIMIT}.
 */
export function readImageHeader(bytes: Uint8Array, path: string): ImageHeader {
  let header: ImageHeader | undefined;
  const format = sniffFormat(bytes);
  if (format === undefined) {
    throw new UserError(`${path}: not an image, ${whatItIs(bytes)}`, ExitCode.DATA);
  }
  try {
    header = PARSERS[format](bytes);
  } catch (error) {
    // DataView complains about offsets beyond the end: the header is cut off.
    if (!(error instanceof RangeError)) throw error;
  }
  if (!header) {
    throw new UserError(
      `${path}: damaged or cut off, its ${format} header is not whole`,
      ExitCode.DATA,
    );
  }
  const { width, height } = header;
  if (!(width > 0 && height > 0)) {
    throw new UserError(
      `${path}: the ${format} header says ${width}x${height} pixels`,
      ExitCode.DATA,
    );
  }
  if (width * height > PIXEL_LIMIT) {
    throw new UserError(
      `${path}: ${width}x${height} pixels are more than the limit of ${PIXEL_LIMIT}, cut the image into parts`,
      ExitCode.DATA,
    );
  }
  return header;
}

/** The format by content, undefined if it is none of those that {@linkcode readImageHeader} knows. */
export function sniffFormat(bytes: Uint8Array): ImageHeader["format"] | undefined {
  if (startsWith(bytes, 0, "\x89PNG\r\n\x1a\n")) return "png";
  if (startsWith(bytes, 0, "\xff\xd8\xff")) return "jpeg";
  if (startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP")) return "webp";
  if (startsWith(bytes, 0, "GIF87a") || startsWith(bytes, 0, "GIF89a")) return "gif";
  if (startsWith(bytes, 0, "II*\0") || startsWith(bytes, 0, "MM\0*")) return "tiff";
  // "BM" alone is two letters of many a text: the header's size and its zero fields have to fit as well.
  if (startsWith(bytes, 0, "BM") && startsWith(bytes, 6, "\0\0\0\0")) return "bmp";
  return undefined;
}

/**
 * Checks that a PNG or JPEG file is whole: chunks with right checksums up to IEND, segments and scans up to the EOI
 * marker. What follows the end is ignored, as decoders do.
 *
 * @throws {UserError} With exit code DATA, naming `path`, the fault and its place in the file.
 */
export function checkIntegrity(bytes: Uint8Array, path: string): void {
  const format = sniffFormat(bytes);
  const fault = format === "png"
    ? pngFault(bytes)
    : format === "jpeg"
    ? jpegFault(bytes)
    : undefined;
  if (fault) throw new UserError(`${path}: damaged ${format} file, ${fault}`, ExitCode.DATA);
}

/** What the frame header of a JPEG says. */
export interface JpegFrame {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels; 0 when it is only given after the first scan. */
  readonly height: number;
  /** Bits per sample, 8 or 12. */
  readonly precision: number;
  /** 1 gray, 3 YCbCr or RGB, 4 CMYK or YCCK. */
  readonly components: number;
}

/** Finds the frame header (SOF0 to SOF15) of a JPEG; undefined if there is none. */
export function readJpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  const view = viewOf(bytes);
  for (let i = 2; i + 9 < bytes.length && bytes[i] === 0xff;) {
    const marker = bytes[i + 1]!;
    if (marker === 0xff) { // fill byte
      i++;
      continue;
    }
    // DHT, JPG and DAC share the range of the frame headers.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return {
        precision: bytes[i + 4]!,
        height: view.getUint16(i + 5),
        width: view.getUint16(i + 7),
        components: bytes[i + 9]!,
      };
    }
    i += 2 + view.getUint16(i + 2);
  }
  return undefined;
}

/** One chunk of a PNG. */
export interface PngChunk {
  /** Four letters, for example `IDAT`. */
  readonly type: string;
  /** The contents. */
  readonly data: Uint8Array;
  /** The checksum that the file gives for type and contents. */
  readonly crc: number;
  /** Where the chunk starts in the file. */
  readonly offset: number;
}

/** The chunks of a PNG, as far as they are whole, up to and including IEND. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = viewOf(bytes);
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) return;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield {
      type,
      data: bytes.subarray(at + 8, at + 8 + length),
      crc: view.getUint32(end - 4),
      offset: at,
    };
    if (type === "IEND") return;
    at = end;
  }
}

const PARSERS: Record<ImageHeader["format"], (bytes: Uint8Array) => ImageHeader | undefined> = {
  png: parsePng,
  jpeg: parseJpeg,
  webp: parseWebp,
  gif: parseGif,
  bmp: parseBmp,
  tiff: parseTiff,
};

const PNG_CHANNELS: Readonly<Record<number, Channels>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

function parsePng(bytes: Uint8Array): ImageHeader | undefined {
  const view = viewOf(bytes);
  const channels = PNG_CHANNELS[view.getUint8(25)];
  if (!startsWith(bytes, 12, "IHDR") || channels === undefined) return undefined;
  let transparentPalette = false;
  if (view.getUint8(25) === 3) {
    for (const { type } of pngChunks(bytes)) {
      if (type === "IDAT") break;
      transparentPalette ||= type === "tRNS";
    }
  }
  return {
    format: "png",
    width: view.getUint32(16),
    height: view.getUint32(20),
    bitDepth: view.getUint8(24),
    channels: transparentPalette ? 4 : channels,
  };
}

function parseJpeg(bytes: Uint8Array): ImageHeader | undefined {
  const frame = readJpegFrame(bytes);
  return frame && {
    format: "jpeg",
    width: frame.width,
    height: frame.height,
    bitDepth: frame.precision,
    channels: frame.components === 1 ? 1 : 3,
  };
}

function pngFault(bytes: Uint8Array): string | undefined {
  let first = true, last = "", hasData = false, end = 8;
  for (const { type, data, crc, offset } of pngChunks(bytes)) {
    if (first && type !== "IHDR") return `it starts with ${printable(type)} instead of IHDR`;
    first = false;
    if (crc32(bytes.subarray(offset + 4, offset + 8 + data.length)) !== crc) {
      return `the checksum of its ${printable(type)} chunk at byte ${offset} is wrong`;
    }
    hasData ||= type === "IDAT";
    last = type;
    end = offset + 12 + data.length;
  }
  if (last !== "IEND") {
    return `it is cut off: no whole chunk follows byte ${end} of ${bytes.length}`;
  }
  return hasData ? undefined : "it holds no pixels (no IDAT chunk)";
}

function jpegFault(bytes: Uint8Array): string | undefined {
  let scans = 0;
  for (let at = 2; at + 1 < bytes.length;) {
    if (bytes[at] !== 0xff) return `byte ${at} is not the start of a segment`;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
    } else if (marker === 0xd9) {
      return scans > 0 ? undefined : "it holds no pixels (no scan)";
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) { // TEM and RSTn stand alone
      at += 2;
    } else {
      if (at + 4 > bytes.length) break;
      const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
      if (length < 2) return `the segment at byte ${at} has length ${length}`;
      at += 2 + length;
      if (marker === 0xda) {
        scans++;
        at = endOfScan(bytes, at);
      }
    }
  }
  return `it is cut off: ${bytes.length} bytes without an end marker`;
}

/** Where the next marker after entropy-coded data stands; FF 00 is data and FF D0 to FF D7 restart within them. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

/** Words for bytes that are no image. */
function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty";
  const start = bytes.subarray(0, 64);
  if (start.every((b) => b === 0)) return "it starts with zero bytes";
  if (startsWith(bytes, 4, "ftyp")) return "it is an ISO media file (AVIF, HEIC or video)";
  if (startsWith(bytes, 0, "version https://git-lfs")) {
    return "it is a Git LFS pointer, run `git lfs pull`";
  }
  if (start.every((b) => b >= 0x20 && b < 0x7f || [9, 10, 13].includes(b))) {
    const text = new TextDecoder().decode(start).replaceAll(/\s+/g, " ").trim();
    return `it is text: "${text.slice(0, 40)}"`;
  }
  const hex = Array.from(bytes.subarray(0, 8), (b) => b.toString(16).padStart(2, "0")).join(" ");
  return `its first bytes are ${hex}`;
}

function printable(type: string): string {
  return /^[A-Za-z]{4}$/.test(type) ? type : JSON.stringify(type);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
