/**
 * A variable inside a graph that is recorded: its resource, and the order of reads and writes.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { AttrType, DType } from "./dtypes.ts";
import type { GraphTensor, OpGraph } from "./op_graph.ts";

/** A variable of a graph. TensorFlow runs nodes in any order: every write waits for the reads before it. */
export class GraphVariable {
  readonly #graph: OpGraph;
  readonly #input: (resource: GraphTensor) => void;
  #resource: GraphTensor | undefined;
  #value: GraphTensor | undefined;
  /** The latest write, and what it has to wait for. */
  #written: bigint | undefined;
  readonly #reads: bigint[] = [];

  /**
   * Creates it without nodes; they come as needed.
   *
   * @param input Receives the placeholder of the resource, once there is one.
   */
  constructor(
    graph: OpGraph,
    readonly shape: readonly number[],
    readonly dtype: number,
    input: (resource: GraphTensor) => void,
  ) {
    this.#graph = graph;
    this.#input = input;
  }

  /** The placeholder of the resource. */
  get resource(): GraphTensor {
    if (this.#resource === undefined) {
      this.#resource = this.#graph.placeholder([], DType.RESOURCE);
      this.#input(this.#resource);
    }
    return this.#resource;
  }

  /** The latest write; undefined if there is none. */
  get written(): bigint | undefined {
    return this.#written;
  }

  /** Its value after the writes so far. */
  read(): GraphTensor {
    if (this.#value === undefined) {
      const after = this.#written === undefined ? [] : [this.#written];
      this.#value = this.#graph.readVariable(this.resource, this.shape, this.dtype, after);
      this.#reads.push(this.#value.op);
    }
    return this.#value;
  }

  /** Gives it a value. */
  assign(value: GraphTensor): void {
    const attributes = [{ name: "dtype", type: AttrType.TYPE, value: this.dtype }];
    update(this.#graph, "AssignVariableOp", attributes, [this], [value]);
  }

  /** Notes the node `op` as its latest write. */
  noteWrite(op: bigint): void {
    this.#written = op;
    this.#reads.length = 0;
    this.#value = undefined;
  }

  /** What a write has to wait for. */
  dependencies(): bigint[] {
    return this.#written === undefined ? [...this.#reads] : [...this.#reads, this.#written];
  }
}

/** Adds a node that changes `variables` in place; it takes their resources, then `inputs`. */
export function update(
  graph: OpGraph,
  name: string,
  attributes: readonly OpAttribute[],
  variables: readonly GraphVariable[],
  inputs: readonly GraphTensor[],
): void {
  const after = variables.flatMap((variable) => variable.dependencies());
  const resources = variables.map(({ resource }) => resource);
  const op = graph.addNode(name, attributes, [...resources, ...inputs], after);
  for (const variable of variables) variable.noteWrite(op);
}
