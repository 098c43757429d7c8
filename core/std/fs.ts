/**
 * Folders: `@std/fs`, or npm `fs-extra` and a walk of our own where JSR cannot be reached.
 *
 * @module
 */
import { importStd } from "./source.ts";
import { join, normalize } from "node:path";

/** What {@linkcode walk} finds. */
export interface WalkEntry {
  /** Path that starts with the root as given. */
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  /** True for a regular file. */
  readonly isFile: boolean;
  /** True for a folder. */
  readonly isDirectory: boolean;
  /** True for a symbolic link. */
  readonly isSymlink: boolean;
}

/** What {@linkcode walk} looks for. */
export interface WalkOptions {
  /** Levels below the root, which itself is level 0. Default: all. */
  readonly maxDepth?: number;
  /** Default true. */
  readonly includeFiles?: boolean;
  /** Default true; the root is among them. */
  readonly includeDirs?: boolean;
  /** Symbolic links are never followed. Default true. */
  readonly includeSymlinks?: boolean;
  /** Endings that a name must have, as in `[".png"]`. */
  readonly exts?: readonly string[];
}

/** What is used of `@std/fs`. */
interface StdFs {
  ensureDir(path: string): Promise<void>;
  walk(root: string, options: WalkOptions): AsyncIterable<WalkEntry>;
}

let fs: Promise<StdFs> | undefined;

/**
 * Makes a folder and those above it, if they are not there.
 *
 * @throws {Deno.errors.NotADirectory} If something else is in its place.
 */
export async function ensureDir(path: string): Promise<void> {
  fs ??= load();
  try {
    await (await fs).ensureDir(path);
  } catch (cause) {
    // The packages word this differently, and one as a plain Error.
    const info = await Deno.stat(path).catch(() => undefined);
    if (info !== undefined && !info.isDirectory) {
      throw new Deno.errors.NotADirectory(`"${path}" is not a folder`, { cause });
    }
    throw cause;
  }
}

/**
 * Everything in a folder, deepest folders included, sorted by name within each folder; a folder comes before what is
 * in it.
 *
 * @throws {Deno.errors.NotFound} If the root does not exist.
 */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<WalkEntry> {
  fs ??= load();
  const found: WalkEntry[] = [];
  for await (const entry of (await fs).walk(root, options)) found.push(entry);
  const parts = (entry: WalkEntry) => entry.path.split(/[\\/]/);
  yield* found.map((entry) => ({ entry, key: parts(entry) })).sort((a, b) => {
    for (let i = 0; i < Math.min(a.key.length, b.key.length); i++) {
      if (a.key[i] !== b.key[i]) return a.key[i]! < b.key[i]! ? -1 : 1;
    }
    return a.key.length - b.key.length;
  }).map(({ entry }) => entry);
}

async function load(): Promise<StdFs> {
  const std = await importStd("@std/fs") as StdFs | undefined;
  if (std !== undefined) return std;
  return { ensureDir: await loadEnsureDir(), walk: (root, options) => ownWalk(root, options, 0) };
}

async function loadEnsureDir(): Promise<(path: string) => Promise<void>> {
  try {
    const { default: extra } = await import("fs-extra") as {
      readonly default: { ensureDir(path: string): Promise<void> };
    };
    return (path) => extra.ensureDir(path);
  } catch (error) {
    // It reads environment variables on import; where that is not permitted, Deno does the same by itself.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return (path) => Deno.mkdir(path, { recursive: true });
  }
}

/** The walk of `@std/fs`, as far as it is used. */
async function* ownWalk(
  path: string,
  options: WalkOptions,
  depth: number,
): AsyncGenerator<WalkEntry> {
  const { maxDepth = Infinity, includeFiles = true, includeDirs = true, includeSymlinks = true } =
    options;
  const fits = (p: string) => options.exts?.some((ext) => p.endsWith(ext)) ?? true;
  if (includeDirs && fits(path)) {
    const { isFile, isDirectory, isSymlink } = await Deno.stat(path);
    yield {
      path: normalize(path),
      name: path.split(/[\\/]/).filter(Boolean).at(-1) ?? path,
      isFile,
      isDirectory,
      isSymlink,
    };
  }
  if (depth >= maxDepth) return;
  for await (const entry of Deno.readDir(path)) {
    const inner = join(path, entry.name);
    if (entry.isDirectory) {
      yield* ownWalk(inner, options, depth + 1);
    } else if (entry.isSymlink ? includeSymlinks : includeFiles) {
      if (fits(inner)) yield { path: inner, ...entry };
    }
  }
}
