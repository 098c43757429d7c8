/**
 * Losses and their gradients, as tensor code that can be compiled.
 *
 * @module
 */
import { type Scalar, tf } from "../engine/tf.ts";
import type { Optimizer } from "./optimizer.ts";

/** Losses by the names that are logged. */
export type Losses = Record<string, Scalar>;

/** What a step gives. */
export interface StepResult {
  /** Losses before the update. */
  readonly losses: Losses;
}

/**
 * Differentiates the sum of the losses that `computeLosses` gives by the optimizer's parameters, and hands the gradients to
 * it, which moves the parameters. Reads nothing back, so that it can be compiled; call it inside `tf.tidy`.
 *
 * @param scalars Those that the step was given; without a plan of its own, of `optimizer.nextScalars()`.
 */
export function gradientStep(
  optimizer: Optimizer,
  scalars: readonly Scalar[],
  computeLosses: () => Losses,
): StepResult {
  const variables = optimizer.parameters().map((parameter) => parameter.value);
  const { receiver } = optimizer;
  const scale = receiver.lossScale?.(scalars);
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
      return scale === undefined ? total : tf.mul(total, scale);
    }, variables);
    const logged = receiver.take(variables.map(({ name }) => grads[name]), scalars);
    return {
      losses: {
        ...Object.fromEntries(kept.map(([name, loss]) => [name, tf.clone(loss)])),
        ...logged,
      },
    };
  } finally {
    for (const [, loss] of kept) loss.dispose();
  }
}

/** Reads losses back, all of them at once, and releases them. */
export async function readLosses(losses: Losses): Promise<Record<string, number>> {
  if (Object.keys(losses).length === 0) return {};
  const together = tf.tidy(() => tf.stack(Object.values(losses)));
  tf.dispose(losses);
  try {
    const values = await together.data();
    return Object.fromEntries(Object.keys(losses).map((name, i) => [name, values[i]!]));
  } finally {
    together.dispose();
  }
}
