/**
 * What image files say besides pixels and is worth keeping: colour profile, EXIF, XMP, and PNG's own words on colour and
 * resolution.
 *
 * @module
 */

/** Types of PNG chunks that are kept as they are: they say what the samples mean, and how large the picture is meant. */
export const KEPT_PNG_CHUNKS = [
  "gAMA",
  "cHRM",
  "sRGB",
  "cICP",
  "mDCV",
  "cLLI",
  "pHYs",
] as const;
/** One of {@linkcode KEPT_PNG_CHUNKS}. */
export type KeptPngChunk = (typeof KEPT_PNG_CHUNKS)[number];

/** Metadata of a picture, in no format's wrapping. */
export interface PictureMetadata {
  /** Colour profile (ICC.1). */
  readonly icc?: Uint8Array;
  /** EXIF: a TIFF structure, without the `Exif\0\0` that JPEG puts before it. */
  readonly exif?: Uint8Array;
  /** XMP packet, UTF-8. */
  readonly xmp?: Uint8Array;
  /** Contents of PNG chunks, by type. */
  readonly pngChunks?: Readonly<Partial<Record<KeptPngChunk, Uint8Array>>>;
}

/** Longer pieces of metadata are left out, packed or not: 16 MB. */
export const METADATA_LIMIT: number = 2 ** 24;
