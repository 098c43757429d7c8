/**
 * Checkpoints: safetensors files that carry their own checksum, and finding the newest sound one.
 *
 * Layout, as in BasicSR: `experiments/<name>/training_states/<iter>.state` and `experiments/<name>/models/<net>_<iter>`,
 * here with the extension `.safetensors`. A `.state` file is of the same format; its metadata holds JSON, its tensors the
 * moments of the optimizers.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import {
  ChecksumReader,
  encodeChecked,
  readSafetensors,
  type Safetensors,
  type SafetensorsWriteOptions,
  type StateTensor,
  WeightsFileError,
} from "../weights/mod.ts";
import { headerEnd } from "../weights/safetensors.ts";
import { storageError } from "./_os_errors.ts";
import { writeAtomic } from "./atomic.ts";
import { readWhole } from "./read.ts";

/** Bytes that are read or written at once; more are no faster. */
const PIECE = 1 << 22;

/** Whether a file is sound, and if not, why. */
export type CheckResult =
  | { readonly valid: true }
  | { readonly valid: false; readonly reason: string };

/** A training state on disk. */
export interface CheckpointFile {
  /** Number of iterations that had been done. */
  readonly iter: number;
  /** Path of the `.state` file. */
  readonly path: string;
}

/** A checkpoint that was passed over. */
export interface SkippedCheckpoint extends CheckpointFile {
  /** What is wrong with it. */
  readonly reason: string;
}

/** The checkpoint to resume from, and the newer ones that are damaged. */
export interface NewestCheckpoint {
  /** The newest sound checkpoint; undefined when there is none. */
  readonly checkpoint: CheckpointFile | undefined;
  /** Newer checkpoints that were passed over, newest first. */
  readonly skipped: readonly SkippedCheckpoint[];
}

/**
 * Writes tensors and metadata as a safetensors file with a checksum in its metadata, whole or not at all. The tensors are
 * not copied, and must not change until the promise is settled.
 *
 * @throws {UserError} STORAGE, if the file cannot be written.
 * @throws {RangeError | TypeError} If a tensor's data do not fit its shape and dtype.
 */
export async function writeChecked(
  path: string,
  tensors: ReadonlyMap<string, StateTensor>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsWriteOptions = {},
): Promise<void> {
  const { header, chunks } = encodeChecked(tensors, metadata, options);
  await writeAtomic(path, gathered([header, ...chunks]));
}

/**
 * Reads a file of {@linkcode writeChecked}. `metadata` comes back without the checksum.
 *
 * @throws {UserError} STORAGE, if it is missing, damaged or has no checksum.
 */
export async function readChecked(path: string): Promise<Safetensors> {
  let bytes: Uint8Array;
  try {
    bytes = await readWhole(path);
  } catch (error) {
    throw storageError(path, "cannot be read", error);
  }
  try {
    const start = headerEnd(bytes);
    const reader = new ChecksumReader(bytes.subarray(0, start));
    reader.update(bytes.subarray(start));
    const fault = reader.fault();
    if (fault) throw new WeightsFileError("damaged", fault);
    const { tensors, metadata: { checksum: _, ...metadata } } = readSafetensors(bytes);
    return { tensors, metadata };
  } catch (error) {
    if (!(error instanceof WeightsFileError)) throw error;
    throw new UserError(
      `${path}: the checkpoint is damaged: ${error.message}. Use an older one`,
      ExitCode.STORAGE,
      { cause: error },
    );
  }
}

/**
 * Checks a file of {@linkcode writeChecked} without holding it in memory.
 *
 * @throws {Deno.errors.NotCapable} If Deno may not read it. Everything else is a reason.
 */
export async function verifyChecked(path: string): Promise<CheckResult> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const start = headerEnd(await readFully(file, 8), size);
    await file.seek(0, Deno.SeekMode.Start);
    const reader = new ChecksumReader(await readFully(file, start));
    const piece = new Uint8Array(PIECE);
    for (let count; (count = await file.read(piece)) !== null;) {
      reader.update(piece.subarray(0, count));
    }
    const reason = reader.fault();
    return reason === undefined ? { valid: true } : { valid: false, reason };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || !(error instanceof Error)) throw error;
    return { valid: false, reason: error.message };
  }
}

/**
 * Lists the training states in `folder`, newest first. A folder that does not exist has none; files of other names, and
 * folders, are passed over.
 *
 * @throws {UserError} STORAGE, if the folder cannot be read.
 */
export async function findCheckpoints(folder: string): Promise<CheckpointFile[]> {
  const found: CheckpointFile[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const digits = /^(\d{1,15})\.state$/.exec(name)?.[1];
      if (isFile && digits) found.push({ iter: Number(digits), path: join(folder, name) });
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw storageError(folder, "cannot be listed", error);
  }
  return found.sort((a, b) => b.iter - a.iter);
}

/**
 * Walks back from the newest training state in `folder` to the first that `verify` accepts; by default its checksum must
 * hold. To check the weights too, pass a `verify` that also looks at {@linkcode modelPath}.
 *
 * @throws {UserError} STORAGE, if the folder cannot be read.
 */
export async function newestValid(
  folder: string,
  verify: (checkpoint: CheckpointFile) => Promise<CheckResult> = ({ path }) => verifyChecked(path),
): Promise<NewestCheckpoint> {
  const skipped: SkippedCheckpoint[] = [];
  for (const checkpoint of await findCheckpoints(folder)) {
    const result = await verify(checkpoint);
    if (result.valid) return { checkpoint, skipped };
    skipped.push({ ...checkpoint, reason: result.reason });
  }
  return { checkpoint: undefined, skipped };
}

/**
 * Where the weights of `net` (as in `net_g`) that belong to a training state lie: beside `training_states`, in `models`.
 */
export function modelPath(checkpoint: CheckpointFile, net: string): string {
  const experiment = dirname(dirname(checkpoint.path));
  return join(experiment, "models", `${net}_${checkpoint.iter}.safetensors`);
}

/**
 * Copies small pieces together: thousands of tensors of a few KB would take as many calls to write. A piece is only good
 * until the next one is asked for.
 */
function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const buffer = new Uint8Array(PIECE);
  let used = 0;
  for (const piece of pieces) {
    if (used + piece.length > buffer.length) {
      yield buffer.subarray(0, used);
      used = 0;
    }
    if (piece.length > buffer.length) yield piece;
    else {
      buffer.set(piece, used);
      used += piece.length;
    }
  }
  yield buffer.subarray(0, used);
}

/** Reads exactly `length` bytes. */
async function readFully(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) {
      throw new WeightsFileError("damaged", `it is cut off after ${at} bytes`);
    }
    at += count;
  }
  return bytes;
}
