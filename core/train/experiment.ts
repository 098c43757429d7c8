/**
 * The folders of a run: created, locked, archived as BasicSR does (`basicsr/utils/misc.py`).
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import type { RunOptions } from "../options/types.ts";
import { type FolderLock, lockFolder } from "../storage/lock.ts";
import { dirname } from "node:path";

/** `20261123_182620`, local time. */
export function timestamp(date: Date = new Date()): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}_` +
    `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/**
 * Makes sure, before anything is read or computed, that no other run works in `root`. A folder that is not there is free.
 *
 * @throws {UserError} With exit code STORAGE if another run holds it, or it cannot be written.
 */
export async function assertFree(root: string): Promise<void> {
  await writing(root, async () => {
    if (!(await exists(root))) return;
    if (!(await Deno.stat(root)).isDirectory) {
      throw new UserError(
        `${root} is a file where the run's folder should be: remove it, or choose another name`,
        ExitCode.STORAGE,
      );
    }
    (await lockFolder(root))[Symbol.dispose]();
  });
}

/**
 * Creates and locks the folders of a training run. An existing experiment of this name is renamed to
 * `<name>_archived_<time>` unless the run resumes it; the TensorBoard folder goes with it.
 *
 * @returns The lock on the experiment folder; dispose of it when the run is over.
 * @throws {UserError} With exit code STORAGE if another run holds the folder or it cannot be written.
 */
export async function openTrainingFolders(
  opt: RunOptions,
  resuming: boolean,
  say: (line: string) => void,
): Promise<FolderLock> {
  const root = opt.path.experiments_root;
  return await writing(root, async () => {
    if (!resuming && await exists(root)) {
      // Taking the lock first makes sure that no other run is writing there.
      (await lockFolder(root))[Symbol.dispose]();
      const suffix = await archiveSuffix([root, opt.path.tb_logger]);
      for (const dir of [root, opt.path.tb_logger]) {
        if (dir !== root && !(await exists(dir))) continue;
        await Deno.rename(dir, dir + suffix);
        say(`Path already exists. Rename it to ${dir}${suffix}`);
      }
    }
    await Deno.mkdir(root, { recursive: true });
    const lock = await lockFolder(root);
    try {
      for (const dir of [opt.path.models, opt.path.training_states, opt.path.visualization]) {
        await Deno.mkdir(dir, { recursive: true });
      }
      return lock;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  });
}

/** Creates and locks the results folder of a test run; an existing one is archived. */
export async function openResultFolders(
  opt: RunOptions,
  say: (line: string) => void,
): Promise<FolderLock> {
  const root = opt.path.results_root;
  return await writing(root, async () => {
    if (await exists(root)) {
      (await lockFolder(root))[Symbol.dispose]();
      const to = root + await archiveSuffix([root]);
      await Deno.rename(root, to);
      say(`Path already exists. Rename it to ${to}`);
    }
    await Deno.mkdir(root, { recursive: true });
    return await lockFolder(root);
  });
}

/** `_archived_<time>`, with a number behind it if two runs of one name start within a second. */
async function archiveSuffix(folders: readonly string[]): Promise<string> {
  const suffix = `_archived_${timestamp()}`;
  for (let n = 1;; n++) {
    const numbered = n === 1 ? suffix : `${suffix}_${n}`;
    const taken = await Promise.all(folders.map((folder) => exists(folder + numbered)));
    if (!taken.includes(true)) return numbered;
  }
}

/** True if something is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function writing<T>(root: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof UserError || cause instanceof Deno.errors.NotCapable) throw cause;
    throw new UserError(
      `cannot write to ${root}: ${(cause as Error).message}; check that ${dirname(root)} is a ` +
        `folder you may write to and that the disk is not full`,
      ExitCode.STORAGE,
      { cause },
    );
  }
}
