/**
 * Types of elements by TensorFlow's numbers.
 *
 * @module
 */
import { DType } from "../engine/native/dtypes.ts";
import type { ElementType } from "./graph.ts";

const NUMBERS: Readonly<Record<ElementType, number>> = {
  float32: DType.FLOAT,
  int32: DType.INT32,
  int64: DType.INT64,
  bool: DType.BOOL,
};

/** `TF_DataType` of a type. */
export function dataTypeOf(dtype: ElementType): number {
  return NUMBERS[dtype];
}

/**
 * The type of a `TF_DataType`.
 *
 * @throws {TypeError} If exports do not know it.
 */
export function elementType(number: number): ElementType {
  const found = Object.entries(NUMBERS).find(([, value]) => value === number);
  if (found === undefined) throw new TypeError(`exports do not know TensorFlow's type ${number}`);
  return found[0] as ElementType;
}
