/**
 * Fetches libtensorflow once: TensorFlow's own wheel, by the user's pip or uv, without running Python's TensorFlow.
 *
 * @module
 */
import { basename, join } from "node:path";
import { type Environment, ifPermitted, processEnvironment } from "../../places.ts";
import { failure, fulfil } from "../../wheels/order.ts";
import { onPath, type Order, type Packager } from "../../wheels/packager.ts";
import {
  download,
  downloadSize,
  type InstallProgress,
  quarters,
  type Requirement,
  takeFiles,
} from "../../wheels/wheel.ts";
import { whyNotALibrary } from "./binary.ts";
import { cachedFolder, type FoundLibrary, LIBRARY_FILES, TENSORFLOW_VERSION } from "./library.ts";

export type { InstallProgress } from "../../wheels/wheel.ts";

/** How to install. */
export interface InstallOptions {
  /** Fetch the build for NVIDIA GPUs with its CUDA libraries; default: if such a GPU is seen. */
  readonly gpu?: boolean;
  /** Receives what is being done, line by line. */
  readonly say: (line: string) => void;
  /** Receives the progress, about twice a second; without it `say` gets a line at every quarter. */
  readonly progress?: (state: InstallProgress) => void;
  /** Environment variables; default those of the process. */
  readonly env?: Environment;
}

/** Sizes of the wheels of TensorFlow 2.21.0: to fetch, and room needed while unpacking. */
const SIZES = {
  cpu: { download: 274e6, room: 1.25e9 },
  gpu: { download: 3.5e9, room: 10e9 },
} as const;

const ORDER: Order = {
  what: "libtensorflow",
  hint: "install it yourself and name its folder in DENOSR_LIBTENSORFLOW, or choose " +
    "--engine wasm, which needs no library",
};

/** True if an NVIDIA GPU can be seen: its driver, its device file (also of WSL), or `nvidia-smi`. */
export function seesNvidiaGpu(env: Environment = processEnvironment): boolean {
  const signs = ["/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/dxg"];
  return signs.some((path) => ifPermitted(() => Deno.statSync(path) !== null, false)) ||
    onPath("nvidia-smi", env) !== undefined;
}

/**
 * Fetches libtensorflow into the cache, unless it lies there already.
 *
 * @throws {UserError} With exit code ENVIRONMENT if there is no pip or uv, no network, no room, no cache folder, no
 * build for this machine, or the download is damaged; the message says what to do.
 */
export async function installLibrary(options: InstallOptions): Promise<FoundLibrary> {
  const { say, env = processEnvironment } = options;
  const kind = options.gpu ?? seesNvidiaGpu(env) ? "gpu" : "cpu";
  const folder = await fulfil({
    ...ORDER,
    what: `${ORDER.what} ${TENSORFLOW_VERSION}`,
    folder: cachedFolder(kind, env),
    room: SIZES[kind].room,
    env,
    say,
    isWhole: (folder) => isWhole(libraryFolder(kind, folder)),
    make: (packager, temporary) => install(kind, packager, temporary, options),
  });
  return { path: join(libraryFolder(kind, folder), LIBRARY_FILES[0]!), source: "cache" };
}

/** pip lays the GPU wheel out with its CUDA libraries beside it; the CPU library lies alone. */
function libraryFolder(kind: "cpu" | "gpu", folder: string): string {
  return kind === "gpu" ? join(folder, "tensorflow") : folder;
}

async function install(
  kind: "cpu" | "gpu",
  packager: Packager,
  temporary: string,
  options: InstallOptions,
): Promise<string> {
  const report = options.progress ?? quarters("libtensorflow", options.say);
  options.say(
    `fetching TensorFlow ${TENSORFLOW_VERSION} for ${kind === "gpu" ? "NVIDIA GPUs" : "CPUs"} ` +
      `(about ${downloadSize(SIZES[kind].download)}, once) with ${packager.kind}`,
  );
  const target = join(temporary, "fetched");
  await download(ORDER, packager, wheelFor(kind), temporary, target, report);
  const ready = join(temporary, "ready");
  const library = libraryFolder(kind, ready);
  await Deno.mkdir(library, { recursive: true });
  const files = new Map(
    LIBRARY_FILES.map((name) => [`tensorflow/${name}`, join(library, basename(name))]),
  );
  await takeFiles(ORDER, target, "tensorflow", () => files, report);
  // The GPU build finds CUDA's libraries by relative paths: ../nvidia/*/lib.
  if (kind === "gpu") await Deno.rename(join(target, "nvidia"), join(ready, "nvidia"));
  if (!isWhole(library)) throw failure(ORDER, "what was fetched is no library for this machine");
  return ready;
}

/** The wheel of this machine, and its tags. */
function wheelFor(kind: "cpu" | "gpu"): Requirement {
  const { os, arch } = Deno.build;
  const more = { download: SIZES[kind].download, dependencies: kind === "gpu" };
  if (os === "linux") {
    const cpu = arch === "x86_64" ? "tensorflow-cpu" : "tensorflow";
    const name = kind === "gpu" ? "tensorflow[and-cuda]" : cpu;
    const tags = ["manylinux_2_27", "manylinux_2_28", "manylinux_2_17", "manylinux2014"];
    return {
      ...more,
      requirement: `${name}==${TENSORFLOW_VERSION}`,
      tags: tags.map((tag) => `${tag}_${arch}`),
    };
  }
  if (os === "darwin" && arch === "aarch64") {
    const tags = ["macosx_12_0_arm64"];
    return { ...more, requirement: `tensorflow==${TENSORFLOW_VERSION}`, tags };
  }
  throw failure(ORDER, `TensorFlow ${TENSORFLOW_VERSION} has no C library for ${os} on ${arch}`);
}

function isWhole(folder: string): boolean {
  return LIBRARY_FILES.every((name) =>
    ifPermitted(() => whyNotALibrary(join(folder, name)), "missing") === undefined
  );
}
