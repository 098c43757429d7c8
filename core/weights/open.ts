/**
 * Opens a file of weights of any known kind: safetensors, PyTorch's `.pth`, ncnn's `.param` with `.bin`, TensorFlow.js's
 * layers models. The kind is told by content; names matter only to find the second file of a kind that has two.
 *
 * @module
 */
import { dirname, join, sep } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { readWhole } from "../storage/read.ts";
import { ChecksumReader, isChecksum } from "./checksum.ts";
import { companionsOf } from "./companions.ts";
import { describeContent } from "./describe.ts";
import { WeightsFileError } from "./errors.ts";
import { readNcnn } from "./ncnn.ts";
import { looksLikeNcnnParam, looksLikeNcnnParamBin } from "./ncnn_param.ts";
import { looksLikeLegacyPth, looksLikeZip, readPth } from "./pth.ts";
import { headerEnd, looksLikeSafetensors, readSafetensors } from "./safetensors.ts";
import type { StateDict, StateTensor } from "./state_dict.ts";
import { looksLikeTfjsModel, parseTfjsModel, readTfjsLayers } from "./tfjs_layers.ts";

/** Kinds of files. */
export type WeightsKind = "safetensors" | "pth" | "legacy pth" | "ncnn" | "tfjs layers";

/** A file of weights, before anything is picked out of it. */
export interface OpenedWeights {
  /** What kind of file it is. */
  readonly kind: WeightsKind;
  /** All files that it consists of, the one that was named first. */
  readonly files: readonly string[];
  /** Their bytes together. */
  readonly byteLength: number;
  /** What it holds, for `selectParams()`: a `Map` of tensors, or of `Map`s of tensors; in a `.pth` anything. */
  readonly root: unknown;
  /** Texts beside the tensors; safetensors only. */
  readonly metadata: Readonly<Record<string, string>>;
  /** False if the tensors carry no names of modules, but those of ncnn's layers. */
  readonly named: boolean;
  /** Options of the network that the file shows and its tensors do not. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What a user should know of the file, one line each. */
  readonly notes: readonly string[];
}

/** Prefixes by which a safetensors file keeps several sets of parameters. */
const GROUPS = ["params", "params_ema", "params-ema", "state_dict"] as const;

/**
 * Opens the file. Nothing in it is run.
 *
 * @param paramKey A further prefix by which a safetensors file may keep a set of parameters.
 * @throws {UserError} DATA if the file is missing, or asks for more than weights need; STORAGE if it is damaged, empty or
 * of another kind. The message names the path and what was found.
 */
export async function openWeights(path: string, paramKey?: string | null): Promise<OpenedWeights> {
  const bytes = await readFile(path);
  try {
    return await open(path, bytes, paramKey);
  } catch (error) {
    throw error instanceof WeightsFileError ? weightsUserError(path, error) : error;
  }
}

/** The error that a user should see of `error`, which was found in the file at `path`. */
export function weightsUserError(path: string, error: WeightsFileError): UserError {
  switch (error.kind) {
    case "damaged":
      return new UserError(
        `${path}: the weights file is damaged: ${error.message}. Fetch or save it again`,
        ExitCode.STORAGE,
        { cause: error },
      );
    case "unsupported":
      return new UserError(
        `${path}: not a weights file that is read here (safetensors, torch.save(), ncnn, layers models of ` +
          `TensorFlow.js): ${error.message}`,
        ExitCode.STORAGE,
        { cause: error },
      );
    case "refused":
      return new UserError(`${path}: refused to load: ${error.message}`, ExitCode.DATA, {
        cause: error,
      });
  }
}

async function open(
  path: string,
  bytes: Uint8Array,
  paramKey?: string | null,
): Promise<OpenedWeights> {
  const found = {
    files: [path],
    byteLength: bytes.length,
    metadata: {},
    named: true,
    options: {},
    notes: [],
  };
  if (looksLikeZip(bytes) || looksLikeLegacyPth(bytes)) {
    const { root, serialization } = readPth(bytes);
    return { ...found, kind: serialization === "zip" ? "pth" : "legacy pth", root };
  }
  if (looksLikeTfjsModel(bytes)) return { ...found, ...await openTfjs(path, bytes) };
  if (looksLikeSafetensors(bytes)) {
    const { tensors, metadata } = readSafetensors(bytes);
    checkSum(bytes, metadata["checksum"]);
    return { ...found, kind: "safetensors", root: groupByPrefix(tensors, paramKey), metadata };
  }
  if (looksLikeNcnnParam(bytes) || looksLikeNcnnParamBin(bytes)) {
    if (!/\.param$/i.test(path)) {
      throw new WeightsFileError(
        "unsupported",
        "it is ncnn's .param text under another name: its weights are found beside it as .bin, so rename both",
      );
    }
    const [bin] = companionsOf(path) as [string];
    return { ...found, ...openNcnn([path, bin], bytes, await readFile(bin)) };
  }
  const param = /\.bin$/i.test(path) ? companionsOf(path)[0] : undefined;
  if (param !== undefined && await exists(param)) {
    return { ...found, ...openNcnn([path, param], await readFile(param), bytes) };
  }
  throw new WeightsFileError("unsupported", `it is ${describeContent(bytes)}`);
}

