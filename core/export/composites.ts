/**
 * Larger ops that some targets have, found in what networks are made of.
 *
 * Each replaces a pattern of TensorFlow's ops by one node with the same result up to rounding: `PRelu` (x, alpha `[c]`), `Gelu` (x),
 * `LayerNorm` (x, gamma `[c]`, beta `[c]`; `epsilon`), `PixelUnshuffle` (x; `block_size`; PyTorch's order of
 * channels), `SpaceToDepth` (the same in TensorFlow's order), `PixelShuffle` (x; `block_size`; the inverse of `PixelUnshuffle`).
 *
 * @module
 */
import type { OpAttribute } from "../engine/native/attributes.ts";
import { AttrType } from "../engine/native/dtypes.ts";
import { evaluate, type SizeExpression } from "../engine/native/size_expressions.ts";
import {
  type ExportGraph,
  fixedNumbers,
  fixedValue,
  type GraphNode,
  typeOf,
  type ValueRef,
} from "./graph.ts";
import {
  any,
  type Bindings,
  fixedConstant,
  lastAxisMean,
  number,
  op,
  type Pattern,
  reshaped,
  transposed,
} from "./patterns.ts";
import { FLOAT, isSize, type Rewriter, rewritten, type Rule } from "./rewrite.ts";

/** Names of composites. */
export const COMPOSITES = [
  "PRelu",
  "Gelu",
  "LayerNorm",
  "PixelUnshuffle",
  "SpaceToDepth",
  "PixelShuffle",
] as const;

/** One of {@linkcode COMPOSITES}. */
export type CompositeName = typeof COMPOSITES[number];

interface Composite {
  /** Ops at which it ends. */
  readonly ends: readonly string[];
  /** The largest ones first: the others are looked for in what these have left. */
  readonly patterns: readonly Pattern[];
  /** What it takes and its attributes; undefined if the pattern fits by chance. */
  make(rewriter: Rewriter, found: Bindings, node: GraphNode): Made | undefined;
}

interface Made {
  readonly inputs: readonly ValueRef[];
  readonly attributes: readonly OpAttribute[];
}

const ADD = "Add|AddV2|BiasAdd";
const X = any("x");

// The same node twice: in the numerator and in the variance.
const centred = both(op("Sub", [X, lastAxisMean(X)]), any("centred"));
const deviation = op("Rsqrt", [
  op(ADD, [lastAxisMean(op("Square", [any("centred")])), fixedConstant("epsilon")]),
]);
const normal = op("Mul", [centred, deviation]);
const scaledNormal = op("Mul", [normal, fixedConstant("gamma")]);

const blocks = transposed(reshaped(X, "blocks"), 0, 2, 1, 3);

