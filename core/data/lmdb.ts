/**
 * Reading values from LMDB data bases as Python's `lmdb` writes them (LMDB 0.9, data format 1). Nothing is written.
 *
 * The file is read at the places that a key leads to, about six short reads for each, and never mapped or loaded whole;
 * it is opened for one look-up and closed again, so that nothing is left to be closed and any number of look-ups may go
 * on at once, in any thread. As BasicSR does, no lock is taken: a data base must not be written to while it is read.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { LmdbFault } from "./_lmdb_pages.ts";
import { type LmdbSource, LmdbTree } from "./_lmdb_tree.ts";
import { reason } from "./files.ts";

/**
 * Looks keys up in a data file.
 *
 * @param file The data file, `data.mdb` in the folder of a data base.
 * @param keys Keys to try, one after the other; text in UTF-8.
 * @param most Bytes of the value that are wanted, from its start; all of them by default.
 * @returns The value of the first key that is there (it belongs to the caller), or `undefined`.
 * @throws {UserError} With exit code DATA, naming the file, if it cannot be read, is damaged or cut off, or is of another
 * kind: data format 2, 32-bit or big-endian, with duplicates.
 */
export async function readLmdb(
  file: string,
  keys: readonly string[],
  most = Infinity,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    using opened = await Deno.open(file);
    const tree = await LmdbTree.open(await sourceOf(opened));
    for (const key of keys) {
      const value = await tree.get(new TextEncoder().encode(key), most);
      if (value !== undefined) return value;
    }
    return undefined;
  } catch (cause) {
    const why = cause instanceof LmdbFault ? cause.message : reason(cause);
    throw new UserError(`${file} ${why}`, ExitCode.DATA, { cause });
  }
}

async function sourceOf(file: Deno.FsFile): Promise<LmdbSource> {
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      // No disk is touched by this, so that nothing would be gained by waiting; and a look-up reads one thing at a time.
      file.seekSync(offset, Deno.SeekMode.Start);
      for (let done = 0; done < length;) {
        const n = await file.read(bytes.subarray(done));
        if (n === null) throw new LmdbFault("became shorter while it was read");
        done += n;
      }
      return bytes;
    },
  };
}
