/**
 * Nodes of a graph as TensorFlow.js's loader reads them: a GraphDef in Protocol Buffers' JSON form.
 *
 * 64-bit numbers are texts there, byte strings are base64, and types go by their names in TensorFlow's `types.proto`.
 *
 * @module
 */
import type { OpAttribute } from "../../engine/native/attributes.ts";
import { AttrType, DType } from "../../engine/native/dtypes.ts";
import type { ElementType } from "../graph.ts";

/** A value of an attribute. */
export type AttributeJson = Readonly<Record<string, unknown>>;

/** A node. */
export interface NodeJson {
  /** Its name. */
  readonly name: string;
  /** The op. */
  readonly op: string;
  /** Names of what it takes, with `:1` and so on for outputs that are not the first one. */
  readonly input?: readonly string[];
  /** Attributes by name. */
  readonly attr: Readonly<Record<string, AttributeJson>>;
}

/** Sizes, -1 for one that is not known before. */
export interface ShapeJson {
  /** One for each axis; absent for a single number. */
  readonly dim?: readonly { readonly size: string }[];
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [DType.FLOAT]: "DT_FLOAT",
  [DType.INT32]: "DT_INT32",
  // TensorFlow.js has no 64-bit numbers.
  [DType.INT64]: "DT_INT32",
  [DType.BOOL]: "DT_BOOL",
};

/** Name of a type in GraphDefs. */
export function typeName(dtype: ElementType): string {
  return dtype === "float32" ? "DT_FLOAT" : dtype === "bool" ? "DT_BOOL" : "DT_INT32";
}

/** Sizes as JSON. */
export function shapeJson(sizes: readonly number[]): ShapeJson {
  return sizes.length === 0 ? {} : { dim: sizes.map((size) => ({ size: String(size) })) };
}

/** Attributes as JSON, in alphabetical order. */
export function attributesJson(
  attributes: readonly OpAttribute[],
): Readonly<Record<string, AttributeJson>> {
  return Object.fromEntries(
    attributes.map(({ name, type, value }) => [name, valueJson(name, type, value)] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

function valueJson(name: string, type: number, value: unknown): AttributeJson {
  if (type === AttrType.SHAPE) return { shape: shapeJson((value as number[]).map(Number)) };
  const key = KEYS[type];
  if (key === undefined) throw new TypeError(`attribute ${name} has the unknown kind ${type}`);
  if (!Array.isArray(value)) return { [key]: scalarJson(type, value) };
  const list = value.map((one) => scalarJson(type, one));
  return { list: list.length === 0 ? {} : { [key]: list } };
}

const KEYS: Readonly<Record<number, string>> = {
  [AttrType.STRING]: "s",
  [AttrType.INT]: "i",
  [AttrType.FLOAT]: "f",
  [AttrType.BOOL]: "b",
  [AttrType.TYPE]: "type",
};

function scalarJson(type: number, value: unknown): unknown {
  switch (type) {
    case AttrType.STRING:
      return btoa(String(value));
    case AttrType.INT:
      return String(value);
    case AttrType.TYPE:
      return TYPE_NAMES[Number(value)] ?? "DT_INVALID";
    case AttrType.BOOL:
      return Boolean(value);
    default:
      return value;
  }
}
