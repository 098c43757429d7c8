/**
 * Tensors of the eager runtime: created from JavaScript arrays, described, and read back.
 *
 * Functions here work on `TFE_TensorHandle*` as bigints; who owns a handle deletes it.
 *
 * @module
 */
import { arrayFor, BYTES_PER_ELEMENT, DType, type NumberArray } from "./dtypes.ts";
import type { NativeLibrary } from "./native_library.ts";
import type { Status } from "./status.ts";

/** Size of a `TF_TString`, one element of a string tensor (tensorflow/c/tf_tstring.h). */
const STRING_BYTES = 24;

/** What a tensor holds, outside TensorFlow. */
export type TensorData = NumberArray | Uint8Array[];

/**
 * Creates a tensor of type `dtype` and shape `shape` in host memory; the values are copied. An int64 tensor takes a
 * `BigInt64Array` or, as tfjs-node does, an `Int32Array` of low and high halves.
 *
 * @throws {TypeError} If `values` do not fit type or shape.
 * @throws {NativeError} If TensorFlow cannot allocate it.
 */
export function newTensor(
  library: NativeLibrary,
  status: Status,
  shape: readonly number[],
  dtype: number,
  values: NumberArray,
): bigint {
  return withHostTensor(library, shape, dtype, values, (tensor) => {
    const handle = library.c.TFE_NewTensorHandle(tensor, status.ptr);
    status.check("new tensor");
    return handle;
  });
}

/**
 * Lets `use` work with a `TF_Tensor*` in host memory that holds a copy of the values, and releases it; see
 * {@linkcode newTensor}.
 */
export function withHostTensor<T>(
  library: NativeLibrary,
  shape: readonly number[],
  dtype: number,
  values: NumberArray,
  use: (tensor: bigint) => T,
): T {
  const { c } = library;
  const width = BYTES_PER_ELEMENT[dtype];
  if (width === undefined) {
    throw new TypeError(`tensors of TensorFlow's type ${dtype} cannot be created from numbers`);
  }
  const byteLength = width * shape.reduce((product, dim) => product * dim, 1);
  if (values.byteLength !== byteLength) {
    throw new TypeError(
      `a tensor of shape [${shape}] and TensorFlow's type ${dtype} takes ${byteLength} bytes, ` +
        `received ${values.byteLength} (${values.constructor.name} of ${values.length})`,
    );
  }
  const dims = BigInt64Array.from(shape, BigInt);
  const tensor = c.TF_AllocateTensor(dtype, dims, shape.length, BigInt(byteLength));
  if (tensor === 0n) throw new RangeError(`TensorFlow could not allocate ${byteLength} bytes`);
  try {
    library.write(c.TF_TensorData(tensor), unshared(values));
    return use(tensor);
  } finally {
    c.TF_DeleteTensor(tensor);
  }
}

/**
 * Creates a string tensor, lets `use` work with its handle, and releases it; see {@linkcode newStringTensor}.
 */
export function withStringTensor<T>(
  library: NativeLibrary,
  status: Status,
  shape: readonly number[],
  values: readonly Uint8Array[],
  use: (handle: bigint) => T,
): T {
  using tensor = newStringTensor(library, status, shape, values);
  return use(tensor.handle);
}

/**
 * Creates a string tensor; the values are copied. Its strings are released when it is disposed, which older versions of
 * TensorFlow leave to the caller: the handle must not be kept, nor its buffer shared beyond that.
 */
export function newStringTensor(
  library: NativeLibrary,
  status: Status,
  shape: readonly number[],
  values: readonly Uint8Array[],
): Disposable & { readonly handle: bigint } {
  const { c } = library;
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (values.length !== size) {
    throw new TypeError(
      `a tensor of shape [${shape}] takes ${size} strings, received ${values.length}`,
    );
  }
  const dims = BigInt64Array.from(shape, BigInt);
  const bytes = BigInt(values.length * STRING_BYTES);
  const tensor = c.TF_AllocateTensor(DType.STRING, dims, shape.length, bytes);
  if (tensor === 0n) throw new RangeError(`TensorFlow could not allocate ${bytes} bytes`);
  const data = c.TF_TensorData(tensor);
  const element = (i: number) => data + BigInt(i * STRING_BYTES);
  let handle = 0n;
  const release = () => {
    if (handle !== 0n) c.TFE_DeleteTensorHandle(handle);
    values.forEach((_, i) => c.TF_StringDealloc(element(i)));
    c.TF_DeleteTensor(tensor);
  };
  try {
    values.forEach((value, i) => {
      c.TF_StringInit(element(i));
      if (value.length > 0) {
        c.TF_StringCopy(element(i), unshared(value), BigInt(value.length));
      }
    });
    handle = c.TFE_NewTensorHandle(tensor, status.ptr);
    status.check("new string tensor");
  } catch (error) {
    release();
    throw error;
  }
  return { handle, [Symbol.dispose]: release };
}

/** Shape of the tensor behind `handle`. */
export function shapeOf(library: NativeLibrary, status: Status, handle: bigint): number[] {
  const { c } = library;
  const rank = c.TFE_TensorHandleNumDims(handle, status.ptr);
  if (rank < 0) status.check("shape");
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    shape.push(Number(c.TFE_TensorHandleDim(handle, i, status.ptr)));
  }
  return shape;
}

/**
 * Reads the tensor behind `handle`: one copy out of TensorFlow's memory.
 *
 * @throws {NativeError} If the op that computes it failed.
 */
export function readTensor(library: NativeLibrary, status: Status, handle: bigint): TensorData {
  const tensor = library.c.TFE_TensorHandleResolve(handle, status.ptr);
  status.check("read of a tensor");
  return takeTensor(library, tensor, library.c.TFE_TensorHandleDataType(handle));
}

/** Reads the `TF_Tensor*` `tensor` of type `dtype`, and deletes it. */
export function takeTensor(library: NativeLibrary, tensor: bigint, dtype: number): TensorData {
  const { c } = library;
  try {
    const byteLength = Number(c.TF_TensorByteSize(tensor));
    const data = c.TF_TensorData(tensor);
    if (dtype === DType.STRING) {
      return Array.from({ length: byteLength / STRING_BYTES }, (_, i) => {
        const element = data + BigInt(i * STRING_BYTES);
        const bytes = new Uint8Array(Number(c.TF_StringGetSize(element)));
        library.read(c.TF_StringGetDataPointer(element), bytes);
        return bytes;
      });
    }
    const values = arrayFor(dtype, byteLength);
    library.read(data, values as ArrayBufferView<ArrayBuffer>);
    return values;
  } finally {
    c.TF_DeleteTensor(tensor);
  }
}

/** Foreign calls take no shared memory: copies values that lie in a `SharedArrayBuffer`. */
function unshared(values: NumberArray): ArrayBufferView<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = values;
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer, byteOffset, byteLength);
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
}
