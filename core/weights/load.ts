/**
 * Loads the weights of a network from a file of any known kind. The kind is told by content, never by extension.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { readWhole } from "../storage/read.ts";
import { ChecksumReader, isChecksum } from "./checksum.ts";
import { WeightsFileError } from "./errors.ts";
import { looksLikeLegacyPth, looksLikeZip, readPth } from "./pth.ts";
import { headerEnd, looksLikeSafetensors, readSafetensors } from "./safetensors.ts";
import { selectParams } from "./select.ts";
import type { StateDict, StateTensor } from "./state_dict.ts";

/** How weights are loaded. */
export interface LoadWeightsOptions {
  /**
   * Which set of parameters: `params`, `params_ema`, … or `null` for a file that holds them without a key. By default
   * whichever is there, `params` first.
   */
  readonly paramKey?: string | null;
  /** Receives a line for each decision that was not asked for; by default they go to stderr. */
  readonly say?: (line: string) => void;
}

/** Prefixes by which a safetensors file keeps several sets of parameters. */
const GROUPS = ["params", "params_ema", "params-ema", "state_dict"] as const;

/**
 * Loads weights from a safetensors or `.pth` file. The tensors belong to the caller.
 *
 * A safetensors file keeps sets of parameters by prefix (`params.conv.weight`, `params_ema.conv.weight`); one without such
 * prefixes holds a single set without a key. If it carries a checksum of ours, the checksum must hold.
 *
 * @throws {UserError} DATA if the file or the wanted key is missing, or the file asks for more than weights need; STORAGE
 * if it is damaged, empty or of another kind. The message names the path and what was found.
 *
 * @example
 * ```ts ignore
 * import { loadWeights } from "./mod.ts";
 * const weights = await loadWeights("experiments/pretrained_models/net_g.pth", { paramKey: "params_ema" });
 * ```
 */
export async function loadWeights(
  path: string,
  options: LoadWeightsOptions = {},
): Promise<StateDict> {
  const say = options.say ?? console.warn;
  const bytes = await readFile(path);
  try {
    const root = readTree(bytes, options.paramKey);
    return selectParams(root, options.paramKey, { say: (line) => say(`${path}: ${line}`) });
  } catch (error) {
    if (error instanceof UserError) {
      throw new UserError(`${path}: ${error.message}`, error.exitCode, { cause: error });
    }
    if (!(error instanceof WeightsFileError)) throw error;
    throw toUserError(path, error);
  }
}

/** The content of a weights file as `selectParams()` wants it: a map of tensors, or of maps of tensors. */
function readTree(bytes: Uint8Array, paramKey?: string | null): unknown {
  if (looksLikeZip(bytes) || looksLikeLegacyPth(bytes)) return readPth(bytes).root;
  if (!looksLikeSafetensors(bytes)) {
    throw new WeightsFileError("unsupported", `it is ${describeContent(bytes)}`);
  }
  const { tensors, metadata } = readSafetensors(bytes);
  if (isChecksum(metadata.checksum)) {
    const start = headerEnd(bytes);
    const reader = new ChecksumReader(bytes.subarray(0, start));
    reader.update(bytes.subarray(start));
    const fault = reader.fault();
    if (fault) throw new WeightsFileError("damaged", fault);
  }
  return groupByPrefix(tensors, paramKey);
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
      throw new UserError(
        `${path}: is a folder, name the weights file in it`,
        ExitCode.DATA,
        { cause },
      );
    }
    throw new UserError(`${path}: cannot be read: ${cause.message}`, ExitCode.STORAGE, { cause });
  }
}

function toUserError(path: string, error: WeightsFileError): UserError {
  switch (error.kind) {
    case "damaged":
      return new UserError(
        `${path}: the weights file is damaged: ${error.message}. Fetch or save it again`,
        ExitCode.STORAGE,
        { cause: error },
      );
    case "unsupported":
      return new UserError(
        `${path}: not a weights file that is read here (safetensors or torch.save()): ${error.message}`,
        ExitCode.STORAGE,
        { cause: error },
      );
    case "refused":
      return new UserError(`${path}: refused to load: ${error.message}`, ExitCode.DATA, {
        cause: error,
      });
  }
}

/** First bytes of files that are taken for weights by mistake. */
const MAGIC: readonly (readonly [string, string])[] = [
  ["version https://git-lfs", "a Git LFS pointer, fetch the file itself with git lfs pull"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["\x89HDF", "an HDF5 file"],
  ["\x1f\x8b", "a gzip archive, unpack it first"],
  ["\x93NUMPY", "a numpy array"],
  ["\x80", "a plain Python pickle, not one of torch.save()"],
  ["7z\xbc\xaf", "a 7z archive, unpack it first"],
];

/** A few words on what kind of file `bytes` are. */
function describeContent(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty (0 bytes)";
  const head = String.fromCharCode(...bytes.subarray(0, 512));
  const known = MAGIC.find(([magic]) => head.startsWith(magic));
  if (known) return known[1];
  if (head.startsWith("ustar", 257)) {
    return "a tar archive: if it is of PyTorch before 0.1.10, load and save it in a newer one";
  }
  if (/^\s*<(!doctype|html)/i.test(head)) return "a web page, so the download went wrong";
  if (/^[\t\n\r\x20-\x7e]+$/.test(head)) return "text";
  if (bytes.every((byte) => byte === 0)) return `${bytes.length} bytes of zeros`;
  const hex = bytes.subarray(0, 8).toHex().replace(/..(?=.)/g, "$& ");
  return `of an unknown kind (${bytes.length} bytes, beginning ${hex})`;
}
