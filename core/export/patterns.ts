/**
 * Patterns of nodes: what a value is computed from, as a tree.
 *
 * @module
 */
import {
  attribute,
  type ExportGraph,
  fixedNumbers,
  type GraphNode,
  keyOf,
  nodeOf,
  typeOf,
  type ValueRef,
} from "./graph.ts";

/** Where patterns are looked for. */
export type Nodes = Pick<ExportGraph, "nodes">;

/** What was found for each name of a pattern. */
export type Bindings = Readonly<Record<string, ValueRef>>;

/** Finds itself at a value, in all ways there are, given what was found so far. */
export type Pattern = (graph: Nodes, ref: ValueRef, found: Bindings) => Iterable<Bindings>;

/** Ops whose two inputs may be exchanged. */
const COMMUTATIVE = new Set(["Add", "AddV2", "Mul", "Maximum", "Minimum"]);

/** Any value; the same one wherever the name comes again. */
export function any(name: string): Pattern {
  return function* (_, ref, found) {
    const before = found[name];
    if (before === undefined) yield { ...found, [name]: ref };
    else if (keyOf(before) === keyOf(ref)) yield found;
  };
}

/** A constant of fixed numbers. */
export function fixedConstant(name: string): Pattern {
  return function* (graph, ref, found) {
    if (fixedNumbers(graph, ref) !== undefined) yield* any(name)(graph, ref, found);
  };
}

/** A constant whose numbers are all `value`, as float32 has it. */
export function number(value: number): Pattern {
  return function* (graph, ref, found) {
    if (uniform(graph, ref) === Math.fround(value)) yield found;
  };
}

/** The number that a constant is filled with; undefined if it is none. */
export function uniform(graph: Nodes, ref: ValueRef): number | undefined {
  const { constant } = nodeOf(graph, ref);
  if (constant?.kind === "fill") return constant.value;
  const values = fixedNumbers(graph, ref);
  if (values === undefined || values.length === 0) return undefined;
  const first = Number(values[0]);
  return values.every((value: number | bigint) => Number(value) === first) ? first : undefined;
}

/** The result of one of `ops` (separated by `|`); `isRight` may look at the node itself. */
export function op(
  ops: string,
  inputs: readonly Pattern[],
  isRight: (graph: Nodes, node: GraphNode) => boolean = () => true,
): Pattern {
  const names = ops.split("|");
  return function* (graph, ref, found) {
    const node = nodeOf(graph, ref);
    if (ref.index !== 0 || !names.includes(node.op) || node.inputs.length < inputs.length) return;
    if (!isRight(graph, node)) return;
    yield* all(graph, node.inputs, inputs, found);
    if (inputs.length === 2 && COMMUTATIVE.has(node.op)) {
      yield* all(graph, node.inputs.toReversed(), inputs, found);
    }
  };
}

function* all(
  graph: Nodes,
  refs: readonly ValueRef[],
  patterns: readonly Pattern[],
  found: Bindings,
): Iterable<Bindings> {
  const [first, ...rest] = patterns;
  if (first === undefined) {
    yield found;
    return;
  }
  for (const one of first(graph, refs[0]!, found)) yield* all(graph, refs.slice(1), rest, one);
}

/** The mean over the last axis, which stays with size 1. */
export function lastAxisMean(x: Pattern): Pattern {
  return op("Mean", [x], (graph, { inputs, attributes }) => {
    const axes = fixedNumbers(graph, inputs[1]!);
    const rank = typeOf(graph, inputs[0]!).shape.length;
    const axis = Number(axes?.[0]);
    return axes?.length === 1 && (axis === -1 || axis === rank - 1) &&
      attribute({ attributes }, "keep_dims") === true;
  });
}

/** A transposition. */
export function transposed(x: Pattern, ...permutation: readonly number[]): Pattern {
  return op("Transpose", [x], (graph, { inputs }) => {
    const axes = fixedNumbers(graph, inputs[1]!);
    return axes?.length === permutation.length &&
      permutation.every((axis, i) => axis === Number(axes[i]));
  });
}

/** A new shape, or several after each other; the last one is found as `name`. */
export function reshaped(x: Pattern, name: string): Pattern {
  return function* (graph, ref, found) {
    if (nodeOf(graph, ref).op !== "Reshape") return;
    let [inner] = nodeOf(graph, ref).inputs as [ValueRef];
    while (nodeOf(graph, inner).op === "Reshape") inner = nodeOf(graph, inner).inputs[0]!;
    yield* x(graph, inner, { ...found, [name]: ref });
  };
}
