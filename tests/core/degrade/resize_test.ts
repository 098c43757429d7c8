/** Resizing as matrices against PyTorch's `interpolate`. */
import assert from "node:assert/strict";
import { resizeMatrix, scaledSide } from "../../../core/degrade/resize.ts";
import { own, ownTensor } from "./_parity.ts";

function apply(matrix: Float32Array, x: Float32Array): Float32Array {
  return Float32Array.from(
    { length: matrix.length / x.length },
    (_, i) => x.reduce((sum, v, j) => sum + v * matrix[i * x.length + j]!, 0),
  );
}

Deno.test("resizeMatrix() resizes as interpolate() does, by factors and to sizes", () => {
  const line = ownTensor("resize.safetensors", "line").data as Float32Array;
  assert(own.resize.length >= 36);
  for (const { mode, from, to, factor, key } of own.resize) {
    const want = ownTensor("resize.safetensors", key).data as Float32Array;
    if (factor !== undefined) assert.equal(scaledSide(from, factor), to, key);
    const got = apply(resizeMatrix(mode, from, to, { factor }), line.subarray(0, from));
    assert.equal(got.length, want.length);
    want.forEach((v, i) => assert(Math.abs(got[i]! - v) < 2e-6, `${key}: ${i}: ${got[i]}, ${v}`));
  }
});

Deno.test("resizeMatrix() leaves rows and columns beyond the picture at zero", () => {
  for (const mode of ["area", "bilinear", "bicubic"] as const) {
    const small = resizeMatrix(mode, 5, 3),
      large = resizeMatrix(mode, 5, 3, { rows: 4, columns: 8 });
    for (let row = 0; row < 4; row++) {
      const wanted = row < 3
        ? [...small.subarray(row * 5, row * 5 + 5), 0, 0, 0]
        : Array(8).fill(0);
      assert.deepEqual([...large.subarray(row * 8, row * 8 + 8)], wanted);
    }
  }
});

Deno.test("resizeMatrix() refuses sizes that are none or do not fit", () => {
  assert.throws(() => resizeMatrix("area", 4, 0), /sides must be positive integers.*4 and 0/);
  assert.throws(() => resizeMatrix("area", 4, 3, { columns: 3 }), /\[3, 3\] is too small/);
  assert.equal(scaledSide(3, 0.1), 1);
});
