/**
 * What the worker uses of browsers and the types of Deno lack.
 *
 * @module
 */

/** Pixels, RGBA. */
export interface Pixels {
  /** Row by row. */
  readonly data: Uint8ClampedArray;
}

/** A canvas' context for drawing. */
export interface Context2d {
  /** How what is drawn is laid over what is there. */
  globalCompositeOperation: string;
  /** Draws a picture. */
  drawImage(image: ImageBitmap, x: number, y: number): void;
  /** Reads pixels. */
  getImageData(x: number, y: number, width: number, height: number): Pixels;
}

/** A canvas' context for WebGL 2, as far as pixels are read back by it. */
export interface ContextGl {
  /** `TEXTURE_2D`. */
  readonly TEXTURE_2D: number;
  /** `RGBA`. */
  readonly RGBA: number;
  /** `UNSIGNED_BYTE`. */
  readonly UNSIGNED_BYTE: number;
  /** `FRAMEBUFFER`. */
  readonly FRAMEBUFFER: number;
  /** `FRAMEBUFFER_COMPLETE`. */
  readonly FRAMEBUFFER_COMPLETE: number;
  /** `COLOR_ATTACHMENT0`. */
  readonly COLOR_ATTACHMENT0: number;
  /** `MAX_TEXTURE_SIZE`. */
  readonly MAX_TEXTURE_SIZE: number;
  /** `UNPACK_PREMULTIPLY_ALPHA_WEBGL`. */
  readonly UNPACK_PREMULTIPLY_ALPHA_WEBGL: number;
  /** `UNPACK_COLORSPACE_CONVERSION_WEBGL`. */
  readonly UNPACK_COLORSPACE_CONVERSION_WEBGL: number;
  /** Value of a limit. */
  getParameter(name: number): number;
  /** How pictures are taken over. */
  pixelStorei(name: number, value: number | boolean): void;
  /** Makes a texture. */
  createTexture(): object | null;
  /** Chooses a texture. */
  bindTexture(target: number, texture: object | null): void;
  /** Fills a texture. */
  texImage2D(
    target: number,
    level: number,
    inside: number,
    format: number,
    type: number,
    image: ImageBitmap,
  ): void;
  /** Makes what can be read from. */
  createFramebuffer(): object | null;
  /** Chooses what is read from. */
  bindFramebuffer(target: number, buffer: object | null): void;
  /** Lets a texture be read from. */
  framebufferTexture2D(
    target: number,
    attachment: number,
    textureTarget: number,
    texture: object | null,
    level: number,
  ): void;
  /** Whether it can be. */
  checkFramebufferStatus(target: number): number;
  /** Reads pixels. */
  readPixels(
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    pixels: Uint8Array,
  ): void;
  /** An extension. */
  getExtension(name: string): { loseContext(): void } | null;
}

/** A canvas of workers. */
export interface Canvas {
  /** For drawing. */
  getContext(kind: "2d", options: { readonly willReadFrequently: boolean }): Context2d | null;
  /** For textures. */
  getContext(kind: "webgl2"): ContextGl | null;
}

/** What workers have. */
export interface Scope {
  /** Makes canvases. */
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
  /** Answers. */
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  /** Hears. */
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

/** The worker itself. */
export const scope: Scope = globalThis as unknown as Scope;

/**
 * A canvas of so many pixels.
 *
 * @throws {Error} If the browser has none in workers.
 */
export function canvas(width: number, height: number): Canvas {
  const { OffscreenCanvas } = scope;
  if (OffscreenCanvas === undefined) {
    throw new Error("This browser cannot read pictures in the background: a newer one is needed.");
  }
  return new OffscreenCanvas(width, height);
}
