/**
 * From the intermediate form to nodes of TensorFlow: constants that depend on sizes become nodes that compute them.
 *
 * @module
 */
import { DType, type NumberArray } from "../../engine/native/dtypes.ts";
import { computeSize } from "../../engine/native/size_arithmetic.ts";
import type { SizeExpression } from "../../engine/native/size_expressions.ts";
import { dataTypeOf } from "../data_types.ts";
import { type ExportGraph, fixedValue, type GraphNode, type ValueRef } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import {
  constNode,
  type DefAttribute,
  type DefGraph,
  type DefNode,
  intAttribute,
  typeAttribute,
} from "./nodes.ts";

const INT = DType.INT32;
const T = typeAttribute("T", INT);

/** Builds nodes for one graph; rows of tables work on it. */
export class GraphDefBuilder {
  readonly #graph: ExportGraph;
  readonly #nodes: DefNode[] = [];
  readonly #names: Set<string>;
  readonly #made = new Map<string, string>();

  /** For `graph`, whose names are kept. */
  constructor(graph: ExportGraph) {
    this.#graph = graph;
    this.#names = new Set(graph.nodes.map(({ name }) => name));
  }

  /** The graph that nodes are made of. */
  get graph(): ExportGraph {
    return this.#graph;
  }

  /** What another node calls `ref`. */
  ref({ node, index }: ValueRef): string {
    const { name } = this.#graph.nodes[node]!;
    return index === 0 ? name : `${name}:${index}`;
  }

  /** `TF_DataType` of what the node takes as `input`. */
  inputType(node: GraphNode, input: number): number {
    const ref = node.inputs[input];
    if (ref === undefined) throw new NoLowering(`with ${node.inputs.length} inputs`);
    return dataTypeOf(this.#graph.nodes[ref.node]!.outputs[ref.index]!.dtype);
  }

  /** Adds a node. */
  add(node: DefNode): void {
    this.#nodes.push(node);
  }

  /** Adds a constant under the name of `node`. */
  constant(node: GraphNode): void {
    const { constant, name } = node;
    const { shape, dtype } = node.outputs[0]!;
    const type = dataTypeOf(dtype);
    switch (constant?.kind) {
      case "fixed":
        return this.add(constNode(name, {
          dtype: type,
          shape: shape.map(sizeOf),
          values: constant.values,
        }));
      case "sizes":
        return this.#sizesNode(name, constant.values, shape.map(sizeOf), type);
      case "fill":
        return this.add({
          name,
          op: "Fill",
          inputs: [this.#vector(shape), this.#scalar(type, constant.value)],
          attributes: [typeAttribute("T", type), typeAttribute("index_type", INT)],
        });
      case "range": {
        const length = this.#size(known(shape[0]!));
        const to = type === INT ? length : this.#once(`cast ${type} ${length}`, "Cast", [length], [
          typeAttribute("SrcT", INT),
          typeAttribute("DstT", type),
        ]);
        return this.add({
          name,
          op: "Range",
          inputs: [this.#scalar(type, 0), to, this.#scalar(type, 1)],
          attributes: [typeAttribute("Tidx", type)],
        });
      }
      default:
        throw new NoLowering("without numbers");
    }
  }

  /** The graph, when all nodes have been added. */
  finish(): DefGraph {
    const { output, input, nodes } = this.#graph;
    const { name, outputs } = nodes[output.node]!;
    const result = this.ref(output);
    if (result !== name) {
      const type = dataTypeOf(outputs[output.index]!.dtype);
      const identity = this.#named("sr");
      this.#push("Identity", identity, [result], [typeAttribute("T", type)]);
      return { nodes: this.#nodes, input: nodes[input]!.name, output: identity };
    }
    return { nodes: this.#nodes, input: nodes[input]!.name, output: name };
  }

  /** Sizes, an expression for each element, under the name `name`. */
  #sizesNode(
    name: string,
    values: readonly SizeExpression[],
    shape: readonly number[],
    type: number,
  ): void {
    const steps: [op: string, inputs: readonly string[], attributes: readonly DefAttribute[]][] =
      [];
    const items = values.map((value) => this.#size(known(value)));
    if (shape.length === 0) steps.push(["Identity", items, [T]]);
    else {
      const attributes = [intAttribute("N", items.length), T, intAttribute("axis", 0)];
      steps.push(["Pack", items, attributes]);
      if (shape.length > 1) {
        const whole = this.#ints(shape);
        steps.push(["Reshape", ["", whole], [T, typeAttribute("Tshape", INT)]]);
      }
    }
    if (type !== INT) {
      steps.push(["Cast", [""], [typeAttribute("SrcT", INT), typeAttribute("DstT", type)]]);
    }
    let last = "";
    for (const [i, [op, inputs, attributes]] of steps.entries()) {
      const own = i === steps.length - 1 ? name : this.#named(`${name}/${op}`);
      this.#push(op, own, inputs.map((input) => input === "" ? last : input), attributes);
      last = own;
    }
  }

  /** Sizes in one tensor. */
  #vector(sizes: readonly SizeExpression[]): string {
    const values = sizes.map(fixedValue);
    if (values.every((value) => value !== undefined)) return this.#ints(values as number[]);
    const items = sizes.map((size) => this.#size(known(size)));
    return this.#once(`pack ${items}`, "Pack", items, [
      intAttribute("N", items.length),
      T,
      intAttribute("axis", 0),
    ]);
  }

  /** One size. */
  #size(size: SizeExpression): string {
    return computeSize(size, {
      int: (value) => this.#scalar(INT, value),
      symbol: (position) => this.#symbol(position),
      op: (name, a, b) => this.#arithmetic(name, a, b),
      divide: (value, divisor, up) => {
        const whole = up ? this.#arithmetic("AddV2", value, this.#scalar(INT, divisor - 1)) : value;
        return this.#arithmetic("FloorDiv", whole, this.#scalar(INT, divisor));
      },
    });
  }

