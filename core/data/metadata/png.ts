/**
 * Metadata in PNG files (https://www.w3.org/TR/png-3/): chunks iCCP, eXIf, iTXt with XMP, and those on colour and
 * resolution.
 *
 * @module
 */
import { deflateSync, inflateSync } from "node:zlib";
import { pngChunk } from "../png_stream_writer.ts";
import { joinBytes, latin1 } from "../_bytes.ts";
import { bareExif } from "./exif.ts";
import { XMP_KEYWORD } from "./xmp.ts";
import { KEPT_PNG_CHUNKS, METADATA_LIMIT, type PictureMetadata } from "./metadata.ts";

/**
 * Metadata from the contents of chunks by type.
 *
 * @param note Is told what is left out.
 */
export function readPngMetadata(
  chunks: ReadonlyMap<string, Uint8Array>,
  note: (line: string) => void,
): PictureMetadata {
  const profile = chunks.get("iCCP"), exif = chunks.get("eXIf"), text = chunks.get("iTXt");
  const icc = profile && readIccp(profile, note);
  const xmp = text && readXmp(text, note);
  const kept = KEPT_PNG_CHUNKS.filter((type) => chunks.has(type))
    .map((type) => [type, chunks.get(type)!]);
  return {
    ...(icc && { icc }),
    ...(exif && { exif: bareExif(exif) }),
    ...(xmp && { xmp }),
    ...(kept.length > 0 && { pngChunks: Object.fromEntries(kept) }),
  };
}

/** Chunks that carry the metadata, in an order that the standard allows: all of them before the pixels. */
export function pngMetadataChunks(metadata: PictureMetadata): Uint8Array[] {
  const { icc, exif, xmp, pngChunks = {} } = metadata;
  const chunks: Uint8Array[] = [];
  for (const type of KEPT_PNG_CHUNKS) {
    const data = pngChunks[type];
    // A file has a profile or says that it is sRGB, not both.
    if (data && !(type === "sRGB" && icc)) chunks.push(pngChunk(type, data));
  }
  if (icc) chunks.push(pngChunk("iCCP", joinBytes(latin1("icc\0\0"), deflateSync(icc))));
  if (exif) chunks.push(pngChunk("eXIf", exif));
  if (xmp) chunks.push(pngChunk("iTXt", joinBytes(latin1(`${XMP_KEYWORD}\0\0\0\0\0`), xmp)));
  return chunks;
}

/** Name, 0, method 0, packed profile. */
function readIccp(data: Uint8Array, note: (line: string) => void): Uint8Array | undefined {
  const end = data.indexOf(0);
  if (end < 1 || data[end + 1] !== 0) {
    note("its colour profile is damaged and left out");
    return undefined;
  }
  return unpack(data.subarray(end + 2), "colour profile", note);
}

/** Keyword, 0, packed or not, method, language, 0, translated keyword, 0, text. */
function readXmp(data: Uint8Array, note: (line: string) => void): Uint8Array | undefined {
  const flags = XMP_KEYWORD.length + 1;
  const packed = data[flags] === 1;
  const language = data.indexOf(0, flags + 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) return undefined;
  const text = data.subarray(translated + 1);
  return packed ? unpack(text, "XMP", note) : text;
}

function unpack(
  data: Uint8Array,
  what: string,
  note: (line: string) => void,
): Uint8Array | undefined {
  try {
    return new Uint8Array(inflateSync(data, { maxOutputLength: METADATA_LIMIT }));
  } catch (error) {
    const tooLong = error instanceof RangeError;
    note(`its ${what} is ${tooLong ? "longer than 16 MB" : "damaged"} and left out`);
    return undefined;
  }
}
