/**
 * A safetensors file that checks itself: `checksum` in its metadata is the SHA-256 of the file's bytes, in which the 64
 * characters of the checksum itself count as zeros.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type EncodedSafetensors,
  encodeSafetensors,
  type SafetensorsWriteOptions,
} from "./safetensors.ts";
import type { StateTensor } from "./state_dict.ts";

const ZEROS = "0".repeat(64);

/** Whether `text` is a checksum as these files have it, rather than somebody else's metadata. */
export function isChecksum(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text);
}

/**
 * Lays out a safetensors file as {@linkcode encodeSafetensors} does, with its checksum in the metadata. The tensors are
 * read once and not copied.
 *
 * @throws {RangeError | TypeError} If a tensor's data do not fit its shape and dtype.
 */
export function encodeChecked(
  tensors: ReadonlyMap<string, StateTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsWriteOptions = {},
): EncodedSafetensors {
  const encoded = encodeSafetensors(tensors, { ...metadata, checksum: ZEROS }, options);
  const hash = createHash("sha256").update(encoded.header);
  for (const chunk of encoded.chunks) hash.update(chunk);
  const at = findChecksum(encoded.header)!;
  encoded.header.set(new TextEncoder().encode(hash.digest("hex")), at);
  return encoded;
}

/**
 * Checks a file piece by piece.
 *
 * @example
 * ```ts
 * import { ChecksumReader, encodeChecked } from "./mod.ts";
 * const { header, chunks } = encodeChecked(new Map());
 * const reader = new ChecksumReader(header);
 * for (const chunk of chunks) reader.update(chunk);
 * console.assert(reader.fault() === undefined);
 * ```
 */
export class ChecksumReader {
  readonly #hash = createHash("sha256");
  readonly #claimed: string | undefined;

  /** Begins with the length word and the whole JSON header; the rest follows by {@linkcode update}. */
  constructor(header: Uint8Array) {
    const at = findChecksum(header);
    if (at === undefined) return;
    this.#claimed = new TextDecoder().decode(header.subarray(at, at + 64));
    this.#hash.update(header.subarray(0, at)).update(ZEROS).update(header.subarray(at + 64));
  }

  /** Takes the next bytes of the file. */
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** What is wrong, or undefined when the checksum holds; to be asked once, at the end of the file. */
  fault(): string | undefined {
    if (this.#claimed === undefined) return "it has no checksum";
    const found = this.#hash.digest("hex");
    return found === this.#claimed
      ? undefined
      : `its checksum should be ${this.#claimed.slice(0, 12)}…, but is ${found.slice(0, 12)}…`;
  }
}

/**
 * Where the 64 characters begin. Within JSON strings quotes are escaped, so that the pattern can only be a key and its
 * value; a tensor of that name has an object as its value.
 */
function findChecksum(header: Uint8Array): number | undefined {
  // latin1 keeps one character per byte.
  const text = new TextDecoder("latin1").decode(header.subarray(8));
  const match = /"checksum":"(?=[0-9a-f]{64}")/.exec(text);
  return match ? 8 + match.index + match[0].length : undefined;
}
