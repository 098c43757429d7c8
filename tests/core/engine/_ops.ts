/**
 * The operations that the project computes with, each with inputs and, where it is short, the expected result in plain
 * numbers. `conformance_test.ts` runs the table on every engine.
 *
 * @module
 */
import { Rng } from "../../../core/random.ts";
import { spaceToDepth } from "../../../core/engine/gradients.ts";
import { biasAdd } from "../../../core/engine/ops.ts";
import { type Scalar, type Tensor, tf } from "../../../core/engine/tf.ts";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";

/** An input: shape and values. */
export interface Input {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** One line of the table. */
export interface Operation {
  /** What it claims, for error messages. */
  readonly name: string;
  /** The inputs; the same on every engine. */
  readonly inputs: readonly Input[];
  /** The operation. */
  readonly run: (...x: Tensor[]) => Tensor;
  /** Expected values, where they were worked out by hand; else the reference is the cpu engine. */
  readonly expected?: readonly number[];
  /** False where there is no gradient, or none that differences can check. */
  readonly gradient?: boolean;
}

/** Uniform numbers in [low, high), the same for the same arguments. */
export function uniform(shape: readonly number[], low = -1, high = 1, key = 0): Input {
  const rng = new Rng(1, "conformance", shape.join(), low, high, key);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, () => rng.uniform(low, high)) };
}

/** Distinct numbers at least 0.1 apart and away from zero, so that kinks and ties do not disturb differences. */
export function spaced(shape: readonly number[], key = 0): Input {
  const size = shape.reduce((a, b) => a * b, 1);
  const order = new Rng(2, "conformance", key).permutation(size);
  return { shape, values: Float32Array.from(order, (i) => 0.15 * (i - size / 2) + 0.05) };
}

/** Numbers as they are. */
export function given(shape: readonly number[], values: readonly number[]): Input {
  return { shape, values: Float32Array.from(values) };
}

const image = uniform([2, 5, 6, 3]);
const square = spaced([1, 4, 4, 2]);
const four = (x: Tensor) => x as Tensor4D;

function conv(
  name: string,
  stride: number | [number, number],
  pad: "same" | "valid",
  dilation: number | [number, number],
  kernel: [number, number] = [3, 3],
  size: [number, number] = [7, 8],
): Operation {
  return {
    name: `conv2d ${name}`,
    inputs: [uniform([2, ...size, 3]), uniform([...kernel, 3, 4], -1, 1, 1)],
    run: (x, w) => tf.conv2d(four(x!), four(w!), stride, pad, "NHWC", dilation),
  };
}

function depthwise(
  name: string,
  stride: number,
  pad: "same" | "valid",
  dilation: number,
  multiplier = 1,
): Operation {
  return {
    name: `depthwiseConv2d ${name}`,
    inputs: [uniform([2, 7, 6, 3]), uniform([3, 3, 3, multiplier], -1, 1, 2)],
    run: (x, w) => tf.depthwiseConv2d(four(x!), four(w!), stride, pad, "NHWC", dilation),
  };
}

function prelu(name: string, shape: readonly number[], low: number, high: number): Operation {
  return {
    name: `prelu, ${name}`,
    inputs: [spaced([1, 3, 3, 2]), uniform(shape, low, high)],
    run: (x, a) => tf.prelu(x!, a!),
  };
}

function resize(
  method: "resizeBilinear" | "resizeNearestNeighbor",
  size: [number, number],
  alignCorners: boolean,
  halfPixelCenters: boolean,
): Operation {
  const flags = [alignCorners && "alignCorners", halfPixelCenters && "halfPixelCenters"];
  return {
    name: `${method} 4x5 to ${size.join("x")} ${flags.filter(Boolean).join()}`,
    inputs: [uniform([2, 4, 5, 3])],
    run: (x) => tf.image[method](four(x!), size, alignCorners, halfPixelCenters),
  };
}

/** The gradients of Σ f² with regard to all inputs of f, one after the other: penalties on gradients differentiate them. */
function gradientsOf({ name, inputs, run }: Operation): Operation {
  const sumOfSquares = (...x: Tensor[]) => tf.sum(tf.square(run(...x))) as Scalar;
  return {
    name: `gradients of ${name}`,
    inputs,
    run: (...x) =>
      tf.concat(tf.grads(sumOfSquares)(x).map((gradient) => tf.reshape(gradient, [-1]))),
  };
}

