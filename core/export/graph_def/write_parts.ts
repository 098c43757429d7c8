/**
 * Writes messages to files.
 *
 * @module
 */
import type { Message } from "../../protobuf/writer.ts";

/** Writes a message piece by piece: it is never in memory as a whole beside the weights. */
export async function writeParts(path: string, message: Message): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (const part of message.parts()) {
    for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
  }
}
