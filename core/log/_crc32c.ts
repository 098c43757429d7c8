/**
 * CRC-32C (Castagnoli), as TFRecord files use it.
 *
 * @module
 */

/** Reflected polynomial 0x1EDC6F41 (RFC 3720, B.4). */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ POLYNOMIAL : n >>> 1;
  return n;
});

/** CRC-32C of `data`, unsigned. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The masked form that TFRecord stores (`tensorflow/core/lib/hash/crc32c.h`): rotated by 15 bits plus a constant. */
export function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
