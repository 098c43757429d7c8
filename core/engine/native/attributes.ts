/**
 * Attributes of ops: from JavaScript values to TensorFlow's C calls.
 *
 * @module
 */
import { AttrType } from "./dtypes.ts";
import type { NativeLibrary } from "./native_library.ts";
import type { Status } from "./status.ts";
import type { Symbols } from "./symbols.ts";

/** One attribute of an op, as the kernels of tfjs-node give it. */
export interface OpAttribute {
  /** Name in the op's definition, for example `strides`. */
  readonly name: string;
  /** One of {@linkcode AttrType}. */
  readonly type: number;
  /** The value; an array of values sets a list (a shape is itself an array of numbers). */
  readonly value: unknown;
}

/** The C functions that set attributes, by kind; those of `TFE_Op*` or of `TF_OperationDescription*`. */
export interface AttributeCalls {
  /** A string. */
  readonly string: Symbols["TFE_OpSetAttrString"];
  /** An integer. */
  readonly int: Symbols["TFE_OpSetAttrInt"];
  /** A float. */
  readonly float: Symbols["TFE_OpSetAttrFloat"];
  /** A boolean. */
  readonly bool: Symbols["TFE_OpSetAttrBool"];
  /** An element type. */
  readonly type: Symbols["TFE_OpSetAttrType"];
  /** The name of a function. */
  readonly func: Symbols["TFE_OpSetAttrFunctionName"];
  /** A shape; a graph's call ignores the status. */
  readonly shape: Symbols["TFE_OpSetAttrShape"];
  /** Strings. */
  readonly strings: Symbols["TFE_OpSetAttrStringList"];
  /** Integers. */
  readonly ints: Symbols["TFE_OpSetAttrIntList"];
  /** Floats. */
  readonly floats: Symbols["TFE_OpSetAttrFloatList"];
  /** Booleans. */
  readonly bools: Symbols["TFE_OpSetAttrBoolList"];
  /** Element types. */
  readonly types: Symbols["TFE_OpSetAttrTypeList"];
  /** Shapes; a graph's call ignores the status. */
  readonly shapes: Symbols["TFE_OpSetAttrShapeList"];
}

/** The calls for ops of the eager runtime, `TFE_Op*`. */
export function eagerAttributes(c: Symbols): AttributeCalls {
  return {
    string: c.TFE_OpSetAttrString,
    int: c.TFE_OpSetAttrInt,
    float: c.TFE_OpSetAttrFloat,
    bool: c.TFE_OpSetAttrBool,
    type: c.TFE_OpSetAttrType,
    func: c.TFE_OpSetAttrFunctionName,
    shape: c.TFE_OpSetAttrShape,
    strings: c.TFE_OpSetAttrStringList,
    ints: c.TFE_OpSetAttrIntList,
    floats: c.TFE_OpSetAttrFloatList,
    bools: c.TFE_OpSetAttrBoolList,
    types: c.TFE_OpSetAttrTypeList,
    shapes: c.TFE_OpSetAttrShapeList,
  };
}

/** The calls for nodes of a graph, `TF_OperationDescription*`. */
export function graphAttributes(c: Symbols): AttributeCalls {
  return {
    string: c.TF_SetAttrString,
    int: c.TF_SetAttrInt,
    float: c.TF_SetAttrFloat,
    bool: c.TF_SetAttrBool,
    type: c.TF_SetAttrType,
    func: c.TF_SetAttrFuncName,
    shape: (op, name, dims, rank, _status) => c.TF_SetAttrShape(op, name, dims, rank),
    strings: c.TF_SetAttrStringList,
    ints: c.TF_SetAttrIntList,
    floats: c.TF_SetAttrFloatList,
    bools: c.TF_SetAttrBoolList,
    types: c.TF_SetAttrTypeList,
    shapes: (op, name, dims, ranks, n, _status) => c.TF_SetAttrShapeList(op, name, dims, ranks, n),
  };
}

/**
 * Sets `attribute` on the op `op`, by the calls of its kind of op.
 *
 * @throws {TypeError} If the value does not fit the kind.
 * @throws {NativeError} If TensorFlow refuses a shape.
 */
export function setAttribute(
  library: NativeLibrary,
  status: Status,
  op: bigint,
  attribute: OpAttribute,
  calls: AttributeCalls,
): void {
  const { type, value } = attribute;
  const name = library.cString(attribute.name);
  if (type !== AttrType.SHAPE && Array.isArray(value)) {
    setList(library, op, name, attribute, value, calls);
    return;
  }
  switch (type) {
    case AttrType.STRING: {
      const bytes = toBytes(library, value, attribute);
      calls.string(op, name, bytes.view, BigInt(bytes.length));
      return;
    }
    case AttrType.INT:
      calls.int(op, name, toInt(value, attribute));
      return;
    case AttrType.FLOAT:
      calls.float(op, name, toNumber(value, attribute));
      return;
    case AttrType.BOOL:
      calls.bool(op, name, value ? 1 : 0);
      return;
    case AttrType.TYPE:
      calls.type(op, name, toNumber(value, attribute));
      return;
    case AttrType.SHAPE:
      setShape(library, status, op, name, attribute, calls);
      return;
    case AttrType.FUNC: {
      const bytes = toBytes(library, value, attribute);
      calls.func(op, name, bytes.view, BigInt(bytes.length));
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
  calls: AttributeCalls,
): void {
  const n = values.length;
  switch (attribute.type) {
    case AttrType.STRING: {
      const texts = values.map((value) => toBytes(library, value, attribute));
      const pointers = BigUint64Array.from(texts, (text) => library.addressOf(text.view));
      const lengths = BigUint64Array.from(texts, (text) => BigInt(text.length));
      calls.strings(op, name, pointers, lengths, n);
      return;
    }
    case AttrType.INT: {
      const ints = BigInt64Array.from(values, (value) => toInt(value, attribute));
      calls.ints(op, name, ints, n);
      return;
    }
    case AttrType.FLOAT: {
      const floats = Float32Array.from(values, (value) => toNumber(value, attribute));
      calls.floats(op, name, floats, n);
      return;
    }
    case AttrType.BOOL:
      calls.bools(op, name, Uint8Array.from(values, (value) => value ? 1 : 0), n);
      return;
    case AttrType.TYPE: {
      const types = Int32Array.from(values, (value) => toNumber(value, attribute));
      calls.types(op, name, types, n);
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
  calls: AttributeCalls,
): void {
  const { value } = attribute;
  if (!Array.isArray(value)) throw new TypeError(`attribute ${attribute.name} must be a shape`);
  const dims = (shape: readonly unknown[]) =>
    BigInt64Array.from(shape, (dim) => toInt(dim, attribute));
  if (value.some(Array.isArray)) {
    const shapes = value.map((shape) => dims(shape));
    const pointers = BigUint64Array.from(shapes, (shape) => library.addressOf(shape));
    const ranks = Int32Array.from(shapes, (shape) => shape.length);
    calls.shapes(op, name, pointers, ranks, shapes.length, status.ptr);
  } else {
    calls.shape(op, name, dims(value), value.length, status.ptr);
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
