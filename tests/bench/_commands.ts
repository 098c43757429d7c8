/**
 * How the two workers are started.
 *
 * @module
 */
import type { Side } from "./_contender.ts";
import type { Job } from "./_work.ts";
import type { WorkerCommand } from "./_worker.ts";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** This folder. */
export const HERE: string = fileURLToPath(new URL("./", import.meta.url));

/** Environment variables that our worker may read: as many as a run needs on the native engine. */
const ENV = [
  "DENOSR_*",
  "TF_*",
  "HOME",
  "USERPROFILE",
  "LOCALAPPDATA",
  "XDG_CACHE_HOME",
];

/** What the workers run on. */
export interface Machinery {
  /** Path of libtensorflow. */
  readonly library: string;
  /** Python with PyTorch; absent if our side runs alone. */
  readonly python?: string;
  /** Threads of PyTorch; TensorFlow's own default is all that there are. */
  readonly threads: number;
}

/** Our worker, with the permissions and the environment that `core/cli/launch.ts` gives a run. */
export function oursCommand(job: Job, { library }: Machinery): WorkerCommand {
  const folder = dirname(library).replaceAll(",", ",,");
  return {
    command: [
      Deno.execPath(),
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      `--allow-read=${ROOT.replaceAll(",", ",,")},${folder}`,
      `--allow-ffi=${folder}`,
      `--allow-env=${ENV.join(",")}`,
      "--allow-sys=hostname,cpus,osRelease,systemMemoryInfo",
      join(HERE, "ours.ts"),
      JSON.stringify(job),
    ],
    env: {
      DENOSR_LIBTENSORFLOW: library,
      TF_CPP_MIN_LOG_LEVEL: "2",
      TF_ENABLE_ONEDNN_OPTS: "1",
      MALLOC_ARENA_MAX: "1",
      NO_COLOR: "1",
    },
    cwd: ROOT,
  };
}

/** What `deno task` runs for a command: the supervisor, which starts the command itself. */
export function taskCommand(args: readonly string[], { library }: Machinery): WorkerCommand {
  return {
    command: [
      Deno.execPath(),
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      "--allow-sys=hostname",
      `--allow-run=${Deno.execPath().replaceAll(",", ",,")}`,
      join(ROOT, "core", "cli", "launch.ts"),
      ...args,
    ],
    env: { DENOSR_LIBTENSORFLOW: library, NO_COLOR: "1" },
    cwd: ROOT,
  };
}

/** PyTorch's worker. */
export function peerCommand(
  job: Job,
  side: Exclude<Side, "ours">,
  { python, threads }: Machinery,
): WorkerCommand {
  return {
    command: [
      python!,
      join(HERE, "peer.py"),
      JSON.stringify(job),
      `--threads=${threads}`,
      ...(side === "compiled" ? ["--compile"] : []),
    ],
    env: {},
    cwd: ROOT,
  };
}
