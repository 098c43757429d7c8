/**
 * One graph for all sizes: what a function did at a few sizes is compared, and the numbers that differ are explained by the
 * sizes of its inputs.
 *
 * Records that have the same nodes with the same attributes in the same order, whatever their constants hold, make a {@linkcode ShapeTemplate}: one of them,
 * and for each constant that is not the same in all an expression of `size_expressions.ts`. A template is what `graph_builder.ts`
 * builds a graph from. It says nothing of sizes that were not looked at: {@linkcode ShapeTemplate.problemWith} tells for one more
 * record whether the graph does just what the function did, so that a wrong guess is never used.
 *
 * @module
 */
import { DType, type NumberArray } from "./dtypes.ts";
import type { RecordedNode, RecordedTensor } from "./recorded_graph.ts";
import {
  evaluate,
  fit,
  fixedSize,
  format,
  type SizeExpression,
  type SizeSymbol,
} from "./size_expressions.ts";
import type { Source } from "./symbolic_variables.ts";

/** What a function did at one combination of sizes. */
export interface ShapeRecord {
  /** Nodes in order. */
  readonly nodes: readonly RecordedNode[];
  /** Nodes that are inputs, and where their values come from. */
  readonly inputs: readonly { readonly node: number; readonly source: Source }[];
  /** Results. */
  readonly outputs: readonly RecordedTensor[];
  /** Sizes of the symbols. */
  readonly sizes: readonly number[];
}

/** A constant of a graph for all sizes. */
export interface DynamicConstant {
  /** Shape. */
  readonly shape: readonly SizeExpression[];
  /** Its numbers one by one, or the one that it holds throughout, or 0, 1, 2, …, as many as its shape says. */
  readonly values:
    | readonly SizeExpression[]
    | { readonly all: number | bigint }
    | { readonly range: true };
}

/** At most so many numbers of a constant are explained one by one. */
const MAX_EXPLAINED = 32;

/** Constants with so many numbers are shapes, paddings, sizes; a larger one has to be the same everywhere, or uniform. */
const isExplainable = (dtype: number, values: NumberArray): boolean =>
  (dtype === DType.INT32 || dtype === DType.INT64) && values.length <= MAX_EXPLAINED;

/** A graph for all sizes. */
export class ShapeTemplate {
  readonly #axes: readonly ReadonlySet<number>[];

  private constructor(
    /** The record that it was made of. */
    readonly record: ShapeRecord,
    /** What its sizes are called. */
    readonly symbols: readonly SizeSymbol[],
    /** Constants that depend on sizes, by node. */
    readonly constants: ReadonlyMap<number, DynamicConstant>,
    /**
     * Constants that no expression gives, by node, with the shapes that they had: masks, indices, factors. They have to be given
     * to the graph at every size; a template without any stands alone.
     */
    readonly given: ReadonlyMap<number, readonly (readonly number[])[]>,
    axes: readonly ReadonlySet<number>[],
  ) {
    this.#axes = axes;
  }

  /** Explains what differs between records of the same structure, see {@linkcode structureDifference}. */
  static of(records: readonly ShapeRecord[], symbols: readonly SizeSymbol[]): ShapeTemplate {
    const first = records[0]!;
    const samples = records.map(({ sizes }) => sizes);
    const known = new Map<string, SizeExpression | undefined>();
    const counts = new Set(symbols.flatMap(({ axis }, i) => axis === 0 ? [i] : []));
    const explain = (values: readonly number[]): SizeExpression | undefined => {
      const key = values.join();
      if (!known.has(key)) known.set(key, fit(values, samples, counts));
      return known.get(key);
    };
    const constants = new Map<number, DynamicConstant>();
    const given = new Map<number, readonly (readonly number[])[]>();
    const alike = new Map<string, DynamicConstant | undefined>(); // thousands are the same few
    for (const [i, node] of first.nodes.entries()) {
      if (node.name !== "Const") continue;
      const all = records.map(({ nodes }) => nodes[i]!);
      if (all.every((other) => isSameConstant(node, other))) continue;
      const key = all.map(({ outputs, values }) =>
        `${outputs[0]!.dtype}[${outputs[0]!.shape}]${values}`
      )
        .join();
      if (!alike.has(key)) alike.set(key, explainConstant(all, explain));
      const constant = alike.get(key);
      if (constant === undefined) given.set(i, all.map(({ outputs }) => outputs[0]!.shape!));
      else constants.set(i, constant);
    }
    return new ShapeTemplate(first, symbols, constants, given, axesOf(records));
  }

