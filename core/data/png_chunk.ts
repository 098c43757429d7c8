/**
 * Chunks of PNG files, wherever their checksums come from.
 *
 * @module
 */

/** A chunk with length, type and checksum (CRC-32 by `crc32`). */
export function chunkWith(
  crc32: (bytes: Uint8Array) => number,
  type: string,
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
