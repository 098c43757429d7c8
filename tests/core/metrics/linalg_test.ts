import assert from "node:assert/strict";
import {
  pivotedCholesky,
  pseudoInverseForm,
  symmetricEigen,
  symmetricEigenvalues,
} from "../../../core/metrics/linalg.ts";
import { Rng } from "../../../core/random.ts";

/** A·Aᵀ of a random n x rank matrix. */
function gram(n: number, rank: number): Float64Array {
  const rng = new Rng(n, rank);
  const a = Float64Array.from({ length: n * rank }, () => rng.float() - 0.3);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n), j = at % n;
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += a[i * rank + k]! * a[j * rank + k]!;
    return sum;
  });
}

const near = (got: number, want: number, off: number, what = ""): void =>
  assert.ok(Math.abs(got - want) <= off, `${what} ${got}, want ${want}`);

Deno.test("eigenvalues of a matrix worked by hand", () => {
  // [[2, 1], [1, 2]] has 1 and 3; a diagonal matrix has its diagonal.
  for (
    const  of of[symmetricEigenvalues, (m: number[], n: number) => symmetricEigen(m, n).values]
  ) {
    const values = [...of([2, 1, 1, 2], 2)].sort();
    near(values[0]!, 1, 1e-14);
    near(values[1]!, 3, 1e-14);
    assert.deepEqual([...of([4, 0, 0, 0, -1, 0, 0, 0, 2], 3)].sort(), [-1, 2, 4]);
    assert.deepEqual([...of([7], 1)], [7]);
  }
});

Deno.test("both eigenvalue solvers agree, and vectors satisfy A·v = λ·v", () => {
  for (const [n, rank] of [[9, 9], [12, 4], [30, 30]] as const) {
    const a = gram(n, rank);
    const { values, vectors } = symmetricEigen(a, n);
    const size = values.reduce((m, v) => Math.max(m, v), 0);
    const fast = [...symmetricEigenvalues(a, n)].sort((x, y) => x - y);
    [...values].sort((x, y) => x - y).forEach((v, i) => near(fast[i]!, v, 1e-12 * size));
    for (let i = 0; i < n; i++) {
      for (let r = 0; r < n; r++) {
        let sum = 0;
        for (let c = 0; c < n; c++) sum += a[r * n + c]! * vectors[i * n + c]!;
        near(sum, values[i]! * vectors[i * n + r]!, 1e-12 * size);
      }
    }
  }
});

Deno.test("pivotedCholesky() finds the rank and gives the matrix back", () => {
  for (const [n, rank] of [[8, 8], [20, 5]] as const) {
    const a = gram(n, rank);
    const factor = pivotedCholesky(a, n);
    assert.equal(factor.rank, rank);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        near(factor.rows.reduce((s, row) => s + row[i]! * row[j]!, 0), a[i * n + j]!, 1e-12);
      }
    }
  }
  assert.equal(pivotedCholesky(new Float64Array(4), 2).rank, 0);
});

Deno.test("pseudoInverseForm() passes by what the matrix does not reach", () => {
  // Diagonal 2, 0: the pseudo-inverse is 1/2, 0.
  near(pseudoInverseForm([2, 0, 0, 0], [3, 5]), 4.5, 1e-14);
  near(pseudoInverseForm([2, 1, 1, 2], [1, 1]), 2 / 3, 1e-14);
});
