/**
 * Reading images, from files and LMDB data bases, for datasets, with a cache of decoded images.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { toColour } from "./convert.ts";
import type { ImageCodec, RawImage } from "./image.ts";
import { readImageBytes } from "./image_bytes.ts";

/** Size of the cache where the options do not say: enough for small datasets, which are then decoded only once. */
export const DEFAULT_CACHE_MB = 256;

/**
 * Opens images as cv2's `IMREAD_COLOR` does: always three channels, gray repeated, alpha dropped; 16-bit files keep
 * their depth. Decoded images are kept, the least recently used leave first.
 */
export class ImageReader {
  readonly #codec: ImageCodec;
  readonly #cache = new Map<string, RawImage>();
  readonly #capacity: number;
  #held = 0;

  /** `cacheMb` bounds the decoded images held by this reader, in megabytes (10^6 bytes); 0 switches the cache off. */
  constructor(codec: ImageCodec, cacheMb: number = DEFAULT_CACHE_MB) {
    this.#codec = codec;
    this.#capacity = cacheMb * 1e6;
  }

  /** Bytes of decoded images held at the moment. */
  get heldBytes(): number {
    return this.#held;
  }

  /**
   * The image in a file, three channels. It belongs to the reader: do not write to it.
   *
   * @throws {UserError} With exit code DATA, naming the file, if it is missing, empty, damaged or no image.
   */
  async read(path: string): Promise<RawImage> {
    const known = this.#cache.get(path);
    if (known !== undefined) {
      this.#cache.delete(path);
      this.#cache.set(path, known);
      return known;
    }
    const bytes = await readImageBytes(path);
    let image: RawImage;
    try {
      image = toColour(await this.#codec.decode(bytes, path));
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(`${path} cannot be decoded: ${why}`, ExitCode.DATA, { cause });
    }
    this.#keep(path, image);
    return image;
  }

  #keep(path: string, image: RawImage): void {
    const size = image.data.byteLength;
    // Two reads of one file may have overlapped.
    if (size > this.#capacity || this.#cache.has(path)) return;
    this.#cache.set(path, image);
    this.#held += size;
    for (const [oldest, { data }] of this.#cache) {
      if (this.#held <= this.#capacity) break;
      this.#cache.delete(oldest);
      this.#held -= data.byteLength;
    }
  }
}
