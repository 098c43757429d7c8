/**
 * The supervisor behind `deno task train`, `deno task evaluate` and `deno task metrics`.
 *
 * It reads the options, makes sure that the native library and the zoo's models that are named are there (fetching them
 * by way of `setup` and `zoo`, in processes of their own), and starts the command in a second process that is granted
 * just what these options need: read the project, the data and the weights that are named; write where the results go;
 * open the one library. That process cannot use the network or start programs. The supervisor itself may read files and
 * environment variables and start this Deno, and nothing else.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { cacheDir, expandHome } from "../places.ts";
import { parseFor } from "./args.ts";
import { COMMANDS, type FlagValues } from "./commands.ts";
import { main, report } from "./main.ts";
import { stoppingText } from "../train/stop.ts";
import { companionsOf } from "../weights/companions.ts";
import { zooName } from "../zoo/spec.ts";
import { isHere, zooFolder } from "../zoo/store.ts";
import { supervise } from "./supervise.ts";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Environment variables that the command may read. */
const ENV = [
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
];

/** The folder of the program. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a command is granted, as flags of `deno run`. */
export interface Grants {
  /** Files and folders to read. */
  readonly read: readonly string[];
  /** Folders to write to. */
  readonly write: readonly string[];
  /** Folders whose libraries may be opened. */
  readonly ffi: readonly string[];
}

/** Runs the command line with narrow permissions and resolves to its exit code. */
export async function launch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((c) => c.name === name);
  if (command === undefined || rest.includes("--help") || rest.includes("-h")) {
    return await main(args);
  }
  try {
    const { flags } = await parseFor(command, rest);
    if (name === "setup") return await setup(args);
    if (name === "zoo") return await zoo(args, flags["plugins"] as readonly string[]);
    if (name === "metrics") return await metrics(args, flags);
    const { readOptions } = await import("../options/mod.ts");
    const raw = await readOptions(flags["opt"] as string, {
      forceYml: flags["force_yml"] as readonly string[],
      debug: flags["debug"] as boolean,
      isTrain: name === "train",
      plugins: flags["plugins"] as readonly string[],
      engine: flags["engine"] as string | undefined,
    });
    const engine = String(flags["engine"] ?? raw.data["engine"] ?? "auto");
    const wantsNative = engine === "auto" || engine === "native";
    const library = wantsNative && !flags["dry-run"]
      ? await provideLibrary(engine, flags)
      : undefined;
    if (!flags["dry-run"]) {
      const code = await provideModels(raw.data, raw.plugins, flags);
      if (code !== ExitCode.OK) return code;
    }
    const grants = grantsFor(raw.data, raw.files, raw.plugins, library);
    return await start(args, grants, library, stoppingText);
  } catch (error) {
    return report(error, rest.includes("--debug"));
  }
}

/** Starts the command in a process with these grants: its exit code. */
async function start(
  args: readonly string[],
  grants: Grants,
  library: string | undefined,
  onStop?: typeof stoppingText,
): Promise<number> {
  const { stdSource } = await import("../std/source.ts");
  return await supervise(
    [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-read=${grants.read.map(escapeComma).join(",")}`,
      ...(grants.write.length > 0
        ? [`--allow-write=${grants.write.map(escapeComma).join(",")}`]
        : []),
      ...(grants.ffi.length > 0 ? [`--allow-ffi=${grants.ffi.map(escapeComma).join(",")}`] : []),
      `--allow-env=${ENV.join(",")}`,
      "--allow-sys=hostname,cpus,osRelease,systemMemoryInfo",
      // Without this Deno fetches whatever package or address a plugin imports, which is a way out.
      "--cached-only",
      join(ROOT, "mod.ts"),
      ...args,
    ],
    {
      DENOSR_STD: await stdSource(),
      // TensorFlow's start-up chatter is for its own developers.
      TF_CPP_MIN_LOG_LEVEL: Deno.env.get("TF_CPP_MIN_LOG_LEVEL") ?? "2",
      // By itself TensorFlow uses oneDNN on processors with AVX-512 VNNI and newer only; see core/engine/native/_loader.ts.
      TF_ENABLE_ONEDNN_OPTS: Deno.env.get("TF_ENABLE_ONEDNN_OPTS") ?? "1",
      // TensorFlow frees on one thread what it allocated on another, so that with glibc's arena for each thread all of
      // them grow: a step of RCAN at batch 16 held 18 GB, with one arena 13 GB, and the first took half the time.
      MALLOC_ARENA_MAX: Deno.env.get("MALLOC_ARENA_MAX") ?? "1",
      ...(library === undefined ? {} : { DENOSR_LIBTENSORFLOW: library }),
    },
    onStop,
  );
}

/** Runs `metrics` in a process that may read both folders and the weights, and write where `--csv` and `--json` go. */
async function metrics(args: readonly string[], flags: FlagValues): Promise<number> {
  const engine = String(flags["engine"] ?? "auto");
  const wantsNative = engine === "auto" || engine === "native";
  const library = wantsNative ? await provideLibrary(engine, flags) : undefined;
  return await start(args, grantsForMetrics(flags, library), library);
}

/** Finds the library, or has `setup` fetch it: its path. Undefined where `auto` has to make do without. */
async function provideLibrary(engine: string, flags: FlagValues): Promise<string | undefined> {
  const { findLibrary } = await import("../engine/native/library.ts");
  const found = await findLibrary();
  if (found !== undefined) return found.path;
  const code = await setup(["setup", "--if-missing", ...(flags["debug"] ? ["--debug"] : [])]);
  const fetched = await findLibrary();
  if (fetched !== undefined) return fetched.path;
  if (engine === "native") {
    throw new UserError(
      `the native engine's library could not be fetched (setup ended with code ${code}); ` +
        `--engine wasm works without it`,
      ExitCode.ENVIRONMENT,
    );
  }
  return undefined;
}

