/**
 * Attributes of convolutions as operators want them.
 *
 * @module
 */
import { attribute, type GraphNode } from "../graph.ts";
import type { LiteBuilder } from "./builder.ts";

/** The name of a filter: its key in the state dict if it is a parameter as it stands there. */
export function weightName(builder: LiteBuilder, { inputs, name }: GraphNode): string {
  const filter = builder.graph.nodes[inputs[1]!.node]!;
  return filter.constant?.kind === "fixed" && filter.constant.parameter !== undefined
    ? filter.name
    : `${name}/filter`;
}

/** How borders are padded. */
export function paddingOf(node: GraphNode): "SAME" | "VALID" | "EXPLICIT" {
  return attribute(node, "padding") as "SAME" | "VALID" | "EXPLICIT";
}

/** Steps down and across. */
export function strides(node: GraphNode): { strideH: number; strideW: number } {
  const [, strideH, strideW] = (attribute(node, "strides") as number[]).map(Number);
  return { strideH: strideH!, strideW: strideW! };
}
