/**
 * Writes what `torch.load(weights_only=True)` reads: a zip archive with a pickle of dicts and tensors, and one entry for the
 * bytes of each tensor, which begin at multiples of 64 bytes so that PyTorch can map the file into memory.
 *
 * Facts on the layout: PyTorch's torch/serialization.py and caffe2/serialize/inline_container.cc (BSD-3-Clause), read, not
 * ported. The same content gives the same bytes.
 *
 * @module
 */
import { encodeElements } from "./_dtypes.ts";
import { PickleWriter } from "./_pickle_writer.ts";
import { quote } from "./_safetensors_header.ts";
import { ZipWriter } from "./_zip_writer.ts";
import { elementCount, type StateDict, type StateDType, type StateTensor } from "./state_dict.ts";

/** How tensors are written. */
export interface PthWriteOptions {
  /** Stores all tensors held in a `Float32Array` as this type; by default each as its own `dtype`. */
  readonly floats?: "F32" | "F16" | "BF16";
}

/** What a `.pth` file is made of: tensors without a key, or sets of them by key (`params`, `params_ema`). */
export type PthContent = StateDict | Readonly<Record<string, StateDict>>;

/** Folder within the archive; PyTorch takes any. */
const FOLDER = "archive/";
/** Where tensors begin, in bytes; PyTorch's own choice. */
const ALIGNMENT = 64;

/** Classes of `torch` whose pickled names stand for element types. */
const STORAGE: Readonly<Partial<Record<StateDType, string>>> = {
  F64: "DoubleStorage",
  F32: "FloatStorage",
  F16: "HalfStorage",
  BF16: "BFloat16Storage",
  I64: "LongStorage",
  I32: "IntStorage",
  I16: "ShortStorage",
  I8: "CharStorage",
  U8: "ByteStorage",
  BOOL: "BoolStorage",
};

/**
 * The bytes of a `.pth` file piece by piece, for `writeAtomic()`; tensors are encoded when their turn comes, so that no
 * second copy of the network is held. Everything is checked before the first piece is made.
 *
 * @throws {RangeError | TypeError} If a tensor's data do not fit its shape and dtype, PyTorch has no storage for the dtype,
 * or the file would take 4 GiB or more.
 *
 * @example
 * ```ts ignore
 * await writeAtomic("net_g.pth", encodePth({ params: await net.stateDict() }));
 * ```
 */
export function encodePth(
  content: PthContent,
  options: PthWriteOptions = {},
): Iterable<Uint8Array> {
  const tensors: StateTensor[] = [];
  const pickle = new PickleWriter();
  const put = (set: StateDict) =>
    pickle.orderedDict([...set], (name, tensor) => {
      const dtype = options.floats && tensor.data instanceof Float32Array
        ? options.floats
        : tensor.dtype;
      checkTensor(name, tensor, dtype);
      putTensor(pickle, { ...tensor, dtype }, tensors.push({ ...tensor, dtype }) - 1);
    });
  if (content instanceof Map) put(content);
  else pickle.dict(Object.entries(content), (_key, set) => put(set));
  const data = pickle.finish();
  return pieces(data, tensors);
}

/** The bytes of a `.pth` file; see {@linkcode encodePth} for what is thrown. */
export function writePth(content: PthContent, options: PthWriteOptions = {}): Uint8Array {
  const chunks = [...encodePth(content, options)];
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function* pieces(data: Uint8Array, tensors: readonly StateTensor[]): Generator<Uint8Array> {
  const zip = new ZipWriter(ALIGNMENT);
  const text = (words: string) => new TextEncoder().encode(words);
  yield* zip.entry(`${FOLDER}data.pkl`, data);
  yield* zip.entry(`${FOLDER}byteorder`, text("little"));
  for (const [index, tensor] of tensors.entries()) {
    yield* zip.entry(`${FOLDER}data/${index}`, encodeElements(tensor));
  }
  yield* zip.entry(`${FOLDER}version`, text("3\n"));
  yield* zip.end();
}

function checkTensor(name: string, tensor: StateTensor, dtype: StateDType): void {
  if (STORAGE[dtype] === undefined) {
    throw new RangeError(`tensor ${quote(name)}: PyTorch's files have no storage for ${dtype}`);
  }
  try {
    // An empty one of the same kind: the checks without the copy.
    encodeElements({ shape: [0], dtype, data: tensor.data.subarray(0, 0) });
    if (elementCount(tensor.shape) !== tensor.data.length) encodeElements(tensor);
    for (const size of tensor.shape) {
      if (size > 0x7fffffff) throw new RangeError(`size ${size} is too large`);
    }
  } catch (error) {
    if (error instanceof Error) error.message = `tensor ${quote(name)}: ${error.message}`;
    throw error;
  }
}

/** `torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, hooks)`. */
function putTensor(pickle: PickleWriter, { shape, dtype, data }: StateTensor, key: number): void {
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.tuple(() => {
    pickle.tuple(() => {
      pickle.text("storage");
      pickle.global("torch", STORAGE[dtype]!);
      pickle.text(String(key));
      pickle.text("cpu");
      pickle.int(data.length);
    });
    pickle.persistentId();
    pickle.int(0);
    pickle.tuple(() => shape.forEach((size) => pickle.int(size)));
    pickle.tuple(() => strides(shape).forEach((size) => pickle.int(size)));
    pickle.false();
    pickle.orderedDict([], () => {});
  });
  pickle.reduce();
}

/** Steps of a row-major tensor, in elements. */
function strides(shape: readonly number[]): number[] {
  const steps: number[] = [];
  let step = 1;
  for (const size of shape.toReversed()) {
    steps.unshift(step);
    step *= Math.max(1, size);
  }
  return steps;
}
