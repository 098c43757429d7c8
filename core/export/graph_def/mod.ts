/**
 * TensorFlow's graphs: what SavedModels, frozen graphs and models of TensorFlow.js are made of.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";
import { lower } from "../lowering.ts";
import { GraphDefBuilder } from "./builder.ts";
import type { DefGraph } from "./nodes.ts";
import { GRAPH_DEF_TABLE } from "./table.ts";

export { GraphDefBuilder } from "./builder.ts";
export { encodeGraph, encodeShape } from "./encode.ts";
export {
  constNode,
  type DefAttribute,
  type DefGraph,
  type DefNode,
  intAttribute,
  type TensorValue,
  typeAttribute,
} from "./nodes.ts";
export { GRAPH_DEF_TABLE } from "./table.ts";

/**
 * The graph in TensorFlow's nodes.
 *
 * @param target Name of the target, for messages.
 * @throws {UserError} DATA, for ops that are not written.
 */
export function toGraphDef(graph: ExportGraph, target: string): DefGraph {
  const builder = new GraphDefBuilder(graph);
  lower(graph, GRAPH_DEF_TABLE, builder, target);
  return builder.finish();
}
