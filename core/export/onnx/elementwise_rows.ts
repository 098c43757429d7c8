/**
 * Rows of ops that compute each element by itself.
 *
 * @module
 */
import { attribute, type GraphNode } from "../graph.ts";
import type { LoweringTable, Row } from "../lowering.ts";
import { elementType } from "../data_types.ts";
import type { OnnxBuilder } from "./builder.ts";
import type { Layout } from "./layouts.ts";
import { DATA_TYPES, type ElementKind, type OnnxAttributes } from "./model.ts";

type OnnxRow = Row<OnnxBuilder>;

/** Adds an op; gives the name of its result. */
export type Step = (op: string, inputs: readonly string[], attributes?: OnnxAttributes) => string;

/** What an op is made of; gives the name of the result. */
export type Formula = (
  step: Step,
  inputs: readonly string[],
  number: (value: number) => string,
  kind: ElementKind,
) => string;

/** An op of ONNX of the same meaning. `exact` ones are computed in float32 in float16 models, too. */
function same(op: string, { exact = false, attributes = {} }: {
  exact?: boolean;
  attributes?: OnnxAttributes | ((node: GraphNode) => OnnxAttributes);
} = {}): OnnxRow {
  return (builder, node, position) => {
    const { inputs, layout, kind } = operands(builder, node, position, exact);
    const of = typeof attributes === "function" ? attributes(node) : attributes;
    builder.emit(position, op, inputs, of, layout, kind);
  };
}

/** Several ops of ONNX. */
function formula(make: Formula, exact = false): OnnxRow {
  return (builder, node, position) => {
    const { inputs, layout, kind } = operands(builder, node, position, exact);
    builder.define(position, 0, compute(builder, node, kind, make, inputs), layout, kind);
  };
}

/** What `make` gives. */
export function compute(
  builder: OnnxBuilder,
  { name }: GraphNode,
  kind: ElementKind,
  make: Formula,
  inputs: readonly string[],
): string {
  const step: Step = (op, of, attributes = {}) => builder.make(op, of, attributes, { name })[0]!;
  return make(step, inputs, (value) => builder.number(value, kind, "number"), kind);
}

/** A comparison: its result is a boolean. */
function comparison(op: string, isNegated = false): OnnxRow {
  return (builder, node, position) => {
    const { inputs, layout } = operands(builder, node, position, false);
    if (!isNegated) return builder.emit(position, op, inputs, {}, layout, "bool");
    const [equal] = builder.make(op, inputs, {}, { name: node.name });
    builder.emit(position, "Not", [equal!], {}, layout, "bool");
  };
}

/** The inputs of an op in one order and type. */
function operands(
  builder: OnnxBuilder,
  node: GraphNode,
  position: number,
  exact: boolean,
): { inputs: string[]; layout: Layout; kind: ElementKind } {
  const layout = builder.follow(position, node.inputs);
  const kind = builder.common(node.inputs, exact || builder.isPlace(position));
  return { inputs: node.inputs.map((ref) => builder.read(ref, layout, kind)), layout, kind };
}

/** The greatest whole number that is not above a quotient; ONNX cuts quotients of integers off at the point. */
const floorDivision = formula(
  (step, [a, b], _, kind) =>
    kind === "int64"
      ? step("Div", [step("Sub", [a!, step("Mod", [a!, b!])]), b!])
      : step("Floor", [step("Div", [a!, b!])]),
  true,
);

/** The remainder with the sign of the divisor. */
const floorModulus = formula((step, [a, b], _, kind) => {
  if (kind === "int64") return step("Mod", [a!, b!]);
  return step("Sub", [a!, step("Mul", [step("Floor", [step("Div", [a!, b!])]), b!])]);
}, true);

const cast: OnnxRow = (builder, node, position) => {
  const [x] = node.inputs as [typeof node.inputs[0]];
  const plain = builder.kindOf(elementType(attribute(node, "DstT") as number));
  const kind = builder.isPlace(position) ? "float32" : plain;
  const layout = builder.follow(position, node.inputs);
  const to = { to: { int: DATA_TYPES[kind] } };
  builder.emit(position, "Cast", [builder.read(x, layout)], to, layout, kind);
};

