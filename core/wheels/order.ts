/**
 * Makes something in the cache once, whole or not at all.
 *
 * All work happens in a folder of its own inside the cache and ends in one rename, under a lock that the system releases
 * with the process: neither a second process nor a crash leaves half of it.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { entries, type Environment } from "../places.ts";
import { findPackager, type Order, type Packager } from "./packager.ts";

/** What is made, and how. */
export interface CacheOrder extends Order {
  /** The folder that it becomes, directly in the cache; undefined if there is no cache. */
  readonly folder: string | undefined;
  /** Whether it may be made; default true. */
  readonly fetch?: boolean;
  /** Bytes of room that making it takes. */
  readonly room: number;
  /** Environment variables. */
  readonly env: Environment;
  /** Receives what is worth knowing, line by line. */
  readonly say: (line: string) => void;
  /** Whether `folder` is there and whole. */
  isWhole(folder: string): boolean;
  /** Makes it inside the empty folder `temporary`, and gives the path of what becomes `folder`. */
  make(packager: Packager, temporary: string): Promise<string>;
}

/**
 * Makes what is ordered unless it lies there already, and gives its folder.
 *
 * @throws {UserError} ENVIRONMENT if it is not there and must not be made, or there is no pip or uv, no network, no room or no cache
 * folder; the message says what to do.
 */
export async function fulfil(order: CacheOrder): Promise<string> {
  const { folder, say, env, what } = order;
  if (folder !== undefined && order.isWhole(folder)) return folder;
  if (order.fetch === false) {
    throw new UserError(
      `${what} is not there, and nothing is fetched here: ${order.hint}`,
      ExitCode.ENVIRONMENT,
    );
  }
  if (folder === undefined) {
    throw failure(order, "there is no cache folder: set DENOSR_CACHE, or HOME");
  }
  const cache = dirname(folder);
  try {
    await Deno.mkdir(cache, { recursive: true });
    using _lock = await lockCache(cache, () => say(`another process is installing, ${what} waits`));
    if (order.isWhole(folder)) return folder; // the other process has made it
    for (const stale of entries(cache, ".tmp-")) {
      await Deno.remove(join(cache, stale), { recursive: true });
    }
    checkRoom(order, cache, order.room, await freeBytes(cache));
    const packager = await findPackager(env, order);
    if (!packager) throw failure(order, "neither pip nor uv was found on PATH to fetch it");
    const temporary = join(cache, `.tmp-${crypto.randomUUID()}`);
    await Deno.mkdir(temporary);
    try {
      const ready = await order.make(packager, temporary);
      if (entries(cache).includes(basename(folder))) {
        await Deno.rename(folder, join(temporary, "damaged")); // lies there, but is not whole
      }
      await Deno.rename(ready, folder);
    } finally {
      await Deno.remove(temporary, { recursive: true });
    }
    say(`${what} is ready in ${folder}`);
    return folder;
  } catch (error) {
    throw explained(order, error);
  }
}

/** The error that `what` cannot be installed, and why. */
export function failure({ what, hint }: Order, why: string, cause?: unknown): UserError {
  return new UserError(
    `${what} cannot be installed: ${why}${why.endsWith("\n") ? "" : "; "}${hint}`,
    ExitCode.ENVIRONMENT,
    { cause },
  );
}

/**
 * Checks the room on the disk of `folder`: `needed` against `free` bytes.
 *
 * @throws {UserError} If it is too small.
 */
export function checkRoom(
  order: Order,
  folder: string,
  needed: number,
  free: number | undefined,
): void {
  if (free === undefined || free >= needed) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw failure(
    order,
    `${folder} has ${gigabytes(free)} GB free, ${gigabytes(needed)} GB are needed: ` +
      "make room, or name another folder in DENOSR_CACHE",
  );
}

/** Turns errors of the file system into ones that say what to do. */
function explained(order: Order, error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  if (error instanceof TypeError || error instanceof RangeError) return error; // defects of ours
  const full = (error as { code?: string }).code === "ENOSPC" ||
    /no space left|os error 28/i.test(error.message);
  const why = full
    ? "the disk is full; make room, or name another folder in DENOSR_CACHE, or "
    : `${error.message}; `;
  return new UserError(
    `${order.what} cannot be installed: ${why}${order.hint}`,
    ExitCode.ENVIRONMENT,
    { cause: error },
  );
}

/** Waits for the lock of the cache; it is released when the file is closed, however the process ends. */
async function lockCache(cache: string, onWait: () => void): Promise<Deno.FsFile> {
  const file = await Deno.open(join(cache, ".install.lock"), { write: true, create: true });
  const waiting = setTimeout(onWait, 300);
  try {
    await file.lock(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  } finally {
    clearTimeout(waiting);
  }
}

/** Free bytes on the disk of `folder`, undefined if the system does not say. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined; // not permitted or not known: the disk itself will say when it is full
  }
}
