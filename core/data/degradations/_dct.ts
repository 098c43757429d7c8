/**
 * The 8x8 cosine transform in integers that libjpeg uses by default ("islow"), so that rounding is the same as there.
 *
 * Algorithm: C. Loeffler, A. Ligtenberg, G. Moschytz, "Practical Fast 1-D DCT Algorithms with 11 Multiplications",
 * ICASSP 1989, with 13-bit constants and 2 more bits between the passes (facts of libjpeg's `jfdctint.c` and
 * `jidctint.c`).
 *
 * @module
 */

/** Bits of the constants. */
const CONST_BITS = 13;
/** Bits that are kept between the two passes. */
const PASS1_BITS = 2;

const fix = (x: number): number => Math.round(x * (1 << CONST_BITS));
const C0298 = fix(0.298631336), C0390 = fix(0.390180644), C0541 = fix(0.541196100);
const C0765 = fix(0.765366865), C0899 = fix(0.899976223), C1175 = fix(1.175875602);
const C1501 = fix(1.501321110), C1847 = fix(1.847759065), C1961 = fix(1.961570560);
const C2053 = fix(2.053119869), C2562 = fix(2.562915447), C3072 = fix(3.072711026);

/** Transforms 64 samples (minus 128) in place; the coefficients come out times 8. */
export function forwardDct(block: Int32Array): void {
  for (let row = 0; row < 64; row += 8) forward(block, row, 1, CONST_BITS - PASS1_BITS, false);
  for (let column = 0; column < 8; column++) {
    forward(block, column, 8, CONST_BITS + PASS1_BITS, true);
  }
}

/** Transforms 64 coefficients in place, to samples minus 128, not clamped. */
export function inverseDct(block: Int32Array): void {
  for (let column = 0; column < 8; column++) inverse(block, column, 8, CONST_BITS - PASS1_BITS);
  for (let row = 0; row < 64; row += 8) inverse(block, row, 1, CONST_BITS + PASS1_BITS + 3);
}

function forward(b: Int32Array, at: number, step: number, shift: number, last: boolean): void {
  const i1 = at + step, i2 = i1 + step, i3 = i2 + step, i4 = i3 + step;
  const i5 = i4 + step, i6 = i5 + step, i7 = i6 + step;
  const half = 1 << (shift - 1);
  const s0 = b[at]! + b[i7]!, d0 = b[at]! - b[i7]!;
  const s1 = b[i1]! + b[i6]!, d1 = b[i1]! - b[i6]!;
  const s2 = b[i2]! + b[i5]!, d2 = b[i2]! - b[i5]!;
  const s3 = b[i3]! + b[i4]!, d3 = b[i3]! - b[i4]!;

  const e0 = s0 + s3, e3 = s0 - s3, e1 = s1 + s2, e2 = s1 - s2;
  const round = 1 << (PASS1_BITS - 1);
  b[at] = last ? (e0 + e1 + round) >> PASS1_BITS : (e0 + e1) << PASS1_BITS;
  b[i4] = last ? (e0 - e1 + round) >> PASS1_BITS : (e0 - e1) << PASS1_BITS;
  const z = (e2 + e3) * C0541;
  b[i2] = (z + e3 * C0765 + half) >> shift;
  b[i6] = (z - e2 * C1847 + half) >> shift;

  const turn = (d3 + d1 + d2 + d0) * C1175;
  const z1 = -(d3 + d0) * C0899, z2 = -(d2 + d1) * C2562;
  const z3 = turn - (d3 + d1) * C1961, z4 = turn - (d2 + d0) * C0390;
  b[i7] = (d3 * C0298 + z1 + z3 + half) >> shift;
  b[i5] = (d2 * C2053 + z2 + z4 + half) >> shift;
  b[i3] = (d1 * C3072 + z2 + z3 + half) >> shift;
  b[i1] = (d0 * C1501 + z1 + z4 + half) >> shift;
}

function inverse(b: Int32Array, at: number, step: number, shift: number): void {
  const i1 = at + step, i2 = i1 + step, i3 = i2 + step, i4 = i3 + step;
  const i5 = i4 + step, i6 = i5 + step, i7 = i6 + step;
  const half = 1 << (shift - 1);
  const z = (b[i2]! + b[i6]!) * C0541;
  const t2 = z - b[i6]! * C1847, t3 = z + b[i2]! * C0765;
  const t0 = (b[at]! + b[i4]!) * (1 << CONST_BITS) + half;
  const t1 = (b[at]! - b[i4]!) * (1 << CONST_BITS) + half;
  const e0 = t0 + t3, e3 = t0 - t3, e1 = t1 + t2, e2 = t1 - t2;

  const c1 = b[i1]!, c3 = b[i3]!, c5 = b[i5]!, c7 = b[i7]!;
  const turn = (c7 + c3 + c5 + c1) * C1175;
  const z1 = -(c7 + c1) * C0899, z2 = -(c5 + c3) * C2562;
  const z3 = turn - (c7 + c3) * C1961, z4 = turn - (c5 + c1) * C0390;
  const o0 = c7 * C0298 + z1 + z3, o1 = c5 * C2053 + z2 + z4;
  const o2 = c3 * C3072 + z2 + z3, o3 = c1 * C1501 + z1 + z4;
  b[at] = (e0 + o3) >> shift;
  b[i7] = (e0 - o3) >> shift;
  b[i1] = (e1 + o2) >> shift;
  b[i6] = (e1 - o2) >> shift;
  b[i2] = (e2 + o1) >> shift;
  b[i5] = (e2 - o1) >> shift;
  b[i3] = (e3 + o0) >> shift;
  b[i4] = (e3 - o0) >> shift;
}
