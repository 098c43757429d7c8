/**
 * The bytes of an image, from a file or from the LMDB data base of a folder: its path tells which.
 *
 * BasicSR's data bases have an image's name without its extension as key. Its own reader cuts names at their first dot,
 * though, so that it does not find `a.v1.png`, which its writer has put under `a.v1`. Here that key is tried first, and
 * `a` where it is not there.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { join, readBytes, reason, splitName } from "./files.ts";
import { readLmdb } from "./lmdb.ts";

/**
 * Reads an image's bytes.
 *
 * @param path A file, or a name below a folder that ends in `.lmdb`, which is looked up in the data base there.
 * @param most Bytes that are wanted, from the start; all of them by default.
 * @throws {UserError} With exit code DATA, naming the file, if it cannot be read, is not there, or is empty.
 */
export async function readImageBytes(
  path: string,
  most = Infinity,
): Promise<Uint8Array<ArrayBuffer>> {
  const inside = lmdbPlace(path);
  if (inside !== undefined) return await readFromLmdb(path, inside, most);
  return most === Infinity ? await readBytes(path) : await readStart(path, most);
}

/** A place in a data base. */
interface LmdbPlace {
  /** The folder of the data base. */
  readonly folder: string;
  /** The image's name. */
  readonly name: string;
}

function lmdbPlace(path: string): LmdbPlace | undefined {
  const [, folder, name] = /^(.*\.lmdb)[\\/]+(.+)$/s.exec(path) ?? [];
  return folder !== undefined && name !== undefined ? { folder, name } : undefined;
}

async function readFromLmdb(
  path: string,
  { folder, name }: LmdbPlace,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = join(folder, "data.mdb");
  const [stem] = splitName(name);
  const bytes = await readLmdb(file, [stem, name.split(".", 1)[0]!], most);
  if (bytes === undefined) {
    throw new UserError(
      `${path} does not exist: ${file} has no key ${JSON.stringify(stem)}`,
      ExitCode.DATA,
    );
  }
  if (bytes.length === 0) throw new UserError(`${path} is empty`, ExitCode.DATA);
  return bytes;
}

async function readStart(path: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch {
    return await readBytes(path); // which names the reason
  }
  using _ = file;
  const bytes = new Uint8Array(most);
  let length = 0;
  try {
    while (length < bytes.length) {
      const n = await file.read(bytes.subarray(length));
      if (n === null) break;
      length += n;
    }
  } catch (cause) {
    throw new UserError(`${path} ${reason(cause)}`, ExitCode.DATA, { cause });
  }
  return length === 0 ? await readBytes(path) : bytes.subarray(0, length);
}
