/**
 * Builders of files for tests: pickles opcode by opcode, zip archives, files of torch.save().
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32, deflateRawSync } from "node:zlib";

/** Bytes of small numbers, texts (latin1) and other bytes, one after the other. */
export function bytesOf(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === "number"
          ? Uint8Array.of(part)
          : typeof part === "string"
          ? Buffer.from(part, "latin1")
          : part
      ),
    ),
  );
}

/** `value` as `size` little-endian bytes. */
export function little(value: number | bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 255n);
  return bytes;
}

/** Pickle opcodes; `op.text("a")` and the like push a value. */
export const op = {
  text: (text: string) => bytesOf("X", little(Buffer.byteLength(text), 4), Buffer.from(text)),
  int: (value: number) => bytesOf("J", little(value >>> 0, 4)),
  global: (module: string, name: string) => bytesOf("c", module, "\n", name, "\n"),
  tuple: (...items: readonly Uint8Array[]) => bytesOf("(", ...items, "t"),
  list: (...items: readonly Uint8Array[]) => bytesOf("](", ...items, "e"),
  dict: (entries: Readonly<Record<string, Uint8Array>>) =>
    bytesOf("}(", ...Object.entries(entries).flatMap(([key, value]) => [op.text(key), value]), "u"),
  call: (callee: Uint8Array, ...args: readonly Uint8Array[]) =>
    bytesOf(callee, op.tuple(...args), "R"),
  ints: (values: readonly number[]) => op.tuple(...values.map(op.int)),
  none: bytesOf("N"),
  no: bytesOf("\x89"),
};

/** A whole pickle of protocol 2. */
export function pickle(...body: readonly Uint8Array[]): Uint8Array {
  return bytesOf("\x80\x02", ...body, ".");
}

/** The opcodes of a tensor, as torch.save() writes them. */
export function tensor(options: {
  key: string;
  length: number;
  shape: readonly number[];
  stride: readonly number[];
  offset?: number;
  type?: string;
}): Uint8Array {
  const { key, length, shape, stride, offset = 0, type = "FloatStorage" } = options;
  const storage = op.tuple(
    op.text("storage"),
    op.global("torch", type),
    op.text(key),
    op.text("cpu"),
    op.int(length),
  );
  return op.call(
    op.global("torch._utils", "_rebuild_tensor_v2"),
    bytesOf(storage, "Q"),
    op.int(offset),
    op.ints(shape),
    op.ints(stride),
    op.no,
    op.call(op.global("collections", "OrderedDict")),
  );
}

/** An entry of a zip archive. */
export interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  /** What the headers claim, where it is not the truth. */
  readonly claim?: { readonly size?: number; readonly crc?: number; readonly flags?: number };
  /** Kind and rights of the file, as Unix has them. */
  readonly mode?: number;
}

/** A zip archive. */
export function zip(entries: readonly Entry[], options: { zip64?: boolean } = {}): Uint8Array {
  const local: Uint8Array[] = [], central: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes, deflate, claim, mode = 0 } of entries) {
    const packed = deflate ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const size = claim?.size ?? bytes.length;
    const facts = bytesOf(
      little(claim?.flags ?? 0, 2),
      little(deflate ? 8 : 0, 2),
      little(0, 4),
      little(claim?.crc ?? crc32(bytes), 4),
    );
    const sizes = bytesOf(little(packed.length, 4), little(size, 4));
    const file = bytesOf("PK\x03\x04", little(20, 2), facts, sizes, little(name.length, 2));
    local.push(bytesOf(file, little(0, 2), name, packed));
    const big = options.zip64;
    const extra = big
      ? bytesOf(
        little(1, 2),
        little(24, 2),
        little(size, 8),
        little(packed.length, 8),
        little(at, 8),
      )
      : new Uint8Array();
    central.push(bytesOf(
      ...["PK\x01\x02", little(20, 2), little(20, 2), facts],
      big ? little(0xffffffffffffffffn, 8) : sizes,
      ...[little(name.length, 2), little(extra.length, 2), little(0, 6), little(0, 2)],
      little(mode, 2),
      ...[little(big ? 0xffffffff : at, 4), name, extra],
    ));
    at += local.at(-1)!.length;
  }
  const table = bytesOf(...central);
  const end64 = bytesOf(
    ...["PK\x06\x06", little(44, 8), little(0, 12), little(entries.length, 8)],
    ...[little(entries.length, 8), little(table.length, 8), little(at, 8)],
    ...["PK\x06\x07", little(0, 4), little(at + table.length, 8), little(1, 4)],
  );
  const counts = options.zip64 ? little(0xffffffffffffffffffffffffn, 12) : bytesOf(
    little(entries.length, 2),
    little(entries.length, 2),
    little(table.length, 4),
    little(at, 4),
  );
  return bytesOf(
    ...[...local, table, options.zip64 ? end64 : ""],
    ...["PK\x05\x06", little(0, 4), counts, little(0, 2)],
  );
}

/** A file of torch.save() in zip form: `body` is the pickled value, `storages` the bytes by key. */
export function pthZip(
  body: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  options: { zip64?: boolean; deflate?: boolean; more?: readonly Entry[] } = {},
): Uint8Array {
  const { deflate } = options;
  return zip([
    { name: "archive/data.pkl", bytes: pickle(body), deflate },
    ...Object.entries(storages).map(([key, bytes]) => ({
      name: `archive/data/${key}`,
      bytes,
      deflate,
    })),
    ...options.more ?? [],
  ], options);
}

/** The bytes of a typed array. */
export function raw(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
}

/** Bytes of a fixture under tests/data/weights. */
export function fixture(name: string): Uint8Array {
  return Deno.readFileSync(fixturePath(name));
}

/** Path of a fixture under tests/data/weights. */
export function fixturePath(name: string): string {
  return new URL(`../../data/weights/${name}`, import.meta.url).pathname;
}