  /** Number, height or width of the input's images. */
  #symbol(axis: number): string {
    const { name } = this.#graph.nodes[this.#graph.input]!;
    const shape = this.#once("shape", "Shape", [name], [
      typeAttribute("T", DType.FLOAT),
      typeAttribute("out_type", INT),
    ]);
    const sizes = this.#once("sizes", "Unpack", [shape], [
      intAttribute("num", 4),
      T,
      intAttribute("axis", 0),
    ]);
    return axis === 0 ? sizes : `${sizes}:${axis}`;
  }

  #arithmetic(op: string, a: string, b: string): string {
    return this.#once(`${op} ${a} ${b}`, op, [a, b], [T]);
  }

  #ints(values: readonly number[]): string {
    return this.#const(`[${values}]`, INT, [values.length], Int32Array.from(values));
  }

  #scalar(dtype: number, value: number): string {
    return this.#const(`${dtype}:${value}`, dtype, [], numbers(dtype, value));
  }

  #const(key: string, dtype: number, shape: readonly number[], values: NumberArray): string {
    return this.#remember(key, "Const", (name) => {
      this.add(constNode(name, { dtype, shape, values }));
    });
  }

  /** A node that is made once. */
  #once(
    key: string,
    op: string,
    inputs: readonly string[],
    attributes: readonly DefAttribute[],
  ): string {
    return this.#remember(key, op, (name) => this.#push(op, name, inputs, attributes));
  }

  #remember(key: string, op: string, make: (name: string) => void): string {
    let name = this.#made.get(key);
    if (name === undefined) {
      this.#made.set(key, name = this.#named(`sizes/${op}`));
      make(name);
    }
    return name;
  }

  #push(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: readonly DefAttribute[],
  ): void {
    this.add({ name, op, inputs, attributes });
  }

  #named(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }
}

/** A size that is the same for all inputs. */
function sizeOf(size: SizeExpression): number {
  const value = fixedValue(known(size));
  if (value === undefined) throw new NoLowering("with numbers of a shape that depends on sizes");
  return value;
}

/** Refuses what is no expression of the sizes. */
function known(size: SizeExpression): SizeExpression {
  if (Number.isNaN(size.offset)) throw new NoLowering("with a size that no expression gives");
  return size;
}

/** One number of a type. */
function numbers(dtype: number, value: number): NumberArray {
  switch (dtype) {
    case DType.FLOAT:
      return Float32Array.of(value);
    case DType.INT32:
      return Int32Array.of(value);
    case DType.INT64:
      return BigInt64Array.of(BigInt(value));
    case DType.BOOL:
      return Uint8Array.of(value);
  }
  throw new NoLowering(`with numbers of TensorFlow's type ${dtype}`);
}
