/**
 * How much memory there is for tiles.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import type { EngineName } from "../engine/engine.ts";
import { ifPermitted } from "../places.ts";

/** Where limits of control groups are read from; a seam for tests. */
export interface MemorySources {
  /** Bytes that the system says a new program could have; undefined if it may not be asked. */
  readonly available: () => number | undefined;
  /** What of the limit of its control group this process leaves; undefined if that may not be asked. */
  readonly constrained: () => number | undefined;
  /** The text of a file; undefined if there is none, or it may not be read. */
  readonly read: (path: string) => string | undefined;
}

const SYSTEM: MemorySources = {
  available: () => ifPermitted(() => Deno.systemMemoryInfo().available, undefined),
  constrained: () =>
    ifPermitted(() => process.constrainedMemory() - Deno.memoryUsage().rss, undefined),
  read: (path) => ifPermitted(() => Deno.readTextFileSync(path), undefined),
};

/** What is taken to be there where nobody may be asked. */
const UNKNOWN_BYTES = 2 * 2 ** 30;

/**
 * Most bytes for tensors of an engine, whatever the machine has: WebAssembly addresses 4 GiB, of which weights and the
 * rests between blocks take their part; of browsers' and GPUs' memory nobody tells how much is free.
 */
const ENGINE_BYTES: Readonly<Partial<Record<EngineName, number>>> = {
  wasm: 1.5 * 2 ** 30,
  webgpu: 1.5 * 2 ** 30,
  cpu: 1.5 * 2 ** 30,
};

/** The same for a GPU, whose memory the native engine does not tell: what even small ones have. */
const GPU_BYTES = 4 * 2 ** 30;

/** What {@linkcode freeMemory} found. */
export interface FreeMemory {
  /** Bytes that can be used. */
  readonly bytes: number;
  /** What says so, for messages: `system`, `control group`, `engine`, or `unknown`. */
  readonly source: "system" | "control group" | "engine" | "unknown";
}

/** Bytes that an engine on this machine can use now: what the system has, its control group allows, and the engine can address. */
export function freeMemory(
  engine: { readonly name: EngineName; readonly isGpu?: boolean },
  sources: MemorySources = SYSTEM,
): FreeMemory {
  const system = sources.available();
  // Deno lets programs read about control groups only if they may do everything.
  const group = groupMemory(sources.read) ?? limited(sources.constrained());
  const found: FreeMemory[] = [];
  if (system !== undefined) found.push({ bytes: system, source: "system" });
  if (group !== undefined) found.push({ bytes: group, source: "control group" });
  if (found.length === 0) found.push({ bytes: UNKNOWN_BYTES, source: "unknown" });
  const most = engine.isGpu ? GPU_BYTES : ENGINE_BYTES[engine.name];
  if (most !== undefined) found.push({ bytes: most, source: "engine" });
  return found.reduce((least, next) => next.bytes < least.bytes ? next : least);
}

/** More than any machine has. */
const NO_LIMIT = 2 ** 60;

const ROOT = "/sys/fs/cgroup";

/** What the control groups that this process is in leave it, version 2 or 1; undefined if there is no limit. */
function groupMemory(read: MemorySources["read"]): number | undefined {
  // Within a container the path is that outside of it, and the limits lie at the root.
  const lines = (read("/proc/self/cgroup") ?? "0::/\n0:memory:/").split("\n");
  const free: number[] = [];
  for (const line of lines) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const first = controllers === "";
    if (!first && !controllers!.split(",").includes("memory")) continue;
    const root = first ? ROOT : `${ROOT}/memory`;
    for (const folder of upward(path)) {
      const left = first
        ? leftIn(read, join(root, folder), "memory.max", "memory.current", "inactive_file")
        : leftIn(
          read,
          join(root, folder),
          "memory.limit_in_bytes",
          "memory.usage_in_bytes",
          "total_inactive_file",
        );
      if (left !== undefined) free.push(left);
    }
  }
  return free.length === 0 ? undefined : Math.max(0, Math.min(...free));
}

/** Numbers near 2^63 are no limits. */
function limited(bytes: number | undefined): number | undefined {
  return bytes === undefined || bytes > NO_LIMIT ? undefined : Math.max(0, bytes);
}

/** A folder and those that it lies in. */
function upward(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== "..");
  return Array.from(
    { length: parts.length + 1 },
    (_, i) => parts.slice(0, parts.length - i).join("/"),
  );
}

/** The limit less what is used; pages of files that nobody uses can be had back. */
function leftIn(
  read: MemorySources["read"],
  folder: string,
  limitFile: string,
  usageFile: string,
  cacheKey: string,
): number | undefined {
  const limit = Number(read(join(folder, limitFile))?.trim() ?? NaN);
  const usage = Number(read(join(folder, usageFile))?.trim() ?? NaN);
  // "max" is no number.
  if (!Number.isFinite(limit) || limit > NO_LIMIT || !Number.isFinite(usage)) return undefined;
  const stat = read(join(folder, "memory.stat")) ?? "";
  const cache = Number(new RegExp(`^${cacheKey} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
  return limit - usage + cache;
}
