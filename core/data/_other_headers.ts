/**
 * Headers of the formats that no portable codec decodes; they are read in order to name them and their size in errors
 * and listings. A header that is cut off throws DataView's RangeError.
 *
 * @module
 */
import type { Channels, ImageHeader } from "./image.ts";

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads the first frame chunk of a WebP: `VP8X`, `VP8L` or `VP8 ` (RFC 9649). */
export function parseWebp(bytes: Uint8Array): ImageHeader | undefined {
  const view = viewOf(bytes);
  const make = (width: number, height: number, alpha: boolean): ImageHeader => ({
    format: "webp",
    width,
    height,
    bitDepth: 8,
    channels: alpha ? 4 : 3,
  });
  switch (String.fromCharCode(...bytes.subarray(12, 16))) {
    case "VP8X": {
      const uint24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 65536;
      return make(uint24(24) + 1, uint24(27) + 1, (view.getUint8(20) & 0x10) !== 0);
    }
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return make((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1, ((bits >>> 28) & 1) === 1);
    }
    case "VP8 ":
      return make(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff, false);
    default:
      return undefined;
  }
}

/** Reads the logical screen of a GIF. */
export function parseGif(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  return {
    format: "gif",
    width: view.getUint16(6, true),
    height: view.getUint16(8, true),
    bitDepth: 8,
    channels: 3,
  };
}

/** Reads the information header of a BMP; the height is negative when rows go down. */
export function parseBmp(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  const isCore = view.getUint32(14, true) === 12;
  const bits = view.getUint16(isCore ? 24 : 28, true);
  return {
    format: "bmp",
    width: isCore ? view.getUint16(18, true) : view.getInt32(18, true),
    height: isCore ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true)),
    bitDepth: 8,
    channels: bits === 32 ? 4 : 3,
  };
}

/** Reads the first directory of a TIFF: tags ImageWidth, ImageLength, BitsPerSample, Photometric, SamplesPerPixel. */
export function parseTiff(bytes: Uint8Array): ImageHeader | undefined {
  const view = viewOf(bytes);
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  const tags = new Map<number, number>();
  for (let i = 0, n = view.getUint16(directory, little); i < n; i++) {
    const at = directory + 2 + 12 * i;
    const isShort = view.getUint16(at + 2, little) === 3;
    const count = view.getUint32(at + 4, little);
    // More values than fit into the entry lie elsewhere; all samples have the depth of the first.
    const where = count * (isShort ? 2 : 4) > 4 ? view.getUint32(at + 8, little) : at + 8;
    tags.set(
      view.getUint16(at, little),
      isShort ? view.getUint16(where, little) : view.getUint32(where, little),
    );
  }
  const width = tags.get(256), height = tags.get(257);
  if (width === undefined || height === undefined) return undefined;
  const palette = tags.get(262) === 3;
  const samples = Math.min(4, Math.max(1, tags.get(277) ?? 1)) as Channels;
  return {
    format: "tiff",
    width,
    height,
    bitDepth: tags.get(258) ?? 1,
    channels: palette ? 3 : samples,
  };
}
