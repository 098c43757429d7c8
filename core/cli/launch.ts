/**
 * The supervisor behind the tasks that compute: `deno task train`, `evaluate`, `metrics`, `restore` and others.
 *
 * It reads the options or flags, makes sure that the native library and the zoo's models that are named are there (fetching them
 * by way of `setup` and `zoo`, in processes of their own), and starts the command in a second process that is granted
 * just what these options need: read the project, the data and the weights that are named; write where the results go;
 * open the one library. That process cannot use the network or start programs, but for what a command is about: `serve`
 * listens at its one address, and `restore` starts ffmpeg for videos. The supervisor itself may read files and
 * environment variables and start this Deno, and nothing else.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { cacheDir, expandHome } from "../places.ts";
import { later } from "./_later.ts";
import { parseFor } from "./args.ts";
import { COMMANDS } from "./commands.ts";
import type { FlagValues } from "./flags.ts";
import {
  ENV,
  grantable,
  type Grants,
  grantsFor,
  grantsForComputing,
  grantsForMetrics,
  ROOT,
  words,
} from "./grants.ts";
import { asksForHelp, main, report } from "./main.ts";
import { stoppingText } from "../train/stop.ts";
import { zooName } from "../zoo/spec.ts";
import { isHere, zooFolder } from "../zoo/store.ts";
import { exportInterruptText, interruptText } from "./interrupt.ts";
import { supervise, type SuperviseOptions } from "./supervise.ts";
import { delimiter, join, resolve } from "node:path";

/** Training says what a stop does, and how a run that broke off goes on. */
const TRAINING: SuperviseOptions = {
  onStop: stoppingText,
  leftText: "left at once, the last saved checkpoint stays",
  brokenText: "a training goes on from its last checkpoint with --auto_resume",
};

/** Commands whose paths are meant from where the user is, though tasks start in the program's folder. */
const USERS_FOLDER: ReadonlySet<string> = new Set([
  "restore",
  "serve",
  "estimate",
  "export",
  "compile",
]);

/** Runs the command line with narrow permissions and resolves to its exit code. */
export async function launch(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((c) => c.name === name);
  if (command === undefined || asksForHelp(rest)) return await main(args);
  try {
    if (USERS_FOLDER.has(command.name)) enterUsersFolder();
    const { flags, words: inputs } = await parseFor(command, rest);
    if (name === "setup") return await setup(args);
    if (name === "zoo") return await zoo(args, flags["plugins"] as readonly string[]);
    if (name === "metrics") return await metrics(args, flags);
    if (name === "restore") return await restore(args, inputs, flags);
    if (name === "serve") return await serve(args, flags);
    if (name === "estimate") return await estimate(args, flags);
    if (name === "export") return await exporting(args, flags);
    if (name === "compile") return await compiling(args, flags);
    if (name === "doctor") return await doctor(args);
    const { readOptions } = await later<typeof import("../options/mod.ts")>("options/mod.ts");
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
    return await start(args, grants, library, TRAINING);
  } catch (error) {
    return report(error, rest.includes("--debug"));
  }
}

