/**
 * Images with a formula, and comparing with golden numbers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Tensor, type Tensor4D, tf } from "../../../core/engine/tf.ts";

/** An image `[n, h, w, c]` whose element i is `f(i)`. */
export function wave(shape: Tensor4D["shape"], f: (i: number) => number): Tensor4D {
  const size = shape.reduce((a, b) => a * b);
  return tf.tensor4d(Float32Array.from({ length: size }, (_, i) => f(i)), shape);
}

/** Fails if an element is further than `tolerance` from the one wanted. */
export async function near(
  got: Tensor,
  want: readonly number[],
  tolerance: number,
  what: string,
): Promise<void> {
  const data = await got.data();
  assert.equal(data.length, want.length, what);
  want.forEach((w, i) =>
    assert(Math.abs(data[i]! - w) <= tolerance, `${what}[${i}] is ${data[i]}, not ${w}`)
  );
}
