/**
 * TensorFlow SavedModel: for TensorFlow Serving, Vertex AI, Python, and whatever else loads them.
 *
 * @module
 */
import type { Target } from "../target.ts";

/** The target. */
export const target: Target = {
  name: "savedmodel",
  title: "TensorFlow SavedModel",
  precisions: ["fp32"],
  options: ["version"],
  write: async (graph, folder, options) =>
    await (await import("./write.ts")).writeSavedModel(graph, folder, options),
  runtime: async () => await (await import("../../runtimes/tensorflow.ts")).tensorflow(),
};
