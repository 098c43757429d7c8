/**
 * A graph under construction: nodes are added one by one, and it becomes a function of an eager context.
 *
 * @module
 */
import {
  type AttributeCalls,
  graphAttributes,
  type OpAttribute,
  setAttribute,
} from "./attributes.ts";
import type { EagerContext } from "./context.ts";
import { AttrType, type NumberArray } from "./dtypes.ts";
import { type OpDef, parseOpDef, partition } from "./graph_op_def.ts";
import type { NativeLibrary } from "./native_library.ts";
import { type GraphTensor, type OpGraph, SMALL_BYTES } from "./op_graph.ts";
import { Status } from "./status.ts";
import { withHostTensor } from "./tensors.ts";

/** A `TF_Graph*`. */
export class Graph implements OpGraph {
  readonly #library: NativeLibrary;
  readonly #status: Status;
  readonly #calls: AttributeCalls;
  readonly #definitions = new Map<string, OpDef>();
  readonly #constants = new Map<string, GraphTensor>();
  #ptr: bigint;
  #nodes = 0;

  /** Creates an empty graph. */
  constructor(library: NativeLibrary) {
    this.#library = library;
    this.#status = new Status(library);
    this.#calls = graphAttributes(library.c);
    this.#ptr = library.c.TF_NewGraph();
  }

  /** Number of nodes. */
  get size(): number {
    return this.#nodes;
  }

  /** A node that stands for an input of the function. */
  placeholder(shape: readonly number[], dtype: number): GraphTensor {
    const attributes = [
      { name: "dtype", type: AttrType.TYPE, value: dtype },
      { name: "shape", type: AttrType.SHAPE, value: shape },
    ];
    return this.#outputsOf(this.#add("Placeholder", attributes, () => {}))[0]!;
  }

