/**
 * The parts of an ONNX file, and their encoding: field numbers and enumerations of onnx/onnx.proto (ONNX 1.23, IR version 8).
 *
 * @module
 */
import { Message } from "../../protobuf/writer.ts";

/** Version of the operators. TensorRT 8.6 and all newer programs know it; later versions bring nothing that is needed here. */
export const OPSET = 17;

/** Version of the file format, the one that came with {@linkcode OPSET}. */
const IR_VERSION = 8;

/** Types of elements that are written. Sizes and indices are all int64. */
export type ElementKind = "float32" | "float16" | "uint8" | "int64" | "bool";

/** `TensorProto.DataType`. */
export const DATA_TYPES: Readonly<Record<ElementKind, number>> = {
  float32: 1,
  uint8: 2,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** A constant. */
export interface OnnxTensor {
  /** Its type. */
  readonly kind: ElementKind;
  /** Its shape; empty for a scalar. */
  readonly shape: readonly number[];
  /** The numbers as the file has them, little-endian. */
  readonly bytes: Uint8Array;
}

/** The value of an attribute, by its kind. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly tensor: OnnxTensor };

/** Attributes by name. */
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

/** An op. */
export interface OnnxNode {
  /** Its name. */
  readonly name: string;
  /** What it computes, for example `Conv`. */
  readonly op: string;
  /** Names of values; an empty one is an input that is left out. */
  readonly inputs: readonly string[];
  /** Names of values. */
  readonly outputs: readonly string[];
  /** Its attributes. */
  readonly attributes: OnnxAttributes;
}

/** An input or output of the model. */
export interface OnnxValueInfo {
  /** Its name. */
  readonly name: string;
  /** Type of the elements. */
  readonly kind: ElementKind;
  /** Sizes, or what they are called. */
  readonly shape: readonly (number | string)[];
}

/** A model. */
export interface OnnxModel {
  /** Name of the graph. */
  readonly name: string;
  /** What it is, for people. */
  readonly description: string;
  /** Version of the program that wrote it. */
  readonly version: string;
  /** Ops, in an order in which they can be computed. */
  readonly nodes: readonly OnnxNode[];
  /** Constants by name. */
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
  /** What it takes. */
  readonly inputs: readonly OnnxValueInfo[];
  /** What it gives. */
  readonly outputs: readonly OnnxValueInfo[];
  /** What else is worth knowing, by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The file, in pieces. */
export function encodeModel(model: OnnxModel): readonly Uint8Array<ArrayBuffer>[] {
  const graph = new Message();
  for (const node of model.nodes) graph.bytes(1, encodeNode(node));
  graph.bytes(2, model.name);
  for (const [name, tensor] of model.tensors) graph.bytes(5, encodeTensor(tensor, name));
  for (const value of model.inputs) graph.bytes(11, encodeValue(value));
  for (const value of model.outputs) graph.bytes(12, encodeValue(value));
  const message = new Message()
    .int(1, IR_VERSION)
    .bytes(2, "DenoSR")
    .bytes(3, model.version)
    .bytes(6, model.description)
    .bytes(7, graph)
    .bytes(8, new Message().bytes(1, "").int(2, OPSET));
  for (const [key, value] of Object.entries(model.metadata)) {
    message.bytes(14, new Message().bytes(1, key).bytes(2, value));
  }
  return message.parts() as readonly Uint8Array<ArrayBuffer>[];
}

function encodeNode({ name, op, inputs, outputs, attributes }: OnnxNode): Message {
  const message = new Message();
  for (const input of inputs) message.bytes(1, input);
  for (const output of outputs) message.bytes(2, output);
  message.bytes(3, name).bytes(4, op);
  for (const [key, value] of Object.entries(attributes)) {
    message.bytes(5, encodeAttribute(key, value));
  }
  return message;
}

/** `AttributeProto`; field 20 says which of the others holds the value. */
function encodeAttribute(name: string, value: OnnxAttribute): Message {
  const message = new Message().bytes(1, name);
  if ("float" in value) return message.float(2, value.float).int(20, 1);
  if ("int" in value) return message.int(3, value.int).int(20, 2);
  if ("text" in value) return message.bytes(4, value.text).int(20, 3);
  if ("tensor" in value) return message.bytes(5, encodeTensor(value.tensor)).int(20, 4);
  for (const one of value.ints) message.int(8, one);
  return message.int(20, 7);
}

function encodeTensor({ kind, shape, bytes }: OnnxTensor, name?: string): Message {
  const message = new Message();
  for (const size of shape) message.int(1, size);
  message.int(2, DATA_TYPES[kind]);
  if (name !== undefined) message.bytes(8, name);
  return message.bytes(9, bytes);
}

function encodeValue({ name, kind, shape }: OnnxValueInfo): Message {
  const sizes = new Message();
  for (const size of shape) {
    const of = new Message();
    sizes.bytes(1, typeof size === "number" ? of.int(1, size) : of.bytes(2, size));
  }
  const tensor = new Message().int(1, DATA_TYPES[kind]).bytes(2, sizes);
  return new Message().bytes(1, name).bytes(2, new Message().bytes(1, tensor));
}
