/**
 * TensorFlow.js layers models (`model.json` and its shards) as state dicts: a layer `conv_first` with `kernel` and `bias`
 * gives `conv_first.weight` and `conv_first.bias`, in PyTorch's layout.
 *
 * Nothing of the model's topology is used, and no graph is run: networks are known by the names of their layers, or not
 * at all. Quantized weights (uint8, uint16, float16) are expanded. Facts on the format: tfjs-core/src/io (Apache-2.0).
 *
 * @module
 */
import { listNames } from "./_names.ts";
import { quote } from "./_safetensors_header.ts";
import { WeightsFileError } from "./errors.ts";
import { elementCount, type StateDict, type StateTensor } from "./state_dict.ts";

/** Longest `model.json`, in bytes; without weights it is a few hundred thousand at most. */
const MAX_JSON_BYTES = 1 << 25;
const MAX_TENSORS = 50_000;
const MAX_SHARDS = 10_000;
const MAX_RANK = 8;

/** One tensor as the manifest describes it. */
export interface TfjsTensor {
  /** Layer and variable: `conv_first/kernel`. */
  readonly name: string;
  /** Sizes of the dimensions, as TensorFlow has them. */
  readonly shape: readonly number[];
  /** Element type in the shards. */
  readonly stored: "float32" | "float16" | "int32" | "bool" | "uint8" | "uint16";
  /** What a quantized number is multiplied by. */
  readonly scale: number;
  /** What is added to it then. */
  readonly min: number;
  /** Index of the group of shards that it lies in. */
  readonly group: number;
}

/** What a `model.json` says of its weights. */
export interface TfjsManifest {
  /** Shard files of each group, relative to the folder of `model.json`; checked to lie within it by their names. */
  readonly groups: readonly (readonly string[])[];
  /** Bytes that the shards of each group should have together. */
  readonly sizes: readonly number[];
  /** The tensors, in the order of the shards. */
  readonly entries: readonly TfjsTensor[];
}

const STORED_BYTES = { float32: 4, float16: 2, int32: 4, bool: 1, uint8: 1, uint16: 2 } as const;

/** Whether `bytes`, from the start of a file, could be the `model.json` of TensorFlow.js. */
export function looksLikeTfjsModel(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_JSON_BYTES) return false;
  const start = String.fromCharCode(...bytes.subarray(0, 64)).trimStart();
  if (!start.startsWith("{")) return false;
  return new TextDecoder("latin1").decode(bytes).includes('"weightsManifest"');
}

/**
 * Reads a `model.json`.
 *
 * @throws {WeightsFileError} If it is damaged, a graph model, names shards outside of its folder, or its tensors are of
 * kinds that no network has.
 */
export function parseTfjsModel(bytes: Uint8Array): TfjsManifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new WeightsFileError("damaged", "model.json is not JSON", { cause });
  }
  const model = record(json);
  if (model["format"] === "graph-model" || record(model["modelTopology"])["node"] !== undefined) {
    throw new WeightsFileError(
      "unsupported",
      "it is a TensorFlow.js graph model, a program whose tensors have no usable names; " +
        "restore and serve run it as it is if you ask for it as tfjs:FILE",
    );
  }
  const manifest = model["weightsManifest"];
  if (!Array.isArray(manifest)) throw damaged("has no weightsManifest");
  const groups: string[][] = [], sizes: number[] = [], entries: TfjsTensor[] = [];
  let shards = 0;
  for (const [index, group] of manifest.entries()) {
    const { paths, weights } = record(group);
    if (!Array.isArray(paths) || !Array.isArray(weights)) {
      throw damaged("has a group without paths or weights");
    }
    shards += paths.length;
    if (shards > MAX_SHARDS || entries.length + weights.length > MAX_TENSORS) {
      throw new WeightsFileError(
        "refused",
        "model.json names more files or tensors than any network has",
      );
    }
    groups.push(paths.map(shardPath));
    let size = 0;
    for (const weight of weights) {
      const entry = parseEntry(weight, index);
      size += elementCount(entry.shape) * STORED_BYTES[entry.stored];
      if (!Number.isSafeInteger(size)) throw damaged("has shapes whose sizes overflow");
      entries.push(entry);
    }
    sizes.push(size);
  }
  return { groups, sizes, entries };
}

/**
 * The tensors of a model, in PyTorch's layout and the order of the manifest.
 *
 * @param shards The bytes of each group's shards, one after the other.
 * @throws {WeightsFileError} If there are not as many bytes as {@linkcode TfjsManifest.sizes} says, or variables are of
 * kinds that have no place in a state dict; lists the names of the layers then.
 */
export function readTfjsLayers(
  { sizes, entries }: TfjsManifest,
  shards: readonly Uint8Array[],
): StateDict {
  for (const [index, size] of sizes.entries()) {
    if (shards[index]?.length !== size) {
      throw damaged(
        `wants ${size} bytes of weights in group ${index}, but its shards have ${
          shards[index]?.length ?? 0
        }`,
      );
    }
  }
  const places = entries.map(({ name }) => placeOf(name));
  if (places.includes(undefined)) {
    const layers = new Set(entries.map(({ name }) => name.replace(/\/[^/]*$/, "")));
    throw new WeightsFileError(
      "unsupported",
      "its variables are not those of convolutions, dense layers, PReLU and normalisations; its layers are " +
        listNames([...layers]),
    );
  }
  const offsets = sizes.map(() => 0);
  const dict: StateDict = new Map();
  for (const [index, entry] of entries.entries()) {
    const { key, kind } = places[index]!;
    const length = elementCount(entry.shape) * STORED_BYTES[entry.stored];
    const at = offsets[entry.group]!;
    offsets[entry.group] = at + length;
    if (dict.has(key)) throw damaged(`has two variables for ${quote(key)}`);
    const data = expand(entry, shards[entry.group]!.subarray(at, at + length));
    dict.set(key, toPyTorch(kind, entry, data));
  }
  return dict;
}

