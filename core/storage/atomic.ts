/**
 * Files that are there whole or not at all: written beside their place, flushed to disk, then renamed.
 *
 * A process that is killed at any moment leaves the old file or the new one, and at worst a temporary file, which
 * `removeStaleTemporaries()` or `removeAbandonedTemporaries()` clears away at the next start.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { errnoOf, storageError } from "./_os_errors.ts";

/** What a file is written from: all bytes at once, or pieces that are made as they are needed. */
export type ByteSource = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** `.<name>.<pid>.<12 hex digits>.tmp`; the name is shortened, as file systems allow 255 bytes. */
const TEMPORARY = /^\..*\.(\d+)\.[0-9a-f]{12}\.tmp$/s;
const MAX_NAME_CHARACTERS = 40;

/**
 * Writes a file so that `path` never holds a part of it. The folder must exist. A link at `path` is replaced, not followed.
 *
 * @throws {UserError} STORAGE, naming the path and the system's error, if it cannot be written; `path` is then untouched
 * and the temporary file removed. Errors of `source` itself are thrown as they are.
 */
export async function writeAtomic(path: string, source: ByteSource): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, temporaryName(basename(path)));
  let created = false;
  let ours = true; // whether an error is of the file, not of `source`
  try {
    // createNew: never a file, or a link to one, that somebody put there.
    using file = Deno.openSync(temporary, { write: true, createNew: true });
    created = true;
    hold(file);
    ours = false;
    for await (const bytes of source instanceof Uint8Array ? [source] : source) {
      ours = true;
      await writeFully(file, bytes);
      ours = false;
    }
    ours = true;
    await file.sync();
  } catch (error) {
    if (created) await removeQuietly(temporary);
    throw ours ? storageError(path, "cannot be written", error) : error;
  }
  try {
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeQuietly(temporary);
    throw storageError(path, "cannot be replaced", error);
  }
  await syncFolder(folder);
}

/**
 * Makes `folder` and those above it, unless they are there.
 *
 * @throws {UserError} STORAGE, naming the folder and the system's error, if it cannot be made.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw storageError(folder, "cannot be created", error);
  }
}

/** Writes `text` as UTF-8; see {@linkcode writeAtomic}. */
export async function writeAtomicText(path: string, text: string): Promise<void> {
  await writeAtomic(path, new TextEncoder().encode(text));
}

/**
 * Removes the temporary files that killed processes left in `folder`, and returns their paths. Call it while holding the
 * folder's lock: files of any other process count as left over.
 *
 * @throws {UserError} STORAGE, if the folder cannot be read or a file cannot be removed.
 */
export async function removeStaleTemporaries(folder: string): Promise<string[]> {
  const removed: string[] = [];
  let path = folder;
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const pid = TEMPORARY.exec(name)?.[1];
      if (!isFile || pid === undefined || Number(pid) === Deno.pid) continue;
      path = join(folder, name);
      await Deno.remove(path);
      removed.push(path);
    }
  } catch (error) {
    throw storageError(path, "cannot be cleared away", error);
  }
  return removed.toSorted();
}

/**
 * Removes the temporary files in `folder` that nobody writes any more, and returns their paths: for folders that have no
 * lock of their own and that other processes may be writing to. Who writes a temporary holds a lock on it, which the system
 * drops when the process ends, however it ends. What cannot be looked at or removed stays, without complaint.
 */
export async function removeAbandonedTemporaries(folder: string): Promise<string[]> {
  const removed: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const pid = TEMPORARY.exec(name)?.[1];
      if (!isFile || pid === undefined || Number(pid) === Deno.pid) continue;
      const path = join(folder, name);
      if (!isAbandoned(path)) continue;
      await Deno.remove(path);
      removed.push(path);
    }
  } catch { /* it is not there, or not ours to clear */ }
  return removed.toSorted();
}

/** Locks a file while it is open. Some network file systems know no locks: there nothing counts as abandoned either. */
function hold(file: Deno.FsFile): void {
  try {
    file.lockSync(true);
  } catch { /* see above */ }
}

function isAbandoned(path: string): boolean {
  try {
    using file = Deno.openSync(path, { read: true, write: true });
    return file.tryLockSync(true);
  } catch {
    return false;
  }
}

/**
 * Removes the temporary files that this process is about to leave in `folder`, without waiting for anything and without
 * complaint: for a process that has to end at once.
 */
export function removeOwnTemporaries(folder: string): void {
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (Number(TEMPORARY.exec(name)?.[1]) === Deno.pid) Deno.removeSync(join(folder, name));
    }
  } catch { /* it is not there, or is gone by now */ }
}

/** Writes all of `bytes`: one call may write fewer, as on a disk that is about to be full. */
export async function writeFully(
  file: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

function temporaryName(name: string): string {
  const random = crypto.getRandomValues(new Uint8Array(6)).toHex();
  return `.${name.slice(0, MAX_NAME_CHARACTERS)}.${Deno.pid}.${random}.tmp`;
}

/** The first error is the one to report. */
async function removeQuietly(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}

/** Makes the rename itself durable. Windows, and some network file systems, do not sync folders. */
async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    using file = await Deno.open(folder);
    await file.sync();
  } catch (error) {
    if (errnoOf(error) !== "EINVAL" && errnoOf(error) !== "ENOTSUP") {
      throw storageError(folder, "cannot be flushed to disk", error);
    }
  }
}
