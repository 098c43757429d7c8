/**
 * Loads the weights of a network from a file of any known kind. The kind is told by content, never by extension.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import { WeightsFileError } from "./errors.ts";
import { nameInOrder } from "./ncnn.ts";
import { openWeights, weightsUserError } from "./open.ts";
import { selectParams } from "./select.ts";
import type { StateDict } from "./state_dict.ts";

/** How weights are loaded. */
export interface LoadWeightsOptions {
  /**
   * Which set of parameters: `params`, `params_ema`, … or `null` for a file that holds them without a key. By default
   * whichever is there, `params` first.
   */
  readonly paramKey?: string | null;
  /**
   * Names and shapes of the network, for files without names (ncnn models of other networks than those that are
   * recognised): their tensors are then taken for these in order, which is said.
   */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  /** Receives a line for each decision that was not asked for; by default they go to stderr. */
  readonly say?: (line: string) => void;
}

/**
 * Loads weights from a safetensors or `.pth` file, an ncnn model or a layers model of TensorFlow.js. The tensors belong to
 * the caller.
 *
 * A safetensors file keeps sets of parameters by prefix (`params.conv.weight`, `params_ema.conv.weight`); one without such
 * prefixes holds a single set without a key. If it carries a checksum of ours, the checksum must hold. Files of the other
 * two kinds hold a single set.
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
  const say = (line: string) => (options.say ?? console.warn)(`${path}: ${line}`);
  const { kind, root, named, notes } = await openWeights(path, options.paramKey);
  for (const note of notes) say(note);
  // Kinds that hold one set have no keys, so that asking for one is no mistake.
  const single = kind === "ncnn" || kind === "tfjs layers";
  try {
    const weights = selectParams(root, single ? null : options.paramKey, { say });
    if (named || options.shapes === undefined) return weights;
    const own = nameInOrder(weights.values(), options.shapes);
    say(`its ${own.size} tensors have no names, taken for those of the network in order`);
    return own;
  } catch (error) {
    if (error instanceof UserError) {
      throw new UserError(`${path}: ${error.message}`, error.exitCode, { cause: error });
    }
    throw error instanceof WeightsFileError ? weightsUserError(path, error) : error;
  }
}
