/**
 * Rows of ops that work element by element, and of sums and products over axes.
 *
 * @module
 */
import { attribute, fixedNumbers, fixedValue, type GraphNode } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { LiteBuilder } from "./builder.ts";
import type { LiteOptions } from "./flat_model.ts";
import { type OperatorName, type OptionsName, TensorType } from "./schema.ts";

/** A row of this target. */
export type LiteRow = Row<LiteBuilder>;

/** Options without fields, or with some. */
export function options(
  table: OptionsName,
  fields: LiteOptions["fields"] = {},
): LiteOptions {
  return { table, fields };
}

/** Numbers of any type as JavaScript's. */
export function wholes(values: ArrayLike<number | bigint>): number[] {
  return Array.from(values, Number);
}

/** The row of an op that has an operator of its own, with the same inputs. */
export function same(op: OperatorName, table?: OptionsName): LiteRow {
  return (builder, node, position) => {
    builder.give(position, op, builder.inputs(node), table && options(table));
  };
}

/** Klambauer et al., "Self-Normalizing Neural Networks", https://arxiv.org/abs/1706.02515. */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

const ERF = {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: within 1.5e-7 of erf.
  p: 0.3275911,
  a: [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592],
};

/** Rows of functions of one element and of two. */
export const ELEMENT_ROWS: LoweringTable<LiteBuilder> = {
  Abs: same("ABS"),
  Ceil: same("CEIL"),
  Cos: same("COS"),
  Elu: same("ELU"),
  Erf: erf,
  Exp: same("EXP"),
  Expm1(builder, node, position) {
    const { shape } = builder.typeOf(node.inputs[0]!);
    const power = builder.make("EXP", builder.inputs(node), { shape });
    builder.give(position, "SUB", [power, builder.number(1)], options("SubOptions"));
  },
  Floor: same("FLOOR"),
  Gelu(builder, node, position) {
    builder.give(position, "GELU", builder.inputs(node), options("GeluOptions"));
  },
  LeakyRelu(builder, node, position) {
    const alpha = Number(attribute(node, "alpha"));
    const made = options("LeakyReluOptions", { alpha });
    builder.give(position, "LEAKY_RELU", builder.inputs(node), made);
  },
  Log: same("LOG"),
  Log1p(builder, node, position) {
    const { shape } = builder.typeOf(node.inputs[0]!);
    const inputs = [...builder.inputs(node), builder.number(1)];
    const sum = builder.make("ADD", inputs, { shape }, options("AddOptions"));
    builder.give(position, "LOG", [sum]);
  },
  LogicalNot: same("LOGICAL_NOT"),
  Neg: same("NEG"),
  PRelu(builder, node, position) {
    const [x, alpha] = node.inputs as [GraphNode["inputs"][0], GraphNode["inputs"][0]];
    const slopes = fixedNumbers(builder.graph, alpha);
    if (slopes === undefined) throw new NoLowering("slopes that are computed");
    const rank = builder.typeOf(x).shape.length;
    const shape = [...new Array(Math.max(0, rank - 2)).fill(1), slopes.length];
    const values = Float32Array.from(slopes as ArrayLike<number>);
    const tensor = builder.constant(values, shape, "FLOAT32", `${node.name}/alpha`);
    builder.give(position, "PRELU", [builder.of(x), tensor]);
  },
  Reciprocal(builder, node, position) {
    const inputs = [builder.number(1), ...builder.inputs(node)];
    builder.give(position, "DIV", inputs, options("DivOptions"));
  },
  Relu: same("RELU"),
  Relu6: same("RELU6"),
  Rint: same("ROUND"),
  Round: same("ROUND"),
  Rsqrt: same("RSQRT"),
  Selu(builder, node, position) {
    const { shape } = builder.typeOf(node.inputs[0]!);
    const [x] = builder.inputs(node) as [number];
    const part = (op: OperatorName, of: number, factor: number) =>
      builder.make(
        "MUL",
        [builder.make(op, [of], { shape }), builder.number(factor)],
        { shape },
        options("MulOptions"),
      );
    const below = builder.make("MINIMUM", [x, builder.number(0)], { shape });
    const parts = [part("RELU", x, SELU.scale), part("ELU", below, SELU.scale * SELU.alpha)];
    builder.give(position, "ADD", parts, options("AddOptions"));
  },
  Sigmoid: same("LOGISTIC"),
  Sign: same("SIGN"),
  Sin: same("SIN"),
  Softmax(builder, node, position) {
    builder.give(position, "SOFTMAX", builder.inputs(node), options("SoftmaxOptions", { beta: 1 }));
  },
  Softplus: softplus,
  Softsign(builder, node, position) {
    const { shape } = builder.typeOf(node.inputs[0]!);
    const [x] = builder.inputs(node) as [number];
    const inputs = [builder.make("ABS", [x], { shape }), builder.number(1)];
    const below = builder.make("ADD", inputs, { shape }, options("AddOptions"));
    builder.give(position, "DIV", [x, below], options("DivOptions"));
  },
  Sqrt: same("SQRT"),
  Square: same("SQUARE"),
  Tanh: same("TANH"),

  Add: same("ADD", "AddOptions"),
  AddV2: same("ADD", "AddOptions"),
  BiasAdd: same("ADD", "AddOptions"),
  Div: same("DIV", "DivOptions"),
  Equal: same("EQUAL"),
  FloorDiv: same("FLOOR_DIV"),
  FloorMod: same("FLOOR_MOD"),
  Greater: same("GREATER"),
  GreaterEqual: same("GREATER_EQUAL"),
  Less: same("LESS"),
  LessEqual: same("LESS_EQUAL"),
  LogicalAnd: same("LOGICAL_AND"),
  LogicalOr: same("LOGICAL_OR"),
  Maximum: same("MAXIMUM"),
  Minimum: same("MINIMUM"),
  Mul: same("MUL", "MulOptions"),
  NotEqual: same("NOT_EQUAL"),
  Pow: same("POW"),
  RealDiv: same("DIV", "DivOptions"),
  Select: same("SELECT_V2"),
  SelectV2: same("SELECT_V2"),
  SquaredDifference: same("SQUARED_DIFFERENCE"),
  Sub: same("SUB", "SubOptions"),

  Cast(builder, node, position) {
    const made = options("CastOptions", {
      inDataType: TensorType[builder.elementOf(node.inputs[0]!)],
      outDataType: TensorType[builder.elementOf({ node: position, index: 0 })],
    });
    builder.give(position, "CAST", builder.inputs(node), made);
  },
};

