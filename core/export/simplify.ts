/**
 * The same network with fewer ops: what changes nothing is left out, what is there several times is computed once, factors and
 * offsets go into the weights of their neighbours. Results stay the same up to rounding.
 *
 * @module
 */
import { absorbBehind, absorbInFront, mergeAffine } from "./affine.ts";
import {
  attribute,
  type ExportGraph,
  fixedNumbers,
  type GraphNode,
  keyOf,
  sizesOf,
  type ValueRef,
} from "./graph.ts";
import { DType } from "../engine/native/dtypes.ts";
import { uniform } from "./patterns.ts";
import { type Rewriter, rewritten, type Rule, type Rules, sameSizes } from "./rewrite.ts";

/** More rounds than any network needs: each shortens chains to half at least. */
const ROUNDS = 12;

/** Constants of more numbers are not compared with each other. */
const COMPARED = 64;

/** The graph with fewer ops. */
export function simplify(graph: ExportGraph): ExportGraph {
  let result = shared(graph);
  for (let round = 0; round < ROUNDS; round++) {
    const next = shared(rewritten(result, RULES));
    if (next === result) break;
    result = next;
  }
  return result;
}

/** An input that is the result itself. */
const unchanged = (rewriter: Rewriter, node: GraphNode, which = 0): ValueRef | undefined => {
  const ref = node.inputs[which]!;
  const { shape, dtype } = rewriter.typeOf(ref);
  const [output] = node.outputs;
  return dtype === output!.dtype && sameSizes(shape, output!.shape) ? ref : undefined;
};

/** Leaves out the op if its second input is `neutral` throughout; either of them, if they may be exchanged. */
const without = (neutral: number, exchangeable: boolean): Rule => (rewriter, node) => {
  for (const which of exchangeable ? [0, 1] : [0]) {
    if (uniform(rewriter, node.inputs[1 - which]!) !== neutral) continue;
    const same = unchanged(rewriter, node, which);
    if (same) return same;
  }
  return undefined;
};

const isZero = (rewriter: Rewriter, ref: ValueRef): boolean =>
  sizesOf(rewriter, ref)?.every(({ factors, offset }) => factors.length === 0 && offset === 0) ??
    false;

const withoutPadding: Rule = (rewriter, node) =>
  isZero(rewriter, node.inputs[1]!) ? unchanged(rewriter, node) : undefined;

const sameShape: Rule = (rewriter, node) => unchanged(rewriter, node);

/** A part that is all, or the part of a part, both from the beginning. */
const withoutSlice: Rule = (rewriter, node) => {
  const [x, begin, size] = node.inputs as [ValueRef, ValueRef, ValueRef];
  if (!isZero(rewriter, begin)) return undefined;
  const same = unchanged(rewriter, node);
  if (same) return same;
  const inner = rewriter.of(x);
  if (inner.op !== "Slice" || !isZero(rewriter, inner.inputs[1]!)) return undefined;
  return rewriter.add({ ...node, inputs: [inner.inputs[0]!, begin, size] });
};

/** Behind a chain of new shapes only the last one counts. */
const oneReshape: Rule = (rewriter, node) => {
  const inner = rewriter.of(node.inputs[0]!);
  if (inner.op !== "Reshape") return undefined;
  return rewriter.add({ ...node, inputs: [inner.inputs[0]!, node.inputs[1]!] });
};

/** A transposition that moves nothing, or one behind another. */
const oneTranspose: Rule = (rewriter, node) => {
  const [x, permutation] = node.inputs as [ValueRef, ValueRef];
  const outer = fixedNumbers(rewriter, permutation);
  if (outer === undefined) return undefined;
  if (outer.every((axis: number | bigint, i: number) => Number(axis) === i)) return x;
  const inner = rewriter.of(x);
  if (inner.op !== "Transpose") return undefined;
  const before = fixedNumbers(rewriter, inner.inputs[1]!);
  if (before === undefined) return undefined;
  const like = rewriter.of(permutation);
  const values = Int32Array.from(outer as ArrayLike<number>, (axis) => Number(before[axis]));
  const { inputs: _, ...rest } = like;
  const axes = rewriter.add({
    ...rest,
    inputs: [],
    outputs: [{ ...like.outputs[0]!, dtype: "int32" }],
    constant: { kind: "fixed", values },
  });
  const attributes = node.attributes.map((one) =>
    one.name === "Tperm" ? { ...one, value: DType.INT32 } : one
  );
  return rewriter.add({ ...node, attributes, inputs: [inner.inputs[0]!, axes] });
};

/** Several images in a row that are one, and parts that are all. */
const single: Rule = (rewriter, node) =>
  node.inputs.length === 2 && attribute(node, "N") !== undefined
    ? unchanged(rewriter, node)
    : undefined;

const RULES: Rules = {
  Identity: [sameShape],
  Reshape: [sameShape, oneReshape],
  Transpose: [oneTranspose],
  Slice: [withoutSlice],
  Pad: [withoutPadding],
  PadV2: [withoutPadding],
  MirrorPad: [withoutPadding],
  ConcatV2: [single],
  Mul: [without(1, true), absorbBehind, mergeAffine],
  RealDiv: [without(1, false), absorbBehind, mergeAffine],
  Div: [without(1, false), absorbBehind, mergeAffine],
  Add: [without(0, true), absorbBehind, mergeAffine],
  AddV2: [without(0, true), absorbBehind, mergeAffine],
  BiasAdd: [absorbBehind],
  Sub: [without(0, false), absorbBehind, mergeAffine],
  Conv2D: [absorbInFront],
  DepthwiseConv2dNative: [absorbInFront],
  Conv2DBackpropInput: [absorbInFront],
  BatchMatMulV2: [absorbInFront],
  MatMul: [absorbInFront],
};

/** Nodes that compute the same from the same become one. */
export function shared(graph: ExportGraph): ExportGraph {
  const seen = new Map<string, ValueRef>();
  const rule: Rule = (rewriter, node) => {
    if (node.outputs.length !== 1 || node.op === "Placeholder") return undefined;
    const key = keyOfNode(node);
    if (key === undefined) return undefined;
    const same = seen.get(key);
    if (same === undefined) seen.set(key, { node: rewriter.nodes.length, index: 0 });
    return same;
  };
  return rewritten(graph, Object.fromEntries(graph.nodes.map(({ op }) => [op, [rule]])));
}

function keyOfNode({ op, attributes, inputs, outputs, constant }: GraphNode): string | undefined {
  if (constant === undefined) {
    if (inputs.length === 0) return undefined;
    const settings = attributes.map(({ name, value }) => `${name}=${text(value)}`).sort();
    return `${op}(${inputs.map(keyOf)})${settings}`;
  }
  if (constant.kind === "fixed" && constant.values.length > COMPARED) return undefined;
  const values = constant.kind === "fixed" ? [...constant.values].map(exact) : constant;
  return `${outputs[0]!.dtype}${text(outputs[0]!.shape)}${text(values)}`;
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, one) => typeof one === "bigint" ? `${one}n` : one) ?? "";

/** JSON has no -0 and no infinities. */
const exact = (value: number | bigint): string => Object.is(value, -0) ? "-0" : String(value);