function openNcnn(files: readonly string[], param: Uint8Array, bin: Uint8Array):
  & Partial<
    OpenedWeights
  >
  & { kind: WeightsKind; root: unknown } {
  const { weights, recognised, options, notes } = readNcnn(param, bin);
  return {
    kind: "ncnn",
    files,
    byteLength: param.length + bin.length,
    root: new Map([...weights].map(([name, tensor]) => [name, source(tensor)])),
    named: recognised,
    options,
    notes,
  };
}

async function openTfjs(path: string, bytes: Uint8Array): Promise<
  Partial<OpenedWeights> & { kind: WeightsKind; root: unknown }
> {
  const manifest = parseTfjsModel(bytes);
  const folder = dirname(path);
  const files = [path];
  const groups: Uint8Array[] = [];
  let byteLength = bytes.length;
  for (const [index, paths] of manifest.groups.entries()) {
    const shards: string[] = [];
    let size = 0;
    for (const name of paths) {
      const shard = join(folder, name);
      size += await sizeWithin(folder, shard);
      shards.push(shard);
    }
    if (size !== manifest.sizes[index]) {
      throw new WeightsFileError(
        "damaged",
        `model.json wants ${manifest.sizes[index]} bytes of weights in ${
          paths.join(", ")
        }, which have ${size}`,
      );
    }
    const group = new Uint8Array(size);
    let at = 0;
    for (const shard of shards) {
      const part = await readFile(shard);
      group.set(part, at);
      at += part.length;
    }
    groups.push(group);
    files.push(...shards);
    byteLength += size;
  }
  const tensors = readTfjsLayers(manifest, groups);
  return {
    kind: "tfjs layers",
    files,
    byteLength,
    root: new Map([...tensors].map(([name, tensor]) => [name, source(tensor)])),
    notes: ["names of layers are taken for those of modules"],
  };
}

/** Size of the file at `path`, which must lie in `folder` where links end, too. */
async function sizeWithin(folder: string, path: string): Promise<number> {
  try {
    const [root, real] = [await Deno.realPath(folder), await Deno.realPath(path)];
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw new WeightsFileError("refused", `the shard ${path} is a link out of its folder`);
    }
    const { isFile, size } = await Deno.stat(real);
    if (!isFile) throw new WeightsFileError("damaged", `the shard ${path} is no file`);
    return size;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new WeightsFileError("damaged", `the shard ${path} is missing`, { cause });
  }
}

function checkSum(bytes: Uint8Array, checksum: string | undefined): void {
  if (!isChecksum(checksum)) return;
  const start = headerEnd(bytes);
  const reader = new ChecksumReader(bytes.subarray(0, start));
  reader.update(bytes.subarray(start));
  const fault = reader.fault();
  if (fault) throw new WeightsFileError("damaged", fault);
}

function groupByPrefix(tensors: StateDict, paramKey?: string | null): Map<string, unknown> {
  const groups = new Set<string>(paramKey ? [paramKey, ...GROUPS] : GROUPS);
  const tree = new Map<string, unknown>();
  for (const [name, tensor] of tensors) {
    const group = groups.values().find((key) => name.startsWith(`${key}.`));
    if (group === undefined) tree.set(name, source(tensor));
    else {
      const members = tree.get(group) ?? new Map<string, unknown>();
      (members as Map<string, unknown>).set(name.slice(group.length + 1), source(tensor));
      tree.set(group, members);
    }
  }
  return tree;
}

function source(tensor: StateTensor): StateTensor & { load(): StateTensor } {
  return { ...tensor, load: () => tensor };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await readWhole(path);
  } catch (cause) {
    // A permission that Deno was not given is the command line's matter.
    if (cause instanceof Deno.errors.NotCapable || !(cause instanceof Error)) throw cause;
    if (cause instanceof Deno.errors.NotFound) {
      throw new UserError(`${path}: no such file, check the path`, ExitCode.DATA, { cause });
    }
    if (cause instanceof Deno.errors.IsADirectory) {
      const what = await exists(join(path, "saved_model.pb"))
        ? "a TensorFlow SavedModel, which is a program to run, not weights"
        : "a folder, name the weights file in it";
      throw new UserError(`${path}: is ${what}`, ExitCode.DATA, { cause });
    }
    throw new UserError(`${path}: cannot be read: ${cause.message}`, ExitCode.STORAGE, { cause });
  }
}
