/**
 * Fetches libtensorflow once: TensorFlow's own wheel, by the user's pip or uv, without running Python's TensorFlow.
 *
 * All work happens in a folder of its own inside the cache and ends in one rename, under a lock that the system releases
 * with the process: neither a second installer nor a crash leaves half a library.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../../errors.ts";
import { findPackager, onPath, type Packager, run } from "./_packager.ts";
import { ZipArchive } from "./_zip.ts";
import { whyNotALibrary } from "./binary.ts";
import { cachedFolder, type FoundLibrary, LIBRARY_FILES, TENSORFLOW_VERSION } from "./library.ts";
import { entries, type Environment, ifPermitted, processEnvironment } from "../../places.ts";

/** How far an installation is. */
export interface InstallProgress {
  /** What is being done. */
  readonly phase: "download" | "unpack";
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes in the end, as far as known. */
  readonly total: number;
}

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

const HINT = "install it yourself and name its folder in DENOSR_LIBTENSORFLOW, or choose " +
  "--engine wasm, which needs no library";

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
  const folder = cachedFolder(kind, env);
  if (folder === undefined) fail("there is no cache folder: set DENOSR_CACHE, or HOME");
  const cache = dirname(folder);
  const found: FoundLibrary = {
    path: join(folder, ...(kind === "gpu" ? ["tensorflow"] : []), LIBRARY_FILES[0]!),
    source: "cache",
  };
  try {
    await Deno.mkdir(cache, { recursive: true });
    using _lock = await lockCache(cache, say);
    if (isWhole(dirname(found.path))) return found;
    for (const stale of entries(cache, ".tmp-")) {
      await Deno.remove(join(cache, stale), { recursive: true });
    }
    checkRoom(cache, SIZES[kind].room, await freeBytes(cache));
    const packager = await findPackager(env);
    if (!packager) fail("neither pip nor uv was found on PATH to fetch it");
    const temporary = join(cache, `.tmp-${crypto.randomUUID()}`);
    await Deno.mkdir(temporary);
    try {
      await install(kind, packager, temporary, folder, options);
    } finally {
      await Deno.remove(temporary, { recursive: true });
    }
  } catch (error) {
    throw explained(error);
  }
  say(`libtensorflow ${TENSORFLOW_VERSION} is ready in ${folder}`);
  return found;
}

async function install(
  kind: "cpu" | "gpu",
  packager: Packager,
  temporary: string,
  folder: string,
  options: InstallOptions,
): Promise<void> {
  const { download } = SIZES[kind];
  const report = reporter(options);
  const size = download >= 1e9 ? `${download / 1e9} GB` : `${download / 1e6} MB`;
  options.say(
    `fetching TensorFlow ${TENSORFLOW_VERSION} for ${kind === "gpu" ? "NVIDIA GPUs" : "CPUs"} ` +
      `(about ${size}, once) with ${packager.kind}`,
  );
  const target = join(temporary, "fetched");
  await Deno.mkdir(target);
  // pip and uv write to TMPDIR first: inside our folder its growth can be watched, and nothing stays behind.
  const { done } = run(commandFor(kind, packager, target), { TMPDIR: temporary });
  const timer = setInterval(async () => {
    report({
      phase: "download",
      bytes: Math.min(await folderSize(temporary), download),
      total: download,
    });
  }, 500);
  let result: Awaited<typeof done>;
  try {
    result = await done;
  } finally {
    clearInterval(timer);
  }
  if (result.code !== 0) failDownload(packager, result.lastLines);
  const wheel = entries(target).find((name) => name.endsWith(".whl"));
  const ready = join(temporary, "ready");
  if (wheel) await unpackWheel(join(target, wheel), ready, report);
  else await pickInstalled(kind, target, ready);
  const library = kind === "gpu" ? join(ready, "tensorflow") : ready;
  if (!isWhole(library)) fail("what was fetched is no library for this machine");
  if (entries(dirname(folder)).includes(folder.slice(dirname(folder).length + 1))) {
    await Deno.rename(folder, join(temporary, "damaged")); // lies there, but is not whole
  }
  await Deno.rename(ready, folder);
}

