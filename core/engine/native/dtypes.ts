/**
 * TensorFlow's numbers for element types and attribute types (tensorflow/c/tf_datatype.h, tf_attrtype.h).
 *
 * @module
 */

/** Element types, `TF_DataType`. */
export const DType = {
  FLOAT: 1,
  DOUBLE: 2,
  INT32: 3,
  UINT8: 4,
  INT16: 5,
  INT8: 6,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  BFLOAT16: 14,
  UINT16: 17,
  COMPLEX128: 18,
  HALF: 19,
  RESOURCE: 20,
  VARIANT: 21,
  UINT32: 22,
  UINT64: 23,
} as const;

/** Kinds of op attributes, `TF_AttrType`; a list of a kind is the kind with an array as its value. */
export const AttrType = {
  STRING: 0,
  INT: 1,
  FLOAT: 2,
  BOOL: 3,
  TYPE: 4,
  SHAPE: 5,
  /** The name of a function of the context. */
  FUNC: 8,
} as const;

/** Numbers of a tensor outside TensorFlow; string tensors are arrays of byte strings. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | BigInt64Array
  | BigUint64Array;

/** Bytes of one element by `TF_DataType`; absent for types without a fixed size. */
export const BYTES_PER_ELEMENT: Readonly<Record<number, number>> = {
  [DType.FLOAT]: 4,
  [DType.DOUBLE]: 8,
  [DType.INT32]: 4,
  [DType.UINT8]: 1,
  [DType.INT16]: 2,
  [DType.INT8]: 1,
  [DType.COMPLEX64]: 8,
  [DType.INT64]: 8,
  [DType.BOOL]: 1,
  [DType.BFLOAT16]: 2,
  [DType.UINT16]: 2,
  [DType.COMPLEX128]: 16,
  [DType.HALF]: 2,
  [DType.UINT32]: 4,
  [DType.UINT64]: 8,
};

/**
 * An uninitialised array for `byteLength` bytes of elements of type `dtype`. Half and bfloat16 come as their bits
 * in a `Uint16Array`, complex numbers as pairs, booleans and resource handles as bytes.
 *
 * @throws {TypeError} If the type has no representation outside TensorFlow.
 */
export function arrayFor(dtype: number, byteLength: number): NumberArray {
  const buffer = new ArrayBuffer(byteLength);
  switch (dtype) {
    case DType.FLOAT:
    case DType.COMPLEX64:
      return new Float32Array(buffer);
    case DType.DOUBLE:
    case DType.COMPLEX128:
      return new Float64Array(buffer);
    case DType.INT32:
      return new Int32Array(buffer);
    case DType.UINT32:
      return new Uint32Array(buffer);
    case DType.INT16:
      return new Int16Array(buffer);
    case DType.UINT16:
    case DType.HALF:
    case DType.BFLOAT16:
      return new Uint16Array(buffer);
    case DType.INT8:
      return new Int8Array(buffer);
    case DType.UINT8:
    case DType.BOOL:
    case DType.RESOURCE:
      return new Uint8Array(buffer);
    case DType.INT64:
      return new BigInt64Array(buffer);
    case DType.UINT64:
      return new BigUint64Array(buffer);
    default:
      throw new TypeError(`tensors of TensorFlow's type ${dtype} cannot be read`);
  }
}
