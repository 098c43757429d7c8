/**
 * Makes the optimizer that `train.optim_<x>` names.
 *
 * @module
 */
import type { TypedOptions } from "../options/types.ts";
import { type AdamaxOptions, AdamaxRule } from "./adamax.ts";
import { type AdamOptions, AdamRule } from "./adam.ts";
import { type AsgdOptions, AsgdRule } from "./asgd.ts";
import { type NamedParameters, Optimizer } from "./optimizer.ts";
import { type RmspropOptions, RmspropRule } from "./rmsprop.ts";
import { type RpropOptions, RpropRule } from "./rprop.ts";
import type { UpdateRule } from "./rule.ts";
import { type SgdOptions, SgdRule } from "./sgd.ts";

/** Parameters with options of their own, which go before those of the optimizer. */
export interface GroupOptions {
  /** Parameters of the group. */
  readonly params: NamedParameters;
  /** `lr` and options of the rule. */
  readonly options?: Readonly<Record<string, unknown>>;
}

interface Kind {
  readonly makeRule: (options: Record<string, unknown>) => UpdateRule;
  /** Learning rate where the options name none, as in PyTorch. */
  readonly lr: number;
}

const KINDS: { readonly [type: string]: Kind } = {
  ASGD: { makeRule: (options) => new AsgdRule(options as AsgdOptions), lr: 1e-2 },
  Adam: { makeRule: (options) => new AdamRule(options as AdamOptions, false), lr: 1e-3 },
  AdamW: { makeRule: (options) => new AdamRule(options as AdamOptions, true), lr: 1e-3 },
  Adamax: { makeRule: (options) => new AdamaxRule(options as AdamaxOptions), lr: 2e-3 },
  RMSprop: { makeRule: (options) => new RmspropRule(options as RmspropOptions), lr: 1e-2 },
  Rprop: { makeRule: (options) => new RpropRule(options as RpropOptions), lr: 1e-2 },
  SGD: { makeRule: (options) => new SgdRule(options as SgdOptions), lr: 1e-3 },
};

/** Type names that {@linkcode buildOptimizer} knows. */
export const OPTIMIZER_TYPES: readonly string[] = Object.keys(KINDS);

/**
 * Makes an optimizer. `options` are spelled as in YAML, with PyTorch's defaults.
 *
 * @throws {RangeError} If the type is unknown or an option is out of range.
 */
export function buildOptimizer(
  options: TypedOptions,
  params: NamedParameters | readonly GroupOptions[],
): Optimizer {
  const { type, ...shared } = options;
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined) {
    throw new RangeError(
      `optimizer type "${type}" is unknown, it is one of ${OPTIMIZER_TYPES.join(", ")}`,
    );
  }
  const groups: readonly GroupOptions[] = isGroups(params) ? params : [{ params }];
  return new Optimizer(
    type,
    groups.map((group) => {
      const { lr = kind.lr, ...rest }: Record<string, unknown> = { ...shared, ...group.options };
      return { params: group.params, rule: kind.makeRule(rest), lr: lr as number };
    }),
  );
}

function isGroups(
  params: NamedParameters | readonly GroupOptions[],
): params is readonly GroupOptions[] {
  return Array.isArray(params);
}