/** Element by element. */
export const ELEMENTWISE: readonly Operation[] = [
  ...([
    "abs",
    "neg",
    "square",
    "exp",
    "tanh",
    "sigmoid",
    "sin",
    "cos",
    "erf",
    "softplus",
    "relu",
  ] as const)
    .map((op): Operation => ({ name: op, inputs: [spaced([3, 5])], run: (x) => tf[op](x!) })),
  ...(["sqrt", "rsqrt", "log", "reciprocal", "log1p"] as const)
    .map((op): Operation => ({
      name: op,
      inputs: [uniform([3, 5], 0.5, 2)],
      run: (x) => tf[op](x!),
    })),
  ...(["floor", "ceil", "round", "sign"] as const)
    .map((op): Operation => ({ name: op, inputs: [spaced([3, 5])], run: (x) => tf[op](x!) })),
  ...(["add", "sub", "mul", "maximum", "minimum", "squaredDifference"] as const)
    .flatMap((op): Operation[] => [
      {
        name: `${op} of equal shapes`,
        inputs: [spaced([2, 3, 4]), spaced([2, 3, 4], 1)],
        run: (a, b) => tf[op](a!, b!),
        // Equal numbers are ties, whose gradient is a matter of taste.
        gradient: op !== "maximum" && op !== "minimum",
      },
      {
        name: `${op} with a broadcast channel vector`,
        inputs: [image, uniform([3], 1.5, 2.5)],
        run: (a, b) => tf[op](a!, b!),
      },
    ]),
  {
    name: "div with broadcast in both directions",
    inputs: [uniform([4, 1]), uniform([1, 3], 1, 2)],
    run: (a, b) => tf.div(a!, b!),
  },
  {
    name: "pow",
    inputs: [uniform([6], 0.5, 2), uniform([6], 0.5, 2, 1)],
    run: (a, b) => tf.pow(a!, b!),
  },
  {
    name: "mod",
    inputs: [given([4], [5, -5, 5.5, 7]), given([4], [3, 3, 2, -4])],
    run: (a, b) => tf.mod(a!, b!),
    expected: [2, 1, 1.5, -1],
    gradient: false,
  },
  { name: "atan2", inputs: [spaced([5]), spaced([5], 3)], run: (a, b) => tf.atan2(a!, b!) },
  { name: "clipByValue", inputs: [spaced([3, 5])], run: (x) => tf.clipByValue(x!, -0.52, 0.61) },
  { name: "leakyRelu 0.1", inputs: [spaced([3, 5])], run: (x) => tf.leakyRelu(x!, 0.1) },
  {
    name: "prelu has a slope below zero",
    inputs: [given([1, 1, 2, 2], [-2, -2, 0, 3]), given([2], [0.5, -0.25])],
    run: (x, a) => tf.prelu(x!, a!),
    expected: [-1, 0.5, 0, 3],
    gradient: false,
  },
  ...[
    prelu("one slope a channel", [2], 0.1, 0.5),
    prelu("slopes below zero and above one", [2], -1.5, 1.5),
    prelu("one slope for all", [1], 0.1, 0.5),
    prelu("one slope for all, below zero", [1], -0.5, -0.1),
  ].flatMap((operation) => [operation, gradientsOf(operation)]),
  ...(["relu", "tanh", "sigmoid", "softplus", "exp", "abs"] as const)
    .map((op) => gradientsOf({ name: op, inputs: [spaced([3, 5])], run: (x) => tf[op](x!) })),
  gradientsOf({ name: "sqrt", inputs: [uniform([3, 5], 0.2, 2)], run: (x) => tf.sqrt(x!) }),
  ...[0.2, -0.3, 1.5].map((slope): Operation => ({
    name: `leakyRelu ${slope}`,
    inputs: [spaced([3, 5])],
    run: (x) => tf.leakyRelu(x!, slope),
  })).flatMap((operation) => [operation, gradientsOf(operation)]),
  { name: "elu", inputs: [spaced([3, 5])], run: (x) => tf.elu(x!) },
  { name: "relu6", inputs: [spaced([3, 20])], run: (x) => tf.relu6(x!) },
  {
    name: "gelu from erf",
    inputs: [uniform([3, 5], -3, 3)],
    run: (x) => tf.mul(tf.mul(x!, 0.5), tf.add(tf.erf(tf.mul(x!, Math.SQRT1_2)), 1)),
  },
  {
    name: "gelu from tanh",
    inputs: [uniform([3, 5], -3, 3)],
    run: (x) =>
      tf.mul(
        tf.mul(x!, 0.5),
        tf.add(tf.tanh(tf.mul(tf.add(x!, tf.mul(tf.pow(x!, 3), 0.044715)), 0.7978845608)), 1),
      ),
  },
  {
    name: "where and comparisons",
    inputs: [spaced([3, 4]), spaced([3, 4], 5)],
    run: (a, b) => tf.where(tf.greater(a!, 0.01), a!, b!),
  },
  {
    name: "logicalAnd, Or, Not and casts",
    inputs: [given([4], [1, 1, 0, 0]), given([4], [1, 0, 1, 0])],
    run: (a, b) => {
      const p = a!.toBool(), q = b!.toBool();
      return tf.addN([
        tf.logicalAnd(p, q).toFloat(),
        tf.mul(tf.logicalOr(p, q).toFloat(), 10),
        tf.mul(tf.logicalNot(p).toFloat(), 100),
      ]);
    },
    expected: [11, 10, 110, 100],
    gradient: false,
  },
  {
    name: "equal, notEqual, less, lessEqual, greaterEqual",
    inputs: [given([3], [1, 2, 3]), given([3], [2, 2, 2])],
    run: (a, b) =>
      tf.addN(
        [tf.equal, tf.notEqual, tf.less, tf.lessEqual, tf.greaterEqual].map((op, i) =>
          tf.mul(op(a!, b!).toFloat(), 10 ** i)
        ),
      ),
    expected: [1110, 11001, 10010],
    gradient: false,
  },
  {
    name: "cast to int32 cuts the fraction off",
    inputs: [given([4], [1.7, -1.7, 0.2, 254.99])],
    run: (x) => x!.toInt().toFloat(),
    expected: [1, -1, 0, 254],
    gradient: false,
  },
];

