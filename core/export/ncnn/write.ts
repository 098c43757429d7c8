/**
 * Writes the files of an ncnn model.
 *
 * @module
 */
import { join } from "node:path";
import { COMPOSITES, withComposites } from "../composites.ts";
import type { ExportGraph } from "../graph.ts";
import { lower } from "../lowering.ts";
import type { TargetOptions, Written } from "../target.ts";
import { NcnnBuilder } from "./builder.ts";
import type { EncodedModel, NcnnStorage } from "./model.ts";
import { missingLayers, nameWithScale, scaleInName } from "./programs.ts";
import { readme } from "./readme.ts";
import { NCNN_TABLE } from "./table.ts";

/** The folder that holds the model: Upscayl takes none of another name. */
const FOLDER = "models";

/**
 * The model's two files.
 *
 * @throws {UserError} DATA, if ncnn has nothing for an op of the network.
 */
export function ncnnModel(graph: ExportGraph, storage: NcnnStorage): EncodedModel {
  const composed = withComposites(graph, COMPOSITES);
  const builder = new NcnnBuilder(composed);
  lower(composed, NCNN_TABLE, builder, "ncnn");
  return builder.model.encode(builder.value(composed.output).blob, storage);
}

/** Writes `models/<name>.param` and `.bin`, with a README.md beside the folder. */
export async function writeNcnn(
  graph: ExportGraph,
  folder: string,
  { precision = "fp16" }: TargetOptions,
): Promise<Written> {
  const { param, bin, types } = ncnnModel(graph, precision === "fp32" ? "float" : "half");
  const name = nameWithScale(graph.name, graph.scale, graph.arch);
  const missing = missingLayers(types);
  await Deno.mkdir(join(folder, FOLDER));
  const path = (ending: string) => join(FOLDER, `${name}.${ending}`);
  await Deno.writeTextFile(join(folder, path("param")), param);
  using file = await Deno.open(join(folder, path("bin")), { write: true, create: true });
  const writer = file.writable.getWriter();
  for (const piece of bin) await writer.write(piece);
  await writer.close();
  const bytes = bin.reduce((sum, { length }) => sum + length, 0);
  const about = { name, bytes, missing, precision };
  await Deno.writeTextFile(join(folder, "README.md"), readme(graph, about));
  const notes: string[] = [];
  if (name !== graph.name) notes.push(`named ${name}, for Upscayl reads the scale in the name`);
  if (scaleInName(name) !== graph.scale) {
    notes.push(`Upscayl takes ${name} for a model of scale ${scaleInName(name)}`);
  }
  if (missing.length > 0) {
    notes.push(`Real-ESRGAN's ncnn programs and Upscayl lack layers of it (${missing.join(", ")})`);
  }
  if (graph.inputChannels !== 3 || graph.outputChannels !== 3) {
    notes.push("Real-ESRGAN's ncnn programs and Upscayl take networks of three channels alone");
  }
  return { model: path("param"), files: [path("param"), path("bin"), "README.md"], notes };
}
