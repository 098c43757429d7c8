/**
 * Builds a TensorFlow Lite model while rows are walked through.
 *
 * @module
 */
import { evaluate, fixedSize, type SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  type Constant,
  type ElementType,
  type ExportGraph,
  type GraphNode,
  keyOf,
  nodeOf,
  typeOf,
  type ValueRef,
  type ValueType,
} from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import type { LiteModel, LiteOperator, LiteOptions, LiteTensor } from "./flat_model.ts";
import { type Fusion, fusionsOf } from "./fusions.ts";
import type { OperatorName, TensorTypeName } from "./schema.ts";
import { SizeTensors } from "./sizes.ts";

/** Shape and type of a tensor that is about to be made. */
export interface NewTensor {
  /** Sizes at all inputs. */
  readonly shape: readonly SizeExpression[];
  /** Type; default FLOAT32. */
  readonly type?: TensorTypeName;
}

/** Types by those of the intermediate form. */
const TYPES: Readonly<Record<ElementType, TensorTypeName>> = {
  float32: "FLOAT32",
  int32: "INT32",
  int64: "INT64",
  bool: "BOOL",
};

/** Height and width that files start with, before anybody resizes the input. */
const START_SIZE = 64;

/** A model in the making. */
export class LiteBuilder {
  /** The graph that becomes it. */
  readonly graph: ExportGraph;
  /** What is left out because the node before it does it too. */
  readonly fusions: ReadonlyMap<number, Fusion>;
  /** Nodes that another one has done. */
  readonly fused: ReadonlySet<number>;
  readonly #tensors: LiteTensor[] = [];
  readonly #operators: LiteOperator[] = [];
  readonly #places = new Map<string, number>();
  readonly #constants = new Map<string, number>();
  readonly #names = new Map<string, number>();
  readonly #start: readonly number[];
  readonly #sizes: SizeTensors;
  #node: GraphNode | undefined;

  /** Begins a model for `graph`. */
  constructor(graph: ExportGraph) {
    this.graph = graph;
    const start = Math.max(START_SIZE, graph.minSize);
    this.#start = [1, start, start];
    this.fusions = fusionsOf(graph);
    this.fused = new Set([...this.fusions.values()].flatMap(({ nodes }) => nodes));
    this.#sizes = new SizeTensors(this, this.#declare({ node: graph.input, index: 0 }));
  }

  /** Begins with a node; tensors and errors are named after it. */
  enter(node: GraphNode): void {
    this.#node = node;
  }

  /** The tensor of a value. */
  of(ref: ValueRef): number {
    const key = keyOf(ref);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const node = nodeOf(this.graph, ref);
    if (node.constant === undefined) throw new Error(`${node.name} was not made yet`);
    const made = this.#constantOf(node, node.constant, node.outputs[0]!);
    this.#places.set(key, made);
    return made;
  }

  /** The tensors of all inputs of a node. */
  inputs(node: GraphNode): number[] {
    return node.inputs.map((ref) => this.of(ref));
  }

  /** Says that `tensor` holds a value. */
  put(ref: ValueRef, tensor: number): void {
    this.#places.set(keyOf(ref), tensor);
  }

  /** Shape and type of a value. */
  typeOf(ref: ValueRef): ValueType {
    return typeOf(this.graph, ref);
  }

  /** Type of the elements of a value. */
  elementOf(ref: ValueRef): TensorTypeName {
    return TYPES[typeOf(this.graph, ref).dtype];
  }