/** Reductions, products and orders. */
export const REDUCTIONS: readonly Operation[] = [
  ...(["sum", "mean", "max", "min", "prod"] as const).flatMap((op): Operation[] => [
    { name: `${op} of all`, inputs: [spaced([2, 3, 2])], run: (x) => tf[op](x!) },
    {
      name: `${op} over the last axis`,
      inputs: [spaced([2, 3, 4])],
      run: (x) => tf[op](x!, -1),
      gradient: op !== "prod",
    },
    {
      name: `${op} over height and width, axes kept`,
      inputs: [spaced([2, 2, 3, 3])],
      run: (x) => tf[op](x!, [1, 2], true),
      gradient: op !== "prod",
    },
  ]),
  {
    name: "moments and normalization over the last axis",
    inputs: [uniform([2, 3, 8])],
    run: (x) => {
      const { mean, variance } = tf.moments(x!, -1, true);
      return tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    },
  },
  { name: "norm", inputs: [uniform([3, 4])], run: (x) => tf.norm(x!) },
  {
    name: "argMax and argMin",
    inputs: [given([2, 3], [1, 5, 2, 7, 0, 3])],
    run: (x) => tf.concat([tf.argMax(x!, 1).toFloat(), tf.argMin(x!, 0).toFloat()]),
    expected: [1, 0, 0, 1, 0],
    gradient: false,
  },
  {
    name: "topk",
    inputs: [given([2, 4], [1, 5, 2, 4, 7, 0, 3, 9])],
    run: (x) => {
      const { values, indices } = tf.topk(x!, 2);
      return tf.concat([values, indices.toFloat()]);
    },
    expected: [5, 4, 9, 7, 1, 3, 3, 0],
    gradient: false,
  },
  ...[0, 1, 2].flatMap((axis): Operation[] => [
    {
      name: `cumsum along axis ${axis}`,
      inputs: [uniform([2, 3, 4])],
      run: (x) => tf.cumsum(x!, axis),
    },
    {
      name: `cumsum along axis ${axis}, exclusive and reversed`,
      inputs: [uniform([2, 3, 4])],
      run: (x) => tf.cumsum(x!, axis, true, true),
    },
  ]),
  { name: "softmax", inputs: [uniform([2, 3, 5])], run: (x) => tf.softmax(x!) },
  { name: "logSoftmax", inputs: [uniform([3, 5])], run: (x) => tf.logSoftmax(x!) },
  ...(["softmax", "logSoftmax"] as const).map((op) =>
    gradientsOf({ name: op, inputs: [uniform([3, 4])], run: (x) => tf[op](x!) })
  ),
  {
    name: "logSumExp",
    inputs: [uniform([3, 5])],
    run: (x) => tf.logSumExp(x!, -1),
  },
  ...[[false, false], [true, false], [false, true], [true, true]].map(([ta, tb]): Operation => ({
    name: `matMul${ta ? " transposeA" : ""}${tb ? " transposeB" : ""}`,
    inputs: [uniform(ta ? [4, 3] : [3, 4]), uniform(tb ? [5, 4] : [4, 5], -1, 1, 1)],
    run: (a, b) => tf.matMul(a as Tensor2D, b as Tensor2D, ta, tb),
  })),
  gradientsOf({
    name: "a dense layer and its mean",
    inputs: [uniform([3, 4]), uniform([4, 2], -1, 1, 1), uniform([2])],
    run: (x, w, b) => tf.mean(tf.square(tf.add(tf.matMul(x as Tensor2D, w as Tensor2D), b!)), 1),
  }),
  gradientsOf({
    name: "norm over all but the batch",
    inputs: [uniform([2, 2, 2, 3], 0.5, 1)],
    run: (x) => tf.sqrt(tf.sum(tf.square(x!), [1, 2, 3])),
  }),
  {
    name: "matMul of batches, four axes",
    inputs: [uniform([2, 2, 3, 4]), uniform([2, 2, 5, 4], -1, 1, 1)],
    run: (a, b) => tf.matMul(a!, b!, false, true),
  },
  {
    name: "matMul of a batch with one matrix",
    inputs: [uniform([3, 2, 4]), uniform([1, 4, 5], -1, 1, 1)],
    run: (a, b) => tf.matMul(a!, b!),
  },
  {
    name: "dot",
    inputs: [given([3], [1, 2, 3]), given([3], [4, 5, 6])],
    run: (a, b) => tf.dot(a!, b!),
    expected: [32],
  },
  ...["ij,jk->ik", "ij,kj->ki", "ij,ij->i", "ij,kj->"].map((equation): Operation => ({
    name: `einsum ${equation}`,
    inputs: [uniform([3, 4]), uniform(equation === "ij,jk->ik" ? [4, 3] : [3, 4], -1, 1, 1)],
    run: (a, b) => tf.einsum(equation, a!, b!),
  })),
  {
    name: "einsum bhic,bhjc->bhij",
    inputs: [uniform([2, 2, 3, 4]), uniform([2, 2, 5, 4], -1, 1, 1)],
    run: (a, b) => tf.einsum("bhic,bhjc->bhij", a!, b!),
  },
  { name: "einsum ijk->kj", inputs: [uniform([2, 3, 4])], run: (a) => tf.einsum("ijk->kj", a!) },
];

