/**
 * One optimizer step as pure tensor code: losses, their gradients, and the values that parameters and moments take.
 *
 * @module
 */
import { type Scalar, tf } from "../engine/tf.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Assignment } from "./rule.ts";

/** Losses by the names that are logged. */
export type Losses = Record<string, Scalar>;

/** What a step gives. */
export interface StepResult {
  /** Losses before the update. */
  readonly losses: Losses;
  /** What the step changes; see `assignAll`. */
  readonly assignments: readonly Assignment[];
}

/**
 * Differentiates the sum of the losses that `computeLosses` gives by the optimizer's parameters, and computes its
 * update. Reads nothing back and changes nothing, so that it can be traced; call it inside `tf.tidy`.
 *
 * @param scalars Those of `optimizer.nextScalars()`.
 */
export function gradientStep(
  optimizer: Optimizer,
  scalars: readonly Scalar[],
  computeLosses: () => Losses,
): StepResult {
  const variables = optimizer.parameters().map((parameter) => parameter.value);
  const kept: [string, Scalar][] = [];
  try {
    const { grads } = tf.variableGrads(() => {
      let total: Scalar | undefined;
      for (const [name, loss] of Object.entries(computeLosses())) {
        // The gradient scope releases everything but the total.
        kept.push([name, tf.keep(tf.clone(loss))]);
        total = total === undefined ? loss : tf.add(total, loss);
      }
      if (total === undefined) throw new RangeError("a step needs one loss at least");
      return total;
    }, variables);
    return {
      losses: Object.fromEntries(kept.map(([name, loss]) => [name, tf.clone(loss)])),
      assignments: optimizer.compute(variables.map(({ name }) => grads[name]), scalars),
    };
  } finally {
    for (const [, loss] of kept) loss.dispose();
  }
}

/** Reads losses back, all of them at once, and releases them. */
export async function readLosses(losses: Losses): Promise<Record<string, number>> {
  const together = tf.tidy(() => tf.stack(Object.values(losses)));
  tf.dispose(losses);
  try {
    const values = await together.data();
    return Object.fromEntries(Object.keys(losses).map((name, i) => [name, values[i]!]));
  } finally {
    together.dispose();
  }
}
