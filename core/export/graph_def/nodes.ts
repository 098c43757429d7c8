/**
 * Nodes of a TensorFlow graph as plain data, before they are encoded.
 *
 * @module
 */
import type { OpAttribute } from "../../engine/native/attributes.ts";
import { AttrType, DType, type NumberArray } from "../../engine/native/dtypes.ts";

/** Numbers that a node holds. */
export interface TensorValue {
  /** `TF_DataType`. */
  readonly dtype: number;
  /** Sizes. */
  readonly shape: readonly number[];
  /** Numbers, row by row. */
  readonly values: NumberArray;
}

/** An attribute of a node; that of a `Const` holds numbers. */
export type DefAttribute = OpAttribute | {
  /** Name in the op's definition. */
  readonly name: string;
  /** What it holds. */
  readonly tensor: TensorValue;
};

/** A node: what becomes a `NodeDef`. */
export interface DefNode {
  /** Unique in the graph. */
  readonly name: string;
  /** The op of TensorFlow. */
  readonly op: string;
  /** Names of what it takes: `name`, or `name:1` for the second output of a node and so on. */
  readonly inputs: readonly string[];
  /** Attributes, by name. */
  readonly attributes: readonly DefAttribute[];
}

/** A graph with one input and one output. */
export interface DefGraph {
  /** Nodes, in an order in which they can be computed. */
  readonly nodes: readonly DefNode[];
  /** Name of the input: `[n, h, w, c]`, float32. */
  readonly input: string;
  /** Name of the output: `[n, scale·h, scale·w, c]`, float32. */
  readonly output: string;
}

/** An element type as an attribute. */
export function typeAttribute(name: string, value: number): OpAttribute {
  return { name, type: AttrType.TYPE, value };
}

/** A whole number as an attribute. */
export function intAttribute(name: string, value: number): OpAttribute {
  return { name, type: AttrType.INT, value };
}

/** A `Const`. */
export function constNode(name: string, { dtype, shape, values }: TensorValue): DefNode {
  const wide = dtype === DType.INT64 && !(values instanceof BigInt64Array)
    ? BigInt64Array.from(values as ArrayLike<number>, BigInt)
    : values;
  return {
    name,
    op: "Const",
    inputs: [],
    attributes: [
      typeAttribute("dtype", dtype),
      { name: "value", tensor: { dtype, shape, values: wide } },
    ],
  };
}
