/**
 * Picks the parameters out of what a weights file holds, by BasicSR's rules for `param_key`.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { quote } from "./_safetensors_header.ts";
import type { StateDict, TensorSource } from "./state_dict.ts";

/** Keys under which files in the wild keep parameters, in the order they are tried. */
const USUAL_KEYS = ["params", "params_ema", "params-ema", "state_dict"] as const;

/** How parameters are picked. */
export interface SelectOptions {
  /** Receives one line for each decision that the caller did not ask for; by default they go to stderr. */
  readonly say?: (line: string) => void;
}

/**
 * Copies the parameters under `key` out of the file.
 *
 * - A string: that entry. If it is missing, `params`, `state_dict`, or the file itself when it holds tensors directly.
 * - `null`: the file itself, or its `state_dict`.
 * - undefined: `params`, `params_ema`, `params-ema`, `state_dict` or the file itself, whichever is found first.
 *
 * Whatever was not asked for is said. A leading `module.` (of DataParallel) is stripped from names. Entries that are not
 * tensors are left out, which is said too.
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
    ? USUAL_KEYS
    : key === null
    ? ["state_dict"]
    : [key, "params", "state_dict"];
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
  return copyTensors(found === undefined ? root : root.get(found) as Map<unknown, unknown>, say);
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
  say: (line: string) => void,
): StateDict {
  const params: StateDict = new Map();
  const foreign: string[] = [];
  for (const [key, value] of entries) {
    const name = String(key).replace(/^module\./, "");
    if (!isTensorSource(value)) foreign.push(name);
    else if (params.has(name)) {
      throw new UserError(
        `the file holds ${quote(name)} with and without "module."`,
        ExitCode.DATA,
      );
    } else params.set(name, value.load());
  }
  if (foreign.length > 0) {
    say(`left out ${foreign.length} entries that are not tensors: ${listNames(foreign)}`);
  }
  return params;
}

function notFound(root: ReadonlyMap<unknown, unknown>, key?: string | null): UserError {
  const keys = [...root].filter(([, value]) => hasTensors(value)).map(([name]) => String(name));
  const wanted = typeof key === "string" ? `under the key ${quote(key)}` : "without a key";
  const advice = keys.length > 0
    ? `parameters are under ${listNames(keys)}: set param_key to one of these`
    : `it holds ${root.size === 0 ? "nothing" : listNames([...root.keys()].map(String))}`;
  return new UserError(`no parameters ${wanted}, ${advice}`, ExitCode.DATA);
}

/** The first ten names, and how many more there are. */
export function listNames(names: readonly string[]): string {
  const rest = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return names.slice(0, 10).map(quote).join(", ") + rest;
}
