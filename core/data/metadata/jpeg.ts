/**
 * Metadata in JPEG files: EXIF and XMP in APP1 segments, the colour profile in APP2 segments, and what Adobe's APP14 says
 * about colours.
 *
 * @module
 */
import { joinBytes, latin1, startsWith } from "../_bytes.ts";
import { bareExif } from "./exif.ts";
import type { PictureMetadata } from "./metadata.ts";

const EXIF_ID = "Exif\0\0", XMP_ID = "http://ns.adobe.com/xap/1.0/\0", ICC_ID = "ICC_PROFILE\0";
/** Bytes that a segment holds: its length counts itself and has 16 bits. */
const SEGMENT = 65533;

/** What a JPEG says before its first scan. */
export interface JpegSegments {
  /** EXIF, XMP and profile. */
  readonly metadata: PictureMetadata;
  /** Adobe's colour transform: 0 none (RGB, CMYK), 1 YCbCr, 2 YCCK; undefined without APP14. */
  readonly adobeTransform?: number;
  /** Marker of the frame header: 0xc0 baseline, 0xc1 extended, 0xc2 progressive, others rare. */
  readonly frameMarker: number;
  /** Component identifiers, as in the frame header. */
  readonly components: readonly { id: number; horizontal: number; vertical: number }[];
}

/**
 * Reads the segments before the first scan.
 *
 * @param note Is told what is left out.
 */
export function readJpegSegments(bytes: Uint8Array, note: (line: string) => void): JpegSegments {
  let exif: Uint8Array | undefined, xmp: Uint8Array | undefined, adobe: number | undefined;
  let phys: Uint8Array | undefined;
  let frameMarker = 0;
  let components: JpegSegments["components"] = [];
  const parts = new Map<number, Uint8Array>();
  let partCount = 0;
  for (const { marker, data } of segments(bytes)) {
    if (marker === 0xe0 && startsWith(data, 0, "JFIF\0") && data.length >= 12) {
      phys ??= physOf(data);
    } else if (marker === 0xe1 && startsWith(data, 0, EXIF_ID)) exif ??= bareExif(data);
    else if (marker === 0xe1 && startsWith(data, 0, XMP_ID)) xmp ??= data.subarray(XMP_ID.length);
    else if (marker === 0xe2 && startsWith(data, 0, ICC_ID) && data.length >= 14) {
      if (!parts.has(data[12]!)) parts.set(data[12]!, data.subarray(14));
      partCount = Math.max(partCount, data[13]!);
    } else if (marker === 0xee && startsWith(data, 0, "Adobe") && data.length >= 12) {
      adobe = data[11]!;
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      frameMarker ||= marker;
      components = Array.from({ length: data[5] ?? 0 }, (_, i) => ({
        id: data[6 + 3 * i] ?? 0,
        horizontal: (data[7 + 3 * i] ?? 0) >> 4,
        vertical: (data[7 + 3 * i] ?? 0) & 15,
      }));
    }
  }
  let icc: Uint8Array | undefined;
  if (parts.size > 0) {
    const ordered = Array.from({ length: partCount }, (_, i) => parts.get(i + 1));
    if (ordered.every((part) => part !== undefined)) icc = joinBytes(...ordered);
    else note("its colour profile is not whole and left out");
  }
  const metadata = {
    ...(icc && { icc }),
    ...(exif && { exif }),
    ...(xmp && { xmp }),
    ...(phys && { pngChunks: { pHYs: phys } }),
  };
  return {
    metadata,
    frameMarker,
    components,
    ...(adobe !== undefined && { adobeTransform: adobe }),
  };
}

/** The file with one more segment right behind its start. */
export function withSegment(jpeg: Uint8Array, marker: number, data: Uint8Array): Uint8Array {
  return joinBytes(jpeg.subarray(0, 2), segment(marker, data), jpeg.subarray(2));
}

