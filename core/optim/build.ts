/**
 * Makes the optimizer that `train.optim_<x>` names.
 *
 * @module
 */
import type { TypedOptions } from "../options/types.ts";
import { type AdamOptions, AdamRule } from "./adam.ts";
import { type NamedParameters, Optimizer } from "./optimizer.ts";
import type { UpdateRule } from "./rule.ts";
import { type SgdOptions, SgdRule } from "./sgd.ts";

/** Parameters with options of their own, which go before those of the optimizer. */
export interface GroupOptions {
  readonly params: NamedParameters;
  /** `lr` and options of the rule. */
  readonly options?: Readonly<Record<string, unknown>>;
}

const RULES: { readonly [type: string]: (options: Record<string, unknown>) => UpdateRule } = {
  Adam: (options) => new AdamRule(options as AdamOptions, false),
  AdamW: (options) => new AdamRule(options as AdamOptions, true),
  SGD: (options) => new SgdRule(options as SgdOptions),
};

/** Type names that {@linkcode buildOptimizer} knows. */
export const OPTIMIZER_TYPES: readonly string[] = Object.keys(RULES);

/** Learning rate where the options name none, as in PyTorch. */
const DEFAULT_LR = 1e-3;

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
  const makeRule = Object.hasOwn(RULES, type) ? RULES[type] : undefined;
  if (makeRule === undefined) {
    throw new RangeError(
      `optimizer type "${type}" is unknown, it is one of ${OPTIMIZER_TYPES.join(", ")}`,
    );
  }
  const groups: readonly GroupOptions[] = isGroups(params) ? params : [{ params }];
  return new Optimizer(
    type,
    groups.map((group) => {
      const { lr = DEFAULT_LR, ...rest }: Record<string, unknown> = { ...shared, ...group.options };
      return { params: group.params, rule: makeRule(rest), lr: lr as number };
    }),
  );
}

function isGroups(
  params: NamedParameters | readonly GroupOptions[],
): params is readonly GroupOptions[] {
  return Array.isArray(params);
}
