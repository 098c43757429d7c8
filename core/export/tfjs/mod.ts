/**
 * Exports to TensorFlow.js: a graph model for `tf.loadGraphModel`.
 *
 * @module
 */
import { join } from "node:path";
import { tfjsRuntime } from "../../runtimes/tfjs.ts";
import type { Target, WeightQuantization } from "../target.ts";
import { tfjsModel } from "./model.ts";
import { readme } from "./readme.ts";

/** Largest differences, as shares of the output's range, by how weights are kept; 8 bits show in deep networks. */
const TOLERANCES: Readonly<Record<WeightQuantization, number>> = {
  float16: 2e-2,
  uint16: 2e-2,
  uint8: 0.2,
};

/** TensorFlow.js. */
export const target: Target = {
  name: "tfjs",
  title: "TensorFlow.js graph model",
  precisions: ["fp32"],
  options: ["shardBytes", "quantize"],
  async write(graph, folder, options) {
    const { quantize } = options;
    const model = tfjsModel(graph, options);
    const { json, shards } = model;
    await Deno.writeTextFile(join(folder, "model.json"), JSON.stringify(json));
    for (const { path, bytes } of shards) await Deno.writeFile(join(folder, path), bytes);
    await Deno.writeTextFile(join(folder, "README.md"), readme(graph, model, options));
    return {
      model: "model.json",
      files: ["model.json", ...shards.map(({ path }) => path), "README.md"],
      notes: quantize === undefined
        ? []
        : [`weights are kept as ${quantize}, the arithmetic is float32`],
      tolerance: quantize && TOLERANCES[quantize],
    };
  },
  runtime: ({ say }) => tfjsRuntime({ say }),
};
