/**
 * A recorded form of a compiled function: for one combination of shapes, or for many.
 *
 * @module
 */
import type { DataType, Variable } from "../tf.ts";
import type { NativeFunction } from "./function.ts";
import type { Source } from "./symbolic_variables.ts";

/** One recorded form. */
export interface Form<R> {
  /** The function of TensorFlow. */
  readonly native: NativeFunction;
  /** Where its inputs come from. */
  readonly inputs: readonly Source[];
  /** What the function returned; only its structure counts. */
  readonly result: R;
  /** Tensors in it. */
  readonly numResults: number;
  /** Variables whose new values are outputs behind the results. */
  readonly assigned: readonly Variable[];
  /** Variables that are changed in place. */
  readonly changed: ReadonlySet<Variable>;
  /** False before the first call, in which TensorFlow prepares it. */
  called: boolean;
}

/** A tensor among the arguments, as far as a form depends on it. */
export interface ArgumentKind {
  /** Shape. */
  readonly shape: readonly number[];
  /** Type. */
  readonly dtype: DataType;
}
