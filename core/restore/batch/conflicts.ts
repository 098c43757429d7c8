/**
 * What is refused before the first picture: outputs that would overwrite each other, an input, or what is there.
 *
 * @module
 */
import { ExitCode, UserError } from "../../errors.ts";
import { type BatchInput, real, STREAM } from "./inputs.ts";
import type { Target } from "./names.ts";
import { basename, dirname, join } from "node:path";

/** An input and where its output goes. */
export interface Job {
  /** What is restored. */
  readonly input: BatchInput;
  /** Where to. */
  readonly target: Target;
}

/** What to do about outputs that are there. */
export type Existing = "refuse" | "overwrite" | "skip";

/**
 * Checks where outputs go.
 *
 * @returns The jobs that are to be skipped: their outputs are there, or they are outputs of others themselves.
 * @throws {UserError} USAGE, naming the files, if two inputs have one output, an output is an input, or outputs are there
 * already and `existing` is `refuse`.
 */
export async function checkConflicts(
  jobs: readonly Job[],
  existing: Existing,
): Promise<ReadonlySet<Job>> {
  const files = jobs.filter(({ target }) => target.path !== STREAM);
  const keys = new Folders();
  const byOutput = new Map<string, Job>();
  for (const job of files) {
    const key = keys.key(job.target.path);
    const other = byOutput.get(key);
    if (other !== undefined) {
      throw usage(
        `${other.input.path} and ${job.input.path} would both be written to ${job.target.path}: ` +
          "restore them into folders of their own",
      );
    }
    byOutput.set(key, job);
  }
  const made = new Set<BatchInput>();
  for (const { input } of jobs) {
    if (input.path === STREAM) continue;
    const job = byOutput.get(fold(real(input.path)));
    if (job === undefined) continue;
    if (job.input !== input && existing === "skip") made.add(input);
    if (job.input !== input && existing !== "skip") {
      throw usage(
        `the output of ${job.input.path} would be written over ${input.path}, which is an input as well: ` +
          "choose another folder or --suffix",
      );
    }
    if (job.input === input && existing === "refuse") {
      throw usage(
        `${job.target.path} is its own input: choose another folder or --suffix, or give --overwrite`,
      );
    }
  }
  if (existing === "overwrite") return new Set();
  const there: Job[] = [];
  for (const job of files) {
    // Of what an earlier run has written beside its inputs, nothing is made once more.
    if (made.has(job.input) || await exists(job.target.path)) there.push(job);
  }
  if (existing === "skip") return new Set(there);
  if (there.length > 0) {
    const which = files.length === 1
      ? `${there[0]!.target.path} is there already`
      : `${there.length} of ${files.length} outputs ${
        there.length === 1 ? "is" : "are"
      } there already, for example ${there[0]!.target.path}`;
    throw usage(`${which}: --overwrite replaces, --skip-existing leaves what is there`);
  }
  return new Set();
}

/** An output is there already, and is to be left. */
export class AlreadyThere extends UserError {
  /** Class name, as in stack traces. */
  override readonly name: string = "AlreadyThere";
}

/**
 * Where outputs go whose pictures turned out to need another format than planned: checked as the planned ones were, when
 * it is known.
 */
export class LateTargets {
  readonly #taken: Set<string>;
  readonly #keys = new Folders();
  readonly #existing: Existing;

  /** Knows where all the others go. */
  constructor(jobs: readonly Job[], existing: Existing) {
    this.#taken = new Set(jobs.map(({ target }) => this.#keys.key(target.path)));
    this.#existing = existing;
  }

  /**
   * Takes a path.
   *
   * @throws {UserError} USAGE if another output goes there; {@linkcode AlreadyThere} if a file is there.
   */
  async take(path: string): Promise<void> {
    const key = this.#keys.key(path);
    if (this.#taken.has(key)) {
      throw new UserError(`${path} is the output of another input`, ExitCode.USAGE);
    }
    this.#taken.add(key);
    if (this.#existing !== "overwrite" && await exists(path)) {
      throw new AlreadyThere(`${path} is there already: --overwrite replaces it`, ExitCode.USAGE);
    }
  }
}

/** Paths as keys. Batches have few folders and many files: each folder is looked up once. */
class Folders {
  readonly #real = new Map<string, string>();

  key(path: string): string {
    const folder = dirname(path);
    const known = this.#real.get(folder) ?? real(folder);
    this.#real.set(folder, known);
    return fold(join(known, basename(path)));
  }
}

/** The file systems of these systems do not tell letters by their case. */
function fold(path: string): string {
  return Deno.build.os === "windows" || Deno.build.os === "darwin" ? path.toLowerCase() : path;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

function usage(what: string): UserError {
  return new UserError(`restore: ${what}`, ExitCode.USAGE);
}
