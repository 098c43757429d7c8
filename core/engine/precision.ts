/**
 * Whether the engine that runs can compute in an arithmetic.
 *
 * @module
 */
import type { Precision } from "./engine.ts";
import { precisionsOf } from "./native/precisions.ts";
import { nodeBackend } from "./native/node_backend.ts";
import { tf } from "./tf.ts";

/** Why the engine that runs cannot compute in `precision`; undefined if it can. */
export function precisionProblem(precision: Precision): string | undefined {
  if (precision === "fp32") return undefined;
  const backend = nodeBackend();
  if (backend === undefined) {
    return `the ${tf.getBackend()} engine computes in fp32 only: take precision fp32, or the native engine`;
  }
  return precisionsOf(backend.binding)[precision];
}
