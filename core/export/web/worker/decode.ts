/**
 * From files of pictures to rows of numbers, by the browser's own decoders.
 *
 * @module
 */
import { toFloat } from "../../../data/convert.ts";
import type { FloatImage } from "../../../data/image.ts";
import type { Rows } from "../../../data/rows.ts";
import { canvas } from "./browser.ts";

/** A picture that is decoded. */
export interface Decoded extends Disposable {
  /** Its rows: gray or RGB as in the file, with alpha where something is transparent; sRGB, turned as the camera says. */
  readonly rows: Rows;
}

/** Bytes at the front of a file that are looked through for what it says of its colours: profiles and small previews come first. */
const HEAD_BYTES = 1e6;

/** Bytes of pixels that are read at a time. */
const STRIP_BYTES = 4e6;

/** Reads rows `[rows, width, 4]`. */
type Reader = (y: number, rows: number) => Uint8Array;

/**
 * Decodes a picture.
 *
 * @throws {Error} If the browser cannot; says what to do.
 */
export async function decode(file: Blob): Promise<Decoded> {
  let bitmap = await bitmapOf(file);
  const { width, height } = bitmap;
  const step = Math.max(1, Math.floor(STRIP_BYTES / (4 * width)));
  let read = drawn(bitmap, Math.min(step, height));
  let close = () => bitmap.close();
  const isTransparent = someTransparent(read, height, step);
  if (isTransparent) {
    // A canvas multiplies colours by their alpha and rounds: where much is transparent, little is left of them.
    const exact = await bitmapOf(file, { premultiplyAlpha: "none" });
    const texture = asTexture(exact);
    if (texture !== undefined) {
      bitmap.close();
      bitmap = exact;
      read = texture.read;
      close = () => {
        exact.close();
        texture.release();
      };
    } else exact.close();
  }
  const channels = (await isGray(file) ? 1 : 3) + (isTransparent ? 1 : 0) as 1 | 2 | 3 | 4;
  return {
    rows: {
      width,
      height,
      channels,
      async *[Symbol.asyncIterator](): AsyncGenerator<FloatImage> {
        for (let y = 0; y < height; y += step) {
          const rows = Math.min(step, height - y);
          const pixels = read(y, rows);
          const data = channels === 4 ? pixels : picked(pixels, channels);
          yield toFloat({ width, height: rows, channels, data });
        }
      },
    },
    [Symbol.dispose]: () => close(),
  };
}

async function bitmapOf(file: Blob, options?: ImageBitmapOptions): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, options);
  } catch {
    throw new Error(
      "This is no picture that this browser can read, or it is too large for it.",
    );
  }
}

/** Draws strips and reads them: only as much canvas is needed as a strip takes. */
function drawn(bitmap: ImageBitmap, rows: number): Reader {
  const { width } = bitmap;
  const context = canvas(width, rows).getContext("2d", { willReadFrequently: true });
  const tooLarge = () =>
    new Error(`A picture that is ${width} pixels wide is too large for this browser's canvas.`);
  if (context === null) throw tooLarge();
  context.globalCompositeOperation = "copy";
  return (y, count) => {
    context.drawImage(bitmap, 0, -y);
    try {
      const { data } = context.getImageData(0, 0, width, count);
      return new Uint8Array(data.buffer, data.byteOffset, data.length);
    } catch {
      throw tooLarge();
    }
  };
}

/** Reads pixels back from a texture, as they are in the file; undefined where that is not to be had. */
function asTexture(
  bitmap: ImageBitmap,
): { readonly read: Reader; release(): void } | undefined {
  const gl = canvas(1, 1).getContext("webgl2");
  const { width, height } = bitmap;
  if (gl === null || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) {
    return undefined;
  }
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, 0);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const release = () => gl.getExtension("WEBGL_lose_context")?.loseContext();
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) {
    release();
    return undefined;
  }
  return {
    read(y, rows) {
      const pixels = new Uint8Array(width * rows * 4);
      gl.readPixels(0, y, width, rows, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      return pixels;
    },
    release,
  };
}

function someTransparent(read: Reader, height: number, step: number): boolean {
  for (let y = 0; y < height; y += step) {
    const pixels = read(y, Math.min(step, height - y));
    for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 255) return true;
  }
  return false;
}

/** Gray, gray and alpha, or RGB of RGBA. */
function picked(pixels: Uint8Array, channels: 1 | 2 | 3): Uint8Array {
  const out = new Uint8Array(pixels.length / 4 * channels);
  const second = channels === 2 ? 3 : 1;
  for (let i = 0, o = 0; i < pixels.length; i += 4, o += channels) {
    out[o] = pixels[i]!;
    if (channels > 1) out[o + 1] = pixels[i + second]!;
    if (channels > 2) out[o + 2] = pixels[i + 2]!;
  }
  return out;
}

/** Whether a PNG or JPEG says that it has no colours, which the pixels of a browser do not show. */
export async function isGray(file: Blob): Promise<boolean> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const view = new DataView(bytes.buffer);
  // The colour type of IHDR: 0 is gray, 4 gray and alpha.
  if (bytes.length > 25 && view.getUint32(0) === 0x89504e47) return bytes[25]! % 4 === 0;
  if (bytes.length < 2 || view.getUint16(0) !== 0xffd8) return false;
  // From segment to segment, to the frame's header, which says how many components there are.
  for (let at = 2; at + 9 < bytes.length;) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) at++;
    else if (marker < 0xff00 || marker === 0xffda) return false;
    else if (marker >= 0xffc0 && marker <= 0xffcf && ![0xc4, 0xc8, 0xcc].includes(marker & 255)) {
      return bytes[at + 9] === 1;
    } else at += 2 + view.getUint16(at + 2);
  }
  return false;
}
