/**
 * What the chunks of a PNG say before and behind its pixels, read from a source without its pixels.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { damagedPng, printable, wrongChecksum } from "./_png_errors.ts";
import type { Channels } from "./image.ts";
import { isXmpText } from "./metadata/xmp.ts";
import { KEPT_PNG_CHUNKS, METADATA_LIMIT } from "./metadata/metadata.ts";
import { type PictureSource, SourceCursor } from "./picture_source.ts";

/** Chunks whose contents are kept. */
const KEPT = new Set<string>([
  "IHDR",
  "PLTE",
  "tRNS",
  "acTL",
  "iCCP",
  "eXIf",
  "iTXt",
  ...KEPT_PNG_CHUNKS,
]);
/** Chunks that a decoder has to know (those whose first letter is a capital), as far as there are any. */
const CRITICAL = new Set(["IHDR", "PLTE", "IDAT", "IEND"]);

/** A PNG but for its pixels. */
export interface PngIndex {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Bits per sample or palette index: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  readonly colorType: number;
  /** Whether its rows come in Adam7's seven passes. */
  readonly interlaced: boolean;
  /** Channels of the picture: palettes expanded, transparent colours turned into alpha. */
  readonly channels: Channels;
  /** Colours of a palette, RGB. */
  readonly palette?: Uint8Array;
  /** Alpha of the palette's colours, or the one transparent colour. */
  readonly transparency?: Uint8Array;
  /** Where the first chunk of pixels starts. */
  readonly pixelsAt: number;
  /** Contents of the chunks that are kept, by type; of several the first, of text the first that is XMP. */
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  /** Types of chunks that were too long to be kept. */
  readonly tooLong: readonly string[];
}

/** Samples of a pixel as stored, by colour type. */
export const STORED_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * Goes through all chunks up to IEND. Checksums are compared but for those of pixels, which are passed over.
 *
 * @throws {UserError} With exit code DATA, naming the file and the fault.
 */
export async function indexPng(source: PictureSource, name: string): Promise<PngIndex> {
  const cursor = new SourceCursor(source, 8, 2 ** 16);
  const chunks = new Map<string, Uint8Array>();
  const tooLong: string[] = [];
  let pixelsAt = 0;
  for (let first = true;; first = false) {
    const offset = cursor.at;
    const head = await cursor.exactly(8);
    const length = head && viewOf(head).getUint32(0);
    if (head === undefined || offset + 12 + length! > source.size) {
      throw damagedPng(
        name,
        `it is cut off: no whole chunk follows byte ${offset} of ${source.size}`,
      );
    }
    const type = String.fromCharCode(...head.subarray(4));
    if (first !== (type === "IHDR")) {
      throw damagedPng(
        name,
        first ? `it starts with ${printable(type)} instead of IHDR` : "it has two headers (IHDR)",
      );
    }
    if (/^[A-Z]/.test(type) && !CRITICAL.has(type)) {
      throw damagedPng(name, `it needs a chunk ${printable(type)} that is not known`);
    }
    if (type === "IDAT") {
      pixelsAt ||= offset;
      cursor.at = offset + 12 + length!;
      continue;
    }
    const wanted = KEPT.has(type) && !chunks.has(type);
    const keep = wanted && length! <= METADATA_LIMIT;
    if (wanted && !keep && !tooLong.includes(type)) tooLong.push(type);
    const data = await readChunk(cursor, head, length!, keep, name, offset);
    if (data && (type !== "iTXt" || isXmpText(data))) chunks.set(type, data);
    if (type === "IEND") break;
  }
  if (pixelsAt === 0) throw damagedPng(name, "it holds no pixels (no IDAT chunk)");
  return { ...readIhdr(chunks, name), pixelsAt, chunks, tooLong };
}

/** Reads a chunk piece by piece, whatever its length, and compares its checksum. */
async function readChunk(
  cursor: SourceCursor,
  head: Uint8Array,
  length: number,
  keep: boolean,
  name: string,
  offset: number,
): Promise<Uint8Array | undefined> {
  const kept = keep ? new Uint8Array(length) : undefined;
  let crc = crc32(head.subarray(4));
  for (let done = 0; done < length;) {
    const part = await cursor.some(length - done);
    if (part.length === 0) throw damagedPng(name, `it ends within the chunk at byte ${offset}`);
    crc = crc32(part, crc);
    kept?.set(part, done);
    done += part.length;
  }
  const stored = await cursor.exactly(4);
  if (!stored || viewOf(stored).getUint32(0) !== crc) throw wrongChecksum(name, head, offset);
  return kept;
}

function readIhdr(
  chunks: ReadonlyMap<string, Uint8Array>,
  name: string,
): Pick<
  PngIndex,
  | "width"
  | "height"
  | "depth"
  | "colorType"
  | "interlaced"
  | "channels"
  | "palette"
  | "transparency"
> {
  const ihdr = chunks.get("IHDR")!;
  if (ihdr.length !== 13) throw damagedPng(name, `its header has ${ihdr.length} bytes, not 13`);
  const view = viewOf(ihdr);
  const [depth, colorType, packing, filter, interlace] = ihdr.subarray(8) as unknown as number[];
  const legal = depth === 8 || (depth === 16 && colorType !== 3) ||
    ([1, 2, 4].includes(depth!) && (colorType === 0 || colorType === 3));
  if (
    !legal || !(colorType! in STORED_SAMPLES) || packing !== 0 || filter !== 0 || interlace! > 1
  ) {
    throw damagedPng(name, `its header is not legal (depth ${depth}, colour type ${colorType})`);
  }
  const palette = colorType === 3 ? chunks.get("PLTE") : undefined;
  if (colorType === 3 && (!palette || palette.length === 0 || palette.length % 3 !== 0)) {
    throw damagedPng(name, palette ? "its palette is not legal" : "it has no palette");
  }
  // Pixels with alpha of their own have no transparent colour besides.
  const transparency = colorType! < 4 ? chunks.get("tRNS") : undefined;
  const needed = colorType === 0 ? 2 : colorType === 2 ? 6 : 0;
  if (transparency && transparency.length < needed) {
    throw damagedPng(name, "its transparent colour (tRNS) is not whole");
  }
  const opaque = colorType === 3 ? 3 : STORED_SAMPLES[colorType!]!;
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: depth!,
    colorType: colorType!,
    interlaced: interlace === 1,
    channels: (transparency ? opaque + 1 : opaque) as Channels,
    ...(palette && { palette }),
    ...(transparency && { transparency }),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
