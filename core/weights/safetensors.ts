/**
 * safetensors files: eight bytes of header length, a JSON header, the tensors' bytes.
 *
 * Reading checks everything that the format promises before a tensor is handed out, so that no header, however made,
 * leads to reading outside the file or to a large allocation. Writing gives the same bytes for the same content.
 *
 * Format: https://github.com/huggingface/safetensors#format
 *
 * @module
 */
import { decodeElements, encodeElements, isStateDType, ITEM_SIZE } from "./_dtypes.ts";
import { type HeaderEntry, parseHeader, quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import type { StateDict, StateDType, StateTensor } from "./state_dict.ts";

/** Longest header that is read, in bytes; the format's own limit. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Content of a safetensors file. */
export interface Safetensors {
  /** The tensors in the order of the header. */
  readonly tensors: StateDict;
  /** The strings of the header's `__metadata__`. */
  readonly metadata: Record<string, string>;
}

/** A safetensors file ready to be written: the pieces in order, of which the tensors are not copied. */
export interface EncodedSafetensors {
  /** Length word and JSON header, padded to a multiple of eight bytes. */
  readonly header: Uint8Array;
  /** Bytes of the tensors, in the order of the file. */
  readonly chunks: readonly Uint8Array[];
  /** Length of the whole file in bytes. */
  readonly byteLength: number;
}

/** How tensors are written. */
export interface SafetensorsWriteOptions {
  /** Stores all tensors held in a `Float32Array` as this type; by default each as its own `dtype`. */
  readonly floats?: "F32" | "F16" | "BF16";
}

/**
 * Reads the bytes of a safetensors file. Tensors of types that JavaScript has are views of `bytes` where their place in
 * the file allows it; they never overlap.
 *
 * @throws {WeightsFileError} If the bytes break a rule of the format, or hold an element type that is not read here.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const start = headerEnd(bytes);
  const { entries, metadata } = parseHeader(bytes.subarray(8, start));
  checkLayout(entries, bytes.length - start);
  const tensors: StateDict = new Map();
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const data = decodeElements(bytes.subarray(start + begin, start + end), dtype as StateDType);
    tensors.set(name, { shape, dtype: dtype as StateDType, data });
  }
  // fromEntries defines keys, so that even "__proto__" is an ordinary one.
  return { tensors, metadata: Object.fromEntries(metadata) };
}

/** Whether `bytes` (ten or more, from the start of a file) look like a safetensors file, sound or not. */
export function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes.length >= 10 && bytes[8] === 0x7b &&
    (bytes[9] === 0x22 || isSpaceOrBrace(bytes[9]!));
}

/**
 * Lays out a safetensors file without copying the tensors. The header lists the names in the order of `tensors`, which is
 * the order they are read back in; the bytes are ordered by element size, largest first, so that every tensor is aligned
 * as other readers want it. `metadata` is sorted by key.
 *
 * @throws {RangeError | TypeError} If a tensor's data do not fit its shape and dtype, or a name is `__metadata__`.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StateTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsWriteOptions = {},
): EncodedSafetensors {
  const list = [...tensors].map(([name, tensor]) => encodeTensor(name, tensor, options));
  const inFile = list.toSorted((a, b) => ITEM_SIZE[b.dtype] - ITEM_SIZE[a.dtype]); // stable
  let length = 0;
  const offsets = new Map<string, number>();
  for (const { name, bytes } of inFile) {
    offsets.set(name, length);
    length += bytes.length;
  }
  const parts: string[] = [];
  const keys = Object.keys(metadata).toSorted();
  if (keys.length > 0) {
    const pairs = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
    parts.push(`"__metadata__":{${pairs.join(",")}}`);
  }
  for (const { name, dtype, shape, bytes } of list) {
    const begin = offsets.get(name)!;
    const info = { dtype, shape, data_offsets: [begin, begin + bytes.length] };
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
  }
  const json = new TextEncoder().encode(`{${parts.join(",")}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  if (padded > MAX_HEADER_BYTES) {
    throw new RangeError(`the safetensors header would take ${padded} bytes, at most 100 MB fit`);
  }
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  const chunks = inFile.map(({ bytes }) => bytes);
  return { header, chunks, byteLength: header.length + length };
}

/**
 * The bytes of a safetensors file; see {@linkcode encodeSafetensors} for the layout and what is thrown.
 *
 * @example
 * ```ts
 * import { float32Tensor, readSafetensors, writeSafetensors } from "./mod.ts";
 * const bytes = writeSafetensors(new Map([["bias", float32Tensor([2], Float32Array.of(1, 2))]]));
 * console.assert(readSafetensors(bytes).tensors.get("bias")?.data[1] === 2);
 * ```
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StateTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsWriteOptions = {},
): Uint8Array {
  const { header, chunks, byteLength } = encodeSafetensors(tensors, metadata, options);
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of [header, ...chunks]) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Where the header ends and the tensors begin, in bytes from the start of the file.
 *
 * @throws {WeightsFileError} If the length word does not fit into `fileSize`, by default the length of `bytes`.
 */
