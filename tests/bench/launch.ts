/**
 * The supervisor behind `deno task bench`: sees to it that libtensorflow and PyTorch are there, each fetched by a process
 * that may do just that, then starts the driver, which may run this Deno, one Python and `cat`, and write its JSON.
 *
 * @module
 */
import { launch } from "../../core/cli/launch.ts";
import { report } from "../../core/cli/main.ts";
import { supervise } from "../../core/cli/supervise.ts";
import { findLibrary } from "../../core/engine/native/library.ts";
import { ExitCode, UserError } from "../../core/errors.ts";
import { cacheDir, ifPermitted } from "../../core/places.ts";
import { stdSource } from "../../core/std/source.ts";
import { benchHelp, type BenchOptions, DEFAULT_FOLDER, parseBench } from "./_args.ts";
import { HERE, ROOT } from "./_commands.ts";
import { isInstalled, peerEnvironment, peerPython, WAYS_ON } from "./_peer_env.ts";
import { INSTALLERS } from "./install_peer.ts";
import { dirname, join, resolve } from "node:path";

/** Environment variables that the driver may read. */
const ENV = [
  "DENOSR_*",
  "HOME",
  "USERPROFILE",
  "LOCALAPPDATA",
  "XDG_CACHE_HOME",
  "NO_COLOR",
  "FORCE_COLOR",
  "TERM",
];

/** Provides what is missing, starts the driver, and resolves to the exit code. */
async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(benchHelp());
    return ExitCode.OK;
  }
  const options = await parseBench(args);
  const library = await provideLibrary();
  const python = options.oursOnly ? undefined : await providePython(options);
  const results = resolve(options.out === undefined ? DEFAULT_FOLDER : dirname(options.out));
  return await supervise([
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    // Where runtimes of exported models are.
    `--allow-read=${list(ROOT, results, ...[cacheDir()].filter((dir) => dir !== undefined))}`,
    `--allow-write=${list(results)}`,
    `--allow-run=${list(Deno.execPath(), "cat", ...(python === undefined ? [] : [python]))}`,
    `--allow-env=${ENV.join(",")}`,
    "--allow-sys=systemMemoryInfo",
    join(HERE, "bench.ts"),
    ...args,
  ], { DENOSR_STD: await stdSource(), DENOSR_LIBTENSORFLOW: library });
}

async function provideLibrary(): Promise<string> {
  const found = await findLibrary();
  if (found !== undefined) return found.path;
  const code = await launch(["setup", "--if-missing"]);
  const fetched = await findLibrary();
  if (fetched !== undefined) return fetched.path;
  throw new UserError(
    `the native engine's library could not be fetched (setup ended with code ${code}), and the ` +
      `comparison measures no other engine`,
    ExitCode.ENVIRONMENT,
  );
}

async function providePython({ python: named }: BenchOptions): Promise<string> {
  const python = peerPython(named);
  if (named !== undefined) {
    if (ifPermitted(() => Deno.statSync(python).isFile, false)) return python;
    throw new UserError(`--python: there is no file ${python}; ${WAYS_ON}`, ExitCode.ENVIRONMENT);
  }
  const environment = peerEnvironment();
  if (isInstalled(environment)) return python;
  const code = await supervise([
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    "--allow-read",
    "--allow-env",
    `--allow-write=${list(environment.folder)}`,
    `--allow-run=${list(...INSTALLERS, python)}`,
    join(HERE, "install_peer.ts"),
  ], {});
  if (code !== 0) throw new UserError("there is no PyTorch to compare with", ExitCode.ENVIRONMENT);
  return python;
}

/** Lists of permissions are separated by commas; a doubled one stands for itself. */
function list(...names: readonly string[]): string {
  return names.map((name) => name.replaceAll(",", ",,")).join(",");
}

if (import.meta.main) {
  try {
    Deno.exitCode = await run(Deno.args);
  } catch (error) {
    Deno.exitCode = report(error, false);
  }
  // Nothing may keep the process alive once the command is done.
  Deno.exit();
}
