/**
 * Bytes of a file to typed arrays and back, per element type. Files are little-endian, as is every machine Deno runs on.
 *
 * @module
 */
import { elementCount, type StateData, type StateDType, type StateTensor } from "./state_dict.ts";

/** Bytes per element in the file. */
export const ITEM_SIZE: Readonly<Record<StateDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

type Constructor = {
  new (buffer: ArrayBufferLike, offset: number, length: number): StateData;
};

const ARRAY: Readonly<Record<Exclude<StateDType, "F16" | "BF16">, Constructor>> = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

/** Whether `name` is an element type that is read here. */
export function isStateDType(name: string): name is StateDType {
  return Object.hasOwn(ITEM_SIZE, name);
}

/**
 * Reads `bytes` as elements of `dtype`. Aligned elements of a type that JavaScript has are a view of `bytes`; others are
 * a new array.
 */
export function decodeElements(bytes: Uint8Array, dtype: StateDType): StateData {
  const size = ITEM_SIZE[dtype];
  const length = bytes.length / size;
  // Not slice(), which for a node Buffer copies nothing.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  if (dtype === "F16") {
    return new Float32Array(new Float16Array(aligned.buffer, aligned.byteOffset, length));
  }
  if (dtype === "BF16") {
    const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, length);
    const bits = new Uint32Array(length);
    for (let i = 0; i < length; i++) bits[i] = halves[i]! << 16;
    return new Float32Array(bits.buffer);
  }
  return new ARRAY[dtype](aligned.buffer, aligned.byteOffset, length);
}

/**
 * The bytes of `tensor` in the file's element type: a view of its data, or for `F16` and `BF16` a new array.
 *
 * @throws {TypeError} If the array's type does not fit `dtype`.
 * @throws {RangeError} If the array's length does not fit `shape`.
 */
export function encodeElements(tensor: StateTensor): Uint8Array {
  const { shape, dtype, data } = tensor;
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new RangeError(`shape [${shape.join(", ")}] must hold whole numbers from 0 on`);
  }
  if (elementCount(shape) !== data.length) {
    throw new RangeError(`shape [${shape.join(", ")}] does not hold ${data.length} elements`);
  }
  const half = dtype === "F16" || dtype === "BF16";
  const want = half ? Float32Array : ARRAY[dtype];
  if (!(data instanceof want)) {
    throw new TypeError(`dtype ${dtype} needs a ${want.name}, received a ${data.constructor.name}`);
  }
  if (half) {
    const floats = data as Float32Array;
    const halves = dtype === "F16" ? new Float16Array(floats) : toBfloat16(floats);
    return new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Rounds to the nearest bfloat16, ties to even; NaN stays NaN. */
function toBfloat16(floats: Float32Array): Uint16Array {
  const own = floats.slice();
  const bits = new Uint32Array(own.buffer);
  const halves = new Uint16Array(own.length);
  for (let i = 0; i < own.length; i++) {
    const word = bits[i]!;
    halves[i] = Number.isNaN(own[i])
      ? (word >>> 16) | 0x40
      : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return halves;
}
