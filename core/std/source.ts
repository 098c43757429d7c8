/**
 * Where the `@std` packages come from in this process: JSR, a local copy, or their npm stand-ins.
 *
 * Importing a `jsr:` package that cannot be reached costs time and prints a line on standard error, so the question is
 * settled before anything is imported: an import map that points elsewhere wins, then the environment variable
 * `DENOSR_STD` (`jsr` or `npm`), then a quiet request to JSR whose answer is remembered for a day. Nothing here asks
 * for a permission and nothing here throws; in doubt the answer is `npm`.
 *
 * @module
 */

/** Where `@std` packages are taken from. */
export type StdSource = "jsr" | "npm" | "local";

/** File of the package on JSR that tells whether JSR can be reached. */
const PROBE = "https://jsr.io/@std/yaml/meta.json";
/** How long the answer may take, in milliseconds. */
const PROBE_MS = 1000;
/** How long an answer is believed, in milliseconds. */
const DAY_MS = 24 * 60 * 60 * 1000;
/** How long an import may take, in milliseconds. */
const IMPORT_MS = 3000;

let decided: Promise<StdSource> | undefined;

/** Where `@std` packages come from; decided once per process. Never rejects. */
export function stdSource(): Promise<StdSource> {
  return decided ??= decide();
}

/**
 * Imports an `@std` package, or resolves to `undefined` where its npm stand-in has to do.
 *
 * @param specifier Bare name as in the import map, for example `@std/yaml`.
 */
export async function importStd(specifier: string): Promise<unknown> {
  if (await stdSource() === "npm") return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((done) =>
    timer = setTimeout(() => done(undefined), IMPORT_MS)
  );
  try {
    // The specifier is no literal on purpose: type checking must not need JSR.
    return await Promise.race([import(specifier), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function decide(): Promise<StdSource> {
  try {
    if (!import.meta.resolve("@std/yaml").startsWith("jsr:")) return "local";
  } catch {
    return "npm"; // no import map: the module was imported from outside the project
  }
  const wish = readEnv("DENOSR_STD");
  if (wish === "jsr" || wish === "npm") return wish;
  if (!granted({ name: "net", host: "jsr.io" })) return "npm";
  const folder = cacheFolder();
  const file = folder === undefined ? undefined : `${folder}/std-source.json`;
  const known = file === undefined ? undefined : await recall(file);
  if (known !== undefined) return known;
  const found = await reachable() ? "jsr" : "npm";
  if (folder !== undefined) await remember(folder, found);
  return found;
}

async function reachable(): Promise<boolean> {
  try {
    const answer = await fetch(PROBE, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

async function recall(file: string): Promise<StdSource | undefined> {
  if (!granted({ name: "read", path: file })) return undefined;
  try {
    const { source, time } = JSON.parse(await Deno.readTextFile(file)) as Record<string, unknown>;
    const age = Date.now() - Number(time);
    return (source === "jsr" || source === "npm") && age >= 0 && age < DAY_MS ? source : undefined;
  } catch {
    return undefined; // not there or damaged: ask again
  }
}

async function remember(folder: string, source: StdSource): Promise<void> {
  if (!granted({ name: "write", path: folder })) return;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(
      `${folder}/std-source.json`,
      JSON.stringify({ source, time: Date.now() }),
    );
  } catch { /* the memory is a convenience: the next start asks again */ }
}

/** The cache folder of the program, or `undefined` if it cannot be known. */
function cacheFolder(): string | undefined {
  const own = readEnv("DENOSR_CACHE");
  if (own) return own;
  const xdg = readEnv("XDG_CACHE_HOME");
  if (xdg) return `${xdg}/denosr`;
  const home = readEnv("HOME");
  return home ? `${home}/.cache/denosr` : undefined;
}

/** An environment variable, or `undefined` if it is not set or may not be read. Never prompts. */
export function readEnv(variable: string): string | undefined {
  return granted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
}

function granted(permission: Deno.PermissionDescriptor): boolean {
  try {
    return Deno.permissions.querySync(permission).state === "granted";
  } catch {
    return false;
  }
}
