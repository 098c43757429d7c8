/**
 * `compile`: one executable of `restore` with a model inside, by `deno compile`.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { entries } from "../places.ts";
import { loadPlugins } from "../plugins.ts";
import { DEFAULT_MODEL } from "../restore/model.ts";
import { findNetwork, resolveModel } from "../restore/source.ts";
import { bytes, table } from "../text.ts";
import { companionsOf } from "../weights/companions.ts";
import { COMPILE_TARGETS } from "./compile_targets.ts";
import { unusedParts } from "./compile_parts.ts";
import type { FlagValues, Parsed } from "./flags.ts";
import { ROOT } from "./grants.ts";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the executable begins. */
const ENTRY = "core/cli/restore_program.ts";

/** What `restore` is made of, besides packages and model. */
const PARTS = ["core", "plugins/archs", "plugins/zoo"] as const;

/** It may read and write files, open libraries and start ffmpeg; it may not use the network. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
  "--allow-run=ffmpeg,ffprobe",
] as const;

/** What is compiled. */
export interface CompilePlan {
  /** Arguments of Deno, to be started in the program's folder. */
  readonly args: readonly string[];
  /** What it will hold, with its bytes. */
  readonly parts: readonly EmbeddedPart[];
}

/** Something inside the executable. */
export interface EmbeddedPart {
  /** Its name. */
  readonly name: string;
  /** Number of files. */
  readonly files: number;
  /** Their bytes. */
  readonly bytes: number;
}

/**
 * Runs `compile`.
 *
 * @throws {UserError} USAGE for an output that is there, DATA for weights of no known network, ENVIRONMENT if Deno's runtime is not
 * to be had.
 */
export async function runCompile(
  { flags }: Parsed,
  show: (text: string) => void = print,
): Promise<ExitCodeValue> {
  const target = (flags["target"] as string | undefined) ?? Deno.build.target;
  const output = outputOf(flags, target);
  const model = typeof flags["model"] === "string"
    ? await knownModel(flags["model"])
    : fileURLToPath(DEFAULT_MODEL);
  const plan = await compilePlan({ model, output, target });
  show(`the executable will hold:\n${partsText(plan.parts)}`);
  if (flags["dry-run"]) return ExitCode.OK;
  const stub = stubPlace(target);
  if (stub.named && !stub.isThere) {
    throw new UserError(
      `DENORT_BIN names ${stub.path}, which is no file: name Deno's runtime for executables, denort ${Deno.version.deno}`,
      ExitCode.ENVIRONMENT,
    );
  }
  if (!stub.isThere) {
    stderrTerminal.line(
      `fetching Deno's runtime for executables (denort ${Deno.version.deno}, about 40 MB, once) from dl.deno.land`,
    );
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...plan.args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw compileError(text, stub, target);
  const { size } = await Deno.stat(output);
  show(`${output}: ${bytes(size)}, for ${target}; it needs no Deno and no installation`);
  return ExitCode.OK;
}

/** The file to write. */
function outputOf(flags: FlagValues, target: string): string {
  const windows = target.includes("windows");
  const given = resolve((flags["output"] as string | undefined) ?? "denosr-restore");
  const path = windows && !given.endsWith(".exe") ? `${given}.exe` : given;
  if (isFolder(path)) {
    throw new UserError(`${path} is a folder: name a file with -o`, ExitCode.USAGE);
  }
  if (!isFolder(dirname(path))) {
    throw new UserError(`${dirname(path)} is no folder: create it first`, ExitCode.STORAGE);
  }
  if (flags["overwrite"] !== true && isFile(path)) {
    throw new UserError(
      `${path} is there already: name another file with -o, or replace it with --overwrite`,
      ExitCode.USAGE,
    );
  }
  return path;
}

/** Path of the weights; that they are of no use should not be found out where the executable runs. */
async function knownModel(spec: string): Promise<string> {
  const path = await resolveModel(spec);
  await loadPlugins([], ["arch"]);
  await findNetwork(path, { say: (line) => stderrTerminal.line(line) });
  return path;
}

/**
 * What Deno is told, and what the executable will hold.
 *
 * @throws {UserError} USAGE for a machine that there is no executable for.
 */
export async function compilePlan(
  { model, output, target }: {
    readonly model: string;
    readonly output: string;
    readonly target: string;
  },
): Promise<CompilePlan> {
  const addon = COMPILE_TARGETS[target];
  if (addon === undefined) {
    throw new UserError(
      `there are no executables for ${target}, but for ${Object.keys(COMPILE_TARGETS).join(", ")}`,
      ExitCode.USAGE,
    );
  }
  const weights = [resolve(model), ...companionsOf(resolve(model)).filter(isFile)];
  const unused = await unusedParts(ROOT, addon);
  const place = relative(join(ROOT, dirname(ENTRY)), weights[0]!).split(sep).map(encodeURIComponent)
    .join("/");
  return {
    args: [
      "compile",
      "--no-check",
      "--cached-only",
      ...PERMISSIONS,
      ...[...PARTS, ...weights].flatMap((path) => ["--include", path]),
      ...unused.flatMap((path) => ["--exclude", path]),
      "--target",
      target,
      "--output",
      output,
      ENTRY,
      // Built in, before what users write.
      place,
    ],
    parts: await embeddedParts(weights, new Set(unused)),
  };
}

/** Packages that are smaller are named together. */
const NAMED_BYTES = 500_000;

async function embeddedParts(
  weights: readonly string[],
  unused: ReadonlySet<string>,
): Promise<EmbeddedPart[]> {
  const own = await Promise.all(
    PARTS.map(async (path) => ({ name: path, ...await sizeOf(join(ROOT, path), unused) })),
  );
  const models = await Promise.all(weights.map(async (path) => ({
    name: `model ${basename(path)}`,
    files: 1,
    bytes: (await Deno.stat(path)).size,
  })));
  const folder = join(ROOT, "node_modules", ".deno");
  const packages = await Promise.all(
    entries(folder).filter((name) => name.includes("@") && !unused.has(join(folder, name)))
      .map(async (name) => ({
        name: `npm ${name.replaceAll("+", "/")}`,
        ...await sizeOf(join(folder, name), unused),
      })),
  );
  const [large, small] = [
    packages.filter(({ bytes }) => bytes >= NAMED_BYTES).sort((a, b) => b.bytes - a.bytes),
    packages.filter(({ bytes }) => bytes < NAMED_BYTES),
  ];
  const sum = (key: "files" | "bytes") => small.reduce((total, part) => total + part[key], 0);
  return [...own, ...models, ...large, {
    name: `npm ${small.length} smaller packages`,
    files: sum("files"),
    bytes: sum("bytes"),
  }];
}

/** Files under `path` and their bytes; links, of which packages have many, hold nothing of their own. */
async function sizeOf(
  path: string,
  unused: ReadonlySet<string>,
): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 };
  for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
    const inner = join(path, name);
    if (unused.has(inner)) continue;
    if (isDirectory) {
      const { files, bytes } = await sizeOf(inner, unused);
      total.files += files;
      total.bytes += bytes;
    } else if (isFile) {
      total.files++;
      total.bytes += (await Deno.stat(inner)).size;
    }
  }
  return total;
}

