/**
 * The videos among the inputs of `restore`: one after the other, each into a file of its own.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import { print, stderrTerminal } from "../log/terminal.ts";
import type { Job } from "../restore/batch/conflicts.ts";
import { type BatchInput, type Listing, STREAM } from "../restore/batch/inputs.ts";
import { BESIDE_SUFFIX, DEFAULT_OUTPUT } from "../restore/batch/names.ts";
import { failureText } from "../restore/batch/report.ts";
import type { RestoreModel } from "../restore/types.ts";
import { makeFolder } from "../storage/atomic.ts";
import type { VideoJob } from "../video/command.ts";
import { later } from "./_later.ts";
import type { Interrupt } from "./interrupt.ts";
import type { RestoreRequest } from "./restore_request.ts";
import { basename, dirname, extname, join, resolve } from "node:path";

/** A video, and what checking it gave. */
export interface Film {
  /** Where from and where to. */
  readonly job: Job;
  /** What is run. */
  readonly video: VideoJob;
}

/**
 * Says where the videos go.
 *
 * @throws {UserError} USAGE for standard output.
 */
export async function videoJobs(
  videos: readonly BatchInput[],
  { single }: Listing,
  request: RestoreRequest,
): Promise<Job[]> {
  if (videos.length === 0) return [];
  const { videoExtension } = await later<typeof import("../video/command.ts")>("video/command.ts");
  return videos.map((input) => {
    const path = outputOf(input, single, request, videoExtension);
    return { input, target: { path, format: "png", asked: true, fixed: true, notes: [] } };
  });
}

/**
 * Checks what can be checked before a model is loaded.
 *
 * @throws {UserError} USAGE, ENVIRONMENT without ffmpeg, DATA for what is no video.
 */
export async function checkVideos(
  jobs: readonly Job[],
  request: RestoreRequest,
  signal: AbortSignal,
): Promise<Film[]> {
  if (jobs.length === 0) return [];
  const { checkVideo } = await later<typeof import("../video/command.ts")>("video/command.ts");
  const films: Film[] = [];
  for (const job of jobs) {
    const { alpha: _, ...restore } = request.restore;
    if (!request.dryRun) await makeFolder(dirname(job.target.path));
    const video = await checkVideo({
      input: job.input.path,
      output: job.target.path,
      restore,
      overwrite: request.existing === "overwrite",
      ...request.video,
      json: request.json,
      signal,
    });
    films.push({ job, video });
  }
  return films;
}

/** Restores the videos, or for a dry run says what would be done: the exit code. */
export async function restoreVideos(
  films: readonly Film[],
  model: RestoreModel,
  { dryRun }: RestoreRequest,
  interrupt: Interrupt,
): Promise<ExitCodeValue> {
  const { runVideo } = await later<typeof import("../video/command.ts")>("video/command.ts");
  let code: ExitCodeValue = ExitCode.OK;
  for (const { job, video } of films) {
    if (interrupt.signal.aborted) break;
    if (dryRun) {
      print(video.line);
      continue;
    }
    try {
      const own = await runVideo(video, model);
      if (own !== ExitCode.OK) code = ExitCode.SOME_FAILED;
    } catch (error) {
      if (interrupt.signal.aborted) break;
      if (films.length === 1) throw error;
      stderrTerminal.line(failureText(job, error));
      code = ExitCode.SOME_FAILED;
    }
  }
  return code;
}

function outputOf(
  input: BatchInput,
  single: boolean,
  { output = DEFAULT_OUTPUT, names }: RestoreRequest,
  videoExtension: (input: string) => string,
): string {
  if (output === STREAM) {
    throw new UserError(
      "restore: a video is written to a file, not to standard output: name it by -o",
      ExitCode.USAGE,
    );
  }
  if (single && extname(output) !== "" && !/[\\/]$/.test(output) && !isFolder(output)) {
    return output;
  }
  const folder = join(output, dirname(input.relative));
  const beside = resolve(folder) === dirname(resolve(input.path));
  const suffix = names.suffix ?? (beside ? BESIDE_SUFFIX : "");
  const name = basename(input.relative);
  const stem = name.slice(0, name.length - extname(name).length);
  return join(folder, stem + suffix + videoExtension(input.path));
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
