/**
 * Rows of what is computed number by number.
 *
 * @module
 */
import { attribute, type GraphNode, nodeOf, type ValueRef } from "../graph.ts";
import { NoLowering } from "../lowering.ts";
import type { Factors, NcnnBuilder, NcnnValue } from "./builder.ts";
import { activated, affine, applied, convolution, PIXEL, relu } from "./linear.ts";
import { float, floats } from "./model.ts";
import type { NcnnRow } from "./rows_convolution.ts";

/** Numbers of ncnn's `BinaryOp`; the last two with the operands exchanged. */
const BINARY: Readonly<Record<Operation, number>> = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  max: 4,
  min: 5,
  pow: 6,
  rsub: 7,
  rdiv: 8,
} as const;

/** Operations of ncnn's `BinaryOp`. */
export type Operation = Binary | "rsub" | "rdiv";

/** Ops of two operands. */
export type Binary = "add" | "sub" | "mul" | "div" | "max" | "min" | "pow";

/** An op of two operands, one of which may be known beforehand. */
export function binary(op: Binary): NcnnRow {
  return (builder, node, position) => {
    const [a, b] = node.inputs as [ValueRef, ValueRef];
    const [first, second] = [builder.isKnown(a), builder.isKnown(b)];
    if (first) return withFactors(builder, position, op, b, a, true);
    if (second) return withFactors(builder, position, op, a, b, false);
    const [left, right] = [builder.value(a), builder.value(b)];
    if (op === "mul" && mish(builder, position, a, b)) return;
    if (op === "add" && weighted(builder, position, a, b)) return;
    const [x, y] = broadcast(builder, position, left, right);
    const blob = builder.add(position, "BinaryOp", [x.blob, y.blob], { 0: BINARY[op] });
    putLike(builder, position, blob, [left, right]);
  };
}

/** Computed from the number and a constant. */
function withFactors(
  builder: NcnnBuilder,
  position: number,
  op: Binary,
  ref: ValueRef,
  known: ValueRef,
  isFirst: boolean,
): void {
  const value = builder.value(ref);
  const factors = builder.factors(known, value)!;
  const name = builder.name(position);
  const put = (blob: string) => putLike(builder, position, blob, [value]);
  const linear = (scale: Factors, shift: Factors) => {
    const isScalar = typeof scale === "number" && typeof shift === "number";
    const goesInto = builder.changeable(ref)?.linear;
    if (isScalar && (goesInto === undefined || goesInto.activation !== undefined)) return false;
    put(affine(builder, name, ref, value, scale, shift));
    return true;
  };
  switch (op) {
    case "add":
      if (linear(1, factors)) return;
      break;
    case "mul":
      if (linear(factors, 0)) return;
      break;
    case "sub":
      if (isFirst ? linear(-1, factors) : linear(1, mapped(factors, (x) => -x))) return;
      break;
    case "div":
      if (!isFirst && linear(mapped(factors, (x) => 1 / x), 0)) return;
      break;
  }
  if (typeof factors !== "number") throw new NoLowering("another constant for each channel");
  if (op === "pow" && !isFirst && factors === 2) return put(squared(builder, position, value));
  if (op === "pow" && isFirst) throw new NoLowering("a power of a constant");
  const exchanged = isFirst && op === "sub" ? "rsub" : isFirst && op === "div" ? "rdiv" : op;
  put(scalar(builder, name, value.blob, exchanged, factors));
}

function mapped(factors: Factors, change: (value: number) => number): Factors {
  return typeof factors === "number" ? change(factors) : factors.map(change);
}

/** An op with one number. */
function scalar(
  { model }: NcnnBuilder,
  name: string,
  blob: string,
  op: Operation,
  value: number,
): string {
  return model.add("BinaryOp", name, [blob], { 0: BINARY[op], 1: 1, 2: float(value) });
}

/** `a·x + y` in one layer, as Real-ESRGAN's own models have it. */
function weighted(builder: NcnnBuilder, position: number, a: ValueRef, b: ValueRef): boolean {
  const values = [builder.value(a), builder.value(b)];
  if (values.some(({ kind, channels }) => kind !== "map" || channels !== values[0]!.channels)) {
    return false;
  }
  for (const [ref, other] of [[a, 1], [b, 0]] as const) {
    const layer = builder.changeable(ref);
    const { 0: op, 1: isScalar, 2: factor } = layer?.params ?? {};
    if (layer?.type !== "BinaryOp" || op !== BINARY.mul || isScalar !== 1) continue;
    if (typeof factor !== "object") continue;
    const inputs = [layer.inputs[0]!, values[other]!.blob];
    const blob = builder.add(position, "Eltwise", inputs, {
      0: 1,
      1: floats(factor.values[0]!, 1),
    });
    putLike(builder, position, blob, values);
    return true;
  }
  return false;
}