/** The wheel's tag of this machine, and the name of the package that has it. */
function platform(kind: "cpu" | "gpu"): { readonly package: string; readonly tags: string[] } {
  const { os, arch } = Deno.build;
  if (os === "linux") {
    const cpu = arch === "x86_64" ? "tensorflow-cpu" : "tensorflow";
    const name = kind === "gpu" ? "tensorflow[and-cuda]" : cpu;
    const tags = ["manylinux_2_27", "manylinux_2_28", "manylinux_2_17", "manylinux2014"];
    return { package: name, tags: tags.map((tag) => `${tag}_${arch}`) };
  }
  if (os === "darwin" && arch === "aarch64") {
    return { package: "tensorflow", tags: ["macosx_12_0_arm64"] };
  }
  return fail(`TensorFlow ${TENSORFLOW_VERSION} has no C library for ${os} on ${arch}`);
}

function commandFor(kind: "cpu" | "gpu", packager: Packager, target: string): string[] {
  const { package: name, tags } = platform(kind);
  const requirement = `${name}==${TENSORFLOW_VERSION}`;
  const dependencies = kind === "cpu" ? ["--no-deps"] : [];
  if (packager.kind === "uv") {
    const machine = Deno.build.os === "darwin"
      ? "aarch64-apple-darwin"
      : `${Deno.build.arch}-manylinux_2_28`;
    const python = ["--python-version", "3.11", "--python-platform", machine];
    const general = ["--only-binary", ":all:", "--no-cache", "--no-progress"];
    const into = ["--target", target];
    const subcommand = ["pip", "install"];
    return [...packager.command, ...subcommand, ...general, ...dependencies, ...python, ...into]
      .concat(requirement);
  }
  // The Python on this machine does not matter: no wheel is run, only its C library is taken.
  const python = ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp"];
  const general = ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "2"];
  const subcommand = kind === "cpu"
    ? ["download", "--dest", target]
    : ["install", "--no-compile", "--target", target];
  return [...packager.command, ...subcommand, ...general, ...dependencies, ...python]
    .concat(tags.flatMap((tag) => ["--platform", tag]), requirement);
}

/** Takes the two libraries out of a wheel into the new folder `ready`, checked against the wheel's record. */
async function unpackWheel(
  wheel: string,
  ready: string,
  report: (state: InstallProgress) => void,
): Promise<void> {
  using archive = await ZipArchive.open(wheel);
  const record = archive.names.find((name) => name.endsWith(".dist-info/RECORD"));
  if (!record) fail(`${wheel} is no wheel: it has no RECORD`);
  const hashes = parseRecord(await archive.text(record));
  await Deno.mkdir(ready);
  const names = LIBRARY_FILES.map((name) => `tensorflow/${name}`);
  const total = names.reduce((sum, name) => sum + archive.size(name), 0);
  let bytes = 0;
  for (const [i, name] of names.entries()) {
    if (!archive.names.includes(name)) fail(`the wheel holds no ${name}`);
    const hash = await archive.extract(name, join(ready, LIBRARY_FILES[i]!), (n) => {
      bytes += n;
      report({ phase: "unpack", bytes, total });
    });
    checkHash(name, hash, hashes);
  }
  await Deno.remove(wheel);
}

/** Takes what the engine needs out of a folder that pip or uv installed to, into the new folder `ready`. */
async function pickInstalled(kind: "cpu" | "gpu", target: string, ready: string): Promise<void> {
  const info = entries(target, "tensorflow").find((name) => name.endsWith(".dist-info"));
  if (!info) fail("the packager reported success but installed nothing");
  const hashes = parseRecord(await Deno.readTextFile(join(target, info, "RECORD")));
  const library = kind === "gpu" ? join(ready, "tensorflow") : ready;
  await Deno.mkdir(library, { recursive: true });
  for (const name of LIBRARY_FILES) {
    const from = join(target, "tensorflow", name);
    checkHash(`tensorflow/${name}`, await hashFile(from), hashes);
    await Deno.rename(from, join(library, name));
  }
  // The GPU build finds CUDA's libraries by relative paths: ../nvidia/*/lib.
  if (kind === "gpu") await Deno.rename(join(target, "nvidia"), join(ready, "nvidia"));
}

