/**
 * Writes frozen graphs: a `GraphDef` with the weights as constants.
 *
 * @module
 */
import { join } from "node:path";
import type { ExportGraph } from "../graph.ts";
import { type DefGraph, encodeGraph, toGraphDef } from "../graph_def/mod.ts";
import { writeParts } from "../graph_def/write_parts.ts";
import type { Written } from "../target.ts";
import { readme } from "./readme.ts";

/** Writes `<name>.pb` and the README. */
export async function writeFrozen(graph: ExportGraph, folder: string): Promise<Written> {
  const file = `${graph.name}.pb`;
  const def = withOldOps(toGraphDef(graph, "frozen"));
  const message = encodeGraph(def, file);
  await writeParts(join(folder, file), message);
  await Deno.writeTextFile(join(folder, "README.md"), readme(graph, def, message.size));
  return { model: file, files: [file, "README.md"], notes: [] };
}

/** Older tools know `Add` alone, which computes the same; MACE's converter is one of them. */
function withOldOps(def: DefGraph): DefGraph {
  const nodes = def.nodes.map((node) => node.op === "AddV2" ? { ...node, op: "Add" } : node);
  return { ...def, nodes };
}