  /** Why the graph would not do what the function did in `record`; undefined if it does just that. */
  problemWith(record: ShapeRecord): string | undefined {
    const difference = structureDifference(this.record, record);
    if (difference !== undefined) return difference;
    const { nodes, inputs } = this.record;
    for (const { node, source } of inputs) {
      const [shape, other] = [nodes, record.nodes].map((all) => all[node]!.outputs[0]!.shape!);
      const free = source.kind === "argument" ? this.dynamicAxes(source.index) : undefined;
      const axis = shape!.findIndex((size, i) => size !== other![i] && !free?.has(i));
      if (axis >= 0) return `axis ${axis} of input ${node} is ${other![axis]}, not ${shape![axis]}`;
    }
    for (const [i, shapes] of this.given) {
      const shape = record.nodes[i]!.outputs[0]!.shape!;
      const isFixed = (axis: number) => shapes.every((other) => other[axis] === shapes[0]![axis]);
      if (shape.some((size, axis) => isFixed(axis) && size !== shapes[0]![axis])) {
        return `node ${i}, a constant, is [${shape}]`;
      }
    }
    for (const [i, node] of nodes.entries()) {
      if (node.name !== "Const" || this.given.has(i)) continue;
      const other = record.nodes[i]!;
      const constant = this.constants.get(i);
      const fits = constant === undefined
        ? isSameConstant(node, other)
        : fitsConstant(constant, other, record.sizes);
      if (!fits) return `node ${i}, a constant, is another one than expected`;
    }
    return undefined;
  }

  /** Axes of the argument `index` whose sizes are not fixed; those that are tied to a symbol of another axis among them. */
  dynamicAxes(index: number): ReadonlySet<number> {
    return this.#axes[index] ?? new Set();
  }

  /** What the constants that depend on sizes are, a line for each different one. */
  describe(): string[] {
    const lines = new Set<string>();
    const list = (sizes: readonly SizeExpression[]) =>
      sizes.map((size) => format(size, this.symbols)).join(", ");
    for (const { shape, values } of this.constants.values()) {
      lines.add(
        "all" in values
          ? `[${list(shape)}] filled with ${values.all}`
          : "range" in values
          ? `0, 1, … below ${list(shape)}`
          : list(values),
      );
    }
    return [...lines];
  }
}

/** True if the node repeats one of its inputs along an axis; `fusion.ts` relies on that. */
export function repeats({ nodes }: Pick<ShapeRecord, "nodes">, { inputs }: RecordedNode): boolean {
  const [x, y] = inputs.map(({ node, index }) => nodes[node]!.outputs[index]!.shape!);
  return !sameNumbers(x!, y!);
}

/** Axes of each argument whose sizes are not the same in all records. */
function axesOf(records: readonly ShapeRecord[]): Set<number>[] {
  const axes: Set<number>[] = [];
  for (const { node, source } of records[0]!.inputs) {
    if (source.kind !== "argument") continue;
    const shapes = records.map(({ nodes }) => nodes[node]!.outputs[0]!.shape!);
    const all = shapes[0]!.map((_, axis) => axis);
    axes[source.index] = new Set(
      all.filter((axis) => shapes.some((shape) => shape[axis] !== shapes[0]![axis])),
    );
  }
  return axes;
}