export function headerEnd(bytes: Uint8Array, fileSize: number = bytes.length): number {
  if (bytes.length < 8) {
    throw new WeightsFileError(
      "damaged",
      `a safetensors file has 8 bytes at least, not ${bytes.length}`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new WeightsFileError(
      "damaged",
      `the safetensors header claims ${length} bytes, at most ${MAX_HEADER_BYTES} are allowed`,
    );
  }
  const end = 8 + Number(length);
  if (end > fileSize) {
    throw new WeightsFileError(
      "damaged",
      `the safetensors header claims ${length} bytes, but only ${
        fileSize - 8
      } follow: the file is cut off`,
    );
  }
  return end;
}

/** Checks that the tensors fill the `size` bytes after the header without a gap or an overlap. */
function checkLayout(entries: ReadonlyMap<string, HeaderEntry>, size: number): void {
  const sorted = [...entries].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const [name, { dtype, shape, begin, end }] of sorted) {
    if (!isStateDType(dtype)) {
      throw new WeightsFileError("unsupported", `tensor ${quote(name)} has dtype ${quote(dtype)}`);
    }
    let need = ITEM_SIZE[dtype];
    for (const n of shape) {
      need *= n;
      if (!Number.isSafeInteger(need)) {
        throw new WeightsFileError("damaged", `the shape of tensor ${quote(name)} overflows`);
      }
    }
    if (begin !== at || end < begin) {
      throw new WeightsFileError(
        "damaged",
        `tensor ${
          quote(name)
        } lies at bytes ${begin} to ${end}, but must begin at ${at}: no gaps, no overlaps`,
      );
    }
    if (end - begin !== need) {
      throw new WeightsFileError(
        "damaged",
        `tensor ${quote(name)} takes ${end - begin} bytes, but ${dtype} [${
          shape.slice(0, 16)
        }] needs ${need}`,
      );
    }
    at = end;
  }
  if (at !== size) {
    throw new WeightsFileError(
      "damaged",
      at > size
        ? `the tensors take ${at} bytes, but only ${size} follow the header: the file is cut off`
        : `${size - at} bytes follow the last tensor`,
    );
  }
}

function encodeTensor(name: string, tensor: StateTensor, { floats }: SafetensorsWriteOptions): {
  name: string;
  dtype: StateDType;
  shape: readonly number[];
  bytes: Uint8Array;
} {
  if (name === "__metadata__") throw new RangeError('no tensor can be named "__metadata__"');
  const dtype = floats && tensor.data instanceof Float32Array ? floats : tensor.dtype;
  try {
    return { name, dtype, shape: tensor.shape, bytes: encodeElements({ ...tensor, dtype }) };
  } catch (error) {
    if (error instanceof Error) error.message = `tensor ${quote(name)}: ${error.message}`;
    throw error;
  }
}

function isSpaceOrBrace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x7d;
}
