/**
 * What tracing needs of a graph, whether it is TensorFlow's ({@linkcode Graph} of `graph.ts`) or a record in memory
 * (`RecordedGraph` of `recorded_graph.ts`).
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import type { NumberArray } from "./dtypes.ts";
import type { OpDef } from "./graph_op_def.ts";

/** One output of a node. */
export interface GraphTensor {
  /** The node: a `TF_Operation*`, or a number of the record. */
  readonly op: bigint;
  /** Which of its outputs. */
  readonly index: number;
  /** Shape; -1 for a size, or undefined for all of it, that depends on values. */
  readonly shape: readonly number[] | undefined;
  /** `TF_DataType`. */
  readonly dtype: number;
  /** Its values, if it is a small constant. */
  readonly values?: NumberArray;
}

/** What tells a tensor of a graph from all others. */
export const keyOf = ({ op, index }: Pick<GraphTensor, "op" | "index">): string => `${op}:${index}`;

/** Constants up to so many bytes carry their values: axes, shapes, scalars. */
export const SMALL_BYTES = 64;

/** A graph under construction. */
export interface OpGraph extends Disposable {
  /** Number of nodes. */
  readonly size: number;
  /** Height and width of images whose convolutions, as far as phases pay with their filters, are left whole. */
  readonly wholeAt?: readonly [number, number];
  /** A node that stands for an input of the function. */
  placeholder(shape: readonly number[], dtype: number): GraphTensor;
  /** A node that holds values. */
  constant(shape: readonly number[], dtype: number, values: NumberArray): GraphTensor;
  /** TensorFlow's definition of the op `name`. */
  definition(name: string): OpDef;
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
    after?: readonly bigint[],
  ): GraphTensor[];
  /** As {@linkcode OpGraph.add}, and returns the node itself; some have no outputs. */
  addNode(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
    after?: readonly bigint[],
  ): bigint;
  /** Reads the variable behind `resource`, a tensor of type RESOURCE, once the nodes `after` are done. */
  readVariable(
    resource: GraphTensor,
    shape: readonly number[],
    dtype: number,
    after: readonly bigint[],
  ): GraphTensor;
}
