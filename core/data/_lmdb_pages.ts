/**
 * The pages of an LMDB data file, format 1 on 64-bit little-endian machines: meta pages, branches, leaves, overflow.
 *
 * Layout from `libraries/liblmdb/mdb.c` of LMDB 0.9 (`MDB_page`, `MDB_meta`, `MDB_node`). Nothing that a file says is
 * believed before it has been compared with the page and the file: what does not hold is an {@linkcode LmdbFault}.
 *
 * @module
 */

/** What is wrong with a data file; whoever knows the file's name puts it before. */
export class LmdbFault extends Error {}

/** Bytes of a page header. */
export const HEADER_BYTES = 16;
/** Bytes of a meta page that mean something: the header and `MDB_meta`. */
export const META_BYTES = 152;
/** Deepest tree: the size of the cursors' stacks (`CURSOR_STACK`). */
export const MOST_LEVELS = 32;

const MAGIC = 0xbeefc0de;
const MAGIC_SWAPPED = 0xdec0efbe;
const FORMAT = 1;
const NODE_HEADER = 8;
/** `md_flags` that change how keys or values are laid out: REVERSEKEY, DUPSORT, INTEGERKEY, DUPFIXED and so on. */
const OTHER_ORDER = 0x7e;

/** Kinds of pages, as in `mp_flags`. */
export const PageKind = { BRANCH: 0x01, LEAF: 0x02, OVERFLOW: 0x04, META: 0x08 } as const;
const KINDS = 0x2f; // those, and LEAF2 (0x20), which only data bases with duplicates have
const KIND_NAMES: Readonly<Record<number, string>> = {
  [PageKind.BRANCH]: "branch",
  [PageKind.LEAF]: "leaf",
  [PageKind.OVERFLOW]: "overflow",
};

const BIG_DATA = 0x01;
const SUB_DATA = 0x02;
const DUP_DATA = 0x04;

/** Where a snapshot of the data base begins. */
export interface Meta {
  /** Bytes a page. */
  readonly pageSize: number;
  /** Number of the last page in use. */
  readonly lastPage: number;
  /** Page at the root of the main tree; `undefined` if there is nothing in it. */
  readonly root: number | undefined;
  /** Levels of the main tree. */
  readonly depth: number;
  /** Transaction that wrote this meta page; the higher one of the two is valid. */
  readonly transaction: bigint;
}

/** Reads the meta page at `bytes`; `which` is its number, for messages. */
export function parseMeta(bytes: Uint8Array, which: number): Meta {
  const view = viewOf(bytes);
  const whole = (length: number): void => {
    if (bytes.length < length) throw new LmdbFault(`is cut off: meta page ${which} is not whole`);
  };
  whole(24);
  const magic = view.getUint32(16, true);
  if (magic !== MAGIC) {
    if (magic === MAGIC_SWAPPED) {
      throw new LmdbFault(
        "was written on a big-endian machine, which is not supported; make it anew",
      );
    }
    if (view.getUint32(12, true) === MAGIC) {
      throw new LmdbFault("was written on a 32-bit machine, which is not supported; make it anew");
    }
    throw new LmdbFault(
      which === 0 ? "is no LMDB data file" : `is damaged: page ${which} is no meta page`,
    );
  }
  const format = view.getUint32(20, true);
  if (format !== FORMAT) {
    throw new LmdbFault(
      `has LMDB's data format ${format}; only format 1 is read, which Python's lmdb writes`,
    );
  }
  whole(META_BYTES);
  if ((view.getUint16(10, true) & KINDS) !== PageKind.META) {
    throw new LmdbFault(`is damaged: page ${which} is not marked as a meta page`);
  }
  const pageSize = view.getUint32(40, true);
  // LMDB takes the operating system's page size, up to 32768; offsets within a page have 16 bits.
  if (pageSize < 256 || pageSize > 0x8000 || (pageSize & (pageSize - 1)) !== 0) {
    throw new LmdbFault(`is damaged: meta page ${which} says ${pageSize} bytes a page`);
  }
  if ((view.getUint16(92, true) & OTHER_ORDER) !== 0) {
    throw new LmdbFault(
      "has duplicates or an order of keys of its own (dupsort, integerkey, …), " +
        "which is not supported",
    );
  }
  const lastPage = number(view, 136, `meta page ${which}`);
  if (!Number.isSafeInteger((lastPage + 1) * pageSize)) {
    throw new LmdbFault(`is damaged: meta page ${which} says that its last page is ${lastPage}`);
  }
  const none = view.getBigUint64(128, true) === 2n ** 64n - 1n;
  return {
    pageSize,
    lastPage,
    root: none ? undefined : number(view, 128, `meta page ${which}`),
    depth: view.getUint16(94, true),
    transaction: view.getBigUint64(144, true),
  };
}

