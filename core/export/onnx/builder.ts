/**
 * Builds the graph of an ONNX model: rows of the table say which ops there are, and ask for what these take in the order of axes and
 * of the type that they want. What is not there in that form is made once.
 *
 * @module
 */
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  type ElementType,
  type ExportGraph,
  fixedShape,
  fixedValue,
  type GraphNode,
  keyOf,
  nodeOf,
  typeOf,
  type ValueRef,
} from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { placeNodes, staticNodes } from "./dependence.ts";
import { FIRST, isVector, type Layout, PLACES, takers, wantedLayouts } from "./layouts.ts";
import {
  DATA_TYPES,
  type ElementKind,
  type OnnxAttributes,
  type OnnxNode,
  type OnnxTensor,
} from "./model.ts";
import { fitsHalf, type Numbers, permuted, tensorOf } from "./numbers.ts";
import { Sizes } from "./sizes.ts";

/** Names of the input and the output. */
export const INPUT = "lq", OUTPUT = "sr";

/** A value in one order and type or more. */
interface Value {
  /** Type in which it was computed. */
  readonly kind: ElementKind;
  /** Its names, by order and type. */
  readonly forms: Map<Form, string>;
}

type Form = `${Layout} ${ElementKind}`;

/** How an op is added. */
export interface MakeOptions {
  /** What it is called, unless another one is. */
  readonly name: string;
  /** Number of outputs, default 1. */
  readonly count?: number;
}

/** Nodes and constants under construction. */
export class OnnxBuilder {
  /** What is exported. */
  readonly graph: ExportGraph;
  /** Type in which most is computed. */
  readonly float: "float32" | "float16";
  /** Order of axes of the input and the output. */
  readonly layout: Layout;
  /** Sizes that are computed from the input's. */
  readonly sizes: Sizes;
  /** Order that takers want, by position. */
  readonly #wanted: ReadonlyMap<number, Layout>;
  readonly #takers: ReadonlyMap<string, readonly number[]>;
  /** Positions of nodes that do not depend on the input. */
  readonly #static: ReadonlySet<number>;
  /** Positions of nodes that say where something is. */
  readonly #places: ReadonlySet<number>;
  readonly #values = new Map<string, Value>();
  readonly #names = new Set([INPUT, OUTPUT]);
  readonly #nodes: OnnxNode[] = [];
  readonly #tensors = new Map<string, OnnxTensor>();
  readonly #shared = new Map<string, string>();

