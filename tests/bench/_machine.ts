/**
 * What the machine is and what it is doing, from Linux' `/proc`. Elsewhere nothing is known, and nothing is refused.
 *
 * @module
 */

/** Processor time since the start of the system, in clock ticks, over all cores. */
export interface CpuTimes {
  /** All of it. */
  readonly total: number;
  /** Idle, or waiting for a disk. */
  readonly idle: number;
  /** Time that this virtual machine wanted and its host gave to others. */
  readonly stolen: number;
  /** What this process took, and the processes that it started and that have ended. */
  readonly own: number;
}

/** What the cores' time went to besides our own work, as shares from 0 to 1. */
export interface Load {
  /** Work of other processes. */
  readonly others: number;
  /** What the host gave to others. */
  readonly stolen: number;
}

/** Where more of the cores' time than this goes elsewhere, measurements are not to be relied on. */
export const MOST_DISTURBED = 0.1;

/** The processor. */
export interface Processor {
  /** Its name. */
  readonly model: string;
  /** Physical cores, which PyTorch counts, too, for its threads. */
  readonly cores: number;
  /** Hardware threads. */
  readonly threads: number;
  /** Instruction sets, as `/proc/cpuinfo` spells them. */
  readonly flags: ReadonlySet<string>;
}

/** Instruction sets that decide what is fast; these are printed. */
const SHOWN_FLAGS = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"];

/** The shown flags that the processor has. */
export function shownFlags({ flags }: Processor): string[] {
  return SHOWN_FLAGS.filter((flag) => flags.has(flag));
}

/** True if the processor computes with bfloat16 itself. */
export function hasBfloat16({ flags }: Processor): boolean {
  return flags.has("avx512_bf16") || flags.has("amx_bf16");
}

/** Reads the texts of `/proc/stat` and of a process's `/proc/<pid>/stat`. */
export function parseCpuTimes(all: string, process: string): CpuTimes | undefined {
  const line = /^cpu +(.*)$/m.exec(all)?.[1];
  // The name of the program comes first, in parentheses, and may hold anything.
  const fields = /^.*\) (.*)$/m.exec(process)?.[1]?.split(" ").map(Number);
  if (line === undefined || fields === undefined) return undefined;
  // user nice system idle iowait irq softirq steal; guests come after these and are counted in user already.
  const ticks = line.split(/\s+/).map(Number).slice(0, 8);
  const total = ticks.reduce((sum, n) => sum + n, 0);
  // Behind the state: utime stime cutime cstime are the 12th to 15th.
  const own = fields.slice(11, 15).reduce((sum, n) => sum + n, 0);
  return { total, idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), stolen: ticks[7] ?? 0, own };
}

/** What happened between two readings. */
export function loadBetween(before: CpuTimes, after: CpuTimes): Load {
  const total = Math.max(1, after.total - before.total);
  const share = (key: "idle" | "stolen" | "own") => (after[key] - before[key]) / total;
  const stolen = share("stolen");
  return { others: Math.max(0, 1 - share("idle") - stolen - share("own")), stolen };
}

/** Reads the text of `/proc/cpuinfo`. */
export function parseProcessor(text: string): Processor | undefined {
  const values = (key: string): string[] =>
    [...text.matchAll(new RegExp(`^${key}\\s*:\\s*(.*)$`, "gm"))].map((match) => match[1]!);
  const threads = values("processor").length;
  if (threads === 0) return undefined;
  const sockets = values("physical id");
  const cores = new Set(values("core id").map((core, i) => `${sockets[i]}/${core}`));
  return {
    model: values("model name")[0] ?? "unknown processor",
    cores: cores.size || threads,
    threads,
    flags: new Set(values("flags")[0]?.split(" ")),
  };
}

/** The most memory that a process ever had in use, in bytes, from the text of its `/proc/<pid>/status`. */
export function parsePeakMemory(text: string): number | undefined {
  const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** The text of a file below `/proc`, by `cat`: Deno itself may open these with all permissions only. */
export async function readProc(path: string): Promise<string> {
  if (Deno.build.os !== "linux") return "";
  const { stdout } = await new Deno.Command("cat", {
    args: [`/proc/${path}`],
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Processor times now; exact about our own while no worker is running. */
export async function cpuTimes(): Promise<CpuTimes | undefined> {
  return parseCpuTimes(await readProc("stat"), await readProc(`${Deno.pid}/stat`));
}

/** The processor of this machine. */
export async function processor(): Promise<Processor> {
  const threads = navigator.hardwareConcurrency;
  return parseProcessor(await readProc("cpuinfo")) ??
    { model: `${Deno.build.arch} processor`, cores: threads, threads, flags: new Set() };
}

/** What else the machine does while `act` is running. */
export async function loadDuring<T>(
  act: () => Promise<T>,
): Promise<{ readonly result: T; readonly load?: Load }> {
  const before = await cpuTimes();
  const result = await act();
  const after = await cpuTimes();
  return before && after ? { result, load: loadBetween(before, after) } : { result };
}
