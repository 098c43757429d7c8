/**
 * Fetches what runtimes stand on, and says what a process has to be granted that runs them.
 *
 * @module
 */
import { dirname } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { type Environment, processEnvironment } from "../places.ts";
import { onPath } from "../wheels/packager.ts";
import { pythonPath, pythonWith } from "./python.ts";
import type { RuntimeNeeds, RuntimeOptions } from "./types.ts";
import { fetchWheel } from "./wheel.ts";

/** Needs of one or several runtimes, or a function that gives them. */
export type Needs = RuntimeNeeds | (() => RuntimeNeeds) | undefined;

/** What a process has to be granted. */
export interface RuntimeGrants {
  /** Files and folders to read. */
  readonly read: readonly string[];
  /** Folders to write to. */
  readonly write: readonly string[];
  /** Folders whose libraries are opened; undefined if functions are called that no list of folders allows. */
  readonly ffi: readonly string[] | undefined;
  /** Programs to start. */
  readonly run: readonly string[];
  /** Addresses. */
  readonly net: readonly string[];
}

/**
 * Has all that is missing fetched.
 *
 * @throws {UserError} ENVIRONMENT, if something is missing that cannot, or may not, be fetched; says what to do.
 */
export async function fetchNeeds(needs: Needs, options: RuntimeOptions): Promise<void> {
  const { wheels = [], python } = plain(needs);
  for (const wheel of wheels) await fetchWheel(wheel, options);
  if (python !== undefined) {
    await pythonWith(python.packages, { ...options, download: python.download });
  }
}

/** Whether all that can be fetched is there. */
export async function hasNeeds(needs: Needs): Promise<boolean> {
  try {
    await fetchNeeds(needs, { fetch: false });
    return true;
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.ENVIRONMENT) return false;
    throw error;
  }
}

/** What a process has to be granted; what is not there is left out, and told by the runtime. */
export async function grantsOfNeeds(
  needs: Needs,
  env: Environment = processEnvironment,
): Promise<RuntimeGrants> {
  const wanted = plain(needs);
  const folders: string[] = [...wanted.libraries ?? []];
  const read: string[] = [...wanted.read ?? []], run: string[] = [];
  for (const wheel of wanted.wheels ?? []) {
    const folder = await fetchWheel(wheel, { fetch: false }).catch(() => undefined);
    if (folder !== undefined) folders.push(folder);
  }
  const python = wanted.python && pythonPath(wanted.python.packages, env);
  if (python !== undefined) {
    run.push(python);
    read.push(dirname(dirname(python)));
  }
  for (const program of wanted.programs ?? []) {
    const path = /[\\/]/.test(program) ? program : onPath(program, env);
    if (path !== undefined) run.push(path);
  }
  return {
    read: [...read, ...folders, ...run],
    write: wanted.write ?? [],
    ffi: wanted.anyLibrary ? undefined : folders,
    run,
    net: wanted.net ?? [],
  };
}

function plain(needs: Needs): RuntimeNeeds {
  return typeof needs === "function" ? needs() : needs ?? {};
}
