/**
 * Where models lie: those that are fetched in `zoo` in the cache folder, those that are shipped in the program's own.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { cacheDir, type Environment, processEnvironment } from "../places.ts";
import { byHand, download, type DownloadOptions, inspect } from "./download.ts";
import type { ZooEntry } from "./schema.ts";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of fetched models: `zoo` in the cache.
 *
 * @throws {UserError} ENVIRONMENT, if no cache folder is known.
 */
export function zooFolder(env: Environment = processEnvironment): string {
  const cache = cacheDir(env);
  if (cache === undefined) {
    throw new UserError(
      "there is no cache folder for models: set DENOSR_CACHE, or HOME",
      ExitCode.ENVIRONMENT,
    );
  }
  return join(cache, "zoo");
}

/** Where the file of a model is, or would be once it is fetched. */
export function placeOf(entry: ZooEntry, env: Environment = processEnvironment): string {
  return entry.shipped === undefined
    ? join(zooFolder(env), entry.file)
    : fileURLToPath(new URL(`../../${entry.shipped}`, import.meta.url));
}

/** Whether the file of a model is there and has the right length. Its hash was checked when it was fetched. */
export async function isHere(
  entry: ZooEntry,
  env: Environment = processEnvironment,
): Promise<boolean> {
  try {
    const { isFile, size } = await Deno.stat(placeOf(entry, env));
    return isFile && (entry.size === undefined || size === entry.size);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/** What has come of fetching a model. */
export interface Fetched {
  /** Where it lies. */
  readonly path: string;
  /** Its SHA-256. */
  readonly sha256: string;
  /** False if it was there already, and right. */
  readonly fetched: boolean;
}

/**
 * Fetches a model into the cache, unless it is there and right.
 *
 * @throws {UserError} As {@linkcode download} does; DATA if it has to be fetched by hand, or a shipped one is not as it
 * was shipped.
 */
export async function fetchModel(
  entry: ZooEntry,
  options: DownloadOptions = {},
  env: Environment = processEnvironment,
): Promise<Fetched> {
  const path = placeOf(entry, env);
  if (entry.shipped !== undefined) return { path, ...await shippedModel(entry, path) };
  const target = { ...entry, path };
  if (entry.url.length > 0) {
    const { sha256, fetched } = await download(entry.url, target, options);
    return { path, sha256, fetched };
  }
  const there = await inspect(path);
  if (there === undefined) {
    throw new UserError(
      `${entry.name} cannot be fetched by this program.\n${byHand([], target, entry.where)}`,
      ExitCode.DATA,
    );
  }
  const wanted = entry.sha256 ?? entry.sha256_prefix ?? "";
  if (!there.sha256.startsWith(wanted) || (entry.size ?? there.size) !== there.size) {
    throw new UserError(
      `${path} is not ${entry.name}: it has ${there.size} bytes and SHA-256 ${there.sha256}.\n` +
        byHand([], target, entry.where),
      ExitCode.DATA,
    );
  }
  return { path, sha256: there.sha256, fetched: false };
}

async function shippedModel(
  entry: ZooEntry,
  path: string,
): Promise<{ readonly sha256: string; readonly fetched: false }> {
  const there = await inspect(path);
  if (there?.sha256 === entry.sha256) return { sha256: there!.sha256, fetched: false };
  throw new UserError(
    `${path} ${
      there === undefined ? "is missing" : `has SHA-256 ${there.sha256}`
    }, but it comes with ` +
      `the program: bring it back with git checkout ${entry.shipped}`,
    ExitCode.DATA,
  );
}
