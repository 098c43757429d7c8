/**
 * Roll, which TensorFlow.js lacks: the end of each axis is cut off and put in front.
 *
 * @module
 */
import { DType } from "../../engine/native/dtypes.ts";
import { evaluate, fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import { fixedNumbers, fixedValue, type GraphNode, sizesOf, typeOf } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { numberOf, type TfjsBuilder, typeAttribute } from "./builder.ts";

/** The row of `Roll` (x, shift, axis). */
export function roll(b: TfjsBuilder, node: GraphNode, position: number): void {
  const [x, shift, axis] = node.inputs;
  const shifts = sizesOf(b.graph, shift!), axes = fixedNumbers(b.graph, axis!);
  if (shifts === undefined || axes === undefined) throw new NoLowering("a shift that is computed");
  const { shape, dtype } = typeOf(b.graph, x!);
  if (shape.length > 6) throw new NoLowering("more than 6 axes");
  let rolled = b.value(x!);
  for (const [i, one] of Array.from(axes, Number).entries()) {
    const along = one < 0 ? one + shape.length : one;
    rolled = rollAxis(b, node, rolled, { shape, along, shift: shifts[i]!, dtype });
  }
  b.is(position, b.put(node.name, "Identity", [rolled], [typeAttribute("T", numberOf(dtype))]));
}

interface Along {
  readonly shape: readonly SizeExpression[];
  readonly along: number;
  readonly shift: SizeExpression;
  readonly dtype: Parameters<typeof numberOf>[0];
}

function rollAxis(
  b: TfjsBuilder,
  { name }: GraphNode,
  x: string,
  { shape, along, shift, dtype }: Along,
): string {
  const size = shape[along]!;
  const type = typeAttribute("T", numberOf(dtype));
  const index = typeAttribute("Index", DType.INT32);
  const start = beginOf(b, size, shift);
  const at = (value: string) => {
    const zeros = (count: number) => count === 0 ? [] : [b.fixed(new Array(count).fill(0))];
    return b.join([...zeros(along), value, ...zeros(shape.length - along - 1)]);
  };
  const all = (value: string) => {
    const rest = (count: number) => count === 0 ? [] : [b.fixed(new Array(count).fill(-1))];
    return b.join([...rest(along), value, ...rest(shape.length - along - 1)]);
  };
  const slice = (begin: string, length: string) =>
    b.add(name, "Slice", [x, at(begin), all(length)], [index, type]);
  const parts = [slice(start, b.fixed([-1])), slice(b.fixed([0]), start)];
  return b.concat(name, parts, along, numberOf(dtype));
}

/** Where the part begins that comes first, as int32 `[1]`. */
function beginOf(b: TfjsBuilder, size: SizeExpression, shift: SizeExpression): string {
  const by = fixedValue(modulo(shift, size));
  // What is subtracted may leave anything.
  const { minSize } = b.graph;
  const shortest = size.minus === undefined ? evaluate(size, [1, minSize, minSize]) : 0;
  if (by === undefined || Math.abs(by) > shortest) return b.remainder(shift, size);
  return by <= 0 ? b.fixed([-by]) : b.vector([{ ...size, offset: size.offset - by }]);
}

/** The shift, or the number that it differs from the size by: both do the same. */
function modulo(shift: SizeExpression, size: SizeExpression): SizeExpression {
  const text = (one: SizeExpression) => JSON.stringify([one.scale, one.factors, one.minus]);
  return text(shift) === text(size) ? fixedSize(shift.offset - size.offset) : shift;
}
