/**
 * The image codec of the portable engines: PNG by `core/data/png.ts`, JPEG by imagescript.
 *
 * imagescript's JPEG decoder is a WebAssembly module: it needs `--allow-read` for `node_modules` and leave to ask for
 * the environment variable `IMAGESCRIPT_WASM_SIMD`. Its JPEG *encoder* is a native addon, so writing JPEG (and nothing
 * else) needs `--allow-ffi=node_modules/.deno` as well. imagescript's own entry point loads that addon at once and
 * narrows 16-bit PNG to 8 bit, therefore neither it nor its PNG code is used.
 *
 * JPEGs decode up to 3 levels apart from libjpeg, which the native engine's codec equals.
 *
 * @module
 */
import { checkIntegrity, readImageHeader, readJpegFrame } from "../data/header.ts";
import type { ImageCodec, RawImage } from "../data/image.ts";
import { decodePng, encodePng } from "../data/png.ts";
import { ExitCode, UserError } from "../errors.ts";

/** imagescript/wasm/node/jpeg.js, which comes without types. */
interface JpegModule {
  /** Gives a decoder with a memory of its own. */
  init(): Promise<{ decode(bytes: Uint8Array): JpegPixels }>;
}

/** What imagescript makes of a JPEG; `format` is 0 for gray, 1 for RGB, 2 for CMYK. */
interface JpegPixels {
  width: number;
  height: number;
  format: number;
  buffer: Uint8Array;
}

/** imagescript/codecs/node/index.js. */
interface NativeCodecs {
  jpeg: {
    encode(
      rgba: Uint8Array,
      options: { quality: number; width: number; height: number },
    ): Uint8Array;
  };
}

/** Opens the codec; it holds no resources. Usable in Web Workers. */
export function openImagescriptCodec(): ImageCodec {
  return { name: "imagescript", decode, encodePng, encodeJpeg, dispose: () => {} };
}

async function decode(bytes: Uint8Array, path: string): Promise<RawImage> {
  const header = readImageHeader(bytes, path);
  switch (header.format) {
    case "png":
      return decodePng(bytes, path);
    case "jpeg":
      return await decodeJpeg(bytes, path);
    default:
      throw new UserError(
        `${path}: is a ${header.format} file (${header.width}x${header.height}), this codec reads PNG and JPEG: ` +
          (header.format === "webp" ? "use --engine native or convert it" : "convert it"),
        ExitCode.DATA,
      );
  }
}

async function decodeJpeg(bytes: Uint8Array, path: string): Promise<RawImage> {
  checkIntegrity(bytes, path);
  const frame = readJpegFrame(bytes)!;
  if (frame.precision !== 8) {
    throw new UserError(
      `${path}: a JPEG of ${frame.precision} bits, this codec reads 8: convert it`,
      ExitCode.DATA,
    );
  }
  if (frame.components !== 1 && frame.components !== 3) {
    throw new UserError(
      `${path}: a JPEG of ${frame.components} components (CMYK), this codec reads gray and RGB: ` +
        "use --engine native or convert it",
      ExitCode.DATA,
    );
  }
  const jpeg = await loadPart<JpegModule>(
    () => import("imagescript/wasm/node/jpeg.js"),
    `${path}: reading JPEG`,
    "--allow-read=node_modules --allow-env=IMAGESCRIPT_WASM_SIMD",
  );
  let pixels: JpegPixels;
  try {
    pixels = (await jpeg.init()).decode(bytes);
  } catch (error) {
    throw new UserError(
      `${path}: damaged jpeg file, it cannot be decoded (${(error as Error).message})`,
      ExitCode.DATA,
      { cause: error },
    );
  }
  const { width, height, buffer } = pixels;
  const channels = frame.components;
  if (
    width !== frame.width || height !== frame.height || buffer.length !== width * height * channels
  ) {
    throw new UserError(
      `${path}: damaged jpeg file, ${buffer.length} samples for ${frame.width}x${frame.height}x${channels}`,
      ExitCode.DATA,
    );
  }
  return { width, height, channels, data: buffer };
}

/** Gray images are written as colour ones, since imagescript knows no other. */
async function encodeJpeg(image: RawImage, quality: number = 95): Promise<Uint8Array> {
  const { width, height, channels, data } = image;
  if (data instanceof Uint16Array || (channels !== 1 && channels !== 3)) {
    throw new TypeError(
      `JPEG takes 8-bit images of 1 or 3 channels, received ${
        data instanceof Uint16Array ? 16 : 8
      } bit and ${channels} channels`,
    );
  }
  const codecs = await loadPart<NativeCodecs>(
    () => import("imagescript/codecs/node/index.js"),
    "writing JPEG",
    "--allow-ffi=node_modules/.deno",
  );
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0, from = 0; i < rgba.length; i += 4, from += channels) {
    rgba[i] = data[from]!;
    rgba[i + 1] = data[from + (channels === 3 ? 1 : 0)]!;
    rgba[i + 2] = data[from + (channels === 3 ? 2 : 0)]!;
    rgba[i + 3] = 255;
  }
  return new Uint8Array(codecs.jpeg.encode(rgba, { quality, width, height }));
}

/** Imports a part of imagescript; what it needs is said when it may not have it. */
async function loadPart<T>(
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
