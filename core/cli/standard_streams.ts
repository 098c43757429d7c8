/**
 * Pictures through standard input and output, byte for byte.
 *
 * @module
 */
import { writeFully } from "../storage/atomic.ts";
import { storageError } from "../storage/mod.ts";

/** All of standard input. */
export async function readStdin(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const buffer = new Uint8Array(1 << 16);
    const length = await Deno.stdin.read(buffer);
    if (length === null) break;
    pieces.push(buffer.subarray(0, length));
  }
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * Writes to standard output. A reader that has seen enough and left ends it in silence.
 *
 * @throws {UserError} STORAGE for what else goes wrong, as a full disk behind `>`.
 */
export async function writeStdout(source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of source) {
    try {
      await writeFully(Deno.stdout, bytes);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return;
      throw storageError("standard output", "cannot be written", error);
    }
  }
}
