/**
 * What commands are granted under `deno task`: files and folders to read, folders to write to, libraries to open.
 *
 * @module
 */
import { cacheDir, entries, expandHome } from "../places.ts";
import { companionsOf } from "../weights/companions.ts";
import { zooName } from "../zoo/spec.ts";
import { zooFolder } from "../zoo/store.ts";
import type { FlagValues } from "./flags.ts";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Environment variables that the command may read. */
export const ENV: readonly string[] = [
  "DENOSR_*",
  "TF_*",
  "CUDA_*",
  "IMAGESCRIPT_*",
  "NO_COLOR",
  "FORCE_COLOR",
  "COLUMNS",
  "TERM",
  "HOME",
  "USERPROFILE",
  "LOCALAPPDATA",
  "XDG_CACHE_HOME",
  "XDG_RUNTIME_DIR",
  "INIT_CWD",
  "CHROME",
];

/** The folder of the program. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** What a command is granted, as flags of `deno run`. */
export interface Grants {
  /** Files and folders to read. */
  readonly read: readonly string[];
  /** Folders to write to. */
  readonly write: readonly string[];
  /** Folders whose libraries may be opened; undefined for all, where functions are called that no list of folders allows. */
  readonly ffi: readonly string[] | undefined;
  /** Programs to start; none if absent. */
  readonly run?: readonly string[];
  /** Addresses to listen at or to connect to; none if absent. */
  readonly net?: readonly string[];
}

/**
 * What a run with these options has to read, write and open.
 *
 * @param data The merged options, not checked yet: whatever looks like a path in `datasets` and `path` counts.
 * @param files The options file and its bases.
 * @param plugins Plugin folders of file and command line.
 * @param library Path of the native library.
 */
export function grantsFor(
  data: Readonly<Record<string, unknown>>,
  files: readonly string[],
  plugins: readonly string[],
  library: string | undefined,
): Grants {
  const path = record(data["path"]);
  const read = new Set<string>([ROOT, Deno.cwd(), ...files.map((f) => resolve(f))]);
  for (const folder of plugins) read.add(resolve(expandHome(folder)));
  // Losses and metrics look there for the networks that they stand on.
  read.add(zooFolder());
  for (const value of words([data["datasets"], path])) {
    if (zooName(value) === undefined && /[\\/]/.test(value)) read.add(resolve(expandHome(value)));
  }
  for (const value of words(path)) {
    for (const file of companionsOf(resolve(expandHome(value)))) read.add(file);
  }
  // These name the parents of the runs' own folders, in which old ones are renamed.
  const write = new Set<string>([resolve("experiments")]);
  for (const key of ["experiments_root", "results_root"]) {
    const value = path[key];
    if (typeof value === "string") write.add(resolve(expandHome(value)));
  }
  for (const dir of write) read.add(dir);
  const ffi = librariesFor(library);
  if (library !== undefined) read.add(dirname(library));
  return { read: [...read], write: [...write], ffi };
}

/** What every command needs that computes on pictures and is given no options file. */
export function grantsForComputing(
  flags: FlagValues,
  library: string | undefined,
): Grants & { readonly ffi: readonly string[] } {
  const plugins = (flags["plugins"] ?? []) as readonly string[];
  return {
    read: [
      ROOT,
      zooFolder(),
      ...plugins.map((dir) => resolve(expandHome(dir))),
      ...(library === undefined ? [] : [dirname(library)]),
    ],
    write: [],
    ffi: [...librariesFor(library), ...addonFolders()],
  };
}

/** Folders of libraries. The native engine has an image codec of its own; the portable one is an addon of imagescript. */
function librariesFor(library: string | undefined): string[] {
  return library === undefined ? [join(ROOT, "node_modules", ".deno")] : [dirname(library)];
}

/** Folders of imagescript, whose addon writes WebP: TensorFlow does not. */
function addonFolders(): string[] {
  const packages = join(ROOT, "node_modules", ".deno");
  return entries(packages, "imagescript@").map((name) => join(packages, name));
}

/**
 * What `metrics` with these flags has to read, write and open.
 *
 * @param library Path of the native library.
 */
export function grantsForMetrics(flags: FlagValues, library: string | undefined): Grants {
  const paths = (...names: string[]): string[] =>
    names.flatMap((name) => flags[name] ?? []).map((path) => resolve(String(path)));
  const plugins = (flags["plugins"] as readonly string[]).map((dir) => resolve(expandHome(dir)));
  const cache = cacheDir();
  const write = paths("csv", "json").map((path) => dirname(path));
  return {
    read: [
      ROOT,
      Deno.cwd(),
      ...paths("gt", "restored"),
      ...plugins,
      ...write,
      ...(cache === undefined ? [] : [join(cache, "zoo")]),
      ...(library === undefined ? [] : [dirname(library)]),
    ],
    write,
    ffi: librariesFor(library),
  };
}

/** Every string in a value, however deep. */
export function* words(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (value !== null && typeof value === "object") {
    for (const inner of Object.values(value)) yield* words(inner);
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? value as Record<string, unknown> : {};
}

/**
 * `path` for a list of permissions, which commas separate and which has no other way to spell one: of a path with commas the
 * folder above the first of them, which is more than is needed, and the least that can be said.
 */
export function grantable(path: string): string {
  let shortest = path;
  while (shortest.includes(",") && dirname(shortest) !== shortest) shortest = dirname(shortest);
  return shortest;
}
