/**
 * Rewriting of graphs, node by node: rules look at what a node takes and put something else in its place.
 *
 * @module
 */
import { AttrType, DType } from "../engine/native/dtypes.ts";
import { evaluate, type SizeExpression } from "../engine/native/size_expressions.ts";
import { pruned } from "./fold.ts";
import {
  type ExportGraph,
  type GraphNode,
  keyOf,
  nodeOf,
  typeOf,
  uses,
  type ValueRef,
  type ValueType,
} from "./graph.ts";
import type { Bindings, Pattern } from "./patterns.ts";

/** What stands for the only output of `node` from now on; undefined if it stays. */
export type Rule = (rewriter: Rewriter, node: GraphNode) => ValueRef | undefined;

/** Rules by op, in the order in which they are tried. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;

/** Attribute that ops of TensorFlow need beside their inputs: the type of what they compute. */
export const FLOAT = { name: "T", type: AttrType.TYPE, value: DType.FLOAT };

/**
 * The graph with each node replaced by the first rule that has something for it, once from front to back; `graph` itself if no
 * rule had anything.
 */
export function rewritten(graph: ExportGraph, rules: Rules): ExportGraph {
  const rewriter = new Rewriter(graph);
  for (const position of graph.nodes.keys()) rewriter.step(position, rules);
  return rewriter.isChanged ? rewriter.result() : graph;
}

/** The new graph while it is made: nodes before the one that is looked at. */
export class Rewriter {
  /** Nodes so far. */
  readonly nodes: GraphNode[] = [];
  #changed = false;
  readonly #graph: ExportGraph;
  readonly #places = new Map<string, ValueRef>();
  readonly #used: ReadonlyMap<string, number>;
  /** How often values of the new graph are taken, at most. */
  readonly #counts = new Map<string, number>();
  readonly #names: Set<string>;

  /** For `graph`, which stays as it is. */
  constructor(graph: ExportGraph) {
    this.#graph = graph;
    this.#used = uses(graph);
    this.#names = new Set(graph.nodes.map(({ name }) => name));
  }

  /** True if a rule had something. */
  get isChanged(): boolean {
    return this.#changed;
  }

  /** Hands the node at `position` to its rules. */
  step(position: number, rules: Rules): void {
    const old = this.#graph.nodes[position]!;
    const node = { ...old, inputs: old.inputs.map((ref) => this.#places.get(keyOf(ref))!) };
    const own = Object.hasOwn(rules, node.op) ? rules[node.op]! : [];
    for (const rule of own) {
      const made = rule(this, node);
      if (made === undefined) continue;
      this.#changed = true;
      return this.#place(position, 0, made);
    }
    const at = this.nodes.push(node) - 1;
    for (const index of old.outputs.keys()) this.#place(position, index, { node: at, index });
  }

  #place(position: number, index: number, ref: ValueRef): void {
    this.#places.set(keyOf({ node: position, index }), ref);
    const key = keyOf(ref);
    const count = this.#used.get(keyOf({ node: position, index })) ?? 0;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  /** The new graph, without what nobody needs any more. */
  result(): ExportGraph {
    const { input, output } = this.#graph;
    return pruned({
      ...this.#graph,
      nodes: this.nodes,
      input: this.#places.get(keyOf({ node: input, index: 0 }))!.node,
      output: this.#places.get(keyOf(output))!,
    });
  }

  /** The node that gives `ref`. */
  of(ref: ValueRef): GraphNode {
    return nodeOf(this, ref);
  }

  /** Shape and type of `ref`. */
  typeOf(ref: ValueRef): ValueType {
    return typeOf(this, ref);
  }

  /** All ways in which `pattern` is found at `node`, which is none of the new graph's yet. */
  matches(pattern: Pattern, node: GraphNode): readonly Bindings[] {
    this.nodes.push(node);
    try {
      return [...pattern(this, { node: this.nodes.length - 1, index: 0 }, {})];
    } finally {
      this.nodes.pop();
    }
  }

  /** True if nothing but the node that is looked at takes `ref`. */
  isUsedOnce(ref: ValueRef): boolean {
    return (this.#counts.get(keyOf(ref)) ?? 1) <= 1;
  }

  /** Adds a node; its name is changed if another one has it. */
  add(node: GraphNode): ValueRef {
    let { name } = node;
    for (let i = 1; this.#names.has(name); i++) name = `${node.name}_${i}`;
    this.#names.add(name);
    return { node: this.nodes.push({ ...node, name }) - 1, index: 0 };
  }

  /** Adds a constant of numbers in place of the one at `like`, whose layer and name it gets. */
  constant(values: Float32Array, shape: readonly number[], like: GraphNode): ValueRef {
    return this.add({
      op: "Const",
      attributes: [],
      inputs: [],
      outputs: [{ shape: shape.map(fixed), dtype: "float32" }],
      constant: { kind: "fixed", values },
      layer: like.layer,
      name: like.name,
    });
  }
}

/** A size that is the same for all inputs. */
export const fixed = (value: number): SizeExpression => ({ scale: 0, factors: [], offset: value });

/** Number, height and width of images at which sizes are compared: none is a multiple of another. */
const SIZES = [[1, 61, 83], [2, 64, 48], [3, 127, 96], [5, 37, 210], [7, 320, 131], [4, 90, 77]];

/** True if the sizes are the same for all inputs; unknown ones never are. */
export function sameSizes(a: readonly SizeExpression[], b: readonly SizeExpression[]): boolean {
  return a.length === b.length && a.every((size, i) => isSize(size, (at) => evaluate(b[i]!, at)));
}

/** True if the size is what `of` makes of number, height and width of the images. */
export function isSize(size: SizeExpression, of: (sizes: readonly number[]) => number): boolean {
  return SIZES.every((sizes) => evaluate(size, sizes) === of(sizes));
}
