/**
 * Writes pictures: PNG row by row, JPEG and WebP as a whole.
 *
 * @module
 */
import { readJpegFrame } from "./header.ts";
import type { Channels, FloatImage, ImageCodec } from "./image.ts";
import { sizedExif } from "./metadata/exif.ts";
import { iccFits } from "./metadata/icc.ts";
import { withJpegMetadata } from "./metadata/jpeg.ts";
import type { PictureMetadata } from "./metadata/metadata.ts";
import { pngMetadataChunks } from "./metadata/png.ts";
import { withWebpMetadata } from "./metadata/webp.ts";
import { encodePngRows } from "./png_stream_writer.ts";
import { checked, pixelsOf, type Rows } from "./rows.ts";

/** Formats that can be written. */
export type PictureFormat = "png" | "jpeg" | "webp";

/** What a picture is written as. */
export interface PictureTarget {
  /** File format. */
  readonly format: PictureFormat;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Gray 1, gray and alpha 2, RGB 3, RGBA 4. */
  readonly channels: Channels;
  /** Bits per sample. */
  readonly depth: 8 | 16;
  /** JPEG and WebP: 1 to 100, default 95. */
  readonly quality?: number;
  /** PNG: 0 (none) to 9 (smallest), default 3. */
  readonly compression?: number;
  /** Goes into the file as far as its format holds it. */
  readonly metadata?: PictureMetadata;
  /**
   * Lets the format take what it can: 8 bit in place of 16, and for JPEG the picture on white in place of transparency.
   * Default false: it is an error to ask for more.
   */
  readonly narrow?: boolean;
  /** Is told what of the metadata is left out; default nothing. */
  readonly say?: (line: string) => void;
}

/** From this quality on JPEG keeps chroma at full size, as colours are then meant to be kept. */
const FULL_CHROMA_QUALITY = 90;
const LEFT_OUT =
  "the colour profile is not for the pixels that are written (gray or RGB) and left out";
/** So many pixels wide and high a file can be. */
export const MAX_SIDE: Readonly<Record<PictureFormat, number>> = {
  png: 2 ** 31 - 1,
  jpeg: 65500,
  webp: 16383,
};

/**
 * The bytes of a file, made as the rows come: clipped to [0, 1], rounded half to even at the depth. PNG comes in many
 * pieces; JPEG (4:4:4 from quality 90 on, else 4:2:0) and WebP are collected first.
 *
 * @throws {RangeError} At once, if the format cannot hold what is asked for: 16 bit or transparency in JPEG, 16 bit in
 * WebP (both unless `narrow` is set), too long a side; or if quality or compression is out of range.
 */
export function encodeRows(
  rows: Rows,
  target: Omit<PictureTarget, "width" | "height" | "channels">,
  codec: ImageCodec,
): AsyncIterable<Uint8Array> {
  const { format, quality = 95, compression = 3, narrow = false } = target;
  const hasAlpha = rows.channels === 2 || rows.channels === 4;
  const side = Math.max(rows.width, rows.height);
  if (side > MAX_SIDE[format]) {
    throw new RangeError(`${format} holds at most ${MAX_SIDE[format]} pixels a side, not ${side}`);
  }
  if (!Number.isInteger(compression) || compression < 0 || compression > 9) {
    throw new RangeError(`compression must be 0 to 9, received ${compression}`);
  }
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new RangeError(`quality must be 1 to 100, received ${quality}`);
  }
  if (format !== "png" && target.depth === 16 && !narrow) {
    throw new RangeError(`${format} holds 8 bit, not 16: write png, or set narrow`);
  }
  if (format === "jpeg" && hasAlpha && !narrow) {
    throw new RangeError(`jpeg holds no transparency: write png or webp, or set narrow`);
  }
  const metadata = fitting(target.metadata ?? {}, rows, target);
  if (format === "png") {
    const chunks = pngMetadataChunks(metadata);
    return encodePngRows(rows, { depth: target.depth, compression, chunks });
  }
  return format === "jpeg"
    ? encodeJpeg(rows, quality, metadata, codec, target.say)
    : encodeWebp(rows, quality, metadata, codec);
}

async function* encodeJpeg(
  rows: Rows,
  quality: number,
  metadata: PictureMetadata,
  codec: ImageCodec,
  say: (line: string) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const image = await pixelsOf(onWhite(rows), 8);
  const subsampling = quality >= FULL_CHROMA_QUALITY ? "4:4:4" : "4:2:0";
  const bytes = await (codec.encodeJpegAsync?.(image, quality, { subsampling }) ??
    codec.encodeJpeg(image, quality, { subsampling }));
  // imagescript writes gray pictures in colour.
  const made = readJpegFrame(bytes)?.components ?? image.channels;
  const { icc, ...others } = metadata;
  const fits = icc !== undefined && iccFits(icc, made);
  if (icc && !fits) say(LEFT_OUT);
  yield withJpegMetadata(bytes, fits ? metadata : others, say);
}

async function* encodeWebp(
  rows: Rows,
  quality: number,
  metadata: PictureMetadata,
  codec: ImageCodec,
): AsyncGenerator<Uint8Array> {
  if (!codec.encodeWebp) throw new RangeError(`${codec.name} writes no webp: write png or jpeg`);
  const image = await pixelsOf(rows, 8);
  const { width, height, channels } = rows;
  const bytes = await codec.encodeWebp(image, quality);
  yield withWebpMetadata(bytes, metadata, { width, height, alpha: channels % 2 === 0 });
}

/** What of the metadata is right for this picture and can be held by its format. */
function fitting(
  metadata: PictureMetadata,
  { width, height, channels }: Rows,
  { format, say = () => {} }: Pick<PictureTarget, "format" | "say">,
): PictureMetadata {
  const { icc, exif, xmp, pngChunks } = metadata;
  // WebP knows colour alone.
  const keepsIcc = icc !== undefined && iccFits(icc, format === "webp" ? 3 : channels);
  if (icc && !keepsIcc) say(LEFT_OUT);
  if (format !== "png" && !icc && pngChunks && (pngChunks.gAMA || pngChunks.cICP)) {
    if (!pngChunks.sRGB) say(`what the PNG says about its colours does not fit into ${format}`);
  }
  return {
    ...(keepsIcc && { icc }),
    ...(exif && { exif: sizedExif(exif, width, height) }),
    ...(xmp && { xmp }),
    ...(pngChunks && { pngChunks }),
  };
}

/** The picture on a white ground, without alpha. */
function onWhite(rows: Rows): Rows {
  const { width, height, channels } = rows;
  if (channels === 1 || channels === 3) return rows;
  const colors = channels - 1 as 1 | 3;
  return {
    width,
    height,
    channels: colors,
    async *[Symbol.asyncIterator](): AsyncGenerator<FloatImage> {
      for await (const band of checked(rows)) {
        const pixels = band.width * band.height;
        const data = new Float32Array(pixels * colors);
        for (let i = 0, from = 0, to = 0; i < pixels; i++, from += channels) {
          const alpha = Math.min(1, Math.max(0, band.data[from + colors]!));
          for (let s = 0; s < colors; s++) data[to++] = 1 + (band.data[from + s]! - 1) * alpha;
        }
        yield { width, height: band.height, channels: colors, data };
      }
    },
  };
}
