/**
 * The subjects that `doctor` looks at besides what computes, one function each. What may not be looked at is left out or said.
 *
 * @module
 */
import { findAdapterApart } from "./doctor_gpu.ts";
import { type Findings, may } from "./doctor_report.ts";
import { seesNvidiaGpu } from "../engine/native/mod.ts";
import { hostFacts } from "../log/env.ts";
import { cacheDir, entries, ifPermitted, processEnvironment } from "../places.ts";
import { loadPlugins, OWN_PLUGINS } from "../plugins.ts";
import { freeMemory } from "../restore/memory.ts";
import { bytes } from "../text.ts";
import { readCatalogue } from "../zoo/catalogue.ts";
import { inspect } from "../zoo/download.ts";
import { placeOf, zooFolder } from "../zoo/store.ts";
import { access, constants, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** System, processor and GPUs. */
export async function lookAtMachine(found: Findings): Promise<void> {
  for (const { label, value } of hostFacts()) if (label !== "Memory") found.fact(label, value);
  const flags = new Set(
    /^flags\s*:(.*)$/m.exec(textOf("/proc/cpuinfo") ?? "")?.[1]?.trim().split(" ") ?? [],
  );
  if (flags.size > 0) {
    const known = ["avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"];
    found.fact("CPU features", known.filter((flag) => flags.has(flag)).join(", ") || "none");
    if (!flags.has("avx")) {
      found.amiss("the processor has no AVX, which libtensorflow needs", "choose --engine wasm");
    }
  }
  const cards = entries("/proc/driver/nvidia/gpus").map((name) =>
    /^Model:\s*(.*)$/m.exec(textOf(`/proc/driver/nvidia/gpus/${name}/information`) ?? "")?.[1]
  ).filter((name) => name !== undefined);
  found.fact(
    "NVIDIA GPUs",
    cards.length > 0 ? cards.join(", ") : seesNvidiaGpu() ? "seen" : "none",
  );
  found.fact("WebGPU adapter", await findAdapterApart());
}

/** Below this, tiles become so small that everything is slow. */
const LITTLE_MEMORY = 2e9;

/** Memory of the machine, and what is left of it. */
export function lookAtMemory(found: Findings): void {
  const { total } = Deno.systemMemoryInfo();
  const free = freeMemory({ name: "native" });
  found.fact("Total", bytes(total));
  found.fact("To be used", `${bytes(free.bytes)} (${LIMITS[free.source]})`);
  found.fact("Limit of the control group", groupLimit());
  if (free.bytes < LITTLE_MEMORY) {
    found.amiss(
      `only ${bytes(free.bytes)} of memory can be used`,
      free.source === "control group"
        ? "raise the container's or the service's limit, or give --tile 64"
        : "close other programs, or give --tile 64",
    );
  }
}

const LIMITS = {
  system: "what the system has left",
  "control group": "what the control group leaves",
  engine: "what the engine addresses",
  unknown: "taken for granted, nobody tells",
} as const;

function groupLimit(): string | undefined {
  const path = /^0::(.*)$/m.exec(textOf("/proc/self/cgroup") ?? "")?.[1] ?? "";
  for (
    const file of [
      join("/sys/fs/cgroup", path, "memory.max"),
      "/sys/fs/cgroup/memory.max",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]
  ) {
    const limit = Number(textOf(file)?.trim() || NaN);
    if (limit > 0 && limit < 2 ** 60) return bytes(limit);
  }
  return undefined;
}

/** Less room than this is soon used up. */
const LITTLE_ROOM = 2e9;

/** Room where results and downloads go. */
export async function lookAtDisk(found: Findings): Promise<void> {
  const cache = cacheDir();
  if (cache === undefined) {
    found.amiss("no cache folder is known", "set DENOSR_CACHE, or HOME");
  }
  const places: [string, string][] = [["This folder", Deno.cwd()]];
  if (cache !== undefined) places.push(["Cache", cache]);
  for (const [label, folder] of places) {
    const there = await nearestFolder(folder);
    const { bavail, bsize } = await statfs(there);
    const free = bavail * bsize;
    const writable = await canWrite(there);
    found.fact(label, `${bytes(free)} free${writable ? "" : ", may not be written to"}`);
    // Room does not help where nothing may be written.
    if (writable && free < LITTLE_ROOM) {
      found.amiss(`${folder} has only ${bytes(free)} left`, "free some space");
    }
    if (!writable) {
      found.amiss(
        `${folder} may not be written to`,
        label === "Cache"
          ? "change its owner or mode, or set DENOSR_CACHE to another folder"
          : "go to a folder of your own, or give outputs by -o",
      );
    }
  }
}

/** `folder`, or the nearest one above it that is there. */
async function nearestFolder(folder: string): Promise<string> {
  for (let at = folder;; at = dirname(at)) {
    if (await Deno.stat(at).then((info) => info.isDirectory, () => false)) return at;
    if (dirname(at) === at) return at;
  }
}

async function canWrite(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where things lie. */
export function lookAtPlaces(found: Findings): void {
  const cache = cacheDir();
  found.fact("Program", ROOT);
  found.fact("Deno", Deno.execPath());
  found.fact("Cache", cache);
  found.fact("Zoo", cache === undefined ? undefined : zooFolder());
  found.fact("Deno's cache", denoFolder());
  for (const name of ["DENOSR_LIBTENSORFLOW", "DENOSR_CACHE", "DENO_DIR", "CUDA_VISIBLE_DEVICES"]) {
    found.fact(name, processEnvironment(name));
  }
}

function denoFolder(): string | undefined {
  const own = processEnvironment("DENO_DIR");
  if (own !== undefined) return own;
  const beside = cacheDir((name) => name === "DENOSR_CACHE" ? undefined : processEnvironment(name));
  return beside === undefined ? undefined : join(dirname(beside), "deno");
}

/** What this process may do, and what tasks grant. */
export function lookAtPermissions(found: Findings): void {
  const places = [ROOT, Deno.cwd(), ...[cacheDir() ?? []].flat()];
  const paths = (name: "read" | "write" | "ffi") =>
    places.filter((path) => may({ name, path })).join(", ");
  const programs = [Deno.execPath(), "ffmpeg", "ffprobe"];
  const some: Readonly<Record<string, string>> = {
    read: paths("read"),
    write: paths("write"),
    ffi: paths("ffi"),
    run: programs.filter((command) => may({ name: "run", command })).join(", "),
  };
  for (const name of ["read", "write", "net", "env", "run", "ffi", "sys"] as const) {
    found.fact(name, may({ name }) ? "all" : some[name] || "none");
  }
  found.fact(
    "Tasks get",
    "restore, train, evaluate, metrics: read what is named and the program, write results, open the one library;\n" +
      "restore of videos: also start ffmpeg and ffprobe; serve: listen on its address;\n" +
      "setup: start pip or uv, write the cache; zoo: the catalogue's hosts, write the zoo;\n" +
      "none of them anything else",
  );
}

/** Plugins that do not load. */
export async function lookAtPlugins(
  found: Findings,
  folders: readonly string[] = [],
): Promise<void> {
  const { files, broken } = await loadPlugins(folders);
  found.fact("Files", `${files.length}, of which ${broken.length} do not load`);
  for (const { file, error } of broken) {
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    found.amiss(
      `plugin ${path} does not load: ${error.message.split("\n")[0]}`,
      file.startsWith(OWN_PLUGINS.href)
        ? "bring it back with git checkout, or run `deno install` if a package is missing"
        : "mend it, or leave its folder out",
    );
  }
}

/** Weights that come with the program, and those that were fetched. */
export async function lookAtWeights(
  found: Findings,
  folders: readonly string[] = [],
): Promise<void> {
  const catalogue = await readCatalogue(folders);
  const fetched: string[] = [];
  for (const entry of catalogue.entries) {
    if (entry.shipped === undefined && cacheDir() === undefined) continue;
    const path = placeOf(entry);
    if (entry.shipped === undefined) {
      const size = await Deno.stat(path).then((info) => info.size, () => undefined);
      if (size === undefined) continue;
      fetched.push(entry.name);
      if (entry.size !== undefined && entry.size !== size) {
        found.amiss(
          `${path} has ${size} bytes instead of ${entry.size}`,
          `remove it and run \`deno task zoo fetch ${entry.name}\``,
        );
      }
      continue;
    }
    const there = await inspect(path);
    const intact = there?.sha256 === entry.sha256;
    found.fact(entry.name, intact ? "intact" : there === undefined ? "MISSING" : "CHANGED");
    if (!intact) {
      found.amiss(
        `${entry.shipped} ${there === undefined ? "is missing" : "is not as it was shipped"}`,
        `bring it back with git checkout ${entry.shipped}`,
      );
    }
  }
  found.fact("Fetched", fetched.join(", ") || "none");
}

/** The programs that videos need. */
export async function lookAtFfmpeg(found: Findings): Promise<void> {
  const { ffmpegAbilities, VIDEO_ENCODERS } = await import("../video/mod.ts");
  try {
    const { version, encoders } = await ffmpegAbilities();
    found.fact("ffmpeg", version);
    found.fact(
      "Encoders",
      VIDEO_ENCODERS.filter((name) => encoders.has(name)).join(", ") || "none",
    );
    if (!encoders.has("libx264")) {
      found.amiss(
        "this ffmpeg cannot write H.264 (libx264)",
        "install a complete build, or give --codec",
      );
    }
  } catch (error) {
    const [first, ...rest] = (error as Error).message.split("\n");
    found.fact("ffmpeg", "not found");
    found.amiss(
      `videos cannot be restored: ${first!.replace(/;.*$/, "")}`,
      rest.length > 0
        ? rest.map((line) => line.trim().replace(/ {2,}/, ": ").replace(/ {2,}/, " ")).join("; ")
        : "install ffmpeg, and start by `deno task doctor`",
    );
  }
}

function textOf(path: string): string | undefined {
  return ifPermitted(() => Deno.readTextFileSync(path), undefined);
}
