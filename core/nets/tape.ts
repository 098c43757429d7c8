/**
 * Computing beside the gradient's tape.
 *
 * @module
 */
import { tf } from "../engine/tf.ts";

/**
 * Runs `compute` with nothing recorded for gradients: what it gives counts as a constant, and what it used is free to go
 * at once. For what is compared with, of which no gradient is wanted.
 */
export function withoutTape<T>(compute: () => T): T {
  const { state } = tf.engine();
  state.kernelDepth++; // within a kernel nothing is recorded
  try {
    return compute();
  } finally {
    state.kernelDepth--;
  }
}
