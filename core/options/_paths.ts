/**
 * Paths in options: `~`, folders of a run, and whether what is to be read is there.
 *
 * @module
 */
import { expandHome } from "../places.ts";
import { nearest } from "../text.ts";
import type { PathOptions } from "./types.ts";
import { basename, dirname, join } from "node:path";

/** The folders of a run, laid out as in BasicSR; all of them under `experiments` unless the options say otherwise. */
export function runFolders(
  name: string,
  path: { readonly [key: string]: unknown },
  isTrain: boolean,
): Pick<
  PathOptions,
  | "experiments_root"
  | "models"
  | "training_states"
  | "visualization"
  | "log"
  | "results_root"
  | "tb_logger"
> {
  const base = expandHome((path["experiments_root"] as string | null | undefined) ?? "experiments");
  const results = path["results_root"] as string | null | undefined;
  const experiments_root = join(base, name);
  const results_root = join(results ? expandHome(results) : join(base, "results"), name);
  const root = isTrain ? experiments_root : results_root;
  return {
    experiments_root,
    results_root,
    models: join(experiments_root, "models"),
    training_states: join(experiments_root, "training_states"),
    visualization: join(root, "visualization"),
    log: root,
    tb_logger: join(base, "tb_logger", name),
  };
}

/** What is wrong with a path that is to be read, or `undefined`. */
export async function absence(
  path: string,
  wanted: "folder" | "file" | "any",
): Promise<string | undefined> {
  try {
    const info = await Deno.stat(path);
    if (wanted === "folder" && !info.isDirectory) {
      return `"${path}" is a file, name the folder that holds it`;
    }
    if (wanted === "file" && info.isDirectory) return `"${path}" is a folder, name a file in it`;
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
      return `"${path}" may not be read; grant it with --allow-read or change its permissions`;
    }
    return `no ${wanted === "any" ? "file" : wanted} "${path}"; ${await advice(path)}`;
  }
}

/** Where a path ends to exist, and what is there instead. */
async function advice(path: string): Promise<string> {
  let missing = path;
  let parent = dirname(path);
  while (parent !== dirname(parent) && !(await isThere(parent))) {
    missing = parent;
    parent = dirname(parent);
  }
  try {
    const names = (await Array.fromAsync(Deno.readDir(parent))).map((entry) => entry.name);
    const near = nearest(basename(missing), names);
    if (near.length > 0) return `did you mean "${join(parent, near[0]!)}"?`;
  } catch { /* not readable: nothing to suggest */ }
  if (parent !== "." && missing !== path) {
    return `there is "${parent}", but no "${basename(missing)}" in it`;
  }
  return path.startsWith("/")
    ? "correct the path"
    : "correct the path, which is relative to the working directory";
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
