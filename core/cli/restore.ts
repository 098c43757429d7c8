/**
 * `restore`: pictures and videos through a network, from the command line.
 *
 * All that can be refused is refused before the model is loaded: inputs that are not there, outputs that clash. Then as
 * many pictures are in flight as `--jobs` says, and what fails for one of them is told at once and counted at the end.
 *
 * @module
 */
import { ExitCode, type ExitCodeValue, UserError } from "../errors.ts";
import { print, stderrTerminal, stdoutTerminal } from "../log/terminal.ts";
import { checkConflicts, type Job } from "../restore/batch/conflicts.ts";
import { type BatchInput, type Listing, listInputs, STREAM } from "../restore/batch/inputs.ts";
import { DEFAULT_OUTPUT, type Output, readOutput, targetOf } from "../restore/batch/names.ts";
import { jsonLine, type Outcome, shown } from "../restore/batch/report.ts";
import type { ModelSource, RestoreModel } from "../restore/types.ts";
import { makeFolder, removeAbandonedTemporaries, removeOwnTemporaries } from "../storage/atomic.ts";
import { storageError } from "../storage/mod.ts";
import { later } from "./_later.ts";
import type { Parsed } from "./flags.ts";
import { Interrupt } from "./interrupt.ts";
import { readRequest, type RestoreRequest } from "./restore_request.ts";
import { restorePictures } from "./restore_pictures.ts";
import { checkVideos, restoreVideos, videoJobs } from "./restore_videos.ts";
import { dirname } from "node:path";

/** At most so many of the files that are passed over are named. */
const NAMED = 5;

/**
 * Runs `restore`.
 *
 * @throws {UserError} USAGE for flags and outputs that clash, DATA without inputs, ENVIRONMENT without an engine.
 */
export async function runRestore({ words, flags }: Parsed): Promise<ExitCodeValue> {
  const request = readRequest(flags);
  if (words.length === 0) {
    throw usage(
      "INPUT is missing: name a picture, a folder, a pattern in quotes, or - for standard input",
    );
  }
  const folders = new Set<string>();
  using interrupt = new Interrupt({
    say: (line) => stderrTerminal.line(line),
    watchParent: !words.includes(STREAM),
    leaving: () => {
      stderrTerminal.clear();
      for (const folder of folders) removeOwnTemporaries(folder);
    },
  });
  const listing = await listInputs(words, request.output ?? DEFAULT_OUTPUT);
  tellPassedOver(listing);
  const { videos, pictures } = await separated(listing, request);
  const filmJobs = await videoJobs(videos, listing, request);
  const jobs = pictureJobs(pictures, listing, request);
  const skipped = await checkConflicts([...jobs, ...filmJobs], request.existing);
  for (const { target } of jobs) if (target.path !== STREAM) folders.add(dirname(target.path));
  const outcomes = new Outcomes(request);
  for (const job of skipped) outcomes.add({ kind: "skipped", job });
  const rest = jobs.filter((job) => !skipped.has(job));
  const films = await checkVideos(
    filmJobs.filter((job) => !skipped.has(job)),
    request,
    interrupt.signal,
  );
  await using cleaning = new AsyncDisposableStack();
  let code: ExitCodeValue = ExitCode.OK;
  if (rest.length + films.length > 0) {
    if (!request.dryRun) {
      await prepareFolder(rest, cleaning);
      await tidy(folders);
    }
    await using model = await openModel(request);
    code = await restorePictures(rest, {
      request,
      model,
      found: jobs.length,
      skipped: jobs.length - rest.length,
      interrupt,
      outcome: (outcome) => outcomes.add(outcome),
    });
    if (films.length > 0 && !interrupt.signal.aborted) {
      code = Math.max(code, await restoreVideos(films, model, request, interrupt)) as ExitCodeValue;
    }
  } else if (skipped.size > 0) {
    stderrTerminal.line(`nothing to do: ${count(skipped.size, "output")} there already`);
  }
  if (stdoutTerminal.failure !== undefined) {
    throw storageError("standard output", "cannot be written", stdoutTerminal.failure);
  }
  return interrupt.signal.aborted ? interrupt.exitCode : code;
}

/** Prints lines of JSON, if they are wanted. */
class Outcomes {
  constructor(readonly request: RestoreRequest) {}

