/**
 * The image codec of the portable engines: PNG by `core/data/png.ts`, JPEG by imagescript.
 *
 * imagescript's JPEG decoder is a WebAssembly module: it needs `--allow-read` for `node_modules` and leave to ask for
 * the environment variable `IMAGESCRIPT_WASM_SIMD`. Its JPEG and WebP *encoders* are a native addon, so writing these
 * (and nothing else) needs `--allow-ffi=node_modules/.deno` as well. imagescript's own entry point loads that addon at once and
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
import { loadEncoders, loadPart, toRgba } from "./_imagescript_parts.ts";

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

/** Opens the codec; it holds no resources. Usable in Web Workers. */
export function openImagescriptCodec(): ImageCodec {
  return {
    name: "imagescript",
    jpegLevels: 3,
    decode,
    encodePng,
    encodeJpeg,
    encodeWebp: async (image, quality = 95) => {
      const { encodeWebp } = await import("./webp_encoder.ts");
      return await encodeWebp(image, quality);
    },
    dispose: () => {},
  };
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
  if (![1, 3, 4].includes(frame.components)) {
    throw new UserError(
      `${path}: a JPEG of ${frame.components} components, this codec reads 1, 3 and 4: convert it`,
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
  const { components } = frame;
  if (
    width !== frame.width || height !== frame.height ||
    buffer.length !== width * height * components
  ) {
    throw new UserError(
      `${path}: damaged jpeg file, ${buffer.length} samples for ${frame.width}x${frame.height}x${components}`,
      ExitCode.DATA,
    );
  }
  if (components === 4) return { width, height, channels: 3, data: fromCmyk(buffer) };
  return { width, height, channels: components as 1 | 3, data: buffer };
}

/** What ink leaves of white light; no colour profile is used, as TensorFlow's decoder uses none. */
function fromCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(cmyk.length / 4 * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - cmyk[from + 3]!;
    for (let s = 0; s < 3; s++) rgb[to++] = Math.round((255 - cmyk[from + s]!) * light / 255);
  }
  return rgb;
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
  const { jpeg } = await loadEncoders("writing JPEG");
  return new Uint8Array(await jpeg.encode_async(toRgba(image), { quality, width, height }));
}
