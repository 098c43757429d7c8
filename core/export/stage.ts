/**
 * Folders that are there whole or not at all: written beside their place, then renamed.
 *
 * A process that is killed leaves a hidden folder, which the next export into the same folder clears away.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { storageError } from "../storage/mod.ts";

/** `.<name>.<pid>.<12 hex digits>.export`. */
const TEMPORARY = /^\.([\w-]+)\.(\d+)\.[0-9a-f]{12}\.export$/;
/** Locked while somebody writes there. */
const LOCK = "lock";
/** Where what was there before waits until the new one is in its place. */
const OLD = "old";
const NEW = "new";

/** A folder that becomes `goal` when it is finished. */
export class Stage implements AsyncDisposable {
  readonly #outer: string;
  readonly #lock: Deno.FsFile;

  private constructor(
    /** What it becomes. */
    readonly goal: string,
    outer: string,
    lock: Deno.FsFile,
  ) {
    this.#outer = outer;
    this.#lock = lock;
  }

  /**
   * Makes an empty folder beside `goal`.
   *
   * @throws {UserError} STORAGE, if it cannot be made.
   */
  static async open(goal: string, name: string): Promise<Stage> {
    const random = crypto.getRandomValues(new Uint8Array(6)).toHex();
    const outer = join(dirname(goal), `.${name}.${Deno.pid}.${random}.export`);
    try {
      await Deno.mkdir(outer);
      const lock = await Deno.open(join(outer, LOCK), { write: true, createNew: true });
      // Some network file systems know no locks: there nothing counts as left over either.
      await lock.lock(true).catch(() => {});
      const stage = new Stage(goal, outer, lock);
      await Deno.mkdir(stage.folder);
      return stage;
    } catch (error) {
      await Deno.remove(outer, { recursive: true }).catch(() => {});
      throw storageError(outer, "cannot be created", error);
    }
  }

  /** Where to write. */
  get folder(): string {
    return join(this.#outer, NEW);
  }

  /**
   * Puts it in its place; what is there already gives way at once.
   *
   * @throws {UserError} STORAGE, if that fails: then what was there is there again.
   */
  async finish(): Promise<void> {
    const old = join(this.#outer, OLD);
    try {
      await syncAll(this.folder);
      const replaced = await renamed(this.goal, old);
      try {
        await Deno.rename(this.folder, this.goal);
      } catch (error) {
        if (replaced) await renamed(old, this.goal);
        throw error;
      }
    } catch (error) {
      throw storageError(this.goal, "cannot be replaced", error);
    }
  }

  /** Removes what is left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#lock.close();
    await Deno.remove(this.#outer, { recursive: true }).catch(() => {});
  }
}

/**
 * Clears away what killed processes left in `folder`; of one that was killed between taking the old and placing the new one, the
 * old one is put back.
 */
export async function clearAbandoned(folder: string): Promise<void> {
  for await (const { name, isDirectory } of folderEntries(folder)) {
    const [, target] = TEMPORARY.exec(name) ?? [];
    if (!isDirectory || target === undefined) continue;
    const outer = join(folder, name);
    if (!isAbandoned(outer)) continue;
    const goal = join(folder, target);
    if (!await isThere(goal)) await renamed(join(outer, OLD), goal).catch(() => {});
    await Deno.remove(outer, { recursive: true }).catch(() => {});
  }
}

/** Removes at once what this process is about to leave in `folder`. */
export function removeOwnStages(folder: string): void {
  try {
    for (const { name } of Deno.readDirSync(folder)) {
      if (Number(TEMPORARY.exec(name)?.[2]) !== Deno.pid) continue;
      Deno.removeSync(join(folder, name), { recursive: true });
    }
  } catch { /* it is not there, or is gone by now */ }
}

/**
 * Refuses what is there already.
 *
 * @throws {UserError} USAGE, naming the folders.
 */
export async function refuseExisting(goals: readonly string[], flag: string): Promise<void> {
  const there: string[] = [];
  for (const goal of goals) if (await isThere(goal)) there.push(goal);
  if (there.length === 0) return;
  throw new UserError(
    `${there.join(", ")} ${
      there.length === 1 ? "is" : "are"
    } there already: name another folder, ` +
      `or replace ${there.length === 1 ? "it" : "them"} with ${flag}`,
    ExitCode.USAGE,
  );
}

async function* folderEntries(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch { /* it is not there */ }
}

function isAbandoned(outer: string): boolean {
  try {
    using file = Deno.openSync(join(outer, LOCK), { read: true, write: true });
    return file.tryLockSync(true);
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** False if there is nothing at `from`. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Flushes all files to the disk, before their folder takes its name. */
async function syncAll(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return; // wants files opened for writing
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await syncAll(path);
    if (!isFile) continue;
    using file = await Deno.open(path);
    await file.sync();
  }
}
