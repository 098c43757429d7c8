/**
 * A Web Worker that decodes what it is sent with a codec of its own.
 *
 * @module
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { openNativeCodec } from "../../../../core/engine/native/mod.ts";

self.onmessage = (event: MessageEvent<{ library: string; bytes: Uint8Array }>) => {
  const codec = openNativeCodec(event.data.library);
  const image = codec.decode(event.data.bytes, "sent");
  codec.dispose();
  self.postMessage(image);
};