/** `x · tanh(softplus(x))`, which is an activation of ncnn's. */
function mish(builder: NcnnBuilder, position: number, a: ValueRef, b: ValueRef): boolean {
  for (const [x, y] of [[a, b], [b, a]] as const) {
    const tanh = nodeOf(builder.graph, y);
    if (tanh.op !== "Tanh") continue;
    const softplus = nodeOf(builder.graph, tanh.inputs[0]!);
    const from = softplus.inputs[0];
    if (softplus.op !== "Softplus" || from?.node !== x.node || from.index !== x.index) continue;
    const blob = activated(builder, builder.name(position), x, { type: 5 });
    putLike(builder, position, blob, [builder.value(x)]);
    return true;
  }
  return false;
}

/** Operands as all versions of ncnn pair them: maps of as many channels or one, vectors behind maps. */
function broadcast(
  builder: NcnnBuilder,
  position: number,
  a: NcnnValue,
  b: NcnnValue,
): [NcnnValue, NcnnValue] {
  const channels = Math.max(a.channels, b.channels);
  return [a, b].map((value): NcnnValue => {
    const isNarrow = value.kind === "map" && value.channels < channels;
    if (value.channels !== channels && value.channels !== 1) {
      throw new NoLowering("operands of different channels");
    }
    // A single plane and a vector would be taken for a row.
    if (!isNarrow || a.kind === b.kind) return value;
    const filters = {
      outputs: channels,
      inputs: 1,
      groups: 1,
      weight: new Float32Array(channels).fill(1),
    };
    const name = `${builder.name(position)}_planes`;
    return { ...value, blob: convolution(builder, name, value.blob, filters, PIXEL), channels };
  }) as [NcnnValue, NcnnValue];
}

/** Says what the node gives: a map if one of `from` is. */
function putLike(
  builder: NcnnBuilder,
  position: number,
  blob: string,
  from: readonly NcnnValue[],
): void {
  const channels = Math.max(...from.map((value) => value.channels));
  const like = from.find(({ kind }) => kind === "map") ?? from[0]!;
  builder.put(position, { ...like, blob, channels });
}

/** An op of one operand. */
function unary(
  compute: (builder: NcnnBuilder, position: number, value: NcnnValue, node: GraphNode) => string,
): NcnnRow {
  return (builder, node, position) => {
    const value = builder.value(node.inputs[0]!);
    builder.put(position, { ...value, blob: compute(builder, position, value, node) });
  };
}

/** The number to the power of a constant. */
export function power(exponent: number): NcnnRow {
  return unary((builder, position, { blob }) =>
    scalar(builder, builder.name(position), blob, "pow", exponent)
  );
}

function squared(builder: NcnnBuilder, position: number, { blob }: NcnnValue): string {
  // As a power, negative numbers have none.
  return builder.add(position, "BinaryOp", [blob, blob], { 0: BINARY.mul });
}

/** `Square`. */
export const square: NcnnRow = unary(squared);

/** `Reciprocal`, `Neg`, and what else is one operation with one number. */
export function withScalar(op: Operation, value: number): NcnnRow {
  return unary((builder, position, { blob }) =>
    scalar(builder, builder.name(position), blob, op, value)
  );
}

/** `Abs`: negative numbers times -1. */
export const absolute: NcnnRow = unary((builder, position, { blob }) =>
  relu(builder, builder.name(position), blob, -1)
);

/** `Relu6`. */
export const relu6: NcnnRow = unary((builder, position, { blob }) => {
  const name = builder.name(position);
  return scalar(builder, name, relu(builder, `${name}_low`, blob, 0), "min", 6);
});

/** Activations of ncnn's convolutions; LeakyRelu's slope is its attribute `alpha`. */
export function activation(type: 1 | 2 | 4): NcnnRow {
  return (builder, node, position) => {
    const slope = type === 2 ? Number(attribute(node, "alpha") ?? 0.2) : undefined;
    const [x] = node.inputs as [ValueRef];
    const blob = activated(builder, builder.name(position), x, { type, slope });
    builder.put(position, { ...builder.value(x), blob });
  };
}

/** `Tanh`: 2·sigmoid(2x) - 1. */
export const tanh: NcnnRow = (builder, node, position) => {
  const [x] = node.inputs as [ValueRef];
  const value = builder.value(x), name = builder.name(position);
  const twice = scalar(builder, `${name}_twice`, value.blob, "mul", 2);
  const half = applied(builder, `${name}_half`, { ...value, blob: twice }, { type: 4 });
  const both = scalar(builder, `${name}_both`, half, "mul", 2);
  builder.put(position, { ...value, blob: scalar(builder, name, both, "sub", 1) });
};
