/**
 * Update rules: the arithmetic of an optimizer for one parameter.
 *
 * Every number that changes from step to step, and every other number of the rule, is a scalar tensor among the inputs,
 * so that a whole step can be traced once and run with any learning rate.
 *
 * @module
 */
import type { Scalar, Tensor, Variable } from "../engine/tf.ts";

/** How one parameter moves. */
export interface UpdateRule {
  /** Names of the arrays kept for each parameter, as in PyTorch's state dict (`exp_avg`). All start as zeros. */
  readonly slots: readonly string[];
  /** Whether PyTorch keeps the number of steps beside them (`step`). */
  readonly keepsStep: boolean;
  /** Numbers of step `step` (from 1) at rate `lr`, computed in float64; always as many. */
  scalars(lr: number, step: number): readonly number[];
  /**
   * Gives the parameter and its arrays, in the order of {@linkcode UpdateRule.slots}, their new values. Gradient and
   * scalars are borrowed. Runs inside `tf.tidy`.
   */
  apply(
    param: Variable,
    grad: Tensor,
    slots: readonly Variable[],
    scalars: readonly Scalar[],
  ): void;
}

/** A parameter and its state after a step. */
export interface Updated {
  /** New value of the parameter. */
  readonly param: Tensor;
  /** In the order of {@linkcode UpdateRule.slots}. */
  readonly slots: readonly Tensor[];
}

/** A rule that computes new values, which are then assigned. */
export abstract class PureRule implements UpdateRule {
  /** See {@linkcode UpdateRule.slots}. */
  abstract readonly slots: readonly string[];
  /** See {@linkcode UpdateRule.keepsStep}. */
  abstract readonly keepsStep: boolean;
  /** See {@linkcode UpdateRule.scalars}. */
  abstract scalars(lr: number, step: number): readonly number[];
  /** The new values; all tensors borrowed. Runs inside `tf.tidy`. */
  abstract update(
    param: Tensor,
    grad: Tensor,
    slots: readonly Tensor[],
    scalars: readonly Scalar[],
  ): Updated;

  /** See {@linkcode UpdateRule.apply}. */
  apply(
    param: Variable,
    grad: Tensor,
    slots: readonly Variable[],
    scalars: readonly Scalar[],
  ): void {
    const updated = this.update(param, grad, slots, scalars);
    param.assign(updated.param);
    slots.forEach((slot, i) => slot.assign(updated.slots[i]!));
  }
}
