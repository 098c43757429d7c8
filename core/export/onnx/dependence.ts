/**
 * What values depend on, and what they are for: both say in which type they are computed.
 *
 * @module
 */
import type { ExportGraph } from "../graph.ts";

/** Positions of nodes that take constants alone, or what is made of them; sizes do depend on the input. */
export function staticNodes({ nodes }: ExportGraph): ReadonlySet<number> {
  const found = new Set<number>();
  for (const [position, { op, inputs, constant }] of nodes.entries()) {
    const isStatic = op === "Placeholder"
      ? false
      : constant !== undefined
      ? constant.kind === "fixed"
      : inputs.every(({ node }) => found.has(node));
    if (isStatic) found.add(position);
  }
  return found;
}

/** Ops that places are made of, one number of one number. */
const PLACE_OPS = new Set(
  ("Abs Add AddV2 Cast Ceil ClipByValue ConcatV2 ExpandDims Floor FloorDiv FloorMod Maximum Minimum Mul Neg RealDiv " +
    "Reshape Rint Round Slice Squeeze Sub Tile Transpose").split(" "),
);

/** Positions of the nodes that numbers are made by which end as whole ones, as where to gather from. */
export function placeNodes({ nodes }: ExportGraph): ReadonlySet<number> {
  const found = new Set<number>();
  const isFloat = (position: number) => nodes[position]!.outputs[0]?.dtype === "float32";
  for (let position = nodes.length - 1; position >= 0; position--) {
    const { op, inputs } = nodes[position]!;
    if (!found.has(position) && (op !== "Cast" || isFloat(position))) continue;
    for (const { node } of inputs) {
      if (PLACE_OPS.has(nodes[node]!.op) && isFloat(node)) found.add(node);
    }
  }
  return found;
}
