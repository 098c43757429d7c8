/**
 * What a picture file is found to be, before its pixels are made.
 *
 * @module
 */
import type { Channels, RawImage } from "./image.ts";
import type { PictureMetadata } from "./metadata/metadata.ts";

/** A picture as stored, before EXIF's orientation is applied. */
export interface DecodablePicture {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Channels after decoding. */
  readonly channels: Channels;
  /** Bits per sample after decoding. */
  readonly depth: 8 | 16;
  /** As in the file. */
  readonly metadata: PictureMetadata;
  /** All pixels. */
  decode(signal?: AbortSignal): Promise<RawImage>;
  /** The pixels in bands, where they need not be decoded as a whole. */
  readonly bands?: () => AsyncIterable<RawImage>;
}
