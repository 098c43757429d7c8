/**
 * Writes SavedModels: the graph, its signature, and the folders that servers look for.
 *
 * Fields: tensorflow/core/protobuf/{saved_model,meta_graph}.proto.
 *
 * @module
 */
import { join } from "node:path";
import { TENSORFLOW_VERSION } from "../../engine/native/library.ts";
import { Message } from "../../protobuf/writer.ts";
import { type ExportGraph, fixedValue, nodeOf, typeOf } from "../graph.ts";
import { dataTypeOf } from "../data_types.ts";
import { encodeGraph, encodeShape, toGraphDef } from "../graph_def/mod.ts";
import { writeParts } from "../graph_def/write_parts.ts";
import type { TargetOptions, Written } from "../target.ts";
import { readme } from "./readme.ts";

/** `SavedModel.saved_model_schema_version`. */
const SCHEMA = 1;

/** Writes `<name>/<version>/saved_model.pb`, an empty `variables/` beside it, and the README. */
export async function writeSavedModel(
  graph: ExportGraph,
  folder: string,
  { version = 1 }: TargetOptions,
): Promise<Written> {
  const path = `${graph.name}/${version}/saved_model.pb`;
  const model = encodeSavedModel(graph, path);
  await Deno.mkdir(join(folder, graph.name, String(version), "variables"), { recursive: true });
  await writeParts(join(folder, path), model);
  await Deno.writeTextFile(join(folder, "README.md"), readme(graph, version, model.size));
  return { model: graph.name, files: [path, "README.md"], notes: [] };
}

/** A `SavedModel` with one graph for serving. */
function encodeSavedModel(graph: ExportGraph, what: string): Message {
  const def = toGraphDef(graph, "savedmodel");
  const input = nodeOf(graph, { node: graph.input, index: 0 }).outputs[0]!;
  const tensor = (name: string, { shape, dtype }: typeof input) =>
    new Message().bytes(1, `${name}:0`).int(2, dataTypeOf(dtype))
      .bytes(3, encodeShape(shape.map((size) => fixedValue(size) ?? -1)));
  const entry = (key: string, value: Message) => new Message().bytes(1, key).bytes(2, value);
  const output = typeOf(graph, graph.output);
  const shape = output.shape.map((size, axis) =>
    axis === 3 ? { scale: 0, factors: [], offset: graph.outputChannels } : size
  );
  const signature = new Message()
    .bytes(1, entry("lq", tensor(def.input, input)))
    .bytes(2, entry("sr", tensor(def.output, { ...output, shape })))
    .bytes(3, "tensorflow/serving/predict");
  const information = new Message().bytes(4, "serve").bytes(5, TENSORFLOW_VERSION);
  const metaGraph = new Message()
    .bytes(1, information)
    .bytes(2, encodeGraph(def, what))
    .bytes(5, entry("serving_default", signature));
  return new Message().int(1, SCHEMA).bytes(2, metaGraph);
}
