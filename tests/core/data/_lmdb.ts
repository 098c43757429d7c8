/**
 * The data bases of `tests/data/lmdb` in memory, and what Python's lmdb reads in them.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LmdbSource } from "../../../core/data/_lmdb_tree.ts";

/** Folder of the data bases. */
export const LMDB_DATA: string = new URL("../../data/lmdb/", import.meta.url).pathname;

/** What `expected.json` says of one data base. */
export interface ExpectedDatabase {
  /** Levels of the tree. */
  readonly depth: number;
  /** Pages that large values take. */
  readonly overflow_pages: number;
  /** Length and SHA-256 of the value of each key; keys have one character a byte. */
  readonly values: { readonly [key: string]: readonly [length: number, sha256: string] };
}

/** What Python's lmdb reads, by data base. */
export async function expectedDatabases(): Promise<Record<string, ExpectedDatabase>> {
  return JSON.parse(await Deno.readTextFile(`${LMDB_DATA}expected.json`));
}

/** The data file of a data base. */
export async function dataFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (name !== "many") return await Deno.readFile(`${LMDB_DATA}${name}/data.mdb`);
  const packed = await Deno.readFile(`${LMDB_DATA}many.mdb.gz`);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A key's bytes. */
export function keyBytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0));
}

/** A data file in memory, which fails the test if it is read outside, or more often than a look-up may. */
export class MemorySource implements LmdbSource {
  /** Reads so far. */
  reads = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** Borrows the bytes. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** {@inheritDoc LmdbSource.size} */
  get size(): number {
    return this.#bytes.length;
  }

  /** {@inheritDoc LmdbSource.read} */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    assert.ok(offset >= 0 && length >= 0 && offset + length <= this.size, `${offset}+${length}`);
    // Two meta pages, 32 levels, and a value's header and body.
    assert.ok(++this.reads <= 36, "too many reads");
    return Promise.resolve(this.#bytes.slice(offset, offset + length));
  }
}