/** Adobe's APP14, which says that components are stored as they are and CMYK is inverted. */
export function adobeSegment(): Uint8Array {
  return Uint8Array.from([0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0]);
}

/**
 * The file with metadata: behind JFIF's APP0 if it has one, as EXIF's readers and JFIF's expect.
 *
 * @param note Is told what is left out, since segments hold 64 KB.
 */
export function withJpegMetadata(
  jpeg: Uint8Array,
  metadata: PictureMetadata,
  note: (line: string) => void,
): Uint8Array<ArrayBuffer> {
  const { icc, exif, xmp } = metadata;
  const added: Uint8Array[] = [];
  for (const [what, id, data] of [["EXIF", EXIF_ID, exif], ["XMP", XMP_ID, xmp]] as const) {
    if (!data) continue;
    if (id.length + data.length <= SEGMENT) added.push(segment(0xe1, joinBytes(latin1(id), data)));
    else note(`${what} of ${data.length} bytes does not fit into a JPEG and is left out`);
  }
  if (icc) {
    const size = SEGMENT - 14;
    const count = Math.ceil(icc.length / size);
    if (count > 255) note("the colour profile does not fit into a JPEG and is left out");
    for (let i = 0; count <= 255 && i < count; i++) {
      const part = icc.subarray(i * size, (i + 1) * size);
      added.push(segment(0xe2, joinBytes(latin1(ICC_ID), Uint8Array.of(i + 1, count), part)));
    }
  }
  const jfif = jpeg[2] === 0xff && jpeg[3] === 0xe0;
  const at = jfif ? 4 + jpeg[4]! * 256 + jpeg[5]! : 2;
  const start = jpeg.slice(0, at);
  if (jfif && at >= 18) start.set(densityOf(metadata), 13);
  return joinBytes(start, ...added, jpeg.subarray(at));
}

const INCH = 0.0254;

/** JFIF's unit and density: dots per inch from PNG's dots per metre, or square pixels of no certain size. */
function densityOf({ pngChunks }: PictureMetadata): Uint8Array {
  const phys = pngChunks?.pHYs;
  if (phys?.length !== 9) return Uint8Array.of(0, 0, 1, 0, 1);
  const view = new DataView(phys.buffer, phys.byteOffset);
  const metre = phys[8] === 1;
  const [x, y] = [0, 4].map((at) => Math.round(view.getUint32(at) * (metre ? INCH : 1)));
  if (x! < 1 || y! < 1 || x! > 65535 || y! > 65535) return Uint8Array.of(0, 0, 1, 0, 1);
  return Uint8Array.of(metre ? 1 : 0, x! >> 8, x! & 255, y! >> 8, y! & 255);
}

/** The contents of PNG's pHYs from those of JFIF's APP0; undefined if it says nothing. */
function physOf(jfif: Uint8Array): Uint8Array | undefined {
  const view = new DataView(jfif.buffer, jfif.byteOffset);
  const unit = jfif[7]!, x = view.getUint16(8), y = view.getUint16(10);
  if (x === 0 || y === 0 || unit > 2 || (unit === 0 && x === y)) return undefined;
  const scale = unit === 0 ? 1 : unit === 1 ? 1 / INCH : 100;
  const phys = new Uint8Array(9);
  const out = new DataView(phys.buffer);
  out.setUint32(0, Math.round(x * scale));
  out.setUint32(4, Math.round(y * scale));
  phys[8] = unit === 0 ? 0 : 1;
  return phys;
}

/** Marker and contents of segments up to the first scan; stops where the file is damaged. */
function* segments(bytes: Uint8Array): Generator<{ marker: number; data: Uint8Array }> {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) { // fill byte
      at++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) { // TEM and RSTn stand alone
      at += 2;
      continue;
    }
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (length < 2) return;
    yield { marker, data: bytes.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}

function segment(marker: number, data: Uint8Array): Uint8Array {
  const length = data.length + 2;
  return joinBytes(Uint8Array.of(0xff, marker, length >> 8, length & 255), data);
}
