/**
 * Checkpoints: what is saved so that a run can go on exactly, and how it is found again.
 *
 * Layout as BasicSR's: `models/net_g_<iter>.safetensors` with the keys of BasicSR under `params.` and `params_ema.`,
 * and `training_states/<iter>.state`, a safetensors file as well, with the optimizers' moments as tensors and
 * everything else as JSON in its metadata. Each file carries its own checksum; the state is written last and names the
 * checksums of the networks that belong to it, so a checkpoint counts only when all its files are whole and of one age.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import {
  type CheckpointFile,
  type CheckResult,
  modelPath,
  type NewestCheckpoint,
  newestValid,
  readChecked,
  verifyChecked,
  writeChecked,
} from "../storage/checkpoint.ts";
import type { StateDict, StateTensor } from "../weights/state_dict.ts";
import type { Model } from "./base_model.ts";
import { join } from "node:path";

/** The JSON half of a training state. */
export interface TrainingState {
  /** Version of this layout. */
  readonly version: 1;
  /** Iterations done. */
  readonly iter: number;
  /** Epoch of the latest batch, from 0. */
  readonly epoch: number;
  /** The run's seed: all random numbers are drawn from streams keyed by it, so this is the generators' whole state. */
  readonly seed: number;
  /** Where the sampler stands. */
  readonly sampler: { readonly epoch: number; readonly batch: number; readonly length: number };
  /** Optimizers and schedulers. */
  readonly model: Record<string, unknown>;
  /** Checksums of the network files, by label. */
  readonly networks: { readonly [label: string]: string };
  /** What hooks stored (best metrics, pending validation, …). */
  readonly extra: Record<string, unknown>;
}

/** Everything of a checkpoint, read back. */
export interface LoadedCheckpoint {
  /** Where it lies. */
  readonly file: CheckpointFile;
  /** Its JSON half. */
  readonly state: TrainingState;
  /** Optimizers' moments. */
  readonly tensors: Map<string, StateTensor>;
}

/**
 * Writes the networks of `model` as `<models>/<label>_<suffix>.safetensors`.
 *
 * @returns The path and checksum of each, by label.
 * @throws {UserError} STORAGE, if a file cannot be written; an older file of that name stays as it was. DIVERGED, if a
 * weight is NaN or infinite (a step can spoil the weights whose loss was still a number): nothing is written then.
 */
export async function saveNetworks(
  model: Model,
  models: string,
  suffix: string,
): Promise<Map<string, { path: string; checksum: string }>> {
  const written = new Map<string, { path: string; checksum: string }>();
  for (const { label, net, ema } of model.networks()) {
    const tensors: StateDict = new Map();
    for (const [key, tensor] of await net.stateDict()) tensors.set(`params.${key}`, tensor);
    if (ema !== undefined) {
      for (const [key, tensor] of await ema.stateDict()) tensors.set(`params_ema.${key}`, tensor);
    }
    const path = join(models, `${label}_${suffix}.safetensors`);
    const spoilt = [...tensors].filter(([, { data }]) => !allFinite(data)).map(([key]) => key);
    if (spoilt.length > 0) {
      throw new UserError(
        `training diverged: ${spoilt.length} of the ${tensors.size} tensors of ${label} hold NaN or infinite numbers, ` +
          `for example ${spoilt[0]}; ${path} was not written\n` +
          `  lower train.optim_g.lr or add a warm-up (train.warmup_iter)`,
        ExitCode.DIVERGED,
      );
    }
    await writeChecked(path, tensors, { format: "pt" });
    written.set(label, { path, checksum: await readChecksum(path) });
  }
  return written;
}

/** Writes networks and training state of iteration `state.iter`. */
export async function saveCheckpoint(
  model: Model,
  folders: { readonly models: string; readonly training_states: string },
  state: Omit<TrainingState, "version" | "model" | "networks">,
): Promise<string> {
  const networks = await saveNetworks(model, folders.models, String(state.iter));
  const { json, tensors } = await model.trainingState();
  const whole: TrainingState = {
    version: 1,
    ...state,
    model: json,
    networks: Object.fromEntries([...networks].map(([label, { checksum }]) => [label, checksum])),
  };
  const path = join(folders.training_states, `${state.iter}.state`);
  await writeChecked(path, tensors, { state: JSON.stringify(whole) });
  return path;
}

