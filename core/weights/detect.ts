/**
 * From the tensors of a file to the network that they belong to: which arch, with which options.
 *
 * Every registered arch with a signature is asked. Those that say yes are built, without an engine and without memory for
 * their parameters, and compared with the file tensor by tensor; only an arch that fits exactly is an answer.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { withInitSeed } from "../nn/init.ts";
import type { Module } from "../nn/module.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import { describeMismatch, type KeyComparison, keysMatch } from "./compare.ts";
import { quote } from "./_safetensors_header.ts";
import type { NetworkTraits } from "./signature.ts";
import type { StateDict } from "./state_dict.ts";

/** A network that was recognised in a file. */
export interface DetectedNetwork extends NetworkTraits {
  /** Name in `ARCH_REGISTRY`. */
  readonly type: string;
  /** Options of the network as under `network_g`, without `type`, defaults filled in. */
  readonly options: Record<string, unknown>;
  /** The tensors under the names of the arch. */
  readonly weights: StateDict;
  /** Number of parameters. */
  readonly parameters: number;
}

/** An arch that looked right and does not fit after all. */
interface NearMiss {
  readonly type: string;
  readonly why: string;
}

/**
 * Finds the arch and the options of the network that `dict` holds the weights of. The plugins must have been loaded; no
 * engine is needed.
 *
 * @throws {UserError} DATA, if no arch fits; says which came near and what they lack, else lists some of the names.
 *
 * @example
 * ```ts ignore
 * await loadPlugins();
 * const { type, options, scale } = detectNetwork(await loadWeights("RealESRGAN_x4plus.pth"));
 * ```
 */
export function detectNetwork(dict: StateDict): DetectedNetwork {
  const misses: NearMiss[] = [];
  for (
    const { name: type, value: Arch, options: schema, weights: signature } of ARCH_REGISTRY
      .entries()
  ) {
    if (signature === undefined) continue;
    const weights = signature.normalize?.(dict) ?? dict;
    if (!signature.matches(weights)) continue;
    try {
      const found = signature.options(weights);
      const options = (schema?.parse(found) ?? found) as Record<string, unknown>;
      const net = withInitSeed(0, () => new Arch(options));
      const comparison = net.compareWith(weights);
      if (keysMatch(comparison)) {
        const parameters = net.numParameters();
        return { type, options, weights, parameters, ...signature.traits(options) };
      }
      misses.push({ type, why: describe(net, comparison) });
    } catch (error) {
      // Schemas and constructors refuse what the arch cannot be.
      if (!(error instanceof RangeError || error instanceof UserError || isZodError(error))) {
        throw error;
      }
      misses.push({ type, why: error.message });
    }
  }
  throw new UserError(explain(dict, misses), ExitCode.DATA);
}

function describe(net: Module, comparison: KeyComparison): string {
  return `as ${net.constructor.name} it does not fit\n${describeMismatch(comparison)}`;
}

function isZodError(error: unknown): error is Error {
  return error instanceof Error && error.name === "ZodError";
}

function explain(dict: StateDict, misses: readonly NearMiss[]): string {
  if (misses.length > 0) {
    return `the weights look like ${misses.map(({ type }) => type).join(" or ")}, but\n` +
      misses.map(({ type, why }) => `${type}: ${why}`).join("\n") +
      "\n  name the network in an options file (network_g) if you know how it was made";
  }
  const keys = [...dict].slice(0, 8).map(([key, { shape }]) =>
    `  ${quote(key)} [${shape.join(", ")}]`
  );
  const rest = dict.size > 8 ? `\n  … and ${dict.size - 8} more` : "";
  const known = ARCH_REGISTRY.entries().filter(({ weights }) => weights).map(({ name }) => name);
  return `no known network has tensors of these names:\n${keys.join("\n")}${rest}\n` +
    `  recognised are ${
      known.join(", ")
    }; an arch of your own is recognised once it registers a signature`;
}
