/**
 * A graph of TensorFlow.js while it is made: nodes, weights, and sizes that are computed from the input's shape.
 *
 * Shapes are inputs of ops, and the executor reads them back before it runs the op. On a GPU that would wait for everything before,
 * so sizes are made of ops alone that all of TensorFlow.js's backends compute on the processor for a few numbers: Slice, Cast, Mul,
 * Add, Floor and ConcatV2, but not FloorDiv.
 *
 * @module
 */
import type { OpAttribute } from "../../engine/native/attributes.ts";
import { AttrType, DType, type NumberArray } from "../../engine/native/dtypes.ts";
import { computeSize } from "../../engine/native/size_arithmetic.ts";
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  type Constant,
  type ElementType,
  type ExportGraph,
  fixedValue,
  type GraphNode,
  keyOf,
  SYMBOLS,
  typeOf,
  type ValueRef,
} from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import { attributesJson, type NodeJson, shapeJson, typeName } from "./node_json.ts";

/** Numbers that a model holds. */
export interface Weight {
  /** Name of the `Const` node. */
  readonly name: string;
  /** Type. */
  readonly dtype: "float32" | "int32" | "bool";
  /** Sizes. */
  readonly shape: readonly number[];
  /** Numbers, row by row. */
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** An attribute that is an element type. */
export function typeAttribute(name: string, type: number): OpAttribute {
  return { name, type: AttrType.TYPE, value: type };
}

/** Makes one graph. */
export class TfjsBuilder {
  /** What is exported. */
  readonly graph: ExportGraph;
  /** Nodes so far, in an order in which they can be computed. */
  readonly nodes: NodeJson[] = [];
  /** Weights so far. */
  readonly weights: Weight[] = [];
  readonly #names: Set<string>;
  /** Names of values that are there. */
  readonly #values = new Map<string, string>();
  /** Values that are made of sizes, by what they are. */
  readonly #sizes = new Map<string, string>();

  /** For `graph`, with the names of all its nodes. */
  constructor(graph: ExportGraph) {
    this.graph = graph;
    this.#names = new Set(graph.nodes.map(({ name }) => name));
  }

  /** The name of a value of the exported graph. */
  value(ref: ValueRef): string {
    return this.#values.get(keyOf(ref))!;
  }

  /** Says that the outputs of the node at `position` are those of `name`. */
  is(position: number, name: string): void {
    const { outputs } = this.graph.nodes[position]!;
    for (const index of outputs.keys()) {
      this.#values.set(keyOf({ node: position, index }), index === 0 ? name : `${name}:${index}`);
    }
  }

  /** Says that the only output of the node at `position` is another value. */
  alias(position: number, ref: ValueRef): void {
    this.#values.set(keyOf({ node: position, index: 0 }), this.value(ref));
  }

  /** Adds a node whose name is `name` as it is. */
  put(
    name: string,
    op: string,
    input: readonly string[],
    attributes: readonly OpAttribute[] = [],
  ): string {
    this.nodes.push({ name, op, input, attr: attributesJson(attributes) });
    return name;
  }

  /** Adds a node with a name of its own, like `near`. */
  add(
    near: string,
    op: string,
    input: readonly string[],
    attributes: readonly OpAttribute[] = [],
  ): string {
    return this.put(this.#unique(`${near}/${op}`), op, input, attributes);
  }

  /** Adds a constant with a name of its own. */
  constant(
    near: string,
    dtype: Weight["dtype"],
    shape: readonly number[],
    values: Weight["values"],
  ): string {
    return this.#weight(this.#unique(`${near}/Const`), dtype, shape, values);
  }

  /** Adds a node for a constant of the exported graph. */
  constantNode(position: number, node: GraphNode, constant: Constant): void {
    const { dtype, shape } = node.outputs[0]!;
    switch (constant.kind) {
      case "fixed": {
        const sizes = shape.map(({ offset }) => offset);
        const values = weightValues(dtype, constant.values);
        this.is(position, this.#weight(node.name, weightType(dtype), sizes, values));
        return;
      }
      case "sizes": {
        const rank = shape.length;
        const flat = this.vector(constant.values);
        const sizes = shape.map(fixedValue) as number[];
        this.is(
          position,
          rank === 1 ? flat : this.add(node.name, "Reshape", [flat, this.fixed(sizes)]),
        );
        return;
      }
      case "fill": {
        const value = weightValues(dtype, [constant.value]);
        const inputs = [
          this.vector(shape),
          this.constant(node.name, weightType(dtype), [], value),
        ];
        this.is(
          position,
          this.put(node.name, "Fill", inputs, [typeAttribute("T", numberOf(dtype))]),
        );
        return;
      }
      case "range": {
        const inputs = [this.#number(0), this.vector(shape), this.#number(1)];
        const attributes = [typeAttribute("Tidx", numberOf(dtype))];
        this.is(position, this.put(node.name, "Range", inputs, attributes));
      }
    }
  }

  /** Sizes as int32 `[k]`, each one an expression or a product of several. */
  vector(sizes: readonly (SizeExpression | readonly SizeExpression[])[]): string {
    const products = sizes.map((size) => Array.isArray(size) ? size : [size]) as SizeExpression[][];
    return this.#once(`vector ${JSON.stringify(products)}`, () => {
      const parts: string[] = [];
      let fixed: number[] = [];
      const flush = () => {
        if (fixed.length > 0) parts.push(this.fixed(fixed));
        fixed = [];
      };
      for (const product of products) {
        const values = product.map(fixedValue);
        if (values.every((value) => value !== undefined)) {
          fixed.push(values.reduce((a, b) => a! * b!, 1)!);
          continue;
        }
        flush();
        parts.push(
          product.map((size) => this.#size(size)).reduce((a, b) => this.#int("Mul", a, b)),
        );
      }
      flush();
      return this.join(parts);
    });
  }

  /** Whole numbers `[k]`, one after the other. */
  join(parts: readonly string[]): string {
    if (parts.length === 1) return parts[0]!;
    return this.#once(`join ${parts}`, () => this.concat("sizes", parts, 0, DType.INT32));
  }

  /** Joins tensors of the same type along an axis. */
  concat(near: string, parts: readonly string[], axis: number, dtype: number): string {
    return this.add(near, "ConcatV2", [...parts, this.#number(axis)], [
      { name: "N", type: AttrType.INT, value: parts.length },
      typeAttribute("T", dtype),
      typeAttribute("Tidx", DType.INT32),
    ]);
  }

  /** Whole numbers as int32 `[k]`. */
  fixed(values: readonly number[]): string {
    return this.#once(
      `fixed ${values}`,
      () => this.constant("sizes", "int32", [values.length], Int32Array.from(values)),
    );
  }

  /** A whole number as int32 `[]`. */
  #number(value: number): string {
    return this.#once(
      `number ${value}`,
      () => this.constant("sizes", "int32", [], Int32Array.of(value)),
    );
  }

