/**
 * `setup`: finds libtensorflow, or has it fetched into the cache; and what exports are verified with.
 *
 * @module
 */
import {
  findLibrary,
  type FoundLibrary,
  installLibrary,
  type InstallProgress,
  NativeLibrary,
  seesNvidiaGpu,
  TENSORFLOW_VERSION,
} from "../engine/native/mod.ts";
import { ExitCode, UserError } from "../errors.ts";
import { loadTarget, targetNames } from "../export/registry.ts";
import { Progress } from "../log/progress.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { fetchNeeds } from "../runtimes/needs.ts";
import type { Parsed } from "./commands.ts";

/** What differs in tests: where to look and how to fetch. */
export interface SetupParts {
  /** Default {@linkcode findLibrary}. */
  readonly find?: typeof findLibrary;
  /** Default {@linkcode installLibrary}. */
  readonly install?: typeof installLibrary;
  /** Default {@linkcode seesNvidiaGpu}. */
  readonly seesGpu?: () => boolean;
}

/**
 * Runs `setup`.
 *
 * @throws {UserError} With exit code ENVIRONMENT if the library cannot be fetched, USAGE for both `--gpu` and `--cpu`.
 */
export async function runSetup({ flags }: Parsed, parts: SetupParts = {}): Promise<number> {
  const { find = findLibrary, install = installLibrary, seesGpu = seesNvidiaGpu } = parts;
  const { gpu, cpu, "if-missing": ifMissing } = flags;
  if (gpu && cpu) {
    throw new UserError("setup: --gpu and --cpu exclude each other, give one", ExitCode.USAGE);
  }
  const { runtimes } = flags;
  if (typeof runtimes === "string") {
    const names = await fetchRuntimes(runtimes);
    if (!ifMissing) print(`What exports are verified with is there: ${names.join(", ")}`);
  }
  const found = await find();
  // An explicit build is fetched even if another library would do.
  if (found !== undefined && (ifMissing || !(gpu || cpu))) {
    if (!ifMissing) print(describe(found, seesGpu()));
    return ExitCode.OK;
  }
  using shown = new ShownProgress();
  const fetched = await install({
    ...(gpu || cpu ? { gpu: gpu === true } : {}),
    say: (line) => stderrTerminal.line(line),
    progress: (state) => shown.update(state),
  });
  shown.finish();
  const used = await find() ?? fetched;
  print(describe(used, seesGpu()));
  if (used.path !== fetched.path) {
    print(
      `  It is found before the one that was fetched (${fetched.path});\n` +
        `  set DENOSR_LIBTENSORFLOW to that path to use it.`,
    );
  }
  return ExitCode.OK;
}

/** Fetches what exports to these targets are verified with: their names. */
async function fetchRuntimes(list: string): Promise<readonly string[]> {
  const say = (line: string) => stderrTerminal.line(line);
  const names = targetNames(list);
  for (const name of names) {
    const { needs } = await loadTarget(name);
    await fetchNeeds(needs, { say });
  }
  return names;
}

/** Path, source and, where this process may open it, version of a library. */
function describe({ path, source }: FoundLibrary, gpuSeen: boolean): string {
  const cached = path.includes(`-${TENSORFLOW_VERSION}`) ? ` ${TENSORFLOW_VERSION}` : "";
  const { state } = Deno.permissions.querySync({ name: "ffi", path });
  const version = state === "granted" ? ` ${NativeLibrary.open(path).version}` : cached;
  return [
    `The native engine's library is there: libtensorflow${version}`,
    `  path    ${path}`,
    `  found   ${WHERE[source] ?? source}`,
    ...(gpuSeen && path.includes("libtensorflow-cpu-")
      ? ["  There is an NVIDIA GPU: `deno task setup --gpu` fetches the build that uses it."]
      : []),
  ].join("\n");
}

const WHERE: Readonly<Record<string, string>> = {
  DENOSR_LIBTENSORFLOW: "by the environment variable DENOSR_LIBTENSORFLOW",
  "tfjs-node": "in the folder of @tensorflow/tfjs-node-gpu",
  python: "in a Python installation",
  cache: "in the cache",
  system: "among the system's libraries",
};

/** A bar for each phase of an installation. */
class ShownProgress implements Disposable {
  #phase: InstallProgress["phase"] | undefined;
  #bar: Progress | undefined;

  update({ phase, bytes, total }: InstallProgress): void {
    if (phase !== this.#phase) {
      this.finish();
      this.#phase = phase;
      this.#bar = new Progress({ label: phase, total, unit: "B" });
    }
    this.#bar?.update(bytes);
  }

  finish(): void {
    this.#bar?.finish();
    this.#bar?.[Symbol.dispose]();
    this.#bar = undefined;
  }

  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
    this.#bar = undefined;
  }
}