/** Finds the newest checkpoint whose files are all sound. `upTo` leaves out later ones. */
export async function findCheckpoint(
  trainingStates: string,
  upTo = Infinity,
): Promise<NewestCheckpoint> {
  return await newestValid(
    trainingStates,
    async (file) =>
      file.iter > upTo
        ? { valid: false, reason: "later than the one asked for" }
        : await verifyCheckpoint(file),
  );
}

/** Whether a checkpoint's state and networks are sound and belong together. */
export async function verifyCheckpoint(file: CheckpointFile): Promise<CheckResult> {
  const own = await verifyChecked(file.path);
  if (!own.valid) return own;
  let state: TrainingState;
  try {
    state = parseState(file.path, (await readChecked(file.path)).metadata);
  } catch (error) {
    return { valid: false, reason: (error as Error).message };
  }
  for (const [label, checksum] of Object.entries(state.networks)) {
    const path = modelPath(file, label);
    const result = await verifyChecked(path);
    if (!result.valid) return { valid: false, reason: `${path}: ${result.reason}` };
    if (await readChecksum(path) !== checksum) {
      return { valid: false, reason: `${path} is of another age than its training state` };
    }
  }
  return { valid: true };
}

/**
 * Reads a training state.
 *
 * @throws {UserError} STORAGE, if it is damaged or not one of ours.
 */
export async function loadCheckpoint(file: CheckpointFile): Promise<LoadedCheckpoint> {
  const { tensors, metadata } = await readChecked(file.path);
  return { file, state: parseState(file.path, metadata), tensors };
}

/**
 * Puts networks, optimizers and schedulers of a checkpoint into `model`.
 *
 * @throws {UserError} STORAGE, if they belong to another model.
 */
export async function restoreModel(model: Model, checkpoint: LoadedCheckpoint): Promise<void> {
  for (const label of Object.keys(checkpoint.state.networks)) {
    const { tensors } = await readChecked(modelPath(checkpoint.file, label));
    const params: StateDict = new Map();
    const ema: StateDict = new Map();
    for (const [key, tensor] of tensors) {
      if (key.startsWith("params_ema.")) ema.set(key.slice("params_ema.".length), tensor);
      else params.set(key.replace(/^params\./, ""), tensor);
    }
    try {
      model.loadNetwork(label, params, ema.size > 0 ? ema : undefined);
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause;
      throw new UserError(
        `${checkpoint.file.path} belongs to a run with other options: ${cause.message}\n` +
          `  resume with the options it was written with, or start anew without --auto_resume and path.resume_state`,
        ExitCode.STORAGE,
        { cause },
      );
    }
  }
  model.loadTrainingState({ json: checkpoint.state.model, tensors: checkpoint.tensors });
}

/** Integers are; numbers of 16 bit, which are kept as integers, count as such. */
function allFinite(data: StateTensor["data"]): boolean {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return true;
  return data.every(Number.isFinite);
}

function parseState(path: string, metadata: Readonly<Record<string, string>>): TrainingState {
  try {
    const state = JSON.parse(metadata["state"] ?? "null") as TrainingState | null;
    if (state?.version === 1) return state;
  } catch { /* reported below */ }
  throw new UserError(
    `${path} is no training state of this version of DenoSR, resume with the version that wrote it or start anew`,
    ExitCode.STORAGE,
  );
}

/** The checksum that a file of `writeChecked` carries, read from its header alone. */
async function readChecksum(path: string): Promise<string> {
  using file = await Deno.open(path);
  const start = new Uint8Array(8);
  await file.read(start);
  const length = Number(new DataView(start.buffer).getBigUint64(0, true));
  const header = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const n = await file.read(header.subarray(at));
    if (n === null) break;
    at += n;
  }
  const found = /"checksum":"([0-9a-f]{64})"/.exec(new TextDecoder().decode(header))?.[1];
  if (found === undefined) throw new UserError(`${path} carries no checksum`, ExitCode.STORAGE);
  return found;
}