/** What a variable is called in PyTorch, and how it has to be turned. */
const ROLES: Readonly<Record<string, readonly [role: string, kind: Kind]>> = {
  kernel: ["weight", "kernel"],
  depthwise_kernel: ["weight", "depthwise"],
  bias: ["bias", "plain"],
  alpha: ["weight", "slopes"],
  gamma: ["weight", "plain"],
  beta: ["bias", "plain"],
  moving_mean: ["running_mean", "plain"],
  moving_variance: ["running_var", "plain"],
};
type Kind = "kernel" | "depthwise" | "slopes" | "plain";

function placeOf(name: string): { key: string; kind: Kind } | undefined {
  const [, layer, variable] = /^(.+)\/([^/]+?)(?::0)?$/.exec(name) ?? [];
  const role = variable === undefined || !Object.hasOwn(ROLES, variable)
    ? undefined
    : ROLES[variable];
  return role && { key: `${layer!.replaceAll("/", ".")}.${role[0]}`, kind: role[1] };
}

/** TensorFlow's axes to PyTorch's. */
function toPyTorch(kind: Kind, { name, shape }: TfjsTensor, data: Float32Array): StateTensor {
  if (kind === "plain") return { shape, dtype: "F32", data };
  if (kind === "slopes") {
    // Keras has one slope for each place and channel; PyTorch one for each channel, shared over places.
    if (shape.slice(0, -1).some((size) => size !== 1)) {
      throw new WeightsFileError(
        "unsupported",
        `PReLU ${quote(name)} has slopes of shape [${shape.join(", ")}], not one for each channel`,
      );
    }
    return { shape: shape.slice(-1), dtype: "F32", data };
  }
  // Dense (in, out); convolutions (h, w, in, out); transposed ones (h, w, out, in): the last two axes are swapped and come
  // first. Depthwise (h, w, channels, multiplier) have theirs first without a swap, as one.
  const [h, w, a, b] = shape.length === 2 ? [1, 1, shape[0]!, shape[1]!] : shape as number[];
  if (![2, 4].includes(shape.length) || (kind === "depthwise" && shape.length === 2)) {
    throw new WeightsFileError(
      "unsupported",
      `${quote(name)} has shape [${
        shape.join(", ")
      }]: neither a dense layer nor a convolution of images`,
    );
  }
  const swap = kind === "kernel";
  const turned = new Float32Array(data.length);
  let from = 0;
  for (let y = 0; y < h!; y++) {
    for (let x = 0; x < w!; x++) {
      for (let i = 0; i < a!; i++) {
        for (let j = 0; j < b!; j++) {
          const channel = swap ? j * a! + i : i * b! + j;
          turned[(channel * h! + y) * w! + x] = data[from++]!;
        }
      }
    }
  }
  const sizes = shape.length === 2 ? [b!, a!] : swap ? [b!, a!, h!, w!] : [a! * b!, 1, h!, w!];
  return { shape: sizes, dtype: "F32", data: turned };
}

/** To float32, which is a copy. */
function expand({ stored, scale, min }: TfjsTensor, bytes: Uint8Array): Float32Array {
  const { buffer } = new Uint8Array(bytes); // aligned
  switch (stored) {
    case "float32":
      return new Float32Array(buffer);
    case "float16":
      return new Float32Array(new Float16Array(buffer));
    case "int32":
      return Float32Array.from(new Int32Array(buffer));
    case "bool":
      return Float32Array.from(new Uint8Array(buffer));
    case "uint8":
    case "uint16": {
      const steps = stored === "uint8" ? new Uint8Array(buffer) : new Uint16Array(buffer);
      return Float32Array.from(steps, (step) => step * scale + min);
    }
  }
}

function parseEntry(value: unknown, group: number): TfjsTensor {
  const { name, shape, dtype, quantization } = record(value);
  if (typeof name !== "string" || !isShape(shape)) {
    throw damaged("has a tensor without name or shape");
  }
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    throw new WeightsFileError("unsupported", `${quote(name)} has dtype ${quote(String(dtype))}`);
  }
  if (quantization === undefined) return { name, shape, stored: dtype, scale: 1, min: 0, group };
  const { dtype: stored, scale = 1, min = 0 } = record(quantization);
  if (
    (stored !== "uint8" && stored !== "uint16" && stored !== "float16") ||
    !Number.isFinite(scale) || !Number.isFinite(min)
  ) {
    throw new WeightsFileError("unsupported", `${quote(name)} is quantized in an unknown way`);
  }
  return { name, shape, stored, scale: scale as number, min: min as number, group };
}

/** A path below the folder of `model.json`, of plain names. */
function shardPath(path: unknown): string {
  // Anything that could leave the folder, on any system, or be an address.
  if (
    typeof path !== "string" || path === "" || path.length > 1024 || /[\\\0:]/.test(path) ||
    path.split("/").some((part) => part === "" || part === "." || part === "..")
  ) {
    throw new WeightsFileError(
      "refused",
      `model.json names the shard ${quote(String(path))}, which is no file below its folder`,
    );
  }
  return path;
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_RANK &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? value as Record<string, unknown> : {};
}

function damaged(what: string): WeightsFileError {
  return new WeightsFileError("damaged", `model.json ${what}`);
}
