/**
 * Weights that a network starts from, and the moving average that goes along with it.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import type { Buffer, Module, StateHolder } from "../nn/module.ts";
import { Ema } from "../optim/ema.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import { describeMismatch, keysMatch } from "../weights/compare.ts";
import { loadWeights } from "../weights/load.ts";

/** Which weights are loaded, and how. */
export interface PretrainedWeights {
  /** Path of the file. */
  readonly file: string;
  /** Entry of the file, see `loadWeights`. */
  readonly paramKey: string | null;
  /** Whether all names and shapes must fit. */
  readonly strict: boolean;
  /** BasicSR's letter of the network, for messages. */
  readonly which: string;
  /** Name of the arch, whose signature knows what other releases call its tensors. */
  readonly type: string;
}

/**
 * Loads weights into `net`.
 *
 * @param say Receives what is loaded, and what did not fit.
 * @throws {UserError} If the file cannot be read, or does not fit and has to.
 */
export async function loadPretrained(
  net: Module,
  { file, paramKey, strict, which, type }: PretrainedWeights,
  say: (line: string) => void,
): Promise<void> {
  const name = net.constructor.name;
  say(`Loading ${name} model from ${file}, with param key: [${paramKey}].`);
  const found = await loadWeights(file, { paramKey, say, shapes: net.stateShapes() });
  const weights = ARCH_REGISTRY.find(type)?.weights?.normalize?.(found) ?? found;
  try {
    const comparison = net.loadStateDict(weights, { strict });
    if (!keysMatch(comparison)) {
      say(`${file} does not fit ${name} entirely\n${describeMismatch(comparison)}`);
    }
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(
      `${file}: ${cause.message}\n  check network_${which}, or load what fits with path.strict_load_${which}: false`,
      cause.exitCode,
      { cause },
    );
  }
}

/** Averages of the parameters; buffers are copied, as BasicSR does not do: its averages keep the first statistics. */
export function makeEma(net: Module, ema: Module, decay: number): Ema {
  const pair = (
    from: ReadonlyMap<string, StateHolder>,
    to: ReadonlyMap<string, StateHolder>,
  ) => [...from].map(([name, { value }]) => ({ value, average: to.get(name)!.value }));
  const changing = (of: Module): ReadonlyMap<string, Buffer> =>
    new Map(
      [...of.namedBuffers()].filter(([, { persistent, presence }]) =>
        persistent && presence !== "derived"
      ),
    );
  return new Ema(
    pair(net.namedParameters(), ema.namedParameters()),
    decay,
    pair(changing(net), changing(ema)),
  );
}
