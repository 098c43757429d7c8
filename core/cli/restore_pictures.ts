/**
 * The pictures of a batch: in flight together, with progress, a line for what is peculiar, and sums.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import { Progress } from "../log/progress.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import { AlreadyThere, type Job, LateTargets } from "../restore/batch/conflicts.ts";
import { STREAM } from "../restore/batch/inputs.ts";
import {
  lookAt,
  type Prospect,
  restorePicture,
  type WorkOptions,
} from "../restore/batch/picture.ts";
import { inFlight, Slots } from "../restore/batch/pipeline.ts";
import {
  failureText,
  modelLabel,
  type Outcome,
  prospectJson,
  prospectText,
  restoredText,
  shown,
  Sums,
} from "../restore/batch/report.ts";
import type { RestoreModel } from "../restore/types.ts";
import type { Interrupt } from "./interrupt.ts";
import type { RestoreRequest } from "./restore_request.ts";
import { readStdin, writeStdout } from "./standard_streams.ts";
import { basename } from "node:path";

/** A picture whose input and output have more pixels than this together is alone in flight: it may be held whole. */
const LARGE_PIXELS = 2 ** 25;

/** What restoring the pictures stands on. */
export interface BatchContext {
  /** What is asked for. */
  readonly request: RestoreRequest;
  /** What restores. */
  readonly model: RestoreModel;
  /** Pictures in all, those included that are skipped. */
  readonly found: number;
  /** Pictures that are skipped. */
  readonly skipped: number;
  /** Stops the batch. */
  readonly interrupt: Interrupt;
  /** Told what became of each picture. */
  readonly outcome: (outcome: Outcome) => void;
}

/** Restores the pictures of `jobs`, or for a dry run says what would be done: the exit code. */
export async function restorePictures(
  jobs: readonly Job[],
  context: BatchContext,
): Promise<ExitCodeValue> {
  if (jobs.length === 0) return ExitCode.OK;
  const work = workOptions(context, new LateTargets(jobs, context.request.existing));
  return context.request.dryRun
    ? await plan(jobs, context, work)
    : await new Batch(jobs, context, work).run();
}

function workOptions(
  { request, model, interrupt }: BatchContext,
  late: LateTargets,
): WorkOptions {
  const { restore, quality, keepMetadata, compare } = request;
  return {
    model,
    restore,
    ...(quality === undefined ? {} : { quality }),
    keepMetadata,
    compare,
    signal: interrupt.signal,
    takeTarget: (path) => late.take(path),
    readStream: readStdin,
    writeStream: writeStdout,
  };
}

async function plan(
  jobs: readonly Job[],
  { request, model, interrupt, outcome }: BatchContext,
  work: WorkOptions,
): Promise<ExitCodeValue> {
  const failures: unknown[] = [];
  if (!request.json) {
    print(`model ${modelLabel(model.name)}, x${model.scale}, ${model.engine.description}`);
  }
  for (const job of jobs) {
    if (interrupt.signal.aborted) break;
    try {
      const prospect = await lookAt(job, work);
      print(
        request.json
          ? prospectJson(job, prospect, modelLabel(model.name))
          : prospectText(job, prospect),
      );
    } catch (error) {
      if (interrupt.signal.aborted) break;
      failures.push(error);
      stderrTerminal.line(failureText(job, error));
      outcome({ kind: "failed", job, error });
    }
  }
  if (!request.json) print("Nothing was written (--dry-run).");
  return exitCode(failures, jobs.length);
}

/** One run over the pictures. */
class Batch {
  readonly #jobs: readonly Job[];
  readonly #context: BatchContext;
  readonly #work: WorkOptions;
  readonly #sums: Sums;
  readonly #failures: unknown[] = [];
  /** What share of a picture in flight is done, and the text about it. */
  readonly #flying = new Map<Job, { readonly share: number; readonly text: string }>();
  #over = 0;

  constructor(jobs: readonly Job[], context: BatchContext, work: WorkOptions) {
    this.#jobs = jobs;
    this.#context = context;
    this.#work = work;
    this.#sums = new Sums(context.found);
    this.#sums.skipped = context.skipped;
  }

  async run(): Promise<ExitCodeValue> {
    const { interrupt, request } = this.#context;
    const { signal } = interrupt;
    const started = performance.now();
    const slots = new Slots(request.jobs);
    {
      using progress = new Progress({
        label: "restore",
        total: this.#jobs.length,
        unit: "img",
        leave: false,
      });
      await inFlight(this.#jobs, request.jobs, signal, async (job) => {
        await this.#one(job, slots, progress);
      });
      progress.finish();
    }
    const seconds = (performance.now() - started) / 1000;
    if (this.#context.found > 1 || signal.aborted) stderrTerminal.line(this.#sums.text(seconds));
    await stderrTerminal.settled();
    return exitCode(this.#failures, this.#context.found);
  }

  async #one(job: Job, slots: Slots, progress: Progress): Promise<void> {
    const { interrupt, outcome, request } = this.#context;
    const started = performance.now();
    const name = job.input.path === STREAM ? "standard input" : shown(basename(job.input.path));
    const show = (share: number, text: string) => {
      this.#flying.set(job, { share, text });
      this.#show(progress);
    };
    let told: Outcome;
    try {
      const result = await restorePicture(job, this.#work, {
        begin: async (prospect) => {
          const slot = await slots.take(weightOf(prospect, slots.total));
          show(0, name);
          return slot;
        },
        tile: (done, total) => show(done / total, `tile ${done}/${total} ${name}`),
      });
      told = { kind: "restored", job, result, seconds: (performance.now() - started) / 1000 };
      for (const note of result.notes) {
        stderrTerminal.line(note.startsWith(name) ? note : `${shown(job.input.path)}: ${note}`);
      }
      if (this.#context.found === 1 && result.target.path !== STREAM && !request.json) {
        stderrTerminal.line(restoredText(job, result, told.seconds));
      }
    } catch (error) {
      if (interrupt.signal.aborted) told = { kind: "left", job };
      else if (error instanceof AlreadyThere && request.existing === "skip") {
        told = { kind: "skipped", job };
      } else {
        told = { kind: "failed", job, error };
        this.#failures.push(error);
        stderrTerminal.line(failureText(job, error));
        if (request.debug && error instanceof Error) stderrTerminal.line(error.stack ?? "");
      }
    }
    this.#sums.add(told);
    this.#flying.delete(job);
    if (told.kind !== "left") this.#over++;
    this.#show(progress);
    outcome(told);
  }

  #show(progress: Progress): void {
    const flying = [...this.#flying.values()];
    const done = this.#over + flying.reduce((sum, { share }) => sum + share, 0);
    // The first one begun is the one that is computed, mostly.
    progress.update(done, flying[0]?.text ?? "");
  }
}

function weightOf({ input, output }: Prospect, all: number): number {
  const pixels = input.width * input.height + output.width * output.height;
  return pixels > LARGE_PIXELS ? all : 1;
}

/** 0, or 1 if some failed; what is wrong itself if there was one picture only. */
function exitCode(failures: readonly unknown[], found: number): ExitCodeValue {
  if (failures.length === 0) return ExitCode.OK;
  const [first] = failures;
  if (found > 1) return ExitCode.SOME_FAILED;
  return first instanceof UserError ? first.exitCode : ExitCode.SOME_FAILED;
}
