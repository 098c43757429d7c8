/**
 * Losses and their gradients, as tensor code that can be compiled.
 *
 * @module
 */
import { type Scalar, type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import type { Optimizer } from "./optimizer.ts";

/** Losses by the names that are logged. */
export type Losses = Record<string, Scalar>;

/** What a step gives. */
export interface StepResult {
  /** Losses before the update, and what else is to be logged. */
  readonly losses: Losses;
  /** Images for what comes after in the same iteration. */
  readonly images: Readonly<Record<string, Tensor4D>>;
}

/** Takes out of the computation of losses what is not to be differentiated. */
export interface Aside {
  /** Logs a number under `name`. */
  log(name: string, value: Scalar): void;
  /** Keeps images under `name`, `[n, h, w, c]`, for what comes after in the same iteration. */
  image(name: string, image: Tensor4D): void;
}

/**
 * Differentiates the sum of the losses that `computeLosses` gives by the optimizer's parameters, and hands the gradients to
 * it, which moves the parameters. Reads nothing back, so that it can be compiled; call it inside `tf.tidy`.
 *
 * @param scalars Those that the step was given; without a plan of its own, of `optimizer.nextScalars()`.
 * @param computeLosses The names that it gives, in their order, are those of the log; `aside` takes what is not a loss.
 */
export function gradientStep(
  optimizer: Optimizer,
  scalars: readonly Scalar[],
  computeLosses: (aside: Aside) => Losses,
): StepResult {
  const variables = optimizer.parameters().map((parameter) => parameter.value);
  const { receiver } = optimizer;
  const scale = receiver.lossScale?.(scalars);
  const kept = { losses: [] as [string, Scalar][], images: [] as [string, Tensor4D][] };
  // The gradient scope releases everything but the total.
  const keep = <T extends Tensor>(x: T): T => tf.keep(tf.clone(x));
  const aside: Aside = {
    log: (name, value) => void kept.losses.push([name, keep(value)]),
    image: (name, image) => void kept.images.push([name, keep(image)]),
  };
  try {
    const { grads } = tf.variableGrads(() => {
      let total: Scalar | undefined;
      for (const [name, loss] of Object.entries(computeLosses(aside))) {
        aside.log(name, loss);
        total = total === undefined ? loss : tf.add(total, loss);
      }
      if (total === undefined) throw new RangeError("a step needs one loss at least");
      return scale === undefined ? total : tf.mul(total, scale);
    }, variables);
    const logged = receiver.take(variables.map(({ name }) => grads[name]), scalars);
    return {
      losses: { ...cloned(kept.losses), ...logged },
      images: cloned(kept.images),
    };
  } finally {
    tf.dispose([...kept.losses, ...kept.images].map(([, tensor]) => tensor));
  }
}

function cloned<T extends Tensor>(kept: readonly [string, T][]): Record<string, T> {
  return Object.fromEntries(kept.map(([name, tensor]) => [name, tf.clone(tensor)]));
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
