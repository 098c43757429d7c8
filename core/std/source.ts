/**
 * Where the `@std` packages come from in this process: JSR, a local copy, or their npm stand-ins.
 *
 * Importing a `jsr:` package that cannot be reached costs time and prints a line on standard error, so the question is
 * settled before anything is imported: an import map that points elsewhere wins, then the environment variable
 * `DENOSR_STD` (`jsr` or `npm`), then a quiet attempt whose outcome is remembered for a day. Nothing here asks
 * for a permission and nothing here throws; in doubt the answer is `npm`.
 *
 * @module
 */
import { cacheDir } from "../places.ts";
import { fileURLToPath } from "node:url";

/** Where `@std` packages are taken from. */
export type StdSource = "jsr" | "npm" | "local";

/** How long the question may take, in milliseconds. */
const PROBE_MS = 3000;
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
  if (!granted({ name: "run", command: Deno.execPath() })) return "npm";
  const folder = cacheDir(readEnv);
  const file = folder === undefined ? undefined : `${folder}/std-source.json`;
  const known = file === undefined ? undefined : await recall(file);
  if (known !== undefined) return known;
  const found = await reachable() ? "jsr" : "npm";
  if (folder !== undefined) await remember(folder, found);
  return found;
}

/**
 * Whether the package can be had, asked in a second Deno: a failing import would print in this one, and an import that
 * is given up would go on. Afterwards the package is in Deno's cache.
 */
async function reachable(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        "--quiet",
        "--no-lock",
        `--config=${fileURLToPath(new URL("../../deno.json", import.meta.url))}`,
        'await import("@std/yaml"); await import("@std/cli"); await import("@std/fs");',
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(PROBE_MS),
    }).output();
    return success;
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
