/**
 * Numbers of constants: as the file has them, and in other orders of axes.
 *
 * @module
 */
import { fitsFloat16 } from "../float16.ts";
import type { Constant } from "../graph.ts";
import type { ElementKind, OnnxTensor } from "./model.ts";

/** Numbers of any type. */
export type Numbers = ArrayLike<number | bigint>;

/** A constant of numbers. */
export function tensorOf(
  values: Numbers,
  shape: readonly number[],
  kind: ElementKind,
): OnnxTensor {
  return { kind, shape, bytes: bytesOf(values, kind) };
}

function bytesOf(values: Numbers, kind: ElementKind): Uint8Array {
  switch (kind) {
    case "float32":
      return new Uint8Array(
        (values instanceof Float32Array ? values.slice() : Float32Array.from(numbers(values)))
          .buffer,
      );
    case "float16":
      return new Uint8Array(Float16Array.from(numbers(values)).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(Array.from(values, BigInt)).buffer);
    case "uint8":
      return Uint8Array.from(numbers(values));
    case "bool":
      return Uint8Array.from(Array.from(values, (value) => value ? 1 : 0));
  }
}

function numbers(values: Numbers): ArrayLike<number> {
  return typeof values[0] === "bigint" ? Array.from(values, Number) : values as ArrayLike<number>;
}

/**
 * Numbers in another order of axes: axis `i` of the result is axis `order[i]` of `values`.
 */
export function permuted(
  values: Numbers,
  shape: readonly number[],
  order: readonly number[],
): { readonly values: Numbers; readonly shape: readonly number[] } {
  const to = order.map((axis) => shape[axis]!);
  if (order.every((axis, i) => axis === i)) return { values, shape: to };
  const strides: number[] = [];
  for (let axis = shape.length - 1, stride = 1; axis >= 0; stride *= shape[axis--]!) {
    strides[axis] = stride;
  }
  const steps = order.map((axis) => strides[axis]!);
  const count = to.reduce((a, b) => a * b, 1);
  const result: Float32Array | (number | bigint)[] = values instanceof Float32Array
    ? new Float32Array(count)
    : new Array(count);
  const last = to.length - 1;
  let at = 0;
  const copy = (axis: number, from: number) => {
    const size = to[axis]!, step = steps[axis]!;
    for (let i = 0; i < size; i++, from += step) {
      if (axis === last) result[at++] = values[from]!;
      else copy(axis + 1, from);
    }
  };
  copy(0, 0);
  return { values: result, shape: to };
}

/** Whether float16 holds a constant: a single number like what is added before a division must not become nothing. */
export function fitsHalf(constant: Constant | undefined): boolean {
  if (constant?.kind === "fill") return isNear(constant.value);
  if (constant?.kind !== "fixed") return true;
  const { values } = constant;
  return values.length === 1 ? isNear(Number(values[0])) : fitsFloat16(values);
}

/** Whether float16 keeps a number to a hundredth of it. */
function isNear(value: number): boolean {
  return !(Math.abs(Math.f16round(value) - value) > Math.abs(value) / 100);
}
