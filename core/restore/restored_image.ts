/**
 * A picture that has been restored, in memory.
 *
 * @module
 */
import { toColour } from "../data/convert.ts";
import type { Channels, RawImage } from "../data/image.ts";
import { encodeRows, type PictureFormat, type PictureMetadata } from "../data/picture.ts";
import { pixelsOf, rowsOf } from "../data/rows.ts";
import { openCodec } from "../engine/codec.ts";
import type { CodecSpec } from "../engine/engine.ts";
import { hasAlpha } from "./colours.ts";
import type { ImageDataLike, RestoredImage } from "./types.ts";

/** See {@linkcode RestoredImage}. Needs neither model nor engine: what encodes is opened when it is asked for. */
export class Restored implements RestoredImage {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Gray 1, gray and alpha 2, RGB 3, RGBA 4. */
  readonly channels: Channels;
  /** Samples. */
  readonly data: Uint8Array | Uint16Array;
  readonly #codec: CodecSpec;

  /** Wraps pixels. */
  constructor(
    image: RawImage,
    /** See {@linkcode RestoredImage}. */
    readonly metadata: PictureMetadata,
    /** What encodes. */
    codec: CodecSpec,
  ) {
    this.width = image.width;
    this.height = image.height;
    this.channels = image.channels;
    this.data = image.data;
    this.#codec = codec;
  }

  /** See {@linkcode RestoredImage}. */
  toImageData(): ImageDataLike {
    const { width, height, channels, data } = this;
    const rgb = toColour({ width, height, channels, data });
    const factor = data instanceof Uint16Array ? 1 / 257 : 1; // 65535 / 255
    const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let i = 0, o = 0; i < rgb.data.length; i += 3, o += 4) {
      for (let c = 0; c < 3; c++) rgba[o + c] = rgb.data[i + c]! * factor;
    }
    if (hasAlpha(channels)) {
      for (let i = channels - 1, o = 3; i < data.length; i += channels, o += 4) {
        rgba[o] = data[i]! * factor;
      }
    }
    return { width, height, data: rgba };
  }

  /** See {@linkcode RestoredImage}. */
  async encode(
    format: PictureFormat = "png",
    options: { readonly quality?: number; readonly narrow?: boolean } = {},
  ): Promise<Uint8Array> {
    const { quality, narrow = false } = options;
    const { width, height, channels, data } = this;
    let image: RawImage = { width, height, channels, data };
    if (hasAlpha(image.channels) && format === "jpeg") {
      if (!narrow) throw new RangeError("JPEG holds no transparency: choose png, or set narrow");
      image = overWhite(image);
    }
    if (image.data instanceof Uint16Array && format !== "png") {
      if (!narrow) throw new RangeError(`${format} holds no 16 bit: choose png, or set narrow`);
      image = await pixelsOf(rowsOf(image), 8);
    }
    const depth = image.data instanceof Uint16Array ? 16 : 8;
    const target = { format, depth, quality, metadata: this.metadata } as const;
    const codec = await openCodec(this.#codec);
    let parts: Uint8Array[];
    try {
      parts = await Array.fromAsync(encodeRows(rowsOf(image), target, codec));
    } finally {
      codec.dispose();
    }
    if (parts.length === 1) return parts[0]!;
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** Without alpha, its colours laid over white. */
function overWhite({ width, height, channels, data }: RawImage): RawImage {
  const most = data instanceof Uint16Array ? 65535 : 255;
  const count = channels - 1;
  const length = width * height * count;
  const out = data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
  for (let i = 0, o = 0; i < data.length; i += channels) {
    const alpha = data[i + count]! / most;
    for (let c = 0; c < count; c++) {
      out[o++] = Math.round(data[i + c]! * alpha + most * (1 - alpha));
    }
  }
  return { width, height, channels: count as Channels, data: out };
}
