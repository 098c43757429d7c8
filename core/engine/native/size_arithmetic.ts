/**
 * Size expressions as arithmetic in a graph, whatever the graph's ops for whole numbers are.
 *
 * @module
 */
import type { SizeExpression } from "./size_expressions.ts";

/** How a graph computes with whole numbers; `Value` is what stands for one in it. */
export interface SizeArithmetic<Value> {
  /** A number that is known. */
  int(value: number): Value;
  /** The size of an input, by the position of its symbol. */
  symbol(position: number): Value;
  /** A product, a sum or a difference. */
  op(name: "Mul" | "AddV2" | "Sub", a: Value, b: Value): Value;
  /** A size divided by a number from 2 and rounded, upwards or downwards. */
  divide(size: Value, divisor: number, up: boolean): Value;
}

/** The value of `expression`. */
export function computeSize<Value>(
  expression: SizeExpression,
  graph: SizeArithmetic<Value>,
): Value {
  const { scale, factors, offset, minus } = expression;
  if (factors.length === 0) return graph.int(offset);
  let value = factors.map(({ symbol, divisor, up, of }) => {
    const size = of === undefined ? graph.symbol(symbol) : computeSize(of, graph);
    return divisor === 1 ? size : graph.divide(size, divisor, up);
  }).reduce((a, b) => graph.op("Mul", a, b));
  if (scale !== 1) value = graph.op("Mul", value, graph.int(scale));
  if (offset !== 0) value = graph.op("AddV2", value, graph.int(offset));
  return minus === undefined ? value : graph.op("Sub", value, graph.symbol(minus));
}
