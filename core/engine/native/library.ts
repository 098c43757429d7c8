/**
 * Finds libtensorflow on this machine.
 *
 * @module
 */
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";
import { LIBC_PATHS } from "./_loader.ts";
import { whyNotALibrary } from "./binary.ts";
import {
  cacheDir,
  entries,
  type Environment,
  homeDir,
  ifPermitted,
  processEnvironment,
} from "../../places.ts";

/** Version of TensorFlow that is fetched when there is none. */
export const TENSORFLOW_VERSION = "2.21.0";

/** A libtensorflow that can be opened. */
export interface FoundLibrary {
  /** Absolute path of the file; the framework library lies beside it. */
  readonly path: string;
  /** Where it was found: `option`, `DENOSR_LIBTENSORFLOW`, `tfjs-node`, `python`, `cache` or `system`. */
  readonly source: string;
}

/** Where to look. */
export interface FindOptions {
  /** Path of the library or of a folder that holds it; nothing else is tried then. */
  readonly explicit?: string;
  /** Environment variables; default those of the process. */
  readonly env?: Environment;
  /** The folder that holds `usr`; default `/`. */
  readonly root?: string;
}

/**
 * Looks for libtensorflow: the explicit path, else `DENOSR_LIBTENSORFLOW`, else tfjs-node's own download, TensorFlow of
 * a Python installation (no Python runs), our cache, `/usr/local/lib` and `/usr/lib`. Files that are damaged, cut off
 * or lack the framework library beside them are passed over, as are places that may not be read.
 *
 * @throws {UserError} With exit code ENVIRONMENT if a path that the user named holds no usable library.
 */
// deno-lint-ignore require-await -- asynchronous by contract: callers must not depend on the look-up being quick
export async function findLibrary(options: FindOptions = {}): Promise<FoundLibrary | undefined> {
  const { env = processEnvironment, root = "/" } = options;
  const named = options.explicit
    ? { path: options.explicit, source: "option" }
    : { path: env("DENOSR_LIBTENSORFLOW"), source: "DENOSR_LIBTENSORFLOW" };
  if (named.path) return { path: libraryNamed(named.path, named.source), source: named.source };
  for (const [source, folders] of places(env, root)) {
    for (const folder of folders()) {
      const path = usableIn(folder);
      if (path) return { path, source };
    }
  }
  return undefined;
}

/**
 * What `--allow-ffi` has to name so that the library at `path` can be opened without its start-up messages: its folder,
 * and libc
 * (see `_loader.ts`; the folder alone is enough to compute).
 */
export function ffiGrants(path: string): string[] {
  return [dirname(path), ...LIBC_PATHS];
}

/** The folder in the cache that holds the library for CPUs or NVIDIA GPUs; undefined if there is no cache folder. */
export function cachedFolder(
  kind: "cpu" | "gpu",
  env: Environment = processEnvironment,
): string | undefined {
  const cache = cacheDir(env);
  return cache && join(cache, `libtensorflow-${kind}-${TENSORFLOW_VERSION}`);
}

/** Names under which TensorFlow ships its C API, the wheel's first. */
const LIBRARY_NAMES = Deno.build.os === "darwin"
  ? ["libtensorflow_cc.2.dylib", "libtensorflow.2.dylib"]
  : ["libtensorflow_cc.so.2", "libtensorflow.so.2"];

/** Name of the library that all of these are linked to. */
const FRAMEWORK_NAME = Deno.build.os === "darwin"
  ? "libtensorflow_framework.2.dylib"
  : "libtensorflow_framework.so.2";

/** The names of the two files that the engine needs, as the wheel has them. */
export const LIBRARY_FILES: readonly string[] = [LIBRARY_NAMES[0]!, FRAMEWORK_NAME];

function places(env: Environment, root: string): [source: string, folders: () => string[]][] {
  return [
    ["tfjs-node", tfjsNodeFolders],
    ["python", () => pythonFolders(env, root)],
    ["cache", () => cacheFolders(env)],
    ["system", () => [join(root, "usr/local/lib"), join(root, "usr/lib")]],
  ];
}

function tfjsNodeFolders(): string[] {
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve("@tensorflow/tfjs-node-gpu/package.json");
    return [join(dirname(manifest), "deps", "lib")];
  } catch {
    return []; // not installed in a folder, or it may not be read: there is nothing to look at
  }
}

function cacheFolders(env: Environment): string[] {
  return (["gpu", "cpu"] as const).flatMap((kind) => {
    const folder = cachedFolder(kind, env);
    // pip lays the GPU wheel out with its CUDA libraries beside it; the CPU library lies alone.
    return folder === undefined ? [] : [kind === "gpu" ? join(folder, "tensorflow") : folder];
  });
}

/** The folders `tensorflow` of all site-packages that can be guessed at. */
function pythonFolders(env: Environment, root: string): string[] {
  const prefixes = [env("VIRTUAL_ENV"), env("CONDA_PREFIX")];
  for (const folder of env("PATH")?.split(delimiter) ?? []) {
    const python = ifPermitted(() => Deno.realPathSync(join(folder, "python3")), undefined);
    if (python) prefixes.push(dirname(dirname(python)));
  }
  const home = homeDir(env);
  if (home) {
    const pyenv = join(env("PYENV_ROOT") ?? join(home, ".pyenv"), "versions");
    prefixes.push(...entries(pyenv).reverse().map((version) => join(pyenv, version)));
    prefixes.push(join(home, ".local"));
  }
  prefixes.push(join(root, "usr/local"), join(root, "usr"));
  const folders = prefixes.flatMap((prefix) => {
    if (!prefix) return [];
    const lib = join(prefix, "lib");
    return entries(lib, "python3").reverse().flatMap((python) =>
      ["site-packages", "dist-packages"].map((kind) => join(lib, python, kind, "tensorflow"))
    );
  });
  return [...new Set(folders)];
}

/** The library in `folder` if it and the framework library are whole. */
function usableIn(folder: string): string | undefined {
  for (const name of LIBRARY_NAMES) {
    const path = join(folder, name);
    const reason = ifPermitted(() => whyNotUsable(path), "it cannot be read");
    if (reason === undefined) return path;
  }
  return undefined;
}

function whyNotUsable(path: string): string | undefined {
  return whyNotALibrary(path) ?? whyNotALibrary(join(dirname(path), FRAMEWORK_NAME));
}

/** The library that the user named by file or folder. */
function libraryNamed(named: string, source: string): string {
  const path = resolve(named);
  const label = source === "option" ? "library" : source;
  const fail = (why: string): never => {
    throw new UserError(
      `${label} names ${path}, but ${why}; it must be libtensorflow 2.x ` +
        `(${
          LIBRARY_NAMES.join(" or ")
        }, with ${FRAMEWORK_NAME} beside it) or the folder that holds it`,
      ExitCode.ENVIRONMENT,
    );
  };
  try {
    if (Deno.statSync(path).isDirectory) {
      for (const folder of [path, join(path, "tensorflow"), join(path, "lib")]) {
        const found = usableIn(folder);
        if (found) return found;
      }
      return fail("that folder holds no usable library");
    }
    const reason = whyNotUsable(path);
    return reason === undefined ? path : fail(`it or its framework library is unusable: ${reason}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return fail("it, or the framework library beside it, does not exist");
    }
    // It may be opened without being readable: that is for dlopen to find out.
    if (error instanceof Deno.errors.NotCapable) return path;
    throw error;
  }
}