/** Shapes and places. */
export const LAYOUT: readonly Operation[] = [
  {
    name: "depthToSpace has TensorFlow's order",
    inputs: [given([1, 1, 2, 8], [...Array(16).keys()])],
    run: (x) => tf.depthToSpace(four(x!), 2),
    // [h, w, (i, j, c)]: rows 0 then 1 of each block, c fastest.
    expected: [0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15],
  },
  {
    name: "depthToSpace x3",
    inputs: [uniform([2, 2, 3, 18])],
    run: (x) => tf.depthToSpace(four(x!), 3),
  },
  {
    name: "spaceToDepth has TensorFlow's order",
    inputs: [given([1, 2, 4, 2], [...Array(16).keys()])],
    run: (x) => spaceToDepth(four(x!), 2),
    expected: [0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15],
  },
  {
    name: "spaceToDepth x3",
    inputs: [uniform([2, 6, 3, 2])],
    run: (x) => spaceToDepth(four(x!), 3),
  },
  gradientsOf({
    name: "depthToSpace",
    inputs: [uniform([1, 2, 2, 8])],
    run: (x) => tf.depthToSpace(four(x!), 2),
  }),
  {
    name: "reshape and transpose 4 axes",
    inputs: [uniform([2, 3, 4, 5])],
    run: (x) => tf.transpose(x!, [3, 1, 0, 2]),
  },
  {
    name: "transpose 6 axes (windows)",
    inputs: [uniform([1, 2, 2, 2, 3, 2])],
    run: (x) => tf.transpose(x!, [0, 1, 3, 2, 4, 5]),
  },
  {
    name: "transpose 5 axes (heads)",
    inputs: [uniform([2, 3, 3, 2, 2])],
    run: (x) => tf.transpose(x!, [2, 0, 3, 1, 4]),
  },
  { name: "slice", inputs: [image], run: (x) => tf.slice(x!, [0, 1, 2, 1], [2, 3, 3, 2]) },
  {
    name: "stridedSlice",
    inputs: [image],
    run: (x) => tf.stridedSlice(x!, [0, 1, 0, 0], [2, 5, 6, 3], [1, 2, 3, 1]),
    gradient: false,
  },
  { name: "reverse height and width", inputs: [image], run: (x) => tf.reverse(x!, [1, 2]) },
  {
    name: "concat of channels",
    inputs: [image, uniform([2, 5, 6, 2])],
    run: (a, b) => tf.concat([a!, b!], -1),
  },
  {
    name: "split and concat",
    inputs: [uniform([2, 2, 3, 6])],
    run: (x) => tf.concat(tf.split(x!, [1, 2, 3], -1).toReversed(), -1),
  },
  {
    name: "stack and unstack",
    inputs: [uniform([3, 4]), uniform([3, 4], -1, 1, 1)],
    run: (a, b) => tf.stack(tf.unstack(tf.stack([a!, b!], 1), 0).toReversed(), 2),
  },
  { name: "tile", inputs: [uniform([2, 1, 3])], run: (x) => tf.tile(x!, [1, 3, 2]) },
  { name: "broadcastTo", inputs: [uniform([1, 3, 1])], run: (x) => tf.broadcastTo(x!, [2, 3, 4]) },
  {
    name: "expandDims and squeeze",
    inputs: [uniform([3, 1, 2])],
    run: (x) => tf.expandDims(tf.squeeze(x!, [1]), 0),
  },
  {
    name: "gather rows",
    inputs: [uniform([5, 3])],
    run: (x) => tf.gather(x!, tf.tensor1d([4, 0, 4, 2], "int32")),
  },
  {
    name: "gather along the last axis",
    inputs: [uniform([2, 3, 4])],
    run: (x) => tf.gather(x!, tf.tensor1d([3, 1, 1], "int32"), 2),
  },
  {
    name: "gatherND",
    inputs: [uniform([3, 4, 2])],
    run: (x) => tf.gatherND(x!, tf.tensor2d([[0, 1], [2, 3], [0, 1]], undefined, "int32")),
  },
  {
    name: "scatterND adds duplicates up",
    inputs: [given([3], [1, 2, 4])],
    run: (x) => tf.scatterND(tf.tensor2d([[1], [3], [1]], undefined, "int32"), x!, [4]),
    expected: [0, 5, 0, 2],
    gradient: false,
  },
  {
    name: "unsortedSegmentSum",
    inputs: [uniform([4, 2])],
    run: (x) => tf.unsortedSegmentSum(x!, tf.tensor1d([1, 0, 1, 2], "int32"), 3),
  },
  {
    name: "oneHot",
    inputs: [given([3], [2, 0, 1])],
    run: (x) => tf.oneHot(x!.toInt(), 3).toFloat(),
    expected: [0, 0, 1, 1, 0, 0, 0, 1, 0],
    gradient: false,
  },
  {
    name: "pad with zeros",
    inputs: [image],
    run: (x) => tf.pad(x!, [[0, 0], [1, 2], [3, 0], [0, 0]]),
  },
  {
    name: "pad with a constant",
    inputs: [image],
    run: (x) => tf.pad(x!, [[0, 0], [1, 0], [0, 1], [0, 0]], 0.5),
  },
  {
    name: "mirrorPad reflect",
    inputs: [uniform([1, 4, 5, 2])],
    run: (x) => tf.mirrorPad(x!, [[0, 0], [2, 3], [1, 4], [0, 0]], "reflect"),
  },
  {
    name: "mirrorPad symmetric",
    inputs: [uniform([1, 3, 4, 2])],
    run: (x) => tf.mirrorPad(x!, [[0, 0], [3, 1], [0, 4], [0, 0]], "symmetric"),
  },
  {
    name: "spaceToBatchND",
    inputs: [uniform([1, 4, 6, 2])],
    run: (x) => tf.spaceToBatchND(x!, [2, 2], [[0, 0], [0, 0]]),
  },
  {
    name: "batchToSpaceND",
    inputs: [uniform([4, 2, 3, 2])],
    run: (x) => tf.batchToSpaceND(x!, [2, 2], [[0, 1], [0, 0]]),
  },
  {
    name: "linspace, range, fill and eye",
    inputs: [given([1], [1])],
    run: (x) =>
      tf.addN(
        [tf.linspace(0, 3, 4), tf.range(0, 4), tf.fill([4], 2), tf.reshape(tf.eye(2), [4])].map((
          t,
        ) => tf.mul(t, x!)),
      ),
    expected: [3, 4, 6, 9],
  },
];