  add(outcome: Outcome): void {
    if (this.request.json && outcome.kind !== "left") print(jsonLine(outcome));
  }
}

function tellPassedOver({ passedOver }: Listing): void {
  if (passedOver.length === 0) return;
  const named = passedOver.slice(0, NAMED).map(({ path, why }) => `\n  ${shown(path)} ${why}`);
  const more = passedOver.length > NAMED ? `\n  and ${passedOver.length - NAMED} more` : "";
  stderrTerminal.line(`passed over ${count(passedOver.length, "file")}:${named.join("")}${more}`);
}

/** Which inputs are videos: by what they are, a GIF also by what is asked for. */
async function separated(
  { inputs, single }: Listing,
  { output, video }: RestoreRequest,
): Promise<{ readonly videos: readonly BatchInput[]; readonly pictures: readonly BatchInput[] }> {
  let videos = inputs.filter(({ kind }) => kind === "video");
  if (single && videos.length === 0 && output !== undefined && inputs[0]!.format === "gif") {
    const { isVideoOutput } = await later<typeof import("../video/command.ts")>("video/command.ts");
    if (isVideoOutput(output)) videos = [...inputs];
  }
  const given = Object.keys(video);
  if (videos.length === 0 && given.length > 0) {
    throw usage(`--${given[0]} is for videos, and no input is one`);
  }
  return { videos, pictures: inputs.filter((input) => !videos.includes(input)) };
}

function pictureJobs(
  pictures: readonly BatchInput[],
  { single }: Listing,
  request: RestoreRequest,
): Job[] {
  const first = pictures[0];
  if (first === undefined) return [];
  const output: Output = readOutput(request.output, single, first, request.names);
  if (output.kind === "stream" && request.json && !request.dryRun) {
    throw usage("the picture goes to standard output, and so would --json: name a file by -o");
  }
  if (output.kind === "stream" && request.compare) {
    throw usage("--compare writes a page beside the output: name a file by -o");
  }
  return pictures.map((input) => ({ input, target: targetOf(input, output, request.names) }));
}

/**
 * Makes the folder of the outputs, so that what forbids writing is told before any work is done. If it was not there, and
 * nothing comes into it, it is removed again.
 */
async function prepareFolder(jobs: readonly Job[], cleaning: AsyncDisposableStack): Promise<void> {
  const first = jobs.find(({ target }) => target.path !== STREAM);
  if (first === undefined) return;
  const folder = dirname(first.target.path);
  const isNew = await Deno.lstat(folder).then(() => false, () => true);
  await makeFolder(folder);
  if (isNew) cleaning.defer(() => Deno.remove(folder).catch(() => {}));
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".denosr-", suffix: ".tmp" }));
  } catch (error) {
    throw storageError(folder, "cannot be written to", error);
  }
}

/** Clears away what runs that were killed have left among the outputs. */
async function tidy(folders: Iterable<string>): Promise<void> {
  const removed: string[] = [];
  for (const folder of folders) removed.push(...await removeAbandonedTemporaries(folder));
  if (removed.length === 0) return;
  const example = shown(removed[0]!);
  stderrTerminal.line(
    `removed ${count(removed.length, "unfinished file")} of a run that was killed: ${example}` +
      (removed.length > 1 ? " and others" : ""),
  );
}

/** Loads what restores. */
async function openModel({ models, dni, load }: RestoreRequest): Promise<RestoreModel> {
  const { parseDni } = await later<typeof import("../restore/dni.ts")>("restore/dni.ts");
  const interpolated = dni === undefined ? undefined : parseDni(dni);
  // The library loads while networks are imported and weights are read.
  const { preloadEngine } = await later<typeof import("../engine/start.ts")>("engine/start.ts");
  const preloading = await preloadEngine(load.engine);
  try {
    const { DEFAULT_MODEL, loadModel } = await later<typeof import("../restore/model.ts")>(
      "restore/model.ts",
    );
    const sources: readonly ModelSource[] = interpolated !== undefined
      ? [interpolated]
      : models.length > 0
      ? models
      : [DEFAULT_MODEL];
    return await loadModel(sources, { ...load, say: (line) => stderrTerminal.line(line) });
  } finally {
    await preloading.done; // a process must not end while a library loads
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

function usage(what: string): UserError {
  return new UserError(`restore: ${what}; see restore --help`, ExitCode.USAGE);
}