const TABLE: Readonly<Record<CompositeName, Composite>> = {
  PRelu: {
    ends: ["Add", "AddV2"],
    patterns: [
      // max(x, 0) + alpha · (x - |x|) · 0.5, with and without the factors merged.
      op("Add|AddV2", [
        op("Relu", [X]),
        op("Mul", [
          op("Mul", [fixedConstant("alpha"), op("Sub", [X, op("Abs", [X])])]),
          number(0.5),
        ]),
      ]),
      op("Add|AddV2", [
        op("Relu", [X]),
        op("Mul", [fixedConstant("half"), op("Sub", [X, op("Abs", [X])])]),
      ]),
      // x + (alpha - 1) · min(x, 0)
      op("Add|AddV2", [
        X,
        op("Mul", [op("Minimum", [X, number(0)]), fixedConstant("less")]),
      ]),
    ],
    make(rewriter, { x, alpha, half, less }) {
      const from = (alpha ?? half ?? less)!;
      const slopes = perChannel(
        rewriter,
        from,
        x!,
        (value) => alpha ? value : half ? value * 2 : value + 1,
      );
      return slopes && { inputs: [x!, slopes], attributes: [] };
    },
  },
  Gelu: {
    ends: ["Mul"],
    patterns: [
      op("Mul", [
        X,
        op("Add|AddV2", [
          op("Mul", [op("Erf", [op("Mul", [X, number(Math.SQRT1_2)])]), number(0.5)]),
          number(0.5),
        ]),
      ]),
    ],
    make: (_, { x }) => ({ inputs: [x!], attributes: [] }),
  },
  LayerNorm: {
    ends: ["Add", "AddV2", "BiasAdd", "Mul"],
    patterns: [op(ADD, [scaledNormal, fixedConstant("beta")]), scaledNormal, normal],
    make(rewriter, { x, epsilon, gamma, beta }, node) {
      const eps = fixedNumbers(rewriter, epsilon!);
      if (eps?.length !== 1) return undefined;
      const ones = gamma ?? filled(rewriter, x!, 1, node);
      const zeros = beta ?? filled(rewriter, x!, 0, node);
      const weights = [ones, zeros].map((ref) => ref && perChannel(rewriter, ref, x!));
      const [scale, shift] = weights;
      if (!scale || !shift) return undefined;
      const attributes = [{ name: "epsilon", type: AttrType.FLOAT, value: Number(eps[0]) }];
      return { inputs: [x!, scale, shift], attributes };
    },
  },
  PixelUnshuffle: {
    ends: ["Reshape"],
    patterns: [
      reshaped(transposed(reshaped(blocks, "ordered"), 0, 2, 1), "result"),
      reshaped(blocks, "result"),
    ],
    make(rewriter, { x, blocks, ordered }, node) {
      const found = blocksOf(rewriter, x!, blocks!, node);
      if (found === undefined) return undefined;
      const [r, c] = found;
      const shape = ordered && typeOf(rewriter, ordered).shape.map(fixedValue);
      const isOrdered = shape === undefined
        ? c === 1 // both orders are the same
        : shape.length === 3 && shape[1] === r * r && shape[2] === c;
      return isOrdered ? { inputs: [x!], attributes: [blockSize(r)] } : undefined;
    },
  },
  SpaceToDepth: {
    ends: ["Reshape"],
    patterns: [reshaped(blocks, "result")],
    make(rewriter, { x, blocks }, node) {
      const found = blocksOf(rewriter, x!, blocks!, node);
      return found && { inputs: [x!], attributes: [FLOAT, blockSize(found[0])] };
    },
  },
  PixelShuffle: {
    ends: ["DepthToSpace"],
    patterns: [
      op("DepthToSpace", [reshaped(transposed(reshaped(X, "planes"), 0, 2, 1), "blocks")]),
    ],
    make(rewriter, { x, planes, blocks }, node) {
      const r = Number(node.attributes.find(({ name }) => name === "block_size")?.value);
      const [from, inner, to] = [x!, planes!, blocks!].map((ref) => typeOf(rewriter, ref).shape);
      const channels = fixedValue(from!.at(-1)!);
      const isShuffle = from!.length === 4 && to!.length === 4 && inner!.length === 3 &&
        channels !== undefined && fixedValue(inner![2]!) === r * r &&
        fixedValue(inner![1]!) === channels / r ** 2 &&
        to!.every((size, axis) => isSize(size, (at) => evaluate(from![axis]!, at)));
      return isShuffle ? { inputs: [x!], attributes: [blockSize(r)] } : undefined;
    },
  },
};

const blockSize = (value: number): OpAttribute => ({
  name: "block_size",
  type: AttrType.INT,
  value,
});

/**
 * Side of the blocks and channels of `x`, if `node` makes the channels of `[n, h/side, w/side, side²·c]` of its blocks; else
 * undefined.
 *
 * @param inner What is transposed, with the blocks' rows and columns moved together: `[n·h/side, w/side, side, side·c]`.
 */
