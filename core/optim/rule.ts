/**
 * Update rules: the arithmetic of an optimizer for one parameter, as pure tensor code.
 *
 * Every number that changes from step to step, and every other number of the rule, is a scalar tensor among the inputs,
 * so that a whole step can be traced once and run with any learning rate.
 *
 * @module
 */
import type { Scalar, Tensor, Variable } from "../engine/tf.ts";

/** A parameter and its state after a step. */
export interface Updated {
  /** New value of the parameter. */
  readonly param: Tensor;
  /** In the order of {@linkcode UpdateRule.slots}. */
  readonly slots: readonly Tensor[];
}

/** How one parameter moves. */
export interface UpdateRule {
  /** Names of the arrays kept for each parameter, as in PyTorch's state dict (`exp_avg`). All start as zeros. */
  readonly slots: readonly string[];
  /** Whether PyTorch keeps the number of steps beside them (`step`). */
  readonly keepsStep: boolean;
  /** Numbers of step `step` (from 1) at rate `lr`, computed in float64; always as many. */
  scalars(lr: number, step: number): readonly number[];
  /** The update; all tensors borrowed, `slots` and `scalars` in the order above. Runs inside `tf.tidy`. */
  update(
    param: Tensor,
    grad: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Scalar[],
  ): Updated;
}

/** A variable and the value that it is to take. */
export interface Assignment {
  /** What is changed. */
  readonly variable: Variable;
  /** Its new value. */
  readonly value: Tensor;
}

/** Gives the variables their values, which may be disposed afterwards. */
export function assignAll(assignments: readonly Assignment[]): void {
  for (const { variable, value } of assignments) variable.assign(value);
}