/** Starts the command in a process with these grants: its exit code. */
async function start(
  args: readonly string[],
  grants: Grants,
  library: string | undefined,
  options: SuperviseOptions = {},
): Promise<number> {
  const { stdSource } = await later<typeof import("../std/source.ts")>("std/source.ts");
  return await supervise(
    [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-read=${grants.read.map(grantable).join(",")}`,
      ...(grants.write.length > 0
        ? [`--allow-write=${grants.write.map(grantable).join(",")}`]
        : []),
      ...(grants.ffi === undefined
        ? ["--allow-ffi"]
        : grants.ffi.length > 0
        ? [`--allow-ffi=${grants.ffi.map(grantable).join(",")}`]
        : []),
      ...(grants.run?.length ? [`--allow-run=${grants.run.map(grantable).join(",")}`] : []),
      ...(grants.net?.length ? [`--allow-net=${grants.net.join(",")}`] : []),
      `--allow-env=${ENV.join(",")}`,
      "--allow-sys=hostname,cpus,osRelease,systemMemoryInfo",
      // Without this Deno fetches whatever package or address a plugin imports, which is a way out.
      "--cached-only",
      join(ROOT, "core/cli/main.ts"),
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
    options,
  );
}

/** Runs `restore` in a process that may read inputs and weights, and write to the folder of the outputs. */
async function restore(
  args: readonly string[],
  inputs: readonly string[],
  flags: FlagValues,
): Promise<number> {
  const { restoreNeeds } = await later<typeof import("./restore_needs.ts")>("cli/restore_needs.ts");
  const needs = await withRuntimes(() => restoreNeeds(inputs, flags));
  if (typeof needs === "number") return needs;
  return await compute(args, flags, {
    ...needs,
    run: needs.video ? ["ffmpeg", "ffprobe"] : [],
  }, { onStop: interruptText, inheritStdin: needs.stdin });
}

/** Runs `serve` in a process that may read weights and listen at its address, and write nothing. */
async function serve(args: readonly string[], flags: FlagValues): Promise<number> {
  const { modelNeeds } = await later<typeof import("./restore_needs.ts")>("cli/restore_needs.ts");
  const { serveAddress } = await later<typeof import("./serve.ts")>("cli/serve.ts");
  const { host, port } = serveAddress(flags);
  const address = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  const needs = await withRuntimes(() => modelNeeds(flags));
  if (typeof needs === "number") return needs;
  return await compute(args, flags, { ...needs, net: [address] }, {
    onStop: (signal) => `${signal} received: ending`,
  });
}

/** Runs `estimate` in a process that may read weights, and nothing else. */
async function estimate(args: readonly string[], flags: FlagValues): Promise<number> {
  const { modelNeeds } = await later<typeof import("./restore_needs.ts")>("cli/restore_needs.ts");
  return await compute(args, flags, await modelNeeds(flags), { onStop: interruptText });
}

/**
 * Runs `export` in a process that may read weights, write to the folder of the exports, and open or start what the targets are
 * verified with, which is fetched before.
 */
async function exporting(args: readonly string[], flags: FlagValues): Promise<number> {
  const { exportNeeds } = await later<typeof import("./export_needs.ts")>("cli/export_needs.ts");
  const needs = await withRuntimes(() => exportNeeds(flags));
  if (typeof needs === "number") {
    if (needs === ExitCode.ENVIRONMENT) {
      console.error("  --no-verify exports without running the models, and takes nothing else");
    }
    return needs;
  }
  return await compute(args, { ...flags, engine: "native" }, needs, {
    onStop: exportInterruptText,
  });
}

/** What `find` finds, after the runtimes that are missing have been fetched; the exit code if that fails. */
async function withRuntimes<Found extends { readonly missing: readonly string[] }>(
  find: () => Promise<Found>,
): Promise<Found | number> {
  const found = await find();
  if (found.missing.length === 0) return found;
  const code = await setup(["setup", "--if-missing", "--runtimes", found.missing.join(",")]);
  // Only now is it known where what was fetched lies.
  return code === ExitCode.OK ? await find() : code;
}

/** Runs `compile` here: all that it does is start Deno, and that may do what it likes. */
async function compiling(args: readonly string[], flags: FlagValues): Promise<number> {
  const { modelNeeds } = await later<typeof import("./restore_needs.ts")>("cli/restore_needs.ts");
  const { models } = await modelNeeds(flags);
  const code = await provideModels({ path: models.map(asZooName) }, [], flags);
  return code === ExitCode.OK ? await main(args) : code;
}

/**
 * Runs `doctor` in a process that may look at everything and start this Deno, in which it tries the engine, and ffmpeg.
 * Nothing is fetched: that something is missing is what doctor is to say.
 */
async function doctor(args: readonly string[]): Promise<number> {
  const { stdSource } = await later<typeof import("../std/source.ts")>("std/source.ts");
  const programs = [Deno.execPath(), ...["ffmpeg", "ffprobe"].filter(onPath)];
  return await supervise([
    "run",
    "--quiet",
    "--no-prompt",
    "--allow-read",
    "--allow-env",
    "--allow-sys",
    `--allow-run=${programs.map(grantable).join(",")}`,
    "--cached-only",
    join(ROOT, "mod.ts"),
    ...args,
  ], { DENOSR_STD: await stdSource() });
}

/** Has models fetched that are named and not here, and runs a command that computes on pictures. */
async function compute(
  args: readonly string[],
  flags: FlagValues,
  needs: Partial<Grants> & {
    readonly models: readonly string[];
    readonly anyLibrary?: boolean;
    readonly tensorflow?: boolean;
  },
  options: SuperviseOptions,
): Promise<number> {
  const plugins = (flags["plugins"] ?? []) as readonly string[];
  const code = await provideModels({ path: needs.models.map(asZooName) }, plugins, flags);
  if (code !== ExitCode.OK) return code;
  const engine = String(flags["engine"] ?? "auto");
  const wantsNative = engine === "auto" || engine === "native";
  const library = needs.tensorflow
    ? await provideLibrary("native", flags)
    : wantsNative
    ? await provideLibrary(engine, flags)
    : undefined;
  const common = grantsForComputing(flags, library);
  return await start(
    args,
    {
      ...common,
      read: [...common.read, ...needs.read ?? []],
      write: needs.write ?? [],
      ffi: needs.anyLibrary ? undefined : [...common.ffi, ...needs.ffi ?? []],
      run: needs.run ?? [],
      net: needs.net ?? [],
    },
    library,
    options,
  );
}

/** A name that is no file is looked for in the zoo. */
function asZooName(model: string): string {
  return zooName(model) === undefined ? `zoo:${model}` : model;
}

/** The task runner changes to the program's folder, and says where it was called. */
function enterUsersFolder(): void {
  const folder = Deno.env.get("INIT_CWD");
  // Inherited from a task further up it says nothing about this process.
  if (resolve(Deno.cwd()) !== resolve(ROOT)) return;
  if (folder !== undefined && folder !== "") Deno.chdir(folder);
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
  const { findLibrary } = await later<typeof import("../engine/native/library.ts")>(
    "engine/native/library.ts",
  );
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
    ...(cache === undefined ? [] : [`--allow-write=${grantable(cache)}`]),
    ...(programs.length > 0 ? [`--allow-run=${programs.join(",")}`] : []),
    join(ROOT, "mod.ts"),
    ...args,
  ], {});
}

/** Runs `zoo` in a process that may reach the hosts of the catalogue and write to the zoo's folder, and nothing else. */
async function zoo(args: readonly string[], plugins: readonly string[]): Promise<number> {
  const { readCatalogue } = await later<typeof import("../zoo/catalogue.ts")>("zoo/catalogue.ts");
  const { stdSource } = await later<typeof import("../std/source.ts")>("std/source.ts");
  const folder = zooFolder();
  const read = [ROOT, folder, ...plugins.map((dir) => resolve(expandHome(dir)))];
  const hosts = (await readCatalogue(plugins)).hosts();
  return await supervise(
    [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-read=${read.map(grantable).join(",")}`,
      `--allow-write=${grantable(folder)}`,
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
  const { readCatalogue } = await later<typeof import("../zoo/catalogue.ts")>("zoo/catalogue.ts");
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

if (import.meta.main) {
  Deno.exitCode = await launch(Deno.args);
  // Nothing may keep the process alive once the command is done.
  Deno.exit();
}
