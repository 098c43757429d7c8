/**
 * Ops that TensorFlow.js's GPU backends have for tensors of four axes at most, on tensors of more.
 *
 * @module
 */
import { DType } from "../../engine/native/dtypes.ts";
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import { fixedValue, type GraphNode, sizesOf, typeOf } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { dtypeOf, numberOf, type TfjsBuilder, typeAttribute } from "./builder.ts";

/** So many axes are computed everywhere. */
const AXES = 4;

/** The row of `Tile` (x, multiples): neighbouring axes become one where that changes nothing. */
export function tile(b: TfjsBuilder, node: GraphNode, position: number): void {
  const { name, inputs: [x, multiples], outputs, attributes } = node;
  const from = typeOf(b.graph, x!).shape;
  if (from.length <= AXES) {
    b.is(position, b.put(name, "Tile", [b.value(x!), b.value(multiples!)], attributes));
    return;
  }
  const counts = sizesOf(b.graph, multiples!);
  if (counts === undefined) throw new NoLowering("counts that are computed");
  const merged: { sizes: SizeExpression[]; count: SizeExpression }[] = [];
  for (const [axis, size] of from.entries()) {
    // Repeating an axis repeats what is inside it as a whole.
    const last = merged.at(-1);
    if (last && fixedValue(counts[axis]!) === 1) last.sizes.push(size);
    else merged.push({ sizes: [size], count: counts[axis]! });
  }
  if (merged.length > AXES) throw new NoLowering("more than 4 axes that are repeated");
  const type = typeAttribute("T", numberOf(dtypeOf(b, x!)));
  const shape = b.vector(merged.map(({ sizes }) => sizes));
  const flat = b.add(name, "Reshape", [b.value(x!), shape], [type]);
  const times = b.vector(merged.map(({ count }) => count));
  const tiled = b.add(name, "Tile", [flat, times], [
    typeAttribute("Tmultiples", DType.INT32),
    type,
  ]);
  b.is(position, b.put(name, "Reshape", [tiled, b.vector(outputs[0]!.shape)], [type]));
}

/** The row of `SelectV2` (condition, x, y), and of `Select` where all have as many axes. */
export function select(b: TfjsBuilder, node: GraphNode, position: number): void {
  const { name, inputs, outputs } = node;
  const { shape, dtype } = outputs[0]!;
  const type = typeAttribute("T", numberOf(dtype));
  if (shape.length <= AXES) {
    b.is(position, b.put(name, "SelectV2", inputs.map((ref) => b.value(ref)), [type]));
    return;
  }
  const wanted = JSON.stringify(shape);
  const isSame = inputs.every((ref) => JSON.stringify(typeOf(b.graph, ref).shape) === wanted);
  if (!isSame) throw new NoLowering("different shapes of more than 4 axes");
  const flat = inputs.map((ref) =>
    b.add(name, "Reshape", [b.value(ref), b.fixed([-1])], [
      typeAttribute("T", numberOf(dtypeOf(b, ref))),
    ])
  );
  const chosen = b.add(name, "SelectV2", flat, [type]);
  b.is(position, b.put(name, "Reshape", [chosen, b.vector(shape)], [type]));
}
