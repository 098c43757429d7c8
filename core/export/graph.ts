/**
 * The intermediate form of exports: what a network computes, for images of all sizes, as plain data.
 *
 * Nodes are ops of TensorFlow in an order in which they can be computed; images are `[n, h, w, c]`. Every size is an expression of
 * the input's number, height and width of images. `record.ts` makes it of a network, `fold.ts` and `composites.ts` rewrite it,
 * and each target's table (`lowering.ts`) says what becomes of each op.
 *
 * @module
 */
import type { OpAttribute } from "../engine/native/attributes.ts";
import type { NumberArray } from "../engine/native/dtypes.ts";
import type { SizeExpression, SizeSymbol } from "../engine/native/size_expressions.ts";
import type { SizePadding } from "../nn/module.ts";

/** Types of elements. */
export type ElementType = "float32" | "int32" | "int64" | "bool";

/** One output of a node. */
export interface ValueRef {
  /** Position of the node in {@linkcode ExportGraph.nodes}. */
  readonly node: number;
  /** Which of its outputs, from 0. */
  readonly index: number;
}

/** Shape and type of a value. */
export interface ValueType {
  /** Sizes as expressions of the symbols {@linkcode SYMBOLS}. */
  readonly shape: readonly SizeExpression[];
  /** Type of the elements. */
  readonly dtype: ElementType;
}

/** What a `Const` holds. */
export type Constant =
  /** Numbers, row by row: weights, axes, factors. */
  | {
    readonly kind: "fixed";
    readonly values: NumberArray;
    /** Key in the state dict, if it is a parameter or buffer as it stands there (but in our layout: HWIO). */
    readonly parameter?: string;
  }
  /** Sizes, an expression for each element: shapes, paddings. */
  | { readonly kind: "sizes"; readonly values: readonly SizeExpression[] }
  /** One number throughout, in a shape that depends on sizes. */
  | { readonly kind: "fill"; readonly value: number }
  /** 0, 1, 2, …, up to a length that depends on sizes. */
  | { readonly kind: "range" };

/** One op. */
export interface GraphNode {
  /**
   * The op of TensorFlow; `Placeholder` for the input, `Const` for constants of all kinds. After `composites.ts` also the names of
   * composites.
   */
  readonly op: string;
  /** Its attributes, with TensorFlow's names and types. */
  readonly attributes: readonly OpAttribute[];
  /** What it takes. */
  readonly inputs: readonly ValueRef[];
  /** What it gives. */
  readonly outputs: readonly ValueType[];
  /** What it holds, if it is a `Const`. */
  readonly constant?: Constant;
  /** Dotted name of the innermost module that computes it, as in state dicts; empty for the network itself. */
  readonly layer: string;
  /** A name that no other node has, of letters, digits and `_./`; begins with a letter. */
  readonly name: string;
}

/** The symbols of all size expressions, in this order: number, height and width of the input's images. */
export const SYMBOLS: readonly SizeSymbol[] = ["n", "h", "w"].map((name, axis) => ({
  name,
  argument: 0,
  axis,
}));

/** A network for images of all sizes. */
export interface ExportGraph {
  /** A word for files: letters, digits, `_`, `-`, `.`. */
  readonly name: string;
  /** Name in `ARCH_REGISTRY`. */
  readonly arch: string;
  /** Options of the network as under `network_g`, without `type`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where the weights came from, for messages. */
  readonly source: string;
  /** Output pixels for each input pixel, along a side. */
  readonly scale: number;
  /** Channels of the input image. */
  readonly inputChannels: number;
  /** Channels of the output image. */
  readonly outputChannels: number;
  /** Number of parameters. */
  readonly parameters: number;
  /** Noise level (sigma, 0-255) that is built in, for networks that take a map of it. */
  readonly noise?: number;
  /** What the network wants height and width to be multiples of; the graph pads by itself, as {@linkcode ExportGraph.padding} says. */
  readonly multiple: number;
  /** How it pads at the bottom and on the right, before it computes; what comes of the added part is cut off. */
  readonly padding: SizePadding;
  /** Pixels around one that it looks at; Infinity for all of the image. */
  readonly radius: number;
  /** Least height and width of an input. */
  readonly minSize: number;
  /** Nodes, in an order in which they can be computed; all of them are needed for the output. */
  readonly nodes: readonly GraphNode[];
  /** Position of the input: `[n, h, w, inputChannels]`, float32, [0, 1]. */
  readonly input: number;
  /** The output: `[n, scale·h, scale·w, outputChannels]`, float32, not clipped. */
  readonly output: ValueRef;
}

/** The node that gives `ref`. */
export function nodeOf(graph: Pick<ExportGraph, "nodes">, ref: ValueRef): GraphNode {
  return graph.nodes[ref.node]!;
}

/** Shape and type of `ref`. */
export function typeOf(graph: Pick<ExportGraph, "nodes">, ref: ValueRef): ValueType {
  return nodeOf(graph, ref).outputs[ref.index]!;
}

/** The size that is the same for all inputs; undefined if it depends on the input. */
export function fixedValue(size: SizeExpression): number | undefined {
  return size.factors.length === 0 ? size.offset : undefined;
}

/** The shape of `ref` if it is the same for all inputs, else undefined. */
export function fixedShape(
  graph: Pick<ExportGraph, "nodes">,
  ref: ValueRef,
): readonly number[] | undefined {
  const sizes = typeOf(graph, ref).shape.map(fixedValue);
  return sizes.every((size) => size !== undefined) ? sizes as number[] : undefined;
}

/** The numbers of `ref` if it is a fixed constant, else undefined. */
export function fixedNumbers(
  graph: Pick<ExportGraph, "nodes">,
  ref: ValueRef,
): NumberArray | undefined {
  const { constant } = nodeOf(graph, ref);
  return constant?.kind === "fixed" ? constant.values : undefined;
}

/** The numbers of `ref` as expressions if it is a constant, fixed or of sizes; else undefined. */
export function sizesOf(
  graph: Pick<ExportGraph, "nodes">,
  ref: ValueRef,
): readonly SizeExpression[] | undefined {
  const { constant } = nodeOf(graph, ref);
  if (constant?.kind === "sizes") return constant.values;
  if (constant?.kind !== "fixed") return undefined;
  return Array.from(
    constant.values as ArrayLike<number | bigint>,
    (value) => ({ scale: 0, factors: [], offset: Number(value) }),
  );
}

/** The value of the attribute `name`; undefined if the node does not have it. */
export function attribute(node: Pick<GraphNode, "attributes">, name: string): unknown {
  return node.attributes.find((one) => one.name === name)?.value;
}

/** How often each value is taken, the output counted; keyed by {@linkcode keyOf}. */
export function uses(graph: Pick<ExportGraph, "nodes" | "output">): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (ref: ValueRef) => counts.set(keyOf(ref), (counts.get(keyOf(ref)) ?? 0) + 1);
  for (const { inputs } of graph.nodes) inputs.forEach(count);
  count(graph.output);
  return counts;
}

/** What tells a value from all others of its graph. */
export const keyOf = ({ node, index }: ValueRef): string => `${node}:${index}`;
