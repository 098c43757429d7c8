/**
 * Looking keys up in an LMDB data base: from the newer meta page down through branches to a leaf, and to its value.
 *
 * As LMDB does, both meta pages must be sound and the one with the higher transaction counts. The tree is never deeper
 * than its meta page says, and that at most 32 levels, so that pages that point in a circle end in a fault.
 *
 * @module
 */
import {
  compareKeys,
  HEADER_BYTES,
  type LeafValue,
  LmdbFault,
  type Meta,
  META_BYTES,
  MOST_LEVELS,
  overflowPages,
  PageKind,
  parseMeta,
  TreePage,
} from "./_lmdb_pages.ts";

/** Where pages come from. */
export interface LmdbSource {
  /** Bytes of the file. */
  readonly size: number;
  /** Reads `length` bytes at `offset`, which lie within the file. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** One snapshot of a data base: what its newest transaction wrote. */
export class LmdbTree {
  readonly #source: LmdbSource;
  readonly #meta: Meta;

  private constructor(source: LmdbSource, meta: Meta) {
    this.#source = source;
    this.#meta = meta;
  }

  /** Reads the meta pages. */
  static async open(source: LmdbSource): Promise<LmdbTree> {
    const read = (offset: number): Promise<Uint8Array> =>
      source.read(offset, Math.max(0, Math.min(META_BYTES, source.size - offset)));
    const first = parseMeta(await read(0), 0);
    const second = parseMeta(await read(Math.min(first.pageSize, source.size)), 1);
    if (second.pageSize !== first.pageSize) {
      throw new LmdbFault("is damaged: its meta pages differ in the size of pages");
    }
    const meta = second.transaction > first.transaction ? second : first;
    if (meta.root !== undefined && (meta.depth === 0 || meta.depth > MOST_LEVELS)) {
      throw new LmdbFault(`is damaged: it says that its tree has ${meta.depth} levels`);
    }
    return new LmdbTree(source, meta);
  }

  /** The value of a key, its first `most` bytes; `undefined` if the key is not there. The result is the caller's. */
  async get(key: Uint8Array, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { root, depth } = this.#meta;
    if (root === undefined) return undefined;
    let which = root;
    for (let level = 1; level < depth; level++) {
      const page = new TreePage(await this.#page(which), which, PageKind.BRANCH);
      // The first key of a branch stands for all that are smaller, and is left empty.
      which = page.child(upperBound(page, key, 1) - 1);
    }
    const leaf = new TreePage(await this.#page(which), which, PageKind.LEAF);
    const node = upperBound(leaf, key, 0) - 1;
    if (node < 0 || compareKeys(leaf.key(node), key) !== 0) return undefined;
    return await this.#value(leaf.value(node), most);
  }

  async #value(value: LeafValue, most: number): Promise<Uint8Array<ArrayBuffer>> {
    if ("inline" in value) return value.inline.slice(0, most);
    const { page, size } = value;
    const pages = overflowPages(await this.#read(page, 0, HEADER_BYTES), page);
    if (HEADER_BYTES + size > pages * this.#meta.pageSize) {
      throw new LmdbFault(
        `is damaged: the ${size} bytes at page ${page} do not fit its ${pages} pages`,
      );
    }
    this.#inRange(page + pages - 1);
    return await this.#read(page, HEADER_BYTES, Math.min(size, most));
  }

  #page(which: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#read(which, 0, this.#meta.pageSize);
  }

  async #read(page: number, skip: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#inRange(page);
    const offset = page * this.#meta.pageSize + skip;
    // Pages that were never used may be missing at the end: only what is needed has to be there.
    if (offset + length > this.#source.size) {
      throw new LmdbFault(
        `is cut off: it ends at byte ${this.#source.size}, within page ${page} or before it`,
      );
    }
    return await this.#source.read(offset, length);
  }

  #inRange(page: number): void {
    const { lastPage } = this.#meta;
    if (page < 2 || page > lastPage) {
      throw new LmdbFault(`is damaged: page ${page} is named, its pages are 2 to ${lastPage}`);
    }
  }
}

/** The first node, from `low` on, whose key is greater; the number of nodes if none is. */
function upperBound(page: TreePage, key: Uint8Array, low: number): number {
  let high = page.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(page.key(middle), key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
