/**
 * Reads of the environment and the file system that a missing permission turns into "nothing there": looking for a
 * library must not fail because one of the places may not be looked at.
 *
 * @module
 */
import { join } from "node:path";

/** Gives the value of an environment variable. */
export type Environment = (name: string) => string | undefined;

/** The environment of the process; variables that may not be read are unset. */
export const processEnvironment: Environment = (name): string | undefined =>
  ifPermitted(() => Deno.env.get(name) || undefined, undefined);

/** The value of `read`, or `otherwise` if a permission is missing or there is no such file. */
export function ifPermitted<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (
      error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory
    ) return otherwise;
    throw error;
  }
}

/** The home folder, if it is known. */
export function homeDir(env: Environment): string | undefined {
  return env("HOME") ?? env("USERPROFILE");
}

/** A path with a leading `~` replaced by the home folder, if that is known. */
export function expandHome(path: string, env: Environment = processEnvironment): string {
  if (!/^~(?=$|[\\/])/.test(path)) return path;
  const home = homeDir(env);
  return home === undefined ? path : home + path.slice(1);
}

/**
 * Where downloads live: `DENOSR_CACHE`, else `denosr` in the usual cache folder of the system (`XDG_CACHE_HOME` or
 * `~/.cache`; `~/Library/Caches`; `%LOCALAPPDATA%`). Undefined if none of these is known.
 */
export function cacheDir(env: Environment = processEnvironment): string | undefined {
  const own = env("DENOSR_CACHE");
  if (own) return own;
  const home = homeDir(env);
  if (Deno.build.os === "windows") {
    const local = env("LOCALAPPDATA");
    return local && join(local, "denosr");
  }
  if (Deno.build.os === "darwin") return home && join(home, "Library", "Caches", "denosr");
  const xdg = env("XDG_CACHE_HOME");
  if (xdg) return join(xdg, "denosr");
  return home && join(home, ".cache", "denosr");
}

/** Names in `folder` that begin with `prefix`, sorted; none if it cannot be read. */
export function entries(folder: string, prefix: string = ""): string[] {
  return ifPermitted(
    () => [...Deno.readDirSync(folder)].map((entry) => entry.name),
    [],
  ).filter((name) => name.startsWith(prefix)).sort();
}
