/**
 * Gradient checkpointing: blocks keep their input alone, and are computed a second time when their gradients are.
 *
 * Paper: T. Chen et al., "Training Deep Nets with Sublinear Memory Cost", https://arxiv.org/abs/1604.06174.
 *
 * @module
 */
import { heldBack } from "../engine/native/trace_scope.ts";
import { atRandomState, randomState } from "../engine/random_ops.ts";
import { type Tensor, type Tensor4D, tf } from "../engine/tf.ts";
import type { Module } from "./module.ts";

/**
 * `forward(x)`, of which training keeps nothing but `x`; `[n, h, w, c]` to any shape. Gradients are the same, and random
 * numbers that are drawn inside are drawn again. The memory of a step falls by the activations of the blocks, its time grows
 * by their forward pass, about a third.
 *
 * @param modules Those whose parameters `forward` uses.
 */
export function checkpointed(
  modules: readonly Module[],
  x: Tensor4D,
  forward: (x: Tensor4D) => Tensor4D,
): Tensor4D {
  const variables = [
    ...new Set(
      modules.flatMap((module) => module.parameters()).filter(({ requiresGrad }) => requiresGrad)
        .map(({ value }) => value),
    ),
  ];
  const random = randomState();
  const run = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as (tensors: Tensor[]) => void;
    const input = args[0] as Tensor4D;
    save([input]);
    return {
      value: tf.tidy(() => forward(input)),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        gradientsOf(dy, saved[0] as Tensor4D, variables, (again) => {
          return atRandomState(random, () => recomputed(() => forward(again)));
        }),
    };
  });
  return run(x, ...variables) as Tensor4D;
}

let recomputing = 0;

function recomputed<T>(compute: () => T): T {
  recomputing++;
  try {
    return compute();
  } finally {
    recomputing--;
  }
}

/** Whether blocks are computed a second time at the moment: running statistics have moved already. */
export function isRecomputing(): boolean {
  return recomputing > 0;
}

/** Gradients of `forward` by `x` and `variables`. */
function gradientsOf(
  dy: Tensor,
  x: Tensor4D,
  variables: readonly Tensor[],
  forward: (x: Tensor4D) => Tensor4D,
): Tensor[] {
  const engine = tf.engine();
  // TensorFlow.js forgets the tape that is being walked when another one ends.
  const { activeTape } = engine.state;
  try {
    // Not before its gradient is there: it would be kept from the beginning otherwise, which is what must not be.
    const again = heldBack(x, dy);
    const inputs: Tensor[] = [again, ...variables];
    const { grads } = engine.gradients(() => forward(again), inputs, dy, true);
    return grads.map((grad, i) => grad ?? tf.zerosLike(inputs[i]!));
  } finally {
    engine.state.activeTape = activeTape;
  }
}
