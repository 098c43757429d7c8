/**
 * Numbers of 16 bits (IEEE 754 binary16), in which weights are kept.
 *
 * @module
 */

/** Largest number that there is. */
const LARGEST = 65504;

/** The nearest numbers of 16 bits, ties to even; undefined if one is too large for that. */
export function toFloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> | undefined {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(Math.abs(value) <= LARGEST)) return undefined;
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const size = Math.abs(value);
    // Below 2^-14 steps are 2^-24; above, 2^-10 of the power of two below.
    const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
    const steps = even(size / 2 ** (exponent - 10));
    // A carry goes over into the exponent by itself.
    out[i] = sign + steps + (size < 2 ** -14 ? 0 : (exponent + 14) * 1024);
  }
  return out;
}

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

/** Nearest whole number, ties to even. */
function even(value: number): number {
  const down = Math.floor(value), rest = value - down;
  return rest > 0.5 || rest === 0.5 && down % 2 === 1 ? down + 1 : down;
}
