/**
 * Images outside tensors: what codecs give and take, and what datasets and metrics work on.
 *
 * @module
 */

/** Number of channels: gray, gray and alpha, RGB, RGBA. */
export type Channels = 1 | 2 | 3 | 4;

/** An image as stored in a file: interleaved rows `[height, width, channels]`, RGB order. */
export interface RawImage {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Number of interleaved channels. */
  readonly channels: Channels;
  /** Samples: `Uint8Array` for 8-bit files (0-255), `Uint16Array` for 16-bit files (0-65535). */
  readonly data: Uint8Array | Uint16Array;
}

/** An image to compute with: float32 `[height, width, channels]`, RGB order, nominal range [0, 1]. */
export interface FloatImage {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Number of interleaved channels (any number; 1 for gray or Y, 3 for RGB). */
  readonly channels: number;
  /** Samples, row by row, channels interleaved. */
  readonly data: Float32Array;
}

/** What the header of an image file says, read without decoding the pixels. */
export interface ImageHeader {
  /** File format by content, never by extension. */
  readonly format: "png" | "jpeg" | "webp" | "gif" | "bmp" | "tiff";
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Bits per sample as stored. */
  readonly bitDepth: number;
  /** Channels after palette expansion. */
  readonly channels: Channels;
}

/** How a JPEG is written. */
export interface JpegOptions {
  /** Chroma at full size, or halved in both directions, where the codec has the choice; default `4:2:0` as cv2. */
  readonly subsampling?: "4:4:4" | "4:2:0";
}

/** Decodes and encodes image files. Engines bring their own; all of them give the same pixels for PNG. */
export interface ImageCodec {
  /** Name for logs: `tensorflow` or `imagescript`. */
  readonly name: string;
  /**
   * Decodes PNG or JPEG (WebP where the codec can) into its native depth and channels; palettes are expanded.
   *
   * @throws {UserError} With exit code DATA, naming `path`, if the bytes are empty, damaged, or of a kind that this
   * codec cannot read.
   */
  decode(bytes: Uint8Array, path: string): RawImage | Promise<RawImage>;
  /** As {@linkcode ImageCodec.decode}, off the calling thread, where the codec can. */
  decodeAsync?(bytes: Uint8Array, path: string): Promise<RawImage>;
  /** Encodes as PNG (lossless, `compression` 0-9, default 3 as cv2). */
  encodePng(image: RawImage, compression?: number): Uint8Array | Promise<Uint8Array>;
  /** Encodes as JPEG, `quality` 1-100 (default 95 as cv2). 8 bit, 1 or 3 channels. */
  encodeJpeg(
    image: RawImage,
    quality?: number,
    options?: JpegOptions,
  ): Uint8Array | Promise<Uint8Array>;
  /** As {@linkcode ImageCodec.encodeJpeg}, off the calling thread, where the codec can. */
  encodeJpegAsync?(
    image: RawImage,
    quality?: number,
    options?: JpegOptions,
  ): Promise<Uint8Array>;
  /** Encodes as WebP with losses, `quality` 1-100 (default 95); alpha is kept exactly. 8 bit, 1 to 4 channels. */
  encodeWebp?(image: RawImage, quality?: number): Promise<Uint8Array>;
  /** Formats that it decodes; PNG and JPEG if it does not say. */
  readonly formats?: readonly ImageHeader["format"][];
  /** How many levels of 255 pixels of JPEG may be apart from libjpeg's; none if it is not there. */
  readonly jpegLevels?: number;
  /** Releases native resources; safe to call twice. */
  dispose(): void;
}