function partsText(parts: readonly EmbeddedPart[]): string {
  const sum = (key: "files" | "bytes") => parts.reduce((total, part) => total + part[key], 0);
  const rows = parts.map(({ name, files, bytes: size }) => [name, `${files} files`, bytes(size)]);
  return table([...rows, ["together", `${sum("files")} files`, bytes(sum("bytes"))]], "  ");
}

/** Where Deno takes the runtime of executables from. */
export interface Stub {
  /** Where it would lie, or lies. */
  readonly path: string;
  /** Whether it does. */
  readonly isThere: boolean;
  /** Whether that is what DENORT_BIN says. */
  readonly named: boolean;
}

function stubPlace(target: string): Stub {
  const named = Deno.env.get("DENORT_BIN");
  if (named) return { path: named, isThere: isFile(named), named: true };
  const home = Deno.env.get("HOME") ?? "";
  const folder = Deno.env.get("DENO_DIR") ??
    (Deno.build.os === "darwin"
      ? join(home, "Library", "Caches", "deno")
      : Deno.build.os === "windows"
      ? join(Deno.env.get("LOCALAPPDATA") ?? "", "deno")
      : join(Deno.env.get("XDG_CACHE_HOME") ?? join(home, ".cache"), "deno"));
  const path = join(folder, "dl", "release", `v${Deno.version.deno}`, `denort-${target}.zip`);
  return { path, isThere: isFile(path), named: false };
}

/** What people should see of the last words of `deno compile`. */
export function compileError(text: string, stub: Stub, target: string): UserError {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const reason = lines.slice(lines.findLastIndex((line) => line.startsWith("error")))
    .filter((line) => !/^Stack backtrace|<unknown>/.test(line.trim())).slice(0, 8).join("\n");
  const file = `denort-${target}.zip`;
  return new UserError(
    stub.isThere
      ? `deno compile failed:\n${reason}`
      : `Deno's runtime for executables (denort) is not here and could not be fetched from dl.deno.land:\n${reason}\n` +
        `  fetch https://dl.deno.land/release/v${Deno.version.deno}/${file} on another machine, and put it at ` +
        `${stub.path},\n  or name the unpacked program in DENORT_BIN`,
    ExitCode.ENVIRONMENT,
  );
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