  /** `[1]`: the remainder of a size with the opposite sign and another size, at least 0; computed when the model runs. */
  remainder(negated: SizeExpression, size: SizeExpression): string {
    const value = this.#int("Mul", this.#size(negated), this.fixed([-1]));
    return this.#int("FloorMod", value, this.#size(size));
  }

  /** A size as int32 `[1]`. */
  #size(size: SizeExpression): string {
    const known = fixedValue(size);
    if (known !== undefined && Number.isNaN(known)) {
      throw new NoLowering("a size that it needs does not follow from the input's in a known way");
    }
    return this.#once(`size ${JSON.stringify(size)}`, () => {
      if (known !== undefined) return this.fixed([known]);
      return computeSize(size, {
        int: (value) => this.fixed([value]),
        symbol: (position) => this.#symbol(position),
        op: (name, a, b) => this.#int(name, a, b),
        divide: (value, divisor, up) => this.#divided(value, divisor, up),
      });
    });
  }

  #divided(side: string, divisor: number, up: boolean): string {
    return this.#once(`${side} / ${divisor} ${up}`, () => {
      // ⌊(s + ½) / d⌋ = ⌊s / d⌋: the half keeps rounding away from whole numbers.
      const shift = up ? divisor - 0.5 : 0.5;
      const cast = (from: number, to: number, x: string) =>
        this.add("sizes", "Cast", [x], [typeAttribute("SrcT", from), typeAttribute("DstT", to)]);
      const float = (op: string, ...inputs: string[]) =>
        this.add("sizes", op, inputs, [typeAttribute("T", DType.FLOAT)]);
      const number = (value: number) =>
        this.#once(
          `float ${value}`,
          () => this.constant("sizes", "float32", [1], Float32Array.of(value)),
        );
      const added = float("AddV2", cast(DType.INT32, DType.FLOAT, side), number(shift));
      const divided = float("Floor", float("Mul", added, number(1 / divisor)));
      return cast(DType.FLOAT, DType.INT32, divided);
    });
  }

  /** The size of an axis of the input as int32 `[1]`. */
  #symbol(symbol: number): string {
    return this.#once(`symbol ${symbol}`, () => {
      const input = this.graph.nodes[this.graph.input]!.name;
      const shape = this.#once("shape", () =>
        this.add("sizes", "Shape", [input], [
          typeAttribute("T", DType.FLOAT),
          typeAttribute("out_type", DType.INT32),
        ]));
      const inputs = [shape, this.fixed([SYMBOLS[symbol]!.axis]), this.fixed([1])];
      return this.add("sizes", "Slice", inputs, [
        typeAttribute("Index", DType.INT32),
        typeAttribute("T", DType.INT32),
      ]);
    });
  }

  #int(op: string, a: string, b: string): string {
    return this.#once(
      `${op} ${a} ${b}`,
      () => this.add("sizes", op, [a, b], [typeAttribute("T", DType.INT32)]),
    );
  }

  #weight(
    name: string,
    dtype: Weight["dtype"],
    shape: readonly number[],
    values: Weight["values"],
  ): string {
    const type = typeName(dtype);
    this.nodes.push({
      name,
      op: "Const",
      attr: {
        dtype: { type },
        value: { tensor: { dtype: type, tensorShape: shapeJson(shape) } },
      },
    });
    this.weights.push({ name, dtype, shape, values });
    return name;
  }

  #once(key: string, make: () => string): string {
    let name = this.#sizes.get(key);
    if (name === undefined) {
      name = make();
      this.#sizes.set(key, name);
    }
    return name;
  }

  #unique(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }
}

/** The type of `ref`. */
export function dtypeOf({ graph }: TfjsBuilder, ref: ValueRef): ElementType {
  return typeOf(graph, ref).dtype;
}

/** TensorFlow's number of the type that TensorFlow.js computes `dtype` in. */
export function numberOf(dtype: ElementType): number {
  return { float32: DType.FLOAT, bool: DType.BOOL, int32: DType.INT32, int64: DType.INT32 }[dtype];
}

function weightType(dtype: ElementType): Weight["dtype"] {
  return dtype === "int64" ? "int32" : dtype;
}

function weightValues(
  dtype: ElementType,
  values: NumberArray | readonly number[],
): Weight["values"] {
  const numbers = values as ArrayLike<number | bigint>;
  if (dtype === "float32") return Float32Array.from(numbers, Number);
  if (dtype === "bool") return Uint8Array.from(numbers, Number);
  return Int32Array.from(numbers, (value) => {
    // Masks and limits of 64 bits stand for "as large as possible".
    return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(value)));
  });
}
