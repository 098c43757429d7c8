/**
 * Linear algebra of symmetric matrices in float64, as far as metrics need it. Matrices are row-major arrays of n·n numbers.
 *
 * @module
 */

/** Eigenvalues, and beside each its eigenvector. */
export interface Eigen {
  /** In no particular order. */
  readonly values: Float64Array;
  /** Row i is the vector of value i, of length 1. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations: precise, and meant for small matrices (the time
 * grows with n³ times some ten sweeps).
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0, all = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        all += a[i * n + j]! ** 2;
        if (i !== j) off += a[i * n + j]! ** 2;
      }
    }
    if (!(off > 1e-32 * all)) break; // NaN ends it as well
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors: v };
}

/** One rotation, after which element (p, q) is 0. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1), s = t * c;
  for (let k = 0; k < n; k++) {
    const x = a[k * n + p]!, y = a[k * n + q]!;
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = a[p * n + k]!, y = a[q * n + k]!;
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
    const vp = v[p * n + k]!, vq = v[q * n + k]!;
    v[p * n + k] = c * vp - s * vq;
    v[q * n + k] = s * vp + c * vq;
  }
}

/**
 * The quadratic form dᵀ·A⁺·d with the pseudo-inverse of a symmetric matrix; what is below 1e-15 of the largest eigenvalue
 * counts as 0, as in numpy's `pinv`.
 */
export function pseudoInverseForm(
  matrix: ArrayLike<number>,
  d: ArrayLike<number>,
): number {
  const n = d.length;
  const { values, vectors } = symmetricEigen(matrix, n);
  const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  let form = 0;
  for (let i = 0; i < n; i++) {
    if (Math.abs(values[i]!) <= 1e-15 * largest) continue;
    let dot = 0;
    for (let k = 0; k < n; k++) dot += vectors[i * n + k]! * d[k]!;
    form += dot * dot / values[i]!;
  }
  return form;
}

/**
 * Eigenvalues of a symmetric matrix, for large ones: Householder's reduction to three diagonals (4/3·n³ operations), then
 * the implicit QL method. The order is not defined.
 *
 * G. H. Golub, C. F. Van Loan, "Matrix Computations", 8.3.
 */
export function symmetricEigenvalues(matrix: ArrayLike<number>, n: number): Float64Array {
  const a = Float64Array.from(matrix);
  const diagonal = new Float64Array(n), beside = new Float64Array(n);
  const u = new Float64Array(n), p = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    // The vector below the diagonal of column k, in row k as the matrix is symmetric.
    let norm = 0;
    for (let j = k + 1; j < n; j++) norm = Math.hypot(norm, u[j] = a[k * n + j]!);
    beside[k] = u[k + 1]! > 0 ? -norm : norm;
    if (norm === 0) continue;
    u[k + 1]! -= beside[k]!;
    let square = 0;
    for (let j = k + 1; j < n; j++) square += u[j]! * u[j]!;
    let form = 0;
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      let dot = 0;
      for (let j = k + 1; j < n; j++) dot += a[row + j]! * u[j]!;
      p[i] = 2 * dot / square;
      form += p[i]! * u[i]!;
    }
    const half = form / square;
    for (let i = k + 1; i < n; i++) p[i]! -= half * u[i]!;
    for (let i = k + 1; i < n; i++) {
      const row = i * n, ui = u[i]!, pi = p[i]!;
      for (let j = k + 1; j < n; j++) a[row + j]! -= ui * p[j]! + pi * u[j]!;
    }
  }
  if (n > 1) beside[n - 2] = a[(n - 2) * n + n - 1]!;
  for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i]!;
  return tridiagonalEigenvalues(diagonal, beside);
}

/** Implicit QL with Wilkinson's shifts; `d` is the diagonal, `e[i]` stands between i and i + 1. Both are overwritten. */
function tridiagonalEigenvalues(d: Float64Array, e: Float64Array): Float64Array {
  const n = d.length;
  if (n > 0) e[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let round = 0; round < 100; round++) {
      let m = l;
      while (m < n - 1) {
        const size = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Number.EPSILON * size || e[m] === 0) break;
        m++;
      }
      if (m === l) break;
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      const r0 = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r0 : -r0));
      let s = 1, c = 1, p = 0, i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!, b = c * e[i]!;
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        const h = d[i + 1]! - p;
        const t = (d[i]! - h) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = h + p;
        g = c * t - b;
      }
      if (i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d;
}

/** A factor F of a matrix C = F·Fᵀ. */
export interface Factor {
  /** `rank` rows of n numbers: Fᵀ. */
  readonly rows: readonly Float64Array[];
  /** Number of rows: the rank of the matrix within rounding errors. */
  readonly rank: number;
}

/** Cholesky's factor of a symmetric matrix without negative eigenvalues, with pivots, so that it may be singular. */
export function pivotedCholesky(matrix: ArrayLike<number>, n: number): Factor {
  const rest = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]!);
  const least = n * Number.EPSILON * rest.reduce((m, v) => Math.max(m, v), 0);
  const rows: Float64Array[] = [];
  while (rows.length < n) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (rest[i]! > rest[pivot]!) pivot = i;
    if (!(rest[pivot]! > least)) break;
    const row = Float64Array.from({ length: n }, (_, i) => matrix[pivot * n + i]!);
    for (const before of rows) {
      const factor = before[pivot]!;
      if (factor === 0) continue;
      for (let i = 0; i < n; i++) row[i]! -= factor * before[i]!;
    }
    const root = Math.sqrt(rest[pivot]!);
    for (let i = 0; i < n; i++) {
      row[i]! /= root;
      rest[i]! -= row[i]! * row[i]!;
    }
    rest[pivot] = 0;
    rows.push(row);
  }
  return { rows, rank: rows.length };
}
