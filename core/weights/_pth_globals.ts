/**
 * The Python names that a `.pth` file may use, and what they give here. Everything else is refused.
 *
 * @module
 */
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import { isPickleKey, type PickleGlobal, type PickleHost } from "./pickle.ts";
import { type CopyBudget, MAX_RANK, type PthStorage, PthTensor } from "./pth_tensor.ts";
import type { StateDType } from "./state_dict.ts";

const STORAGE_DTYPE: ReadonlyMap<string, StateDType> = new Map([
  ["DoubleStorage", "F64"],
  ["FloatStorage", "F32"],
  ["HalfStorage", "F16"],
  ["BFloat16Storage", "BF16"],
  ["LongStorage", "I64"],
  ["IntStorage", "I32"],
  ["ShortStorage", "I16"],
  ["CharStorage", "I8"],
  ["ByteStorage", "U8"],
  ["BoolStorage", "BOOL"],
]);

const TORCH_DTYPES = new Set(
  "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool".split(" "),
);

/** Longest text that `_codecs.encode` takes: it holds the bytes of numpy's scalars, of 16 at most. */
const MAX_ENCODED = 16;

/** A storage and the place in it where a legacy "storage view" begins. */
class StorageView {
  constructor(readonly storage: PthStorage, readonly offset: number, readonly length: number) {}
}

/** A storage class such as `torch.FloatStorage`, which a pickle may name but not call. */
class StorageType implements PickleGlobal {
  constructor(readonly name: string, readonly dtype: StateDType) {}
}

/** numpy's dtype object, of which only the kind, the size and the byte order count. */
class NumpyDType {
  order: unknown = "<";
  constructor(readonly code: string) {}
}

/** Turns the pickle of a `.pth` file into plain data and {@linkcode PthTensor}s; collects the storages it names. */
export class PthHost implements PickleHost {
  /** Storages by key, in the order of the pickle. */
  readonly storages = new Map<string, PthStorage>();
  readonly #globals = new Map<string, PickleGlobal>();
  readonly #budget: CopyBudget;

  constructor(budget: CopyBudget) {
    this.#budget = budget;
    const add = (name: string, call?: PickleGlobal["call"]) =>
      this.#globals.set(name, call ? { name, call } : { name });
    add("collections.OrderedDict", orderedDict);
    add("collections.Counter", ([items]) => items instanceof Map ? items : new Map());
    add("torch.Size", ([sizes]) => sizes);
    add("torch.device", ([device]) => device);
    add("torch._utils._rebuild_tensor", (args) => this.#tensor(args));
    add("torch._utils._rebuild_tensor_v2", (args) => this.#tensor(args));
    add("torch._utils._rebuild_parameter", ([tensor]) => tensor);
    // With attributes of the parameter, which are dropped.
    add("torch._utils._rebuild_parameter_with_state", ([tensor]) => tensor);
    for (const name of TORCH_DTYPES) add(`torch.${name}`);
    for (const core of ["core", "_core"]) add(`numpy.${core}.multiarray.scalar`, numpyScalar);
    add("numpy.dtype", ([code]) => new NumpyDType(typeof code === "string" ? code : ""));
    add("_codecs.encode", encodeLatin1);
  }

  findGlobal(module: string, name: string): PickleGlobal | undefined {
    if (module === "torch" || module === "torch.cuda") {
      const dtype = STORAGE_DTYPE.get(name);
      if (dtype) return new StorageType(`${module}.${name}`, dtype);
    }
    if (module === "torch.storage" && name === "UntypedStorage") {
      return new StorageType("torch.storage.UntypedStorage", "U8");
    }
    return this.#globals.get(`${module}.${name}`);
  }

  /** `("storage", type, key, device, length)`, and in legacy files `(view key, offset, length)` or None after it. */
  persistentLoad(id: unknown): StorageView {
    const [tag, type, key, _device, length, view = null] = Array.isArray(id) ? id : [];
    if (
      tag !== "storage" || !(type instanceof StorageType) || typeof key !== "string" ||
      !isCount(length)
    ) {
      throw new WeightsFileError(
        "refused",
        "its pickle refers to something that is no tensor storage",
      );
    }
    const known = this.storages.get(key);
    if (known && (known.dtype !== type.dtype || known.length !== length)) {
      throw new WeightsFileError(
        "damaged",
        `storage ${quote(key)} has two types or sizes`,
      );
    }
    const storage = known ?? { key, dtype: type.dtype, length };
    this.storages.set(key, storage);
    if (view === null) return new StorageView(storage, 0, length);
    const [, offset, viewLength] = Array.isArray(view) ? view : [];
    if (!isCount(offset) || !isCount(viewLength) || offset + viewLength > length) {
      throw new WeightsFileError("damaged", `a view of storage ${quote(key)} leaves it`);
    }
    return new StorageView(storage, offset, viewLength);
  }

  build(target: unknown, state: unknown): boolean {
    // An OrderedDict's attributes: state dicts carry `_metadata`, versions of modules that nothing here needs.
    if (target instanceof Map) return true;
    if (!(target instanceof NumpyDType) || !Array.isArray(state)) return false;
    target.order = state[1];
    return true;
  }

  #tensor([view, offset, shape, stride]: readonly unknown[]): PthTensor {
    if (
      !(view instanceof StorageView) || !isCount(offset) || !isCounts(shape) || !isCounts(stride)
    ) {
      throw new WeightsFileError("damaged", "a tensor has a broken offset, shape or stride");
    }
    return new PthTensor(view.storage, view.offset + offset, shape, stride, this.#budget);
  }
}

/** Pairs are how Python 2 wrote them. They are moved out of their list: copies of one long list could fill the memory. */
function orderedDict([items]: readonly unknown[]): Map<unknown, unknown> {
  if (items === undefined) return new Map();
  if (items instanceof Map) return items;
  if (!Array.isArray(items) || Object.isFrozen(items) || !items.every(isPair)) {
    throw new WeightsFileError("damaged", "an OrderedDict is made of something else than pairs");
  }
  return new Map(items.splice(0));
}

function isPair(value: unknown): value is [unknown, unknown] {
  return Array.isArray(value) && value.length === 2 && isPickleKey(value[0]);
}

/** Numbers only: `numpy.float64(0.5)` and the like, which learning rates and metrics end up as. */
function numpyScalar([dtype, bytes]: readonly unknown[]): number | bigint | boolean {
  if (dtype instanceof NumpyDType && bytes instanceof Uint8Array && dtype.order !== ">") {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = Number(dtype.code.slice(1));
    if (bytes.length === size) {
      switch (dtype.code) {
        case "f8":
          return view.getFloat64(0, true);
        case "f4":
          return view.getFloat32(0, true);
        case "i8":
          return view.getBigInt64(0, true);
        case "i4":
          return view.getInt32(0, true);
        case "b1":
          return view.getUint8(0) !== 0;
      }
    }
  }
  throw new WeightsFileError("refused", "its pickle holds a numpy value that is no plain number");
}

/** `bytes` as Python 3 writes them for protocol 2: text whose characters are the bytes. */
function encodeLatin1([text, encoding]: readonly unknown[]): Uint8Array {
  if (typeof text !== "string" || text.length > MAX_ENCODED || encoding !== "latin1") {
    throw new WeightsFileError("refused", "its pickle encodes text that is no plain number");
  }
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MAX_RANK && value.every(isCount);
}
