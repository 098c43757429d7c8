/**
 * Numbers of 16 bits (IEEE 754 binary16), in which weights are kept; browsers of 2024 have no `Float16Array`.
 *
 * @module
 */

/** Numbers of 32 bits from those of 16. */
export function fromFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = TABLE[halves[i]!]!;
  return out;
}

/** All there are. */
const TABLE = Float32Array.from({ length: 65536 }, (_, bits) => {
  const exponent = bits >> 10 & 31, part = bits & 1023;
  const size = exponent === 0
    ? part * 2 ** -24
    : exponent === 31
    ? part === 0 ? Infinity : NaN
    : (1024 + part) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
});