  /** For `graph`, with channels first or last in the input and the output. */
  constructor(graph: ExportGraph, float: "float32" | "float16", layout: Layout) {
    this.graph = graph;
    this.float = float;
    this.layout = layout;
    this.#wanted = wantedLayouts(graph, layout);
    this.#takers = takers(graph);
    this.#static = staticNodes(graph);
    this.#places = placeNodes(graph);
    this.sizes = new Sizes(this, layout);
    this.#values.set(keyOf({ node: graph.input, index: 0 }), {
      kind: float,
      forms: new Map<Form, string>([[`${layout} float32`, INPUT]]),
    });
  }

  /** Ops so far. */
  get nodes(): readonly OnnxNode[] {
    return this.#nodes;
  }

  /** Constants so far. */
  get tensors(): ReadonlyMap<string, OnnxTensor> {
    return this.#tensors;
  }

  /** Sizes of `ref`. */
  shape(ref: ValueRef): ReturnType<typeof typeOf>["shape"] {
    return typeOf(this.graph, ref).shape;
  }

  /** Number of axes of `ref`. */
  rank(ref: ValueRef): number {
    return this.shape(ref).length;
  }

  /** Channels of `ref`. @throws {NoLowering} If they depend on the input. */
  channels(ref: ValueRef): number {
    const size = fixedValue(this.shape(ref).at(-1)!);
    if (size === undefined || Number.isNaN(size)) {
      throw new NoLowering("with channels that depend on sizes");
    }
    return size;
  }

  /** Whether `ref` is a constant of any kind. */
  isConstant(ref: ValueRef): boolean {
    return nodeOf(this.graph, ref).constant !== undefined;
  }

  /** Type in which `ref` was computed. */
  kind(ref: ValueRef): ElementKind {
    return this.#values.get(keyOf(ref))?.kind ?? this.kindOf(typeOf(this.graph, ref).dtype);
  }

  /** What stands for a type of the intermediate form. */
  kindOf(dtype: ElementType): ElementKind {
    return dtype === "float32" ? this.float : dtype === "bool" ? "bool" : "int64";
  }

  /**
   * Type in which an op on `refs` is computed: that of integers and booleans; float16 if all that it takes is known in it, and it
   * is not one that needs more (`exact`). What does not depend on the input is computed in float32: when the model is loaded, and
   * not on the device.
   */
  common(refs: readonly ValueRef[], exact = false): ElementKind {
    const moving = refs.filter((ref) => !this.#static.has(ref.node));
    const kinds = moving.map((ref) => this.kind(ref));
    const [first = this.kind(refs[0]!)] = kinds;
    if (first !== "float32" && first !== "float16") return first;
    if (exact || moving.length === 0 || kinds.includes("float32")) return "float32";
    const fits = refs.every((ref) => fitsHalf(nodeOf(this.graph, ref).constant));
    return fits ? this.float : "float32";
  }

  /** Whether the node at `position` says where something is: float16 has no halves above 1024, and images are larger. */
  isPlace(position: number): boolean {
    return this.#places.has(position);
  }

  /** Type in which a product or a convolution of `refs` is computed: float16 unless they do not depend on the input. */
  heavy(refs: readonly ValueRef[]): ElementKind {
    return refs.every(({ node }) => this.#static.has(node)) ? "float32" : this.float;
  }

  /** The order that the takers of a node want. */
  wanted(position: number): Layout {
    return this.#wanted.get(position)!;
  }

  /** Whether `ref` is there in this order, or can be had for nothing. */
  has(ref: ValueRef, layout: Layout): boolean {
    if (this.rank(ref) !== 4) return layout === "last" || this.rank(ref) === 0;
    return this.isConstant(ref) || isVector(this.graph, ref) || this.hasForm(ref, layout);
  }

  /** Whether `ref` is there in this order. */
  hasForm(ref: ValueRef, layout: Layout): boolean {
    const forms = this.#values.get(keyOf(ref))?.forms;
    return forms !== undefined && [...forms.keys()].some((form) => form.startsWith(layout));
  }

  /** The order in which an op that has no wish of its own takes `refs`: the one in which most of them are there. */
  follow(position: number, refs: readonly ValueRef[]): Layout {
    const { shape } = this.graph.nodes[position]!.outputs[0]!;
    const moving = refs.filter((ref) => !this.isConstant(ref) && this.rank(ref) > 0);
    if (shape.length !== 4 || moving.some((ref) => this.rank(ref) !== 4)) return "last";
    const count = (layout: Layout) => moving.filter((ref) => this.has(ref, layout)).length;
    const difference = count("first") - count("last");
    return difference === 0 ? this.wanted(position) : difference > 0 ? "first" : "last";
  }

  /** The only node that takes `ref`; undefined if there are several or none. */
  onlyTaker(ref: ValueRef): number | undefined {
    const all = this.#takers.get(keyOf(ref)) ?? [];
    return all.length === 1 && keyOf(ref) !== keyOf(this.graph.output) ? all[0] : undefined;
  }

  /** Whether a row has already said what the node at `position` gives. */
  isDone(position: number): boolean {
    return this.#values.has(keyOf({ node: position, index: 0 }));
  }

  /** The name of `ref` in an order of axes and a type. */
  read(ref: ValueRef, layout: Layout = "last", kind: ElementKind = this.kind(ref)): string {
    const order = this.rank(ref) === 4 || this.isConstant(ref) ? layout : "last";
    const value = this.#values.get(keyOf(ref)) ?? this.#constant(ref);
    const known = value.forms.get(`${order} ${kind}`);
    if (known !== undefined) return known;
    const name = this.#convert(ref, value, order, kind);
    value.forms.set(`${order} ${kind}`, name);
    return name;
  }

  /** Says that an output of the node at `position` is `name`. */
  define(position: number, index: number, name: string, layout: Layout, kind: ElementKind): void {
    const order = this.graph.nodes[position]!.outputs[index]!.shape.length === 4 ? layout : "last";
    this.#values.set(keyOf({ node: position, index }), {
      kind,
      forms: new Map<Form, string>([[`${order} ${kind}`, name]]),
    });
  }

  /** Says that the node at `position` gives what it takes. */
  alias(position: number, ref: ValueRef): void {
    this.#values.set(
      keyOf({ node: position, index: 0 }),
      this.#values.get(keyOf(ref)) ?? this.#constant(ref),
    );
  }

  /** Adds an op: the names of what it gives. */
  make(
    op: string,
    inputs: readonly string[],
    attributes: OnnxAttributes,
    { name, count = 1 }: MakeOptions,
  ): string[] {
    const own = this.#unique(name);
    const outputs = [
      own,
      ...Array.from({ length: count - 1 }, (_, i) => this.#unique(`${name}.${i + 1}`)),
    ];
    this.#nodes.push({ name: own, op, inputs, outputs, attributes });
    return outputs;
  }

  /** Adds an op whose only output is that of the node at `position`. */
  emit(
    position: number,
    op: string,
    inputs: readonly string[],
    attributes: OnnxAttributes,
    layout: Layout,
    kind: ElementKind,
  ): void {
    const { name } = this.graph.nodes[position]!;
    this.define(position, 0, this.make(op, inputs, attributes, { name })[0]!, layout, kind);
  }

  /** A constant that is no node's; the same numbers are there once. */
  tensor(values: Numbers, shape: readonly number[], kind: ElementKind, name: string): string {
    const key = values.length <= 64 ? `${kind} [${shape}] ${Array.from(values).join()}` : undefined;
    const known = key === undefined ? undefined : this.#shared.get(key);
    if (known !== undefined) return known;
    const own = this.#unique(name);
    this.#tensors.set(own, tensorOf(values, shape, kind));
    if (key !== undefined) this.#shared.set(key, own);
    return own;
  }

  /** A vector of whole numbers. */
  ints(values: readonly number[], name: string): string {
    return this.tensor(values, [values.length], "int64", name);
  }

  /** A scalar of the type `kind`. */
  number(value: number, kind: ElementKind, name: string): string {
    return this.tensor([value], [], kind, name);
  }

  /** Numbers of the fixed constant `ref`, with the name under which they are known. */
  weights(ref: ValueRef): { values: Numbers; shape: readonly number[]; name: string } {
    const { constant, name } = nodeOf(this.graph, ref);
    if (constant?.kind !== "fixed") throw new NoLowering("with weights that are computed");
    return { values: constant.values, shape: fixedShape(this.graph, ref)!, name };
  }

  /** The output of the model under its name; the ops in order. */
  finish(): readonly OnnxNode[] {
    const name = this.read(this.graph.output, this.layout, "float32");
    if (!this.#nodes.some(({ outputs }) => outputs.includes(name))) {
      this.#nodes.push({
        name: OUTPUT,
        op: "Identity",
        inputs: [name],
        outputs: [OUTPUT],
        attributes: {},
      });
      return this.#nodes;
    }
    const renamed = (one: string) => one === name ? OUTPUT : one;
    return this.#nodes.map((node) => ({
      ...node,
      name: renamed(node.name),
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    }));
  }

  /** What a constant is, unless it was asked for before. */
  #constant(ref: ValueRef): Value {
    const known = this.#values.get(keyOf(ref));
    if (known !== undefined) return known;
    const { name, constant } = nodeOf(this.graph, ref);
    if (constant === undefined) throw new NoLowering(`before ${name}, which it takes`);
    const value: Value = { kind: this.kind(ref), forms: new Map() };
    this.#values.set(keyOf(ref), value);
    return value;
  }

  #convert(ref: ValueRef, { forms }: Value, layout: Layout, kind: ElementKind): string {
    const node = nodeOf(this.graph, ref);
    if (node.constant !== undefined) return this.#constantForm(node, ref, layout, kind);
    const name = `${node.name}.${layout}`;
    const sameLayout = [...forms].find(([form]) => form.startsWith(layout));
    if (sameLayout !== undefined) {
      const [output] = this.make("Cast", [sameLayout[1]], { to: { int: DATA_TYPES[kind] } }, {
        name: `${node.name}.${kind}`,
      });
      return output!;
    }
    const from = this.read(ref, layout === "first" ? "last" : "first", kind);
    if (isVector(this.graph, ref)) {
      const channels = this.channels(ref);
      const shape = layout === "first" ? [0, channels, 1, 1] : [0, 1, 1, channels];
      return this.make("Reshape", [from, this.ints(shape, `${name}.shape`)], {}, { name })[0]!;
    }
    const perm = layout === "first" ? FIRST : PLACES;
    return this.make("Transpose", [from], { perm: { ints: perm } }, { name })[0]!;
  }

  #constantForm(
    { name, constant }: GraphNode,
    ref: ValueRef,
    layout: Layout,
    kind: ElementKind,
  ): string {
    const { shape } = typeOf(this.graph, ref);
    switch (constant!.kind) {
      case "fixed": {
        const of = fixedShape(this.graph, ref)!;
        if (layout === "last" || of.length === 0) {
          return this.tensor(constant!.values, of, kind, name);
        }
        const padded = [...Array.from({ length: 4 - of.length }, () => 1), ...of];
        const moved = permuted(constant!.values, padded, FIRST);
        return this.tensor(moved.values, moved.shape, kind, name);
      }
      case "fill": {
        const sizes = layout === "first" ? FIRST.map((axis) => shape[axis]!) : shape;
        const tensor = tensorOf([constant!.value], [1], kind);
        return this.make("ConstantOfShape", [this.sizes.vector(sizes)], { value: { tensor } }, {
          name,
        })[0]!;
      }
      case "sizes": {
        const whole = this.#sizesForm(name, constant!.values, fixedShape(this.graph, ref)!);
        return kind === "int64"
          ? whole
          : this.make("Cast", [whole], { to: { int: DATA_TYPES[kind] } }, { name })[0]!;
      }
      case "range": {
        const length = this.sizes.scalar(shape[0]!);
        const inputs = [this.number(0, "int64", "zero"), length, this.number(1, "int64", "one")];
        const [range] = this.make("Range", inputs, {}, { name });
        return kind === "int64"
          ? range!
          : this.make("Cast", [range!], { to: { int: DATA_TYPES[kind] } }, { name })[0]!;
      }
    }
  }

  #sizesForm(name: string, values: readonly SizeExpression[], shape: readonly number[]): string {
    if (shape.length === 0) return this.sizes.scalar(values[0]!);
    const vector = this.sizes.vector(values);
    if (shape.length === 1) return vector;
    return this.make("Reshape", [vector, this.ints(shape, `${name}.shape`)], {}, { name })[0]!;
  }

  #unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }
}
