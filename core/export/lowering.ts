/**
 * From the intermediate form to a target: one table for each, a row for each op.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { ExportGraph, GraphNode } from "./graph.ts";

/** What becomes of one op; `Context` is the target's builder. */
export type Row<Context> = (context: Context, node: GraphNode, position: number) => void;

/** Rows by op. An op without a row is refused. */
export type LoweringTable<Context> = Readonly<Record<string, Row<Context>>>;

/** A row cannot do this variant of its op: the message says what of it. */
export class NoLowering extends Error {
  /** `NoLowering`. */
  override readonly name: string = "NoLowering";
}

/** So many layers are named where an op is refused. */
const NAMED = 3;

/**
 * Hands each node to its row, in order.
 *
 * @param target Name of the target, for messages.
 * @throws {UserError} DATA, for ops without a row (all of them at once) or variants that a row refuses; names the ops, the arch
 * and the layers that use them.
 */
export function lower<Context>(
  graph: ExportGraph,
  table: LoweringTable<Context>,
  context: Context,
  target: string,
): void {
  const missing = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    if (!Object.hasOwn(table, node.op)) {
      missing.set(node.op, [...missing.get(node.op) ?? [], node]);
    }
  }
  if (missing.size > 0) throw refusal(graph, target, missing);
  for (const [position, node] of graph.nodes.entries()) {
    try {
      table[node.op]!(context, node, position);
    } catch (error) {
      if (!(error instanceof NoLowering)) throw error;
      throw refusal(graph, target, new Map([[`${node.op} (${error.message})`, [node]]]));
    }
  }
}

function refusal(
  { arch, source }: ExportGraph,
  target: string,
  ops: ReadonlyMap<string, readonly GraphNode[]>,
): UserError {
  const lines = [...ops].map(([op, nodes]) => {
    const layers = [
      ...new Set(nodes.map(({ layer }) => layer === "" ? "the network itself" : layer)),
    ];
    const more = layers.length > NAMED ? ` and ${layers.length - NAMED} more` : "";
    return `\n  ${op}, used by ${layers.slice(0, NAMED).join(", ")}${more}`;
  });
  return new UserError(
    `${source}: ${arch} cannot be exported to ${target}, which has nothing for:${lines.join("")}`,
    ExitCode.DATA,
  );
}