/** RECORD of a wheel: `path,sha256=<base64url>,size` by line (PEP 427). */
function parseRecord(text: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^"?(.+?)"?,sha256=([\w-]+),\d*$/.exec(line);
    if (match) hashes.set(match[1]!, match[2]!);
  }
  return hashes;
}

function checkHash(name: string, hash: string, hashes: ReadonlyMap<string, string>): void {
  const expected = hashes.get(name);
  if (expected !== hash) {
    fail(`the download is damaged: ${name} has SHA-256 ${hash}, its record says ${expected}`);
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const piece of file.readable) hash.update(piece);
  return hash.digest("base64url");
}

function isWhole(folder: string): boolean {
  return LIBRARY_FILES.every((name) =>
    ifPermitted(() => whyNotALibrary(join(folder, name)), "missing") === undefined
  );
}

/** Waits for the lock of the cache; it is released when the file is closed, however the process ends. */
async function lockCache(cache: string, say: (line: string) => void): Promise<Deno.FsFile> {
  const file = await Deno.open(join(cache, ".install.lock"), { write: true, create: true });
  const waiting = setTimeout(
    () => say("another process is installing libtensorflow, waiting"),
    300,
  );
  try {
    await file.lock(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  } finally {
    clearTimeout(waiting);
  }
}

/** Free bytes on the disk of `folder`, undefined if the system does not say. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined; // not permitted or not known: the disk itself will say when it is full
  }
}

/**
 * Checks the room on the disk of `folder`: `needed` against `free` bytes.
 *
 * @throws {UserError} If it is too small.
 */
export function checkRoom(folder: string, needed: number, free: number | undefined): void {
  if (free === undefined || free >= needed) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  fail(
    `${folder} has ${gigabytes(free)} GB free, ${gigabytes(needed)} GB are needed: ` +
      "make room, or name another folder in DENOSR_CACHE",
  );
}

async function folderSize(folder: string): Promise<number> {
  let size = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      size += entry.isDirectory ? await folderSize(path) : (await Deno.lstat(path)).size;
    }
  } catch {
    // Files come and go while the packager works; this is only for the progress bar.
  }
  return size;
}

/** Passes progress on; without a receiver, says a line at every quarter. */
function reporter(options: InstallOptions): (state: InstallProgress) => void {
  const { progress, say } = options;
  if (progress) return progress;
  const said = new Map<string, number>();
  return ({ phase, bytes, total }) => {
    const quarter = Math.min(4, Math.floor((bytes / total) * 4));
    if (quarter <= (said.get(phase) ?? 0)) return;
    said.set(phase, quarter);
    say(`${phase} of libtensorflow: ${quarter * 25} %`);
  };
}

function failDownload(packager: Packager, lastLines: string): never {
  const reason = /no space left|errno 28/i.test(lastLines)
    ? "the disk is full: make room, or name another folder in DENOSR_CACHE"
    : /resolution|connect|unreachable|timed out|proxy|ssl|could not find a version|dns/i
        .test(lastLines)
    ? "the package index could not be reached: check the network and the settings of pip or uv"
    : `${packager.command.join(" ")} failed`;
  return fail(`${reason}. Its last lines:\n${lastLines}\n`);
}

/** Turns errors of the file system into ones that say what to do. */
function explained(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  if (error instanceof TypeError || error instanceof RangeError) return error; // defects of ours
  if (
    (error as { code?: string }).code === "ENOSPC" ||
    /no space left|os error 28/i.test(error.message)
  ) {
    return new UserError(
      `libtensorflow cannot be installed: the disk is full; make room, or name another folder in ` +
        `DENOSR_CACHE, or ${HINT}`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
  return new UserError(
    `libtensorflow cannot be installed: ${error.message}; ${HINT}`,
    ExitCode.ENVIRONMENT,
    { cause: error },
  );
}

function fail(why: string): never {
  throw new UserError(
    `libtensorflow cannot be installed: ${why}${why.endsWith("\n") ? "" : "; "}${HINT}`,
    ExitCode.ENVIRONMENT,
  );
}
