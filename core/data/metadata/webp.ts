/**
 * The container of WebP files (RFC 9649): metadata in and out, and the first frame of an animation.
 *
 * @module
 */
import { bareExif } from "./exif.ts";
import type { PictureMetadata } from "./metadata.ts";

/** Flags of VP8X. */
const ICC = 0x20, ALPHA = 0x10, EXIF = 0x08, XMP = 0x04, ANIMATION = 0x02;

/** One chunk. */
export interface WebpChunk {
  /** Four letters, for example `VP8 `. */
  readonly type: string;
  /** The contents. */
  readonly data: Uint8Array;
}

/** What is wrong with the container; undefined if it is whole. */
export function webpFault(bytes: Uint8Array): string | undefined {
  const end = 8 + viewOf(bytes).getUint32(4, true);
  if (end > bytes.length) return `it is cut off: ${bytes.length} of ${end} bytes`;
  let at = 12;
  for (const { data } of webpChunks(bytes)) at += 8 + data.length + data.length % 2;
  // The last chunk's padding is forgotten by some writers.
  if (at < end - 1) return `the chunk at byte ${at} is not whole`;
  return undefined;
}

/** The chunks, as far as they are whole. */
export function webpChunks(bytes: Uint8Array): WebpChunk[] {
  const end = Math.min(bytes.length, 8 + viewOf(bytes).getUint32(4, true));
  return chunksIn(bytes.subarray(12, end));
}

/** Metadata of a WebP. */
export function readWebpMetadata(chunks: readonly WebpChunk[]): PictureMetadata {
  const find = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const icc = find("ICCP"), exif = find("EXIF"), xmp = find("XMP ");
  return { ...(icc && { icc }), ...(exif && { exif: bareExif(exif) }), ...(xmp && { xmp }) };
}

/** A picture of its own, and where it lies on the canvas. */
export interface WebpFrame {
  /** A WebP file. */
  readonly file: Uint8Array;
  /** Left edge in pixels. */
  readonly x: number;
  /** Upper edge in pixels. */
  readonly y: number;
}

/** Number of frames and the first of them, if the file is an animation. */
export function firstWebpFrame(
  chunks: readonly WebpChunk[],
): { frames: number; first: WebpFrame } | undefined {
  const frames = chunks.filter((chunk) => chunk.type === "ANMF");
  const data = frames[0]?.data;
  if (!data || data.length < 16) return undefined;
  const uint24 = (at: number) => data[at]! | data[at + 1]! << 8 | data[at + 2]! << 16;
  const inner = chunksIn(data.subarray(16)).filter(({ type }) =>
    type === "ALPH" || type === "VP8 " || type === "VP8L"
  );
  const alpha = inner.some(({ type }) => type === "ALPH");
  const header = alpha ? [vp8x(ALPHA, uint24(6) + 1, uint24(9) + 1)] : [];
  const file = webpFile([...header, ...inner]);
  return { frames: frames.length, first: { file, x: uint24(0) * 2, y: uint24(3) * 2 } };
}

/** The file with metadata, in the extended form if there is any. */
export function withWebpMetadata(
  webp: Uint8Array,
  metadata: PictureMetadata,
  size: { width: number; height: number; alpha: boolean },
): Uint8Array<ArrayBuffer> {
  const { icc, exif, xmp } = metadata;
  const pixels = webpChunks(webp).filter(({ type }) =>
    type === "ALPH" || type === "VP8 " || type === "VP8L"
  );
  if (!icc && !exif && !xmp) return new Uint8Array(webp);
  const flags = (icc ? ICC : 0) | (size.alpha ? ALPHA : 0) | (exif ? EXIF : 0) | (xmp ? XMP : 0);
  return webpFile([
    vp8x(flags, size.width, size.height),
    ...(icc ? [{ type: "ICCP", data: icc }] : []),
    ...pixels,
    ...(exif ? [{ type: "EXIF", data: exif }] : []),
    ...(xmp ? [{ type: "XMP ", data: xmp }] : []),
  ]);
}

/** Whether the flags of VP8X say that this is an animation. */
export function isAnimated(chunks: readonly WebpChunk[]): boolean {
  const [first] = chunks;
  return first?.type === "VP8X" && ((first.data[0] ?? 0) & ANIMATION) !== 0;
}

function vp8x(flags: number, width: number, height: number): WebpChunk {
  const data = new Uint8Array(10);
  data[0] = flags;
  for (let i = 0; i < 3; i++) {
    data[4 + i] = (width - 1) >> (8 * i);
    data[7 + i] = (height - 1) >> (8 * i);
  }
  return { type: "VP8X", data };
}

function webpFile(chunks: readonly WebpChunk[]): Uint8Array<ArrayBuffer> {
  const size = chunks.reduce((sum, { data }) => sum + 8 + data.length + data.length % 2, 4);
  const bytes = new Uint8Array(8 + size);
  const view = new DataView(bytes.buffer);
  const letters = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  };
  letters(0, "RIFF");
  view.setUint32(4, size, true);
  letters(8, "WEBP");
  let at = 12;
  for (const { type, data } of chunks) {
    letters(at, type);
    view.setUint32(at + 4, data.length, true);
    bytes.set(data, at + 8);
    at += 8 + data.length + data.length % 2;
  }
  return bytes;
}

function chunksIn(bytes: Uint8Array): WebpChunk[] {
  const view = viewOf(bytes);
  const chunks: WebpChunk[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    if (at + 8 + length > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length + length % 2;
  }
  return chunks;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
