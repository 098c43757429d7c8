/**
 * One picture of a batch: read, restored, written under a temporary name, renamed.
 *
 * @module
 */
import type { Channels } from "../../data/image.ts";
import { encodeRows, openPicture, type PictureFormat } from "../../data/picture.ts";
import { ExitCode, UserError } from "../../errors.ts";
import { makeFolder, writeAtomic } from "../../storage/atomic.ts";
import type { RestoreModel, RestoreOptions, RestorePlan } from "../types.ts";
import type { Job } from "./conflicts.ts";
import { STREAM } from "./inputs.ts";
import { comparePath, fitFormat, type Target } from "./names.ts";
import { Preview } from "./preview.ts";
import { modelLabel } from "./report.ts";
import { basename, dirname } from "node:path";

/** Longest side of the pictures on a page of `--compare`, in pixels. */
const COMPARE_SIDE = 3000;

/** How pictures are restored and written. */
export interface WorkOptions {
  /** What restores. */
  readonly model: RestoreModel;
  /** How. */
  readonly restore: Omit<RestoreOptions, "signal" | "onProgress" | "say">;
  /** Quality of JPEG and WebP, 1-100. */
  readonly quality?: number;
  /** Whether colour profile, EXIF and the like go with it. */
  readonly keepMetadata: boolean;
  /** Whether a page of before and after is written beside the output. */
  readonly compare: boolean;
  /** Stops at the next tile. */
  readonly signal: AbortSignal;
  /** The bytes of standard input. */
  readonly readStream: () => Promise<Uint8Array>;
  /** Told of a target that is not the planned one; rejects if it cannot be written there. */
  readonly takeTarget: (path: string) => Promise<void>;
  /** Takes the bytes for standard output. */
  readonly writeStream: (source: AsyncIterable<Uint8Array>) => Promise<void>;
}

/** Size and kind of a picture. */
export interface PictureFacts {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** Channels. */
  readonly channels: Channels;
  /** Bits per sample. */
  readonly depth: 8 | 16;
}

/** What is known once a picture's header is read. */
export interface Prospect {
  /** The input. */
  readonly input: PictureFacts;
  /** The output. */
  readonly output: PictureFacts & { readonly format: PictureFormat };
  /** Where it goes; the format may have changed. */
  readonly target: Target;
  /** Its tiles. */
  readonly plan: RestorePlan;
  /** Peculiarities of the file and the name. */
  readonly notes: readonly string[];
}

/** What became of a picture. */
export interface Restored extends Prospect {
  /** Everything worth saying. */
  readonly notes: readonly string[];
  /** The page of before and after, if there is one. */
  readonly compare?: string;
}

/** Called as the work goes on. */
export interface WorkEvents {
  /** The header is read. Resolves when the picture may be computed; the slots are given back when that is done. */
  readonly begin?: (prospect: Prospect) => Promise<Disposable | undefined>;
  /** A tile is done. */
  readonly tile?: (done: number, total: number) => void;
}

/** Reads a picture's header and says what would be done with it. */
export async function lookAt(job: Job, options: WorkOptions): Promise<Prospect> {
  await using opened = await open(job, options);
  return prospectOf(job, opened, options);
}

/**
 * Restores the picture of `job`.
 *
 * @throws {UserError} If it cannot be read, restored or written; the signal's reason if it was stopped.
 */
export async function restorePicture(
  job: Job,
  options: WorkOptions,
  events: WorkEvents = {},
): Promise<Restored> {
  const { model, signal } = options;
  await using picture = await open(job, options);
  const prospect = prospectOf(job, picture, options);
  using _slots = await events.begin?.(prospect);
  signal.throwIfAborted();
  const { target, output } = prospect;
  if (target.path !== job.target.path) await options.takeTarget(target.path);
  const said: string[] = [];
  const before = options.compare ? new Preview(prospect.input, COMPARE_SIDE) : undefined;
  const after = options.compare ? new Preview(output, COMPARE_SIDE) : undefined;
  const rows = model.restoreRows(before?.watch(picture.rows()) ?? picture.rows(), {
    ...options.restore,
    signal,
    onProgress: ({ done, total }) => events.tile?.(done, total),
    say: (line) => void said.push(line),
  });
  const bytes = stoppable(
    encodeRows(after?.watch(rows) ?? rows, {
      format: target.format,
      depth: output.depth,
      ...(options.quality === undefined ? {} : { quality: options.quality }),
      ...(options.keepMetadata ? { metadata: picture.metadata } : {}),
    }, model.engine.codec),
    signal,
  );
  if (target.path === STREAM) await options.writeStream(bytes);
  else {
    await makeFolder(dirname(target.path));
    await writeAtomic(target.path, bytes);
  }
  const page = before && after && target.path !== STREAM
    ? await writePage(job, prospect, before, after, model)
    : undefined;
  return {
    ...prospect,
    notes: [...new Set([...prospect.notes, ...said])],
    ...(page === undefined ? {} : { compare: page }),
  };
}

async function open({ input }: Job, { model, signal, readStream }: WorkOptions) {
  if (input.problem !== undefined) {
    throw new UserError(`${input.path} ${input.problem}`, ExitCode.DATA);
  }
  if (input.path !== STREAM) return await openPicture(input.path, model.engine.codec, { signal });
  const bytes = await readStream();
  if (bytes.length === 0) throw new UserError("standard input is empty", ExitCode.DATA);
  return await openPicture(bytes, model.engine.codec, { name: "standard input", signal });
}

function prospectOf(
  job: Job,
  picture: PictureFacts & { readonly notes: readonly string[] },
  { model, restore }: WorkOptions,
): Prospect {
  const { width, height, channels, depth } = picture;
  const plan = model.plan(picture, restore);
  const fit = fitFormat(job.target, { ...plan, depth }, job.input.path);
  return {
    input: { width, height, channels, depth },
    output: {
      width: plan.width,
      height: plan.height,
      channels: plan.channels,
      depth: fit.depth,
      format: fit.target.format,
    },
    target: fit.target,
    plan,
    notes: [...picture.notes, ...job.target.notes, ...fit.notes],
  };
}

/** The bytes, until a stop is asked for: what is written to the temporary file then is of no use. */
async function* stoppable(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    signal.throwIfAborted();
    yield bytes;
  }
}

async function writePage(
  job: Job,
  { input, output, target }: Prospect,
  before: Preview,
  after: Preview,
  model: RestoreModel,
): Promise<string> {
  const { comparePage } = await import("../compare.ts");
  const { codec } = model.engine;
  const path = comparePath(target.path);
  const side = async (preview: Preview, { width, height }: PictureFacts) => ({
    png: await codec.encodePng(preview.image()),
    width,
    height,
    factor: preview.factor,
  });
  const page = comparePage({
    name: job.input.path === STREAM ? "standard input" : basename(job.input.path),
    model: modelLabel(model.name),
    before: await side(before, input),
    after: await side(after, output),
  });
  await writeAtomic(path, new TextEncoder().encode(page));
  return path;
}
