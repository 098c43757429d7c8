/**
 * Opens an image codec from plain data, so that Web Workers can have the engine's codec without the engine.
 *
 * @module
 */
import type { ImageCodec } from "../data/image.ts";
import type { CodecSpec } from "./engine.ts";

/**
 * Opens the codec that {@linkcode Engine.codecSpec} describes; dispose it when done.
 *
 * @throws {Error} If the native library cannot be opened.
 */
export async function openCodec(spec: CodecSpec): Promise<ImageCodec> {
  // Imported on demand: a worker that only needs one codec should not load the other.
  if (spec.kind === "native") {
    const { openNativeCodec } = await import("./native/mod.ts");
    return openNativeCodec(spec.library);
  }
  const { openImagescriptCodec } = await import("./imagescript_codec.ts");
  return openImagescriptCodec();
}