/** Convolutions, pools and resizing. */
export const SPATIAL: readonly Operation[] = [
  conv("3x3 same", 1, "same", 1),
  conv("3x3 valid", 1, "valid", 1),
  conv("1x1", 1, "same", 1, [1, 1]),
  conv("stride 2 same", 2, "same", 1),
  conv("stride 2 same, even height", 2, "same", 1, [3, 3], [8, 6]),
  conv("4x4 stride 2 same", 2, "same", 1, [4, 4], [8, 8]),
  conv("stride 2 valid, last row unused", 2, "valid", 1, [3, 3], [8, 8]),
  conv("5x3 strides 3 and 2", [3, 2], "same", 1, [5, 3]),
  conv("1x1 stride 2", 2, "valid", 1, [1, 1]),
  conv("dilation 2 same", 1, "same", 2),
  conv("dilation 3 valid", 1, "valid", [3, 2], [2, 3]),
  depthwise("same", 1, "same", 1),
  depthwise("valid", 1, "valid", 1),
  depthwise("stride 2", 2, "same", 1),
  depthwise("multiplier 2", 1, "same", 1, 2),
  depthwise("dilation 2", 1, "same", 2, 2),
  ...([["same", [2, 8, 6, 3], 2], ["valid", [2, 9, 7, 3], 2], ["same", [2, 4, 3, 3], 1]] as const)
    .map(
      ([pad, shape, stride]): Operation => ({
        name: `conv2dTranspose stride ${stride} ${pad}`,
        inputs: [
          uniform([
            2,
            Math.ceil(shape[1] / stride) - (pad === "valid" ? 1 : 0),
            Math.ceil(shape[2] / stride) - (pad === "valid" ? 1 : 0),
            2,
          ]),
          uniform([3, 3, 3, 2], -1, 1, 1),
        ],
        run: (x, w) => tf.conv2dTranspose(four(x!), four(w!), [...shape], stride, pad),
      }),
    ),
  ...(["maxPool", "avgPool"] as const).flatMap((op): Operation[] => [
    { name: `${op} 2x2 stride 2`, inputs: [square], run: (x) => tf[op](four(x!), 2, 2, "valid") },
    {
      name: `${op} 3x3 stride 2 same`,
      inputs: [spaced([1, 5, 5, 2])],
      run: (x) => tf[op](four(x!), 3, 2, "same"),
    },
    {
      name: `${op} 3x3 stride 1 same`,
      inputs: [square],
      run: (x) => tf[op](four(x!), 3, 1, "same"),
    },
  ]),
  ...(["resizeBilinear", "resizeNearestNeighbor"] as const).flatMap((method) => [
    resize(method, [8, 10], false, true),
    resize(method, [8, 10], true, false),
    resize(method, [8, 10], false, false),
    resize(method, [12, 5], false, false),
    resize(method, [7, 9], false, true),
    resize(method, [2, 3], false, true),
    resize(method, [3, 2], true, false),
  ]),
  ...[
    conv("stride 2 same", 2, "same", 1, [3, 3], [5, 4]),
    conv("stride 2 valid, last row unused", 2, "valid", 1, [3, 3], [6, 5]),
    conv("dilation 2 same", 1, "same", 2, [2, 3], [4, 5]),
    depthwise("stride 2", 2, "same", 1),
    depthwise("multiplier 2", 1, "valid", 1, 2),
    depthwise("dilation 2", 1, "same", 2),
    resize("resizeBilinear", [7, 9], false, true),
    resize("resizeBilinear", [3, 2], true, false),
    resize("resizeNearestNeighbor", [8, 10], false, false),
    resize("resizeNearestNeighbor", [7, 9], false, true),
  ].map(gradientsOf),
  gradientsOf({
    name: "a convolution with padding, bias and leaky ReLU, as discriminators have them",
    inputs: [uniform([1, 6, 5, 2]), uniform([4, 4, 2, 3], -1, 1, 1), uniform([3])],
    run: (x, w, b) => {
      const padded = tf.pad(x!, [[0, 0], [1, 1], [1, 1], [0, 0]]);
      return tf.leakyRelu(biasAdd(tf.conv2d(four(padded), four(w!), 2, "valid"), b!), 0.2);
    },
  }),
  {
    name: "resizeBilinear x2 with half-pixel centres equals PyTorch's align_corners=False",
    inputs: [given([1, 1, 2, 1], [0, 4])],
    run: (x) => tf.image.resizeBilinear(four(x!), [1, 4], false, true),
    expected: [0, 1, 3, 4],
  },
];
