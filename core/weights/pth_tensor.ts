/**
 * Tensors of a `.pth` file: views of a storage by offset, sizes and strides, copied out only when they are wanted.
 *
 * @module
 */
import { decodeElements, ITEM_SIZE } from "./_dtypes.ts";
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import type { StateDType, StateTensor, TensorSource } from "./state_dict.ts";

/** Most dimensions of a tensor; PyTorch has the same limit. */
export const MAX_RANK = 64;
/** Bytes that the views of a file may expand to in total: this, or four times the file. */
const MIN_BUDGET = 1 << 24;

/** The bytes that tensors of a file lie in. `bytes` is set when the reader has come to them. */
export interface PthStorage {
  /** Name of the storage within the file. */
  readonly key: string;
  /** Element type. */
  readonly dtype: StateDType;
  /** Number of elements. */
  readonly length: number;
  /** The elements' bytes in the file. */
  bytes?: Uint8Array;
}

/**
 * Bounds what copying the tensors of one file may allocate: a view of stride 0 makes any shape out of one element.
 */
export class CopyBudget {
  #left: number;

  /** Creates the budget for a file of `fileSize` bytes. */
  constructor(fileSize: number) {
    this.#left = Math.max(MIN_BUDGET, 4 * fileSize);
  }

  /**
   * Takes `bytes` out of the budget.
   *
   * @throws {WeightsFileError} If it is used up.
   */
  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) {
      throw new WeightsFileError(
        "refused",
        "its tensors are views that expand to far more memory than the file has",
      );
    }
  }
}

/** A tensor of a `.pth` file. */
export class PthTensor implements TensorSource {
  readonly #storage: PthStorage;
  readonly #offset: number;
  readonly #stride: readonly number[];
  readonly #budget: CopyBudget;

  /** Creates the view; offset and strides count elements, and are checked on {@linkcode load}. */
  constructor(
    storage: PthStorage,
    offset: number,
    readonly shape: readonly number[],
    stride: readonly number[],
    budget: CopyBudget,
  ) {
    this.#storage = storage;
    this.#offset = offset;
    this.#stride = stride;
    this.#budget = budget;
  }

  /** Element type in the file. */
  get dtype(): StateDType {
    return this.#storage.dtype;
  }

  /**
   * Copies the elements, row-major.
   *
   * @throws {WeightsFileError} If the view reaches out of its storage, or the file's views expand to too much.
   */
  load(): StateTensor {
    const { shape, dtype } = this;
    const size = ITEM_SIZE[dtype];
    const count = this.#checkedCount();
    // Float16 and bfloat16 are widened to four bytes.
    this.#budget.take(count * Math.max(4, size));
    const start = this.#offset * size;
    const packed = count === 0 || this.#isContiguous()
      ? new Uint8Array(this.#bytes().subarray(start, start + count * size))
      : this.#gather(count, size);
    return { shape, dtype, data: decodeElements(packed, dtype) };
  }

  #bytes(): Uint8Array {
    const { bytes, key } = this.#storage;
    if (!bytes) throw new WeightsFileError("damaged", `storage ${quote(key)} is missing`);
    return bytes;
  }

  /** Number of elements, after checking that all of them lie in the storage. */
  #checkedCount(): number {
    const { shape } = this;
    const stride = this.#stride;
    let count = 1, last = this.#offset;
    for (let i = 0; i < shape.length; i++) {
      count *= shape[i]!;
      last += (shape[i]! - 1) * stride[i]!;
    }
    const numbers = [this.#offset, ...shape, ...stride, count];
    if (
      shape.length !== stride.length ||
      !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)
    ) {
      throw new WeightsFileError(
        "damaged",
        `a tensor of shape [${shape.slice(0, 8)}] makes no sense`,
      );
    }
    if (count > 0 && last >= this.#storage.length) {
      throw new WeightsFileError(
        "damaged",
        `a tensor of shape [${shape}] reaches element ${last} of storage ` +
          `${quote(this.#storage.key)}, which has ${this.#storage.length}`,
      );
    }
    return count;
  }

  #isContiguous(): boolean {
    let expected = 1;
    for (let i = this.shape.length - 1; i >= 0; i--) {
      if (this.shape[i] !== 1 && this.#stride[i] !== expected) return false;
      expected *= this.shape[i]!;
    }
    return true;
  }

  /** Copies element by element, counting through the indices like an odometer; the last axis in a loop of its own. */
  #gather(count: number, size: number): Uint8Array {
    const from = elementsOf(this.#bytes(), size);
    const packed = new Uint8Array(count * size);
    const to = elementsOf(packed, size);
    const { shape } = this;
    const stride = this.#stride;
    const last = shape.length - 1;
    const run = shape[last]!, step = stride[last]!;
    const index = new Array<number>(shape.length).fill(0);
    let at = this.#offset;
    for (let place = 0; place < count; place += run) {
      for (let k = 0; k < run; k++) to[place + k] = from[at + k * step]!;
      for (let axis = last - 1; axis >= 0; axis--) {
        at += stride[axis]!;
        if (++index[axis]! < shape[axis]!) break;
        at -= stride[axis]! * shape[axis]!;
        index[axis] = 0;
      }
    }
    return packed;
  }
}

/** `bytes` as items of `size` bytes, whatever they mean; a copy where they are not aligned. */
function elementsOf(bytes: Uint8Array, size: number): { [index: number]: number } {
  const { buffer, byteOffset, length } = bytes.byteOffset % size === 0
    ? bytes
    : new Uint8Array(bytes);
  if (size === 1) return new Uint8Array(buffer, byteOffset, length);
  if (size === 2) return new Uint16Array(buffer, byteOffset, length / 2);
  if (size === 4) return new Uint32Array(buffer, byteOffset, length / 4);
  // Not as float64, which may change the bits of what it takes for NaN; items are only moved, so their type is no matter.
  return new BigUint64Array(buffer, byteOffset, length / 8) as unknown as {
    [index: number]: number;
  };
}
