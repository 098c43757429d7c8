/**
 * Writes weights to a file of another kind, told by the extension of its name: safetensors, PyTorch's `.pth`, ncnn.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { writeAtomic, writeAtomicText } from "../storage/atomic.ts";
import { companionsOf } from "./companions.ts";
import { encodeChecked } from "./checksum.ts";
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import { encodeNcnn, type NcnnSource } from "./ncnn_writer.ts";
import { encodePth } from "./pth_writer.ts";
import type { StateDict } from "./state_dict.ts";

/** Kinds of files that can be written. */
export type WritableKind = "safetensors" | "pth" | "ncnn";

/** What is written. */
export interface WeightsOutput {
  /** Sets of parameters by key, the one that counts first; without a key under the empty text. */
  readonly sets: ReadonlyMap<string, StateDict>;
  /** The network of the first set, where it is known; ncnn models cannot do without. */
  readonly network?: NcnnSource;
  /** Texts for the header of safetensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How weights are written. */
export interface WriteWeightsOptions {
  /** Stores what is float32 or larger as float16. */
  readonly half?: boolean;
}

/** Largest float16. */
const MAX_HALF = 65504;

/**
 * The kind of file that `path` asks for.
 *
 * @throws {UserError} USAGE, if its extension is none that is written.
 */
export function writableKind(path: string): WritableKind {
  const extension = /\.(safetensors|pth|param)$/i.exec(path)?.[1]?.toLowerCase();
  switch (extension) {
    case "safetensors":
    case "pth":
      return extension;
    case "param":
      return "ncnn";
  }
  throw new UserError(
    `${path}: what is written is told by the extension, which must be .safetensors, .pth or .param (ncnn)`,
    ExitCode.USAGE,
  );
}

/** The files that {@linkcode writeWeights} makes for `path`, the one that makes the others useful last. */
export function filesOf(path: string): readonly string[] {
  return writableKind(path) === "ncnn" ? [...companionsOf(path), path] : [path];
}

/**
 * Writes the file, whole or not at all. A `.pth` has a single set under `params`; safetensors has it without a prefix, as
 * other programs want it, and several sets by prefix. Of several sets an ncnn model takes the first.
 *
 * @throws {UserError} USAGE for an unknown extension; DATA if the network cannot be written that way or a weight is too
 * large for float16; STORAGE if the file cannot be written.
 */
export async function writeWeights(
  path: string,
  { sets, network, metadata = {} }: WeightsOutput,
  { half = false }: WriteWeightsOptions = {},
): Promise<void> {
  const kind = writableKind(path);
  if (half) { for (const set of sets.values()) checkHalf(path, set); }
  const floats = half ? "F16" : undefined;
  if (kind === "pth") {
    const named = [...sets].map(([key, set]) => [key === "" ? "params" : key, set] as const);
    await writeAtomic(path, encodePth(Object.fromEntries(named), { floats }));
    return;
  }
  if (kind === "safetensors") {
    const tensors: StateDict = new Map();
    for (const [key, set] of sets) {
      const prefix = sets.size === 1 ? "" : `${key}.`;
      for (const [name, tensor] of set) tensors.set(prefix + name, tensor);
    }
    const { header, chunks } = encodeChecked(tensors, { ...metadata, format: "pt" }, { floats });
    await writeAtomic(path, [header, ...chunks]);
    return;
  }
  if (network === undefined) {
    throw new UserError(
      `${path}: an ncnn model needs the network, which the weights do not show`,
      ExitCode.DATA,
    );
  }
  const { param, bin } = encoded(path, network, half);
  const [binPath, paramPath] = filesOf(path) as [string, string];
  await writeAtomic(binPath, bin);
  await writeAtomicText(paramPath, param);
}

function encoded(path: string, network: NcnnSource, half: boolean): ReturnType<typeof encodeNcnn> {
  try {
    return encodeNcnn(network, { storage: half ? "half" : "float" });
  } catch (error) {
    if (!(error instanceof WeightsFileError)) throw error;
    throw new UserError(`${path}: ${error.message}`, ExitCode.DATA, { cause: error });
  }
}

function checkHalf(path: string, set: StateDict): void {
  for (const [name, { data }] of set) {
    if (!(data instanceof Float32Array)) continue;
    if (data.some((value) => Number.isFinite(value) && Math.abs(value) > MAX_HALF)) {
      throw new UserError(
        `${path}: ${
          quote(name)
        } holds values beyond ${MAX_HALF}, the largest float16: leave out --half`,
        ExitCode.DATA,
      );
    }
  }
}