/** Runs `setup` in a process that may run pip or uv and write to the cache, and nothing else. */
async function setup(args: readonly string[]): Promise<number> {
  const cache = cacheDir();
  const programs = ["python3", "pip3", "pip", "python", "uv"].filter(onPath);
  return await supervise([
    "run",
    "--quiet",
    "--no-prompt",
    "--allow-read",
    "--allow-env",
    "--allow-sys",
    ...(cache === undefined ? [] : [`--allow-write=${escapeComma(cache)}`]),
    ...(programs.length > 0 ? [`--allow-run=${programs.join(",")}`] : []),
    join(ROOT, "mod.ts"),
    ...args,
  ], {});
}

/** Runs `zoo` in a process that may reach the hosts of the catalogue and write to the zoo's folder, and nothing else. */
async function zoo(args: readonly string[], plugins: readonly string[]): Promise<number> {
  const { readCatalogue } = await import("../zoo/catalogue.ts");
  const { stdSource } = await import("../std/source.ts");
  const folder = zooFolder();
  const read = [ROOT, folder, ...plugins.map((dir) => resolve(expandHome(dir)))];
  const hosts = (await readCatalogue(plugins)).hosts();
  return await supervise(
    [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-read=${read.map(escapeComma).join(",")}`,
      `--allow-write=${escapeComma(folder)}`,
      ...(hosts.length > 0 ? [`--allow-net=${hosts.join(",")}`] : []),
      `--allow-env=${ENV.join(",")}`,
      "--allow-sys=hostname",
      "--cached-only",
      join(ROOT, "mod.ts"),
      ...args,
    ],
    { DENOSR_STD: await stdSource() },
  );
}

/** Has `zoo` fetch the models that `path` names as `zoo:NAME` and that are not there: its exit code. */
async function provideModels(
  data: Readonly<Record<string, unknown>>,
  plugins: readonly string[],
  flags: FlagValues,
): Promise<number> {
  const names = [...words(data["path"])].map(zooName).filter((name) => name !== undefined);
  if (names.length === 0) return ExitCode.OK;
  const { readCatalogue } = await import("../zoo/catalogue.ts");
  const catalogue = await readCatalogue(plugins);
  const missing = new Set<string>();
  for (const name of names) {
    const entry = catalogue.get(name);
    if (!await isHere(entry)) missing.add(entry.name);
  }
  if (missing.size === 0) return ExitCode.OK;
  const folders = plugins.flatMap((dir) => ["--plugins", dir]);
  const debug = flags["debug"] ? ["--debug"] : [];
  return await zoo(["zoo", "fetch", ...missing, ...folders, ...debug], plugins);
}

function onPath(program: string): boolean {
  const extensions = Deno.build.os === "windows" ? [".exe", ".cmd"] : [""];
  return (Deno.env.get("PATH") ?? "").split(delimiter).some((dir) =>
    extensions.some((ext) => {
      try {
        return Deno.statSync(join(dir, program + ext)).isFile;
      } catch {
        return false;
      }
    })
  );
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

/** Folders of libraries. The native engine has an image codec of its own; the portable one is an addon of imagescript. */
function librariesFor(library: string | undefined): string[] {
  return library === undefined ? [join(ROOT, "node_modules", ".deno")] : [dirname(library)];
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

function* words(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (value !== null && typeof value === "object") {
    for (const inner of Object.values(value)) yield* words(inner);
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? value as Record<string, unknown> : {};
}

/** Lists of permissions are separated by commas; a doubled one stands for itself. */
function escapeComma(path: string): string {
  return path.replaceAll(",", ",,");
}

if (import.meta.main) {
  Deno.exitCode = await launch(Deno.args);
  // Nothing may keep the process alive once the command is done.
  Deno.exit();
}
