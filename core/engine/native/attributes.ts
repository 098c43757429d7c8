/**
 * Attributes of ops: from JavaScript values to TensorFlow's C calls.
 *
 * @module
 */
import { AttrType } from "./dtypes.ts";
import type { NativeLibrary } from "./native_library.ts";
import type { Status } from "./status.ts";

/** One attribute of an op, as the kernels of tfjs-node give it. */
export interface OpAttribute {
  /** Name in the op's definition, for example `strides`. */
  readonly name: string;
  /** One of {@linkcode AttrType}. */
  readonly type: number;
  /** The value; an array of values sets a list (a shape is itself an array of numbers). */
  readonly value: unknown;
}

/**
 * Sets `attribute` on the `TFE_Op*` `op`.
 *
 * @throws {TypeError} If the value does not fit the kind.
 * @throws {NativeError} If TensorFlow refuses a shape.
 */
export function setAttribute(
  library: NativeLibrary,
  status: Status,
  op: bigint,
  attribute: OpAttribute,
): void {
  const { type, value } = attribute;
  const name = library.cString(attribute.name);
  if (type !== AttrType.SHAPE && Array.isArray(value)) {
    setList(library, op, name, attribute, value);
    return;
  }
  const { c } = library;
  switch (type) {
    case AttrType.STRING: {
      const bytes = toBytes(library, value, attribute);
      c.TFE_OpSetAttrString(op, name, bytes.view, BigInt(bytes.length));
      return;
    }
    case AttrType.INT:
      c.TFE_OpSetAttrInt(op, name, toInt(value, attribute));
      return;
    case AttrType.FLOAT:
      c.TFE_OpSetAttrFloat(op, name, toNumber(value, attribute));
      return;
    case AttrType.BOOL:
      c.TFE_OpSetAttrBool(op, name, value ? 1 : 0);
      return;
    case AttrType.TYPE:
      c.TFE_OpSetAttrType(op, name, toNumber(value, attribute));
      return;
    case AttrType.SHAPE:
      setShape(library, status, op, name, attribute);
      return;
    case AttrType.FUNC: {
      const bytes = toBytes(library, value, attribute);
      c.TFE_OpSetAttrFunctionName(op, name, bytes.view, BigInt(bytes.length));
      return;
    }
    default:
      throw new TypeError(`attribute ${attribute.name} has the unknown kind ${type}`);
  }
}

function setList(
  library: NativeLibrary,
  op: bigint,
  name: BufferSource & ArrayBufferView<ArrayBuffer>,
  attribute: OpAttribute,
  values: readonly unknown[],
): void {
  const { c } = library;
  const n = values.length;
  switch (attribute.type) {
    case AttrType.STRING: {
      const texts = values.map((value) => toBytes(library, value, attribute));
      const pointers = BigUint64Array.from(texts, (text) => library.addressOf(text.view));
      const lengths = BigUint64Array.from(texts, (text) => BigInt(text.length));
      c.TFE_OpSetAttrStringList(op, name, pointers, lengths, n);
      return;
    }
    case AttrType.INT: {
      const ints = BigInt64Array.from(values, (value) => toInt(value, attribute));
      c.TFE_OpSetAttrIntList(op, name, ints, n);
      return;
    }
    case AttrType.FLOAT: {
      const floats = Float32Array.from(values, (value) => toNumber(value, attribute));
      c.TFE_OpSetAttrFloatList(op, name, floats, n);
      return;
    }
    case AttrType.BOOL:
      c.TFE_OpSetAttrBoolList(op, name, Uint8Array.from(values, (value) => value ? 1 : 0), n);
      return;
    case AttrType.TYPE: {
      const types = Int32Array.from(values, (value) => toNumber(value, attribute));
      c.TFE_OpSetAttrTypeList(op, name, types, n);
      return;
    }
    default:
      throw new TypeError(`attribute ${attribute.name} of kind ${attribute.type} takes no list`);
  }
}

function setShape(
  library: NativeLibrary,
  status: Status,
  op: bigint,
  name: BufferSource & ArrayBufferView<ArrayBuffer>,
  attribute: OpAttribute,
): void {
  const { c } = library;
  const { value } = attribute;
  if (!Array.isArray(value)) throw new TypeError(`attribute ${attribute.name} must be a shape`);
  const dims = (shape: readonly unknown[]) =>
    BigInt64Array.from(shape, (dim) => toInt(dim, attribute));
  if (value.some(Array.isArray)) {
    const shapes = value.map((shape) => dims(shape));
    const pointers = BigUint64Array.from(shapes, (shape) => library.addressOf(shape));
    const ranks = Int32Array.from(shapes, (shape) => shape.length);
    c.TFE_OpSetAttrShapeList(op, name, pointers, ranks, shapes.length, status.ptr);
  } else {
    c.TFE_OpSetAttrShape(op, name, dims(value), value.length, status.ptr);
  }
  status.check(`attribute ${attribute.name}`);
}

function toBytes(
  library: NativeLibrary,
  value: unknown,
  attribute: OpAttribute,
): { readonly view: Uint8Array<ArrayBuffer>; readonly length: number } {
  if (typeof value === "string") {
    // Few different texts are used as attributes (paddings, data formats): interned.
    const view = library.cString(value);
    return { view, length: view.length - 1 };
  }
  if (value instanceof Uint8Array) {
    const view = new Uint8Array(value);
    return { view, length: view.length };
  }
  throw new TypeError(`attribute ${attribute.name} must be a string, received ${typeof value}`);
}

function toNumber(value: unknown, attribute: OpAttribute): number {
  if (typeof value !== "number") {
    throw new TypeError(`attribute ${attribute.name} must be a number, received ${typeof value}`);
  }
  return value;
}

function toInt(value: unknown, attribute: OpAttribute): bigint {
  if (typeof value === "bigint") return value;
  return BigInt(Math.trunc(toNumber(value, attribute)));
}
