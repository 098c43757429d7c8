/**
 * Writes WebP, for the codecs of all engines: imagescript's encoder, a native addon that needs
 * `--allow-ffi=node_modules/.deno` (TensorFlow reads WebP and does not write it).
 *
 * @module
 */
import type { RawImage } from "../data/image.ts";
import { loadEncoders, toRgba } from "./_imagescript_parts.ts";

/**
 * Encodes with losses, `quality` 1 to 100.
 *
 * @throws {RangeError} If the image has 16 bit.
 * @throws {UserError} ENVIRONMENT, if the encoder may not be loaded, or there is none for this machine.
 */
export async function encodeWebp(image: RawImage, quality: number): Promise<Uint8Array> {
  if (image.data instanceof Uint16Array) throw new RangeError("WebP holds 8 bit, not 16");
  const { width, height } = image;
  const { webp } = await loadEncoders("writing WebP");
  return new Uint8Array(await webp.encode_async(toRgba(image), { quality, width, height }));
}