  /** A node that holds values. */
  constant(shape: readonly number[], dtype: number, values: NumberArray): GraphTensor {
    let key: string | undefined;
    if (values.byteLength <= SMALL_BYTES) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      key = `${dtype}:${shape}:${bytes}`;
      const known = this.#constants.get(key);
      if (known) return known;
    }
    const attributes = [{ name: "dtype", type: AttrType.TYPE, value: dtype }];
    const op = withHostTensor(
      this.#library,
      shape,
      dtype,
      values,
      (tensor) =>
        this.#add("Const", attributes, (description) => {
          const name = this.#library.cString("value");
          this.#library.c.TF_SetAttrTensor(description, name, tensor, this.#status.ptr);
          this.#status.check("Const");
        }),
    );
    const node: GraphTensor = {
      op,
      index: 0,
      shape: [...shape],
      dtype,
      values: key === undefined ? undefined : values.slice(),
    };
    if (key !== undefined) this.#constants.set(key, node);
    return node;
  }

  /** TensorFlow's definition of the op `name`. */
  definition(name: string): OpDef {
    let definition = this.#definitions.get(name);
    if (!definition) {
      definition = parseOpDef(this.#definitionBytes(name));
      this.#definitions.set(name, definition);
    }
    return definition;
  }

  /**
   * Adds a node for the op `name` and returns its outputs.
   *
   * @param after Nodes that have to be done before this one begins, besides those of its inputs.
   * @throws {NativeError} With TensorFlow's message, if the inputs do not fit.
   */
  add(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
    after: readonly bigint[] = [],
  ): GraphTensor[] {
    return this.#outputsOf(this.addNode(name, attributes, inputs, after));
  }

  /** As {@linkcode Graph.add}, and returns the node itself, a `TF_Operation*`; some have no outputs. */
  addNode(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
    after: readonly bigint[] = [],
  ): bigint {
    const { inputs: definitions } = this.definition(name);
    const sizes = partition(definitions, inputs.length, (key) => {
      const value = attributes.find((attribute) => attribute.name === key)?.value;
      return Array.isArray(value) ? value.length : value === undefined ? undefined : Number(value);
    });
    const { c } = this.#library;
    return this.#add(name, attributes, (description) => {
      let at = 0;
      for (const [i, { listAttribute }] of definitions.entries()) {
        const size = sizes[i]!;
        if (listAttribute === undefined) c.TF_AddInput(description, outputStruct(inputs[at]!));
        else c.TF_AddInputList(description, outputStructs(inputs.slice(at, at + size)), size);
        at += size;
      }
      for (const node of after) c.TF_AddControlInput(description, node);
    });
  }

  /** Reads the variable behind `resource`, a tensor of type RESOURCE, once the nodes `after` are done. */
  readVariable(
    resource: GraphTensor,
    shape: readonly number[],
    dtype: number,
    after: readonly bigint[],
  ): GraphTensor {
    const attributes = [{ name: "dtype", type: AttrType.TYPE, value: dtype }];
    const op = this.addNode("ReadVariableOp", attributes, [resource], after);
    const status = this.#status;
    // What a resource holds is known to the runtime alone; without its shape nothing could be recorded behind it.
    const dims = BigInt64Array.from(shape, BigInt);
    this.#library.c.TF_GraphSetTensorShape(
      this.#ptr,
      outputStruct({ op, index: 0 }),
      dims,
      shape.length,
      status.ptr,
    );
    status.check("shape of a variable");
    return { op, index: 0, shape: [...shape], dtype };
  }

  /**
   * Makes a function of `context` out of the graph, which can be called as an op by its name. All nodes that outputs
   * and `effects` depend on become its body.
   *
   * @param effects Nodes that have to run although nothing takes a result of theirs: they change variables.
   * @throws {NativeError} With TensorFlow's message.
   */
  toFunction(
    context: EagerContext,
    name: string,
    inputs: readonly GraphTensor[],
    outputs: readonly GraphTensor[],
    effects: readonly bigint[] = [],
  ): void {
    const { c } = this.#library;
    const status = this.#status;
    const made = c.TF_GraphToFunctionWithControlOutputs(
      this.#ptr,
      encode(name),
      0,
      -1, // the whole graph
      0n,
      inputs.length,
      outputStructs(inputs),
      outputs.length,
      outputStructs(outputs),
      0n,
      effects.length,
      BigUint64Array.from(effects),
      0n,
      0n,
      0n,
      status.ptr,
    );
    status.check(`function ${name}`);
    try {
      c.TFE_ContextAddFunction(context.ptr, made, status.ptr);
      status.check(`function ${name}`);
    } finally {
      c.TF_DeleteFunction(made);
    }
  }

  /** Deletes it; functions that were made of it stay. Safe to call twice. */
  [Symbol.dispose](): void {
    if (this.#ptr === 0n) return;
    this.#library.c.TF_DeleteGraph(this.#ptr);
    this.#ptr = 0n;
    this.#status[Symbol.dispose]();
  }

  #add(
    name: string,
    attributes: readonly OpAttribute[],
    addInputs: (description: bigint) => void,
  ): bigint {
    const library = this.#library;
    const { c } = library;
    const status = this.#status;
    const label = encode(`${name}_${this.#nodes++}`);
    const description = c.TF_NewOperation(this.#ptr, library.cString(name), label);
    // A description that is given up midway is deleted with the graph's own objects only by finishing it.
    let failure: unknown;
    try {
      addInputs(description);
      for (const attribute of attributes) {
        setAttribute(library, status, description, attribute, this.#calls);
      }
    } catch (error) {
      failure = error;
    }
    const op = c.TF_FinishOperation(description, status.ptr);
    if (failure !== undefined) throw failure;
    status.check(name);
    return op;
  }

  #outputsOf(op: bigint): GraphTensor[] {
    const { c } = this.#library;
    return Array.from({ length: c.TF_OperationNumOutputs(op) }, (_, index) => {
      const output = outputStruct({ op, index });
      return { op, index, shape: this.#shape(output), dtype: c.TF_OperationOutputType(output) };
    });
  }

  #shape(output: Uint8Array<ArrayBuffer>): number[] | undefined {
    const { c } = this.#library;
    const status = this.#status;
    const rank = c.TF_GraphGetTensorNumDims(this.#ptr, output, status.ptr);
    status.check("shape");
    if (rank < 0) return undefined;
    const dims = new BigInt64Array(rank);
    c.TF_GraphGetTensorShape(this.#ptr, output, dims, rank, status.ptr);
    status.check("shape");
    return Array.from(dims, Number);
  }

  #definitionBytes(name: string): Uint8Array {
    const library = this.#library;
    const { c } = library;
    const buffer = c.TF_NewBuffer();
    try {
      c.TF_GraphGetOpDef(this.#ptr, library.cString(name), buffer, this.#status.ptr);
      this.#status.check(name);
      return library.bufferBytes(buffer);
    } finally {
      c.TF_DeleteBuffer(buffer);
    }
  }
}

/** One `TF_Output`. */
function outputStruct(tensor: Pick<GraphTensor, "op" | "index">): Uint8Array<ArrayBuffer> {
  return outputStructs([tensor]);
}

/** `TF_Output`s in a row, 16 bytes each. */
function outputStructs(
  tensors: readonly Pick<GraphTensor, "op" | "index">[],
): Uint8Array<ArrayBuffer> {
  const words = new BigUint64Array(2 * tensors.length);
  tensors.forEach(({ op, index }, i) => {
    words[2 * i] = op;
    words[2 * i + 1] = BigInt(index); // the upper half is padding
  });
  return new Uint8Array(words.buffer);
}

/** A C string that is used once. */
function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}