/** Why two records do not have the same nodes in the same order; undefined if they do, whatever their constants hold. */
export function structureDifference(a: ShapeRecord, b: ShapeRecord): string | undefined {
  if (a.nodes.length !== b.nodes.length) return `${b.nodes.length} nodes, not ${a.nodes.length}`;
  for (const [i, node] of a.nodes.entries()) {
    const other = b.nodes[i]!;
    if (
      node.name !== other.name || node.key !== other.key ||
      !sameTensors(node.inputs, other.inputs) ||
      !sameNumbers(node.after, other.after) || node.outputs.length !== other.outputs.length ||
      node.outputs.some(({ dtype }, k) => dtype !== other.outputs[k]!.dtype) ||
      node.outputs.some(({ shape }, k) => shape?.length !== other.outputs[k]!.shape?.length) ||
      node.name === "AddV2" && repeats(a, node) !== repeats(b, other)
    ) {
      return `node ${i} is ${other.name} {${other.key}}, not ${node.name} {${node.key}}`;
    }
  }
  if (!sameTensors(a.outputs, b.outputs)) return "other results";
  const same = a.inputs.length === b.inputs.length && a.inputs.every(({ node, source }, i) => {
    const other = b.inputs[i]!;
    return node === other.node && isSameSource(source, other.source);
  });
  return same ? undefined : "other inputs";
}

function isSameSource(a: Source, b: Source): boolean {
  if (a.kind === "argument") return b.kind === "argument" && a.index === b.index;
  if (a.kind === "tensor") return b.kind === "tensor" && a.dataId === b.dataId;
  if (a.kind === "seed") return b.kind === "seed";
  if (a.kind === "constant") return b.kind === "constant" && a.node === b.node;
  return a.kind === b.kind && a.variable === b.variable;
}

function isSameConstant(a: RecordedNode, b: RecordedNode): boolean {
  return sameNumbers(a.outputs[0]!.shape!, b.outputs[0]!.shape!) &&
    sameNumbers(a.values!, b.values!);
}

function explainConstant(
  all: readonly RecordedNode[],
  explain: (values: readonly number[]) => SizeExpression | undefined,
): DynamicConstant | undefined {
  const explained = (rows: readonly ArrayLike<number | bigint>[]): SizeExpression[] | undefined => {
    const result: SizeExpression[] = [];
    for (let k = 0; k < rows[0]!.length; k++) {
      const expression = explain(rows.map((row) => Number(row[k])));
      if (expression === undefined) return undefined;
      result.push(expression);
    }
    return result;
  };
  const shapes = all.map(({ outputs }) => outputs[0]!.shape!);
  const values = all.map((node) => node.values!);
  const { dtype } = all[0]!.outputs[0]!;
  if (shapes.every((shape) => sameNumbers(shape, shapes[0]!))) {
    if (!isExplainable(dtype, values[0]!)) return undefined;
    const numbers = explained(values);
    return numbers && { shape: shapes[0]!.map(fixedSize), values: numbers };
  }
  if (shapes.every(({ length }) => length === 1) && values.every(isRange)) {
    const shape = explained(shapes);
    return shape && { shape, values: { range: true } };
  }
  const value = values[0]![0];
  if (value === undefined || !values.every((some) => isUniform(some, value))) return undefined;
  const shape = explained(shapes);
  return shape && { shape, values: { all: value } };
}

function fitsConstant(
  { shape, values }: DynamicConstant,
  node: RecordedNode,
  sizes: readonly number[],
): boolean {
  const actual = node.outputs[0]!.shape!, numbers = node.values!;
  if (shape.length !== actual.length) return false;
  if (shape.some((size, i) => evaluate(size, sizes) !== actual[i])) return false;
  if ("all" in values) return isUniform(numbers, values.all);
  if ("range" in values) return isRange(numbers);
  return values.every((size, i) => evaluate(size, sizes) === Number(numbers[i]));
}

function isUniform(values: NumberArray, value: number | bigint): boolean {
  for (const some of values) if (some !== value) return false;
  return true;
}

/** True for 0, 1, 2, … */
function isRange(values: NumberArray): boolean {
  for (let i = 0; i < values.length; i++) if (Number(values[i]) !== i) return false;
  return true;
}

function sameNumbers(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function sameTensors(a: readonly RecordedTensor[], b: readonly RecordedTensor[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i]!.node !== b[i]!.node || a[i]!.index !== b[i]!.index) return false;
  }
  return true;
}
