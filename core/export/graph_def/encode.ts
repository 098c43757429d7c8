/**
 * Encodes graphs of TensorFlow as protocol buffers.
 *
 * Fields: tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,versions}.proto.
 *
 * @module
 */
import type { OpAttribute } from "../../engine/native/attributes.ts";
import { AttrType } from "../../engine/native/dtypes.ts";
import { ExitCode, UserError } from "../../errors.ts";
import { Message } from "../../protobuf/writer.ts";
import type { DefAttribute, DefGraph, DefNode, TensorValue } from "./nodes.ts";

/** `TF_GRAPH_DEF_VERSION` of TensorFlow 2.21, whose ops these are. */
const PRODUCER = 2474;

/** No protocol buffer may be longer than 2 GiB; a MiB is left for what is around it. */
const MOST_BYTES = 2 ** 31 - 2 ** 20;

/**
 * A `GraphDef`.
 *
 * @param what Name of the file, for errors.
 * @throws {UserError} DATA, if it is larger than protocol buffers may be.
 */
export function encodeGraph({ nodes }: DefGraph, what: string): Message {
  const graph = new Message();
  for (const node of nodes) graph.bytes(1, encodeNode(node));
  graph.bytes(4, new Message().int(1, PRODUCER));
  if (graph.size > MOST_BYTES) {
    throw new UserError(
      `${what} would have ${
        (graph.size / 2 ** 30).toFixed(2)
      } GiB, and files of this kind end at 2 GiB: ` +
        "the network has too many parameters for it",
      ExitCode.DATA,
    );
  }
  return graph;
}

function encodeNode({ name, op, inputs, attributes }: DefNode): Message {
  const node = new Message().bytes(1, name).bytes(2, op);
  for (const input of inputs) node.bytes(3, input);
  const sorted = [...attributes].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  for (const one of sorted) {
    node.bytes(5, new Message().bytes(1, one.name).bytes(2, attributeValue(one)));
  }
  return node;
}

function attributeValue(attribute: DefAttribute): Message {
  if ("tensor" in attribute) return new Message().bytes(8, encodeTensor(attribute.tensor));
  const { type, value } = attribute;
  const isList = Array.isArray(value) &&
    (type !== AttrType.SHAPE || value.some((one) => Array.isArray(one)));
  if (!isList) return scalar(new Message(), attribute, value);
  const list = new Message();
  for (const one of value) scalar(list, attribute, one);
  return new Message().bytes(1, list);
}

/** Adds a value: its field is the same in `AttrValue` and in its lists. */
function scalar(message: Message, { name, type }: OpAttribute, value: unknown): Message {
  switch (type) {
    case AttrType.STRING:
      if (typeof value === "string" || value instanceof Uint8Array) return message.bytes(2, value);
      break;
    case AttrType.INT:
      if (typeof value === "number") return message.int(3, Math.trunc(value));
      if (typeof value === "bigint") return message.int(3, value);
      break;
    case AttrType.FLOAT:
      if (typeof value === "number") return message.float(4, value);
      break;
    case AttrType.BOOL:
      return message.int(5, value ? 1 : 0);
    case AttrType.TYPE:
      if (typeof value === "number") return message.int(6, value);
      break;
    case AttrType.SHAPE:
      if (Array.isArray(value)) return message.bytes(7, encodeShape(value as number[]));
      break;
  }
  throw new TypeError(`the attribute ${name} of kind ${type} cannot hold ${String(value)}`);
}

/** A `TensorShapeProto`; -1 is a size that is not known. */
export function encodeShape(shape: readonly number[]): Message {
  const message = new Message();
  for (const size of shape) message.bytes(2, new Message().int(1, size));
  return message;
}

function encodeTensor({ dtype, shape, values }: TensorValue): Message {
  const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return new Message().int(1, dtype).bytes(2, encodeShape(shape)).bytes(4, content);
}
