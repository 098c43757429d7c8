/**
 * Picks the parameters out of what a weights file holds, by BasicSR's rules for `param_key`.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { listNames } from "./_names.ts";
import { quote } from "./_safetensors_header.ts";
import type { StateDict, TensorSource } from "./state_dict.ts";

/** Keys of BasicSR and of those that follow it, in the order they are tried. */
const USUAL_KEYS = ["params", "params_ema", "params-ema", "state_dict"] as const;
/** Keys of other trainers, tried after those; most of them are spandrel's list (libs/spandrel, canonicalize.py). */
const OTHER_KEYS = [
  "model_state_dict",
  "model",
  "net",
  "generator",
  "netG",
  "net_g",
  "g_ema",
] as const;

/** Prefixes of wrappers around a whole network, stripped where every name has them. */
const WRAPPERS = ["_orig_mod.module.", "_orig_mod.", "netG.", "net_g.", "generator."] as const;
/** What modules of Lightning, which save losses and discriminators along, call the network. */
const LIGHTNING_NAMES = ["netG", "net_g", "generator", "model", "net", "network"] as const;

/** How parameters are picked. */
export interface SelectOptions {
  /** Receives one line for each decision that the caller did not ask for; by default they go to stderr. */
  readonly say?: (line: string) => void;
}

/**
 * Copies the parameters under `key` out of the file.
 *
 * - A string: that entry. If it is missing, `params`, `state_dict`, a key of other trainers (`model`, `net`, `generator`,
 *   …), or the file itself when it holds tensors directly.
 * - `null`: the file itself, or its `state_dict`, or a key of other trainers.
 * - undefined: `params`, `params_ema`, `params-ema`, `state_dict`, a key of other trainers, the only entry, or the file
 *   itself, whichever is found first.
 *
 * Whatever was not asked for is said. A leading `module.` (of DataParallel) is stripped from names, and so are `netG.`,
 * `generator.` and `_orig_mod.` where all names have them. Of a checkpoint of Lightning the network's part is taken.
 * Entries that are not tensors are left out, which is said too.
 *
 * @param root A `Map` whose values are tensors or `Map`s of tensors, as `readPth()` gives it.
 * @throws {UserError} DATA, if no parameters are there; the message lists what is.
 * @throws {WeightsFileError} If a tensor's view is broken.
 */
export function selectParams(
  root: unknown,
  key?: string | null,
  { say = console.warn }: SelectOptions = {},
): StateDict {
  if (!(root instanceof Map)) {
    throw new UserError("the file holds no dict of tensors", ExitCode.DATA);
  }
  const bare = hasTensors(root);
  const candidates = key === undefined
    ? [...USUAL_KEYS, ...OTHER_KEYS, ...onlyKey(root)]
    : key === null
    ? ["state_dict", ...OTHER_KEYS]
    : [key, "params", "state_dict", ...OTHER_KEYS];
  const found = key === null && bare
    ? undefined
    : candidates.find((name) => hasTensors(root.get(name)));
  if (found === undefined && !bare) throw notFound(root, key);
  if (key === undefined && found !== undefined && found !== "params") {
    say(`no "params" in the file, using ${quote(found)}`);
  } else if (typeof key === "string" && found !== key) {
    say(
      `no ${quote(key)} in the file, using ${found ? quote(found) : "its tensors without a key"}`,
    );
  } else if (key === null && found) {
    say(`the file holds no tensors without a key, using ${quote(found)}`);
  }
  const entries = found === undefined ? root : root.get(found) as Map<unknown, unknown>;
  return copyTensors(entries, root.has("pytorch-lightning_version"), say);
}

/** A set of parameters in a file. */
export interface ParameterSet {
  /** Its key; null for tensors without one. */
  readonly key: string | null;
  /** How many tensors it has. */
  readonly tensors: number;
}

/** The sets of parameters in what a weights file holds. */
export function listSets(root: unknown): ParameterSet[] {
  if (!(root instanceof Map)) return [];
  const count = (set: ReadonlyMap<unknown, unknown>): number =>
    [...set.values()].filter(isTensorSource).length;
  const keyed = [...root].filter(([, value]) => hasTensors(value)).map(([key, set]) => ({
    key: String(key),
    tensors: count(set as ReadonlyMap<unknown, unknown>),
  }));
  return hasTensors(root) ? [{ key: null, tensors: count(root) }, ...keyed] : keyed;
}

/** Whether `value` is a tensor that can be copied out of its file. */
export function isTensorSource(value: unknown): value is TensorSource {
  return typeof value === "object" && value !== null && "load" in value &&
    typeof value.load === "function";
}

function hasTensors(value: unknown): value is Map<unknown, unknown> {
  return value instanceof Map && value.values().some(isTensorSource);
}

function copyTensors(
  entries: ReadonlyMap<unknown, unknown>,
  lightning: boolean,
  say: (line: string) => void,
): StateDict {
  const tensors: [string, TensorSource][] = [];
  const foreign: string[] = [];
  for (const [key, value] of entries) {
    const name = String(key).replace(/^module\./, "");
    if (isTensorSource(value)) tensors.push([name, value]);
    else foreign.push(name);
  }
  if (foreign.length > 0) {
    say(`left out ${foreign.length} entries that are not tensors: ${listNames(foreign)}`);
  }
  const params: StateDict = new Map();
  for (const [name, value] of unwrap(lightning ? networkOf(tensors, say) : tensors)) {
    if (params.has(name)) {
      throw new UserError(
        `the file holds ${quote(name)} with and without "module."`,
        ExitCode.DATA,
      );
    }
    params.set(name, value.load());
  }
  return params;
}

/** The key of a dict that has only this one. */
function onlyKey(root: ReadonlyMap<unknown, unknown>): string[] {
  return root.size === 1 ? [...root.keys()].filter((key) => typeof key === "string") : [];
}

/** Without the prefixes of wrappers that all names have. */
function unwrap(tensors: readonly [string, TensorSource][]): readonly [string, TensorSource][] {
  const common = WRAPPERS.find((prefix) => tensors.every(([name]) => name.startsWith(prefix)));
  if (common === undefined || tensors.length === 0) return tensors;
  return unwrap(tensors.map(([name, value]) => [name.slice(common.length), value]));
}

/** The network among all that a Lightning module saves, by the name of its field. */
function networkOf(
  tensors: readonly [string, TensorSource][],
  say: (line: string) => void,
): readonly [string, TensorSource][] {
  const field = LIGHTNING_NAMES.find((name) => tensors.some(([key]) => key.startsWith(`${name}.`)));
  if (field === undefined) return tensors;
  const own = tensors.filter(([name]) => name.startsWith(`${field}.`));
  const rest = tensors.length - own.length;
  say(
    `a checkpoint of Lightning, using ${quote(`${field}.*`)}` +
      (rest > 0 ? ` and leaving out ${rest} other tensors` : ""),
  );
  return own.map(([name, value]) => [name.slice(field.length + 1), value]);
}

function notFound(root: ReadonlyMap<unknown, unknown>, key?: string | null): UserError {
  const keys = [...root].filter(([, value]) => hasTensors(value)).map(([name]) => String(name));
  const wanted = typeof key === "string" ? `under the key ${quote(key)}` : "without a key";
  const advice = keys.length > 0
    ? `parameters are under ${listNames(keys)}: set param_key to one of these`
    : `it holds ${root.size === 0 ? "nothing" : listNames([...root.keys()].map(String))}`;
  return new UserError(`no parameters ${wanted}, ${advice}`, ExitCode.DATA);
}