/** Rows of what goes over axes. */
export const REDUCTION_ROWS: LoweringTable<LiteBuilder> = {
  Max: reduction("REDUCE_MAX"),
  Mean: reduction("MEAN"),
  Min: reduction("REDUCE_MIN"),
  Prod: reduction("REDUCE_PROD"),
  Sum: reduction("SUM"),
  ArgMax: argument("ARG_MAX", "ArgMaxOptions"),
  ArgMin: argument("ARG_MIN", "ArgMinOptions"),
  TopKV2(builder, node, position) {
    builder.giveAll(position, "TOPK_V2", builder.inputs(node), options("TopKV2Options"));
  },
  BatchMatMul: product,
  BatchMatMulV2: product,
  MatMul(builder, node, position) {
    const made = options("BatchMatMulOptions", {
      adjX: attribute(node, "transpose_a") === true,
      adjY: attribute(node, "transpose_b") === true,
    });
    builder.give(position, "BATCH_MATMUL", builder.inputs(node), made);
  },
};

function reduction(op: OperatorName): LiteRow {
  return (builder, node, position) => {
    const [x, axes] = node.inputs;
    const numbers = fixedNumbers(builder.graph, axes!);
    if (numbers === undefined) throw new NoLowering("axes that are computed");
    const inputs = [builder.of(x!), builder.ints(wholes(numbers))];
    const keepDims = attribute(node, "keep_dims") === true;
    builder.give(position, op, inputs, options("ReducerOptions", { keepDims }));
  };
}

function argument(op: OperatorName, table: OptionsName): LiteRow {
  return (builder, node, position) => {
    const outputType = TensorType[builder.elementOf({ node: position, index: 0 })];
    builder.give(position, op, builder.inputs(node), options(table, { outputType }));
  };
}

function product(builder: LiteBuilder, node: GraphNode, position: number): void {
  const rank = builder.typeOf({ node: position, index: 0 }).shape.length;
  if (rank > 5) throw new NoLowering(`products of ${rank} axes`);
  const made = options("BatchMatMulOptions", {
    adjX: attribute(node, "adj_x") === true,
    adjY: attribute(node, "adj_y") === true,
  });
  builder.give(position, "BATCH_MATMUL", builder.inputs(node), made);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|), which does not overflow. */
function softplus(builder: LiteBuilder, node: GraphNode, position: number): void {
  const { shape } = builder.typeOf(node.inputs[0]!);
  const [x] = builder.inputs(node) as [number];
  const magnitude = builder.make("ABS", [x], { shape });
  const exponential = builder.make("EXP", [builder.make("NEG", [magnitude], { shape })], { shape });
  const more = [exponential, builder.number(1)];
  const sum = builder.make("ADD", more, { shape }, options("AddOptions"));
  const rest = builder.make("LOG", [sum], { shape });
  const positive = builder.make("RELU", [x], { shape });
  builder.give(position, "ADD", [positive, rest], options("AddOptions"));
}

/** sign(x) · (1 - t·(…)·e^-x²) with t = 1 / (1 + p·|x|). */
function erf(builder: LiteBuilder, node: GraphNode, position: number): void {
  const { shape } = builder.typeOf(node.inputs[0]!);
  const [x] = builder.inputs(node) as [number];
  const times = (a: number, b: number) =>
    builder.make("MUL", [a, b], { shape }, options("MulOptions"));
  const plus = (a: number, b: number) =>
    builder.make("ADD", [a, b], { shape }, options("AddOptions"));
  const magnitude = builder.make("ABS", [x], { shape });
  const below = plus(times(magnitude, builder.number(ERF.p)), builder.number(1));
  const t = builder.make("DIV", [builder.number(1), below], { shape }, options("DivOptions"));
  const [first, ...rest] = ERF.a as [number, ...number[]];
  let sum = times(t, builder.number(first));
  for (const factor of rest) sum = times(plus(sum, builder.number(factor)), t);
  const negative = builder.make("NEG", [times(x, x)], { shape });
  const tail = times(sum, builder.make("EXP", [negative], { shape }));
  const one = builder.make("SUB", [builder.number(1), tail], { shape }, options("SubOptions"));
  const sign = builder.make("SIGN", [x], { shape });
  builder.give(position, "MUL", [one, sign], options("MulOptions"));
}

/** The channels of a value. */
export function channelsOf(builder: LiteBuilder, node: GraphNode, input = 0): number {
  const channels = fixedValue(builder.typeOf(node.inputs[input]!).shape.at(-1)!);
  if (channels === undefined || Number.isNaN(channels)) {
    throw new NoLowering("a number of channels that depends on the input");
  }
  return channels;
}
