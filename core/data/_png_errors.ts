/**
 * Errors about PNG files, in the words that all of their readers use.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";

/** The error for a PNG that is not as it should be. */
export function damagedPng(name: string, fault: string, cause?: unknown): UserError {
  return new UserError(`${name}: damaged png file, ${fault}`, ExitCode.DATA, { cause });
}

/** The error for a chunk, given its first eight bytes and its place, whose checksum does not fit. */
export function wrongChecksum(name: string, head: Uint8Array, offset: number): UserError {
  const type = printable(String.fromCharCode(...head.subarray(4, 8)));
  return damagedPng(name, `the checksum of its ${type} chunk at byte ${offset} is wrong`);
}

/** A chunk's type, quoted if it is no word. */
export function printable(type: string): string {
  return /^[A-Za-z]{4}$/.test(type) ? type : JSON.stringify(type);
}
