/**
 * Frozen TensorFlow graph: one file with graph and weights, for MACE and older tools.
 *
 * @module
 */
import type { Target } from "../target.ts";

/** The target. */
export const target: Target = {
  name: "frozen",
  title: "Frozen TensorFlow graph",
  precisions: ["fp32"],
  options: [],
  write: async (graph, folder) => await (await import("./write.ts")).writeFrozen(graph, folder),
  runtime: async () => await (await import("../../runtimes/tensorflow.ts")).tensorflow(),
};