  /** Adds the operator that gives the first output of the node at `position`. */
  give(
    position: number,
    op: OperatorName,
    inputs: readonly number[],
    options?: LiteOptions,
    as: ValueRef = { node: position, index: 0 },
  ): number {
    const tensor = this.make(op, inputs, this.#typed(as), options, this.graph.nodes[as.node]!.name);
    this.put({ node: position, index: 0 }, tensor);
    this.put(as, tensor);
    return tensor;
  }

  /** Adds an operator with as many results as the node has. */
  giveAll(
    position: number,
    op: OperatorName,
    inputs: readonly number[],
    options?: LiteOptions,
  ): void {
    const { outputs, name } = this.graph.nodes[position]!;
    const tensors = outputs.map((_, index) => {
      const ref = { node: position, index };
      const tensor = this.#add(this.#typed(ref), index === 0 ? name : `${name}.${index}`);
      this.put(ref, tensor);
      return tensor;
    });
    this.#operators.push({ op, inputs: [...inputs], outputs: tensors, options });
  }

  /** Adds an operator in between; gives its result. */
  make(
    op: OperatorName,
    inputs: readonly number[],
    result: NewTensor,
    options?: LiteOptions,
    name = `${this.#node?.name ?? "sizes"}/${op}`,
  ): number {
    const tensor = this.#add(result, name);
    this.#operators.push({ op, inputs: [...inputs], outputs: [tensor], options });
    return tensor;
  }

  /** A constant of numbers; the same one for the same numbers. */
  constant(
    values: Float32Array | Int32Array | BigInt64Array | Uint8Array,
    shape: readonly number[],
    type: TensorTypeName,
    name?: string,
  ): number {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const key = data.length <= 256 ? `${type}[${shape}]${data}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const sizes = shape.map(fixedSize);
    const tensor = this.#add(
      { shape: sizes, type },
      name ?? `${this.#node?.name ?? "sizes"}/const`,
    );
    this.#tensors[tensor]!.data = data;
    if (key !== undefined) this.#constants.set(key, tensor);
    return tensor;
  }

  /** A constant of whole numbers in one row. */
  ints(values: readonly number[]): number {
    return this.constant(Int32Array.from(values), [values.length], "INT32");
  }

  /** A single number. */
  number(value: number, type: "FLOAT32" | "INT32" = "FLOAT32"): number {
    return this.constant(
      type === "FLOAT32" ? Float32Array.of(value) : Int32Array.of(value),
      [],
      type,
    );
  }

  /** A row of sizes, computed from the shape of the input where they are not fixed. */
  sizes(values: readonly SizeExpression[]): number {
    return this.#sizes.row(values);
  }

  /** The finished model. */
  model(description: string): LiteModel {
    const { input, output } = this.graph;
    const lq = this.of({ node: input, index: 0 });
    let sr = this.of(output);
    const shapes = [typeOf(this.graph, { node: input, index: 0 }), typeOf(this.graph, output)];
    if (sr === lq || this.#tensors[sr]!.data !== undefined) {
      sr = this.make("RESHAPE", [sr, this.sizes(shapes[1]!.shape)], shapes[1]!);
    }
    for (const [tensor, { shape }] of [[lq, shapes[0]!], [sr, shapes[1]!]] as const) {
      const signature = shape.map((size) => size.factors.length === 0 ? size.offset : -1);
      this.#tensors[tensor] = { ...this.#tensors[tensor]!, signature };
    }
    return {
      tensors: this.#tensors,
      operators: this.#operators,
      input: ["lq", lq],
      output: ["sr", sr],
      description,
    };
  }

  /** The tensors that hold values of the graph, by the value's key. */
  get places(): ReadonlyMap<string, number> {
    return this.#places;
  }

  /** Makes the tensor of a value that no operator gives: the input of the model. */
  #declare(ref: ValueRef): number {
    const tensor = this.#add(this.#typed(ref), nodeOf(this.graph, ref).name);
    this.put(ref, tensor);
    return tensor;
  }

  #typed(ref: ValueRef): NewTensor {
    const { shape, dtype } = typeOf(this.graph, ref);
    return { shape, type: TYPES[dtype] };
  }

  #add({ shape, type = "FLOAT32" }: NewTensor, name: string): number {
    const at = shape.map((size) => {
      const value = evaluate(size, this.#start);
      return Number.isNaN(value) ? 1 : value;
    });
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    this.#tensors.push({ name: count === 0 ? name : `${name}:${count}`, type, shape: at });
    return this.#tensors.length - 1;
  }

  #constantOf(node: GraphNode, constant: Constant, { shape, dtype }: ValueType): number {
    const before = this.#node;
    this.enter(node);
    try {
      return this.#materialised(node, constant, shape, dtype);
    } finally {
      this.#node = before;
    }
  }

  #materialised(
    node: GraphNode,
    constant: Constant,
    shape: readonly SizeExpression[],
    dtype: ElementType,
  ): number {
    const type = TYPES[dtype];
    switch (constant.kind) {
      case "fixed": {
        const fixed = shape.map(({ offset }) => offset);
        return this.constant(numbersAs(type, constant.values), fixed, type, node.name);
      }
      case "sizes": {
        if (dtype !== "int32") throw new NoLowering(`sizes as ${dtype}`);
        if (shape.length === 0) return this.#sizes.scalar(constant.values[0]!);
        const row = this.sizes(constant.values);
        if (shape.length === 1) return row;
        const fixed = this.ints(shape.map(({ offset }) => offset));
        return this.make("RESHAPE", [row, fixed], { shape, type }, {
          table: "ReshapeOptions",
          fields: {},
        });
      }
      case "fill": {
        if (type !== "FLOAT32" && type !== "INT32") throw new NoLowering(`a filled ${dtype}`);
        const inputs = [this.sizes(shape), this.number(constant.value, type)];
        return this.make("FILL", inputs, { shape, type }, { table: "FillOptions", fields: {} });
      }
      case "range": {
        const range = this.#sizes.range(shape[0]!);
        if (type === "INT32") return range;
        if (type !== "FLOAT32") throw new NoLowering(`a range of ${dtype}`);
        return this.make("CAST", [range], { shape, type }, { table: "CastOptions", fields: {} });
      }
    }
  }
}

function numbersAs(
  type: TensorTypeName,
  values: ArrayLike<number | bigint>,
): Float32Array | Int32Array | BigInt64Array | Uint8Array {
  switch (type) {
    case "INT32":
      return Int32Array.from(values as ArrayLike<number>);
    case "INT64":
      return BigInt64Array.from(Array.from(values, (value) => BigInt(value)));
    case "BOOL":
      return Uint8Array.from(values as ArrayLike<number>);
    default:
      return Float32Array.from(values as ArrayLike<number>);
  }
}
