/**
 * One run per experiment folder: an advisory lock on the file `.lock` in it.
 *
 * The operating system drops the lock when the process ends, however it ends, so that a crash leaves nothing to clean up.
 *
 * @module
 */
import { join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { storageError } from "./_os_errors.ts";
import { writeFully } from "./atomic.ts";

/** A held lock; dispose of it to let the next run in. */
export class FolderLock implements Disposable {
  #file: Deno.FsFile | undefined;

  /** Takes over `file`, which is locked. Use {@linkcode lockFolder} to get one. */
  constructor(
    /** The folder that is locked. */
    readonly folder: string,
    file: Deno.FsFile,
  ) {
    this.#file = file;
  }

  /** Releases the lock; a second call does nothing. */
  [Symbol.dispose](): void {
    const file = this.#file;
    this.#file = undefined;
    // The file stays: whoever removed it could remove one that the next run has just locked.
    if (!file) return;
    try {
      file.truncateSync(0);
    } finally {
      file.close(); // and thereby unlocks
    }
  }
}

/**
 * Locks `folder`, which is created if it is missing.
 *
 * @throws {UserError} STORAGE, if another run holds the lock (the message names it), or the file cannot be made.
 *
 * @example
 * ```ts
 * import { lockFolder } from "./mod.ts";
 * const folder = await Deno.makeTempDir();
 * {
 *   using lock = await lockFolder(folder);
 *   console.assert(lock.folder === folder);
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, ".lock");
  let file: Deno.FsFile | undefined;
  try {
    await Deno.mkdir(folder, { recursive: true });
    file = await Deno.open(path, { read: true, write: true, create: true });
    if (!await file.tryLock(true)) {
      throw new UserError(
        `${folder}: another run works in this folder (${await holder(
          path,
        )}): wait for it, stop it, or choose ` +
          "another name",
        ExitCode.STORAGE,
      );
    }
    await file.truncate(0);
    const text = `pid ${Deno.pid} on ${hostname()}, since ${new Date().toISOString()}\n`;
    await writeFully(file, new TextEncoder().encode(text));
    return new FolderLock(folder, file);
  } catch (error) {
    file?.close();
    throw storageError(path, "cannot be locked", error);
  }
}

/** What the holder wrote about itself; it may just be about to. */
async function holder(path: string): Promise<string> {
  const text = await Deno.readTextFile(path);
  return text.trim() || "it has not said which";
}

/** The machine's name, where Deno may ask for it without prompting anybody. */
function hostname(): string {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : "this machine";
}
