/**
 * A graph as plain data: what a function did, node by node, in an order in which it can be run. It can be compared with another
 * record of the same function, rewritten, and then built as a graph of TensorFlow.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import type { NumberArray } from "./dtypes.ts";
import type { OpDef } from "./graph_op_def.ts";
import type { NativeLibrary } from "./native_library.ts";
import { type GraphTensor, type OpGraph, SMALL_BYTES } from "./op_graph.ts";
import { type Result, ShapeInference } from "./shape_inference.ts";

/** A tensor of a record: the node and which of its outputs. */
export interface RecordedTensor {
  /** Position of the node. */
  readonly node: number;
  /** Which of its outputs. */
  readonly index: number;
}

/** A node of a record. */
export interface RecordedNode {
  /** Op; `Placeholder`, `Const` and `ReadVariableOp` for inputs, values and variables. */
  readonly name: string;
  /** Its attributes; none for inputs, values and variables. */
  readonly attributes: readonly OpAttribute[];
  /** Text that is the same for the same attributes. */
  readonly key: string;
  /** What it takes. */
  readonly inputs: readonly RecordedTensor[];
  /** Nodes that have to be done before. */
  readonly after: readonly number[];
  /** What it gives. */
  readonly outputs: readonly Result[];
  /** What a `Const` holds. */
  readonly values?: NumberArray;
}

/** A function does what a record cannot hold: it changes variables. */
export class NotRecordable extends Error {
  /** `NotRecordable`. */
  override readonly name: string = "NotRecordable";
}

/** Records nodes. */
export class RecordedGraph implements OpGraph {
  readonly #inference: ShapeInference;
  readonly #nodes: RecordedNode[] = [];

  /**
   * Creates an empty record, whose ops are those of `library`.
   *
   * @param wholeAt Height and width of images whose convolutions are recorded as they are, to be computed in phases.
   */
  constructor(library: NativeLibrary, readonly wholeAt?: readonly [number, number]) {
    this.#inference = ShapeInference.of(library);
  }

  /** The nodes in order. */
  get nodes(): readonly RecordedNode[] {
    return this.#nodes;
  }

  /** Number of nodes. */
  get size(): number {
    return this.#nodes.length;
  }

  /** {@inheritDoc OpGraph.placeholder} */
  placeholder(shape: readonly number[], dtype: number): GraphTensor {
    return this.#only("Placeholder", [], { shape, dtype });
  }

  /** {@inheritDoc OpGraph.constant} */
  constant(shape: readonly number[], dtype: number, values: NumberArray): GraphTensor {
    const kept = values.slice();
    const node = this.#only("Const", [], { shape: [...shape], dtype }, kept);
    return kept.byteLength <= SMALL_BYTES ? { ...node, values: kept } : node;
  }

  /** {@inheritDoc OpGraph.definition} */
  definition(name: string): OpDef {
    return this.#inference.definition(name);
  }

  /** {@inheritDoc OpGraph.add} */
  add(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
    after: readonly bigint[] = [],
  ): GraphTensor[] {
    const key = keyOfAttributes(attributes);
    const outputs = this.#inference.results(name, attributes, key, inputs);
    const op = BigInt(this.#nodes.length);
    this.#nodes.push({
      name,
      attributes,
      key,
      inputs: inputs.map(recorded),
      after: after.map(Number),
      outputs,
    });
    return outputs.map(({ shape, dtype }, index) => ({ op, index, shape, dtype }));
  }

  /**
   * {@inheritDoc OpGraph.addNode}
   *
   * @throws {NotRecordable} If it changes variables.
   */
  addNode(name: string): bigint {
    throw new NotRecordable(`${name} changes variables`);
  }

  /** {@inheritDoc OpGraph.readVariable} */
  readVariable(resource: GraphTensor, shape: readonly number[], dtype: number): GraphTensor {
    return this.#only("ReadVariableOp", [recorded(resource)], { shape, dtype });
  }

  /** Has nothing to release. */
  [Symbol.dispose](): void {}

  #only(
    name: string,
    inputs: readonly RecordedTensor[],
    output: { readonly shape: readonly number[]; readonly dtype: number },
    values?: NumberArray,
  ): GraphTensor {
    const op = BigInt(this.#nodes.length);
    this.#nodes.push({
      name,
      attributes: [],
      key: "",
      inputs,
      after: [],
      outputs: [output],
      values,
    });
    return { op, index: 0, ...output };
  }
}

/** The tensor of a record that `tensor` is. */
export function recorded({ op, index }: Pick<GraphTensor, "op" | "index">): RecordedTensor {
  return { node: Number(op), index };
}

/** Text that is the same for the same attributes. */
function keyOfAttributes(attributes: readonly OpAttribute[]): string {
  let key = "";
  for (const { name, type, value } of attributes) {
    const text = typeof value === "object" && value !== null
      ? Array.isArray(value) ? `[${value}]` : JSON.stringify(Object.values(value))
      : String(value);
    key += `${name}:${type}=${text},`;
  }
  return key;
}