const select: OnnxRow = (builder, node, position) => {
  const [condition, ...choices] = node.inputs;
  const layout = builder.follow(position, node.inputs);
  const kind = builder.common(choices);
  const inputs = [
    builder.read(condition!, layout, "bool"),
    ...choices.map((ref) => builder.read(ref, layout, kind)),
  ];
  builder.emit(position, "Where", inputs, {}, layout, kind);
};

const like = (value: number): OnnxRow =>
  formula((step, [x], number) => step("Expand", [number(value), step("Shape", [x!])]));

const number = (node: GraphNode, name: string) => Number(attribute(node, name));

const EXACT = { exact: true };

/** Rows by op. */
export const ELEMENTWISE_ROWS: LoweringTable<OnnxBuilder> = {
  Add: same("Add"),
  AddV2: same("Add"),
  Sub: same("Sub"),
  Mul: same("Mul"),
  RealDiv: same("Div"),
  Div: same("Div"),
  FloorDiv: floorDivision,
  FloorMod: floorModulus,
  Maximum: same("Max"),
  Minimum: same("Min"),
  Pow: same("Pow", EXACT),
  SquaredDifference: formula((step, both) => {
    const difference = step("Sub", both);
    return step("Mul", [difference, difference]);
  }, true),
  Neg: same("Neg"),
  Abs: same("Abs"),
  Sign: same("Sign"),
  Floor: same("Floor"),
  Ceil: same("Ceil"),
  Round: same("Round"),
  Rint: same("Round"),
  Square: formula((step, [x]) => step("Mul", [x!, x!]), true),
  Sqrt: same("Sqrt", EXACT),
  Rsqrt: formula((step, [x]) => step("Reciprocal", [step("Sqrt", [x!])]), true),
  Reciprocal: same("Reciprocal", EXACT),
  Inv: same("Reciprocal", EXACT),
  Exp: same("Exp", EXACT),
  Expm1: formula((step, [x], number) => step("Sub", [step("Exp", [x!]), number(1)]), true),
  Log: same("Log", EXACT),
  Log1p: formula((step, [x], number) => step("Log", [step("Add", [x!, number(1)])]), true),
  Sin: same("Sin", EXACT),
  Cos: same("Cos", EXACT),
  Tan: same("Tan", EXACT),
  Sinh: same("Sinh", EXACT),
  Cosh: same("Cosh", EXACT),
  Acos: same("Acos", EXACT),
  Asin: same("Asin", EXACT),
  Atan: same("Atan", EXACT),
  Acosh: same("Acosh", EXACT),
  Asinh: same("Asinh", EXACT),
  Atanh: same("Atanh", EXACT),
  Erf: same("Erf"),
  Sigmoid: same("Sigmoid"),
  Tanh: same("Tanh"),
  Softplus: same("Softplus", EXACT),
  Softsign: same("Softsign"),
  Relu: same("Relu"),
  Relu6: formula((step, [x], number) => step("Clip", [x!, number(0), number(6)])),
  Elu: same("Elu"),
  Selu: same("Selu"),
  LeakyRelu: same("LeakyRelu", {
    attributes: (node) => ({ alpha: { float: number(node, "alpha") } }),
  }),
  ClipByValue: same("Clip"),
  Identity: (builder, node, position) => builder.alias(position, node.inputs[0]!),
  StopGradient: (builder, node, position) => builder.alias(position, node.inputs[0]!),
  ZerosLike: like(0),
  OnesLike: like(1),
  Equal: comparison("Equal"),
  NotEqual: comparison("Equal", true),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  IsNan: comparison("IsNaN"),
  IsInf: comparison("IsInf"),
  LogicalAnd: comparison("And"),
  LogicalOr: comparison("Or"),
  LogicalNot: comparison("Not"),
  Select: select,
  SelectV2: select,
  Cast: cast,
};
