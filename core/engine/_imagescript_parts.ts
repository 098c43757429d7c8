/**
 * Imports parts of imagescript, each for itself: its own entry point loads all of them and its native addon at once.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { RawImage } from "../data/image.ts";

/** How its encoders are called. */
export interface EncodeOptions {
  /** 1 to 100. */
  readonly quality: number;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** imagescript/codecs/node/index.js, a native addon. */
export interface NativeCodecs {
  /** JPEG, 8 bit. */
  readonly jpeg: {
    /** Off the main thread. */
    encode_async(rgba: Uint8Array, options: EncodeOptions): Promise<Uint8Array>;
  };
  /** WebP, with losses. */
  readonly webp: {
    /** Off the main thread. */
    encode_async(rgba: Uint8Array, options: EncodeOptions): Promise<Uint8Array>;
  };
}

/** Imports a part of imagescript; what it needs is said when it may not have it. */
export async function loadPart<T>(
  load: () => Promise<unknown>,
  what: string,
  flags: string,
): Promise<T> {
  try {
    return (await load() as { default: T }).default;
  } catch (error) {
    throw new UserError(
      `${what} with imagescript failed (${
        (error as Error).message
      }): grant ${flags}, or use --engine native`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
}

/** The encoders of imagescript; `what` is what they are wanted for, to follow the error. */
export async function loadEncoders(what: string): Promise<NativeCodecs> {
  return await loadPart<NativeCodecs>(
    () => import("imagescript/codecs/node/index.js"),
    what,
    "--allow-ffi=node_modules/.deno",
  );
}

/** 8-bit RGBA of an image, which is all that the encoders take. */
export function toRgba(image: RawImage): Uint8Array {
  const { width, height, channels, data } = image;
  const colour = channels >= 3, alpha = channels % 2 === 0;
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0, from = 0; i < rgba.length; i += 4, from += channels) {
    rgba[i] = data[from]!;
    rgba[i + 1] = data[from + (colour ? 1 : 0)]!;
    rgba[i + 2] = data[from + (colour ? 2 : 0)]!;
    rgba[i + 3] = alpha ? data[from + channels - 1]! : 255;
  }
  return rgba;
}