/** A node of a leaf: its value, or where that is. */
export type LeafValue =
  | { readonly inline: Uint8Array }
  | { readonly page: number; readonly size: number };

/** A branch or leaf page whose header has been checked; nodes are checked as they are asked for. */
export class TreePage {
  /** Number of nodes, at least one. */
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #upper: number;

  /** Checks the header of page `which`, which must be of this kind. */
  constructor(bytes: Uint8Array, readonly which: number, kind: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    checkHeader(this.#view, which, kind);
    const lower = this.#view.getUint16(12, true);
    this.#upper = this.#view.getUint16(14, true);
    this.count = (lower - HEADER_BYTES) / 2;
    if (
      lower <= HEADER_BYTES || lower % 2 !== 0 || lower > this.#upper ||
      this.#upper > bytes.length
    ) throw new LmdbFault(`is damaged: page ${which} says that it has ${this.count} nodes`);
  }

  /** The key of a node. */
  key(node: number): Uint8Array {
    const at = this.#start(node);
    return this.#bytes.subarray(at + NODE_HEADER, at + NODE_HEADER + this.#keySize(at));
  }

  /** The page below a node of a branch. */
  child(node: number): number {
    const at = this.#start(node);
    // The flags of a branch's node are the upper 16 bits of a page number of 48 bits.
    return this.#view.getUint32(at, true) + this.#view.getUint16(at + 4, true) * 2 ** 32;
  }

  /** The value of a node of a leaf. */
  value(node: number): LeafValue {
    const at = this.#start(node);
    const size = this.#view.getUint32(at, true), flags = this.#view.getUint16(at + 4, true);
    if ((flags & SUB_DATA) !== 0) {
      throw new LmdbFault("holds a data base of its own under that key, not a value");
    }
    if ((flags & DUP_DATA) !== 0) throw new LmdbFault("holds several values under that key");
    const data = at + NODE_HEADER + this.#keySize(at);
    const big = (flags & BIG_DATA) !== 0;
    const end = data + (big ? 8 : size);
    if ((flags & ~BIG_DATA) !== 0 || end > this.#bytes.length) throw this.#wrong(node);
    return big
      ? { page: number(this.#view, data, `page ${this.which}`), size }
      : { inline: this.#bytes.subarray(data, end) };
  }

  /** Where a node begins; header and key lie within the page. */
  #start(node: number): number {
    const at = this.#view.getUint16(HEADER_BYTES + 2 * node, true);
    if (
      at < this.#upper || at + NODE_HEADER > this.#bytes.length ||
      at + NODE_HEADER + this.#keySize(at) > this.#bytes.length
    ) throw this.#wrong(node);
    return at;
  }

  #keySize(at: number): number {
    return this.#view.getUint16(at + 6, true);
  }

  #wrong(node: number): LmdbFault {
    return new LmdbFault(`is damaged: node ${node} of page ${this.which} does not lie within it`);
  }
}

/** How many pages the value takes that begins with this header of overflow page `which`. */
export function overflowPages(header: Uint8Array, which: number): number {
  const view = viewOf(header);
  checkHeader(view, which, PageKind.OVERFLOW);
  return view.getUint32(12, true);
}

/** LMDB's order: by bytes, and of two keys that begin alike the shorter one first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function checkHeader(view: DataView, which: number, kind: number): void {
  const is = view.getUint16(10, true) & KINDS;
  if (is !== kind) {
    throw new LmdbFault(`is damaged: page ${which} is no ${KIND_NAMES[kind]} page`);
  }
  if (view.getBigUint64(0, true) !== BigInt(which)) {
    throw new LmdbFault(`is damaged: page ${which} says that it is another one`);
  }
}

/** A 64-bit number; one that a double cannot hold is beyond every file. */
function number(view: DataView, at: number, where: string): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new LmdbFault(`is damaged: ${where} names page ${value}`);
  }
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
