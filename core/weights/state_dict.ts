/**
 * State dicts: named tensors as files hold them, in PyTorch's layout (convolutions OIHW, linear weights out x in), as
 * plain typed arrays. Nothing here knows of an engine.
 *
 * @module
 */

/** Element types of the tensors in a file, spelled as in safetensors. */
export type StateDType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

/**
 * Elements of a tensor, row-major. `F16` and `BF16` are widened to `Float32Array`; `BOOL` is a `Uint8Array` of 0 and 1.
 */
export type StateData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** One tensor of a state dict, in PyTorch's layout. */
export interface StateTensor {
  /** Sizes of the dimensions; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Element type in the file, which is also the one it is written back as. */
  readonly dtype: StateDType;
  /** The elements, row-major; as many as the product of `shape`. */
  readonly data: StateData;
}

/** Tensors by name, in the order of the file, which for PyTorch is that of the modules. */
export type StateDict = Map<string, StateTensor>;

/** A tensor in a file that has not been copied out of it yet. */
export interface TensorSource {
  /** Sizes of the dimensions. */
  readonly shape: readonly number[];
  /** Element type in the file. */
  readonly dtype: StateDType;
  /** Copies the elements out of the file; the result belongs to the caller. */
  load(): StateTensor;
}

/**
 * Makes a float32 tensor of `data`, which is not copied.
 *
 * @throws {RangeError} If `shape` does not hold `data.length` elements.
 */
export function float32Tensor(shape: readonly number[], data: Float32Array): StateTensor {
  if (elementCount(shape) !== data.length) {
    throw new RangeError(`shape [${shape.join(", ")}] does not hold ${data.length} elements`);
  }
  return { shape, dtype: "F32", data };
}

/** Product of `shape`; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
