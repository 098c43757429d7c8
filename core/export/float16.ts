/**
 * What numbers of 16 bits (IEEE 754 binary16) can hold.
 *
 * @module
 */

/** Whether all numbers are finite in float16: up to 65504, and what is rounded to that. */
export function fitsFloat16(values: ArrayLike<number | bigint>): boolean {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(Math.f16round(Number(values[i])))) return false;
  }
  return true;
}