function blocksOf(
  rewriter: Rewriter,
  x: ValueRef,
  inner: ValueRef,
  { outputs }: GraphNode,
): readonly [side: number, channels: number] | undefined {
  const shapes = [typeOf(rewriter, x).shape, typeOf(rewriter, inner).shape, outputs[0]!.shape];
  if (shapes.some(({ length }) => length !== 4)) return undefined;
  const [from, rows, to] = shapes as [Sizes, Sizes, Sizes];
  const c = fixedValue(from[3]), side = fixedValue(rows[1]);
  if (c === undefined || side === undefined || side === 1) return undefined;
  const [n, h, w] = [0, 1, 2].map((axis) => (sizes: readonly number[]) =>
    evaluate(from[axis]!, sizes)
  ) as [Size, Size, Size];
  const fits = isSize(rows[0], (at) => n(at) * h(at) / side) &&
    isSize(rows[2], (at) => w(at) / side) && fixedValue(rows[3]) === side * c &&
    isSize(to[0], n) && isSize(to[1], (at) => h(at) / side) &&
    isSize(to[2], (at) => w(at) / side) && fixedValue(to[3]) === side * side * c;
  return fits ? [side, c] : undefined;
}

type Sizes = readonly [SizeExpression, SizeExpression, SizeExpression, SizeExpression];
type Size = (sizes: readonly number[]) => number;

/**
 * The graph with one node in place of each pattern of `names`.
 *
 * @param names Composites for which the target has a row.
 */
export function withComposites(graph: ExportGraph, names: readonly CompositeName[]): ExportGraph {
  let result = graph;
  for (const name of COMPOSITES) {
    if (!names.includes(name)) continue;
    for (const pattern of TABLE[name].patterns) {
      const rule = ruleOf(name, pattern);
      result = rewritten(result, Object.fromEntries(TABLE[name].ends.map((end) => [end, [rule]])));
    }
  }
  return result;
}

function ruleOf(name: CompositeName, pattern: Pattern): Rule {
  return (rewriter, node) => {
    for (const found of rewriter.matches(pattern, node)) {
      const made = TABLE[name].make(rewriter, found, node);
      if (made === undefined) continue;
      return rewriter.add({
        op: name,
        attributes: made.attributes,
        inputs: made.inputs,
        outputs: node.outputs,
        layer: node.layer,
        name: node.layer === "" ? name : `${node.layer}/${name}`,
      });
    }
    return undefined;
  };
}

/** Both patterns at once. */
function both(a: Pattern, b: Pattern): Pattern {
  return function* (graph, ref, found) {
    for (const one of a(graph, ref, found)) yield* b(graph, ref, one);
  };
}

/** A constant as `[c]`, for the channels of `x`; undefined if it is none of one number for each channel. */
function perChannel(
  rewriter: Rewriter,
  ref: ValueRef,
  x: ValueRef,
  change: (value: number) => number = (value) => value,
): ValueRef | undefined {
  const channels = fixedValue(typeOf(rewriter, x).shape.at(-1)!);
  const values = fixedNumbers(rewriter, ref);
  const shape = typeOf(rewriter, ref).shape.map(fixedValue);
  if (channels === undefined || values === undefined) return undefined;
  if (values.length !== 1 && (values.length !== channels || shape.at(-1) !== channels)) {
    return undefined;
  }
  const of = Float32Array.from({ length: channels }, (_, i) => {
    const value = Number(values[values.length === 1 ? 0 : i]);
    return change(value);
  });
  const isSame = shape.length === 1 && values.length === channels &&
    of.every((value, i) => value === values[i]);
  return isSame ? ref : rewriter.constant(of, [channels], rewriter.of(ref));
}

function filled(
  rewriter: Rewriter,
  x: ValueRef,
  value: number,
  { layer, name }: GraphNode,
): ValueRef | undefined {
  const channels = fixedValue(typeOf(rewriter, x).shape.at(-1)!);
  if (channels === undefined) return undefined;
  const like = { op: "Const", attributes: [], inputs: [], outputs: [], layer, name };
  return rewriter.constant(new Float32Array(channels).fill(value), [channels], like);
}
