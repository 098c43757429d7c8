/**
 * How far around a pixel a network looks, kernel by kernel.
 *
 * Each tensor that depends on the picture carries, for rows and for columns, where the pixels lie that element i of the
 * tensor is made of: from `jump * i + low` to `jump * i + high`. Kernels without a rule, and those that mix places in ways
 * that these numbers cannot express, are said to look at everything. Rules run beside those of `shape_rules.ts`.
 *
 * @module
 */
import type { Shaped } from "./shape_rules.ts";
import { tf } from "./tf.ts";

/** Which pixels element i along an axis depends on. */
export interface AxisReach {
  /** Pixels of the picture from one element to the next. */
  readonly jump: number;
  /** First pixel, relative to `jump * i`. */
  readonly low: number;
  /** Last pixel, relative to `jump * i`. */
  readonly high: number;
}

/** What a tensor depends on. */
export interface Reach {
  /** Number of leading axes that are places: `[n, h, w, …]` or `[n·h·w, …]`. */
  readonly leading: 3 | 1;
  /** Images, rows, columns. */
  readonly places: readonly [number, number, number];
  /** Rows and columns. */
  readonly axes: readonly [AxisReach, AxisReach];
}

/** Depends on the whole picture, or it is not known on what. */
export const EVERYTHING = "everything";

/** A tensor with what it depends on; nothing if it does not depend on the picture. */
export interface Traced extends Shaped {
  /** What it depends on. */
  readonly reach?: Reach | typeof EVERYTHING;
}

/** The reach of a picture itself, `[n, h, w, c]`. */
export function pictureReach([n, h, w]: readonly number[]): Reach {
  const axis = { jump: 1, low: 0, high: 0 };
  return { leading: 3, places: [n!, h!, w!], axes: [axis, axis] };
}

/** What the results of a kernel depend on; undefined for numbers that are the same for all pictures. */
export function reachOf(
  kernel: string,
  inputs: Readonly<Record<string, Traced>>,
  attributes: Readonly<Record<string, unknown>>,
  output: Shaped,
): Reach | typeof EVERYTHING | undefined {
  const reaches = Object.values(inputs).flatMap(({ reach }) => reach ?? []);
  if (reaches.length === 0 || CONSTANT.has(kernel)) return undefined;
  if (reaches.includes(EVERYTHING)) return EVERYTHING;
  const merged = merge(reaches as Reach[]);
  if (merged === EVERYTHING) return EVERYTHING;
  const result = ELEMENTWISE.has(kernel)
    ? merged
    : RULES[kernel]?.(merged, { inputs, attributes, output }) ?? EVERYTHING;
  // Broadcasting a row or a column over others would be no place any more.
  if (result === EVERYTHING || !fits(result, output.shape)) return EVERYTHING;
  return result;
}

function fits({ leading, places }: Reach, shape: readonly number[]): boolean {
  const [n, h, w] = places;
  return leading === 1
    ? shape[0] === n * h * w
    : shape[0] === n && shape[1] === h && shape[2] === w;
}

function merge(all: readonly Reach[]): Reach | typeof EVERYTHING {
  const [first, ...rest] = all as [Reach, ...Reach[]];
  let axes = first.axes;
  for (const other of rest) {
    const same = other.leading === first.leading &&
      other.places.join() === first.places.join() &&
      other.axes.every(({ jump }, i) => Math.abs(jump - axes[i]!.jump) < 1e-9);
    if (!same) return EVERYTHING;
    const union = (i: 0 | 1): AxisReach => ({
      jump: axes[i].jump,
      low: Math.min(axes[i].low, other.axes[i].low),
      high: Math.max(axes[i].high, other.axes[i].high),
    });
    axes = [union(0), union(1)];
  }
  return { ...first, axes };
}

interface Call {
  readonly inputs: Readonly<Record<string, Traced>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly output: Shaped;
}

type Rule = (reach: Reach, call: Call) => Reach | typeof EVERYTHING;

/** A new reach for a result of other height and width, each axis by itself. */
function moved(
  reach: Reach,
  { shape }: Shaped,
  axis: (axis: AxisReach, which: 0 | 1) => AxisReach,
): Reach | typeof EVERYTHING {
  if (reach.leading !== 3 || shape.length !== 4) return EVERYTHING;
  return {
    leading: 3,
    places: [shape[0]!, shape[1]!, shape[2]!],
    axes: [axis(reach.axes[0], 0), axis(reach.axes[1], 1)],
  };
}

type Pair = readonly [number, number];

interface WindowInfo {
  readonly padInfo: { readonly top: number; readonly left: number };
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly effectiveFilterHeight: number;
  readonly effectiveFilterWidth: number;
}

/** Element o is made of elements o·stride - before to o·stride - before + extent. */
function windowed(info: WindowInfo): Rule {
  const { padInfo, strideHeight, strideWidth } = info;
  const before: Pair = [padInfo.top, padInfo.left];
  const stride: Pair = [strideHeight, strideWidth];
  const extent: Pair = [info.effectiveFilterHeight - 1, info.effectiveFilterWidth - 1];
  return (reach, { output }) =>
    moved(reach, output, ({ jump, low, high }, i) => ({
      jump: jump * stride[i],
      low: low - before[i] * jump,
      high: high + (extent[i] - before[i]) * jump,
    }));
}

type Shape4 = [number, number, number, number];

function convolutionInfo(
  x: Shaped["shape"],
  filter: Shaped["shape"],
  attributes: Call["attributes"],
  depthwise: boolean,
) {
  const { strides, pad, dilations, dimRoundingMode } = attributes as {
    strides: number | [number, number];
    pad: "same" | "valid" | number;
    dilations?: number | [number, number];
    dimRoundingMode?: "floor";
  };
  return tf.backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

const convolution = (depthwise: boolean): Rule => (reach, call) => {
  const { x, filter } = call.inputs;
  if (filter!.reach !== undefined) return EVERYTHING;
  return windowed(convolutionInfo(x!.shape, filter!.shape, call.attributes, depthwise))(
    reach,
    call,
  );
};

/** Element o is made of elements (o + before - extent) / stride to (o + before) / stride. */
const transposedConvolution: Rule = (reach, { inputs, attributes, output }) => {
  if (inputs["filter"]!.reach !== undefined) return EVERYTHING;
  const info = convolutionInfo(output.shape, inputs["filter"]!.shape, attributes, false);
  const before: Pair = [info.padInfo.top, info.padInfo.left];
  const stride: Pair = [info.strideHeight, info.strideWidth];
  const extent: Pair = [info.effectiveFilterHeight - 1, info.effectiveFilterWidth - 1];
  return moved(reach, output, ({ jump, low, high }, i) => {
    const step = jump / stride[i];
    return {
      jump: step,
      low: low + (before[i] - extent[i]) * step,
      high: high + before[i] * step,
    };
  });
};

const pooling: Rule = (reach, call) => {
  const { filterSize, strides, pad, dimRoundingMode } = call.attributes as {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: "same" | "valid" | number;
    dimRoundingMode?: "floor";
  };
  const shape = call.inputs["x"]!.shape as Shape4;
  const info = tf.backend_util.computePool2DInfo(
    shape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  return windowed(info)(reach, call);
};

const depthToSpace: Rule = (reach, { attributes, output }) => {
  const block = attributes["blockSize"] as number;
  return moved(reach, output, ({ jump, low, high }) => ({
    jump: jump / block,
    low: low - (block - 1) / block * jump,
    high,
  }));
};

const spaceToDepth: Rule = (reach, { attributes, output }) => {
  const block = attributes["blockSize"] as number;
  return moved(reach, output, ({ jump, low, high }) => ({
    jump: jump * block,
    low,
    high: high + (block - 1) * jump,
  }));
};

const resize = (bilinear: boolean): Rule => (reach, { inputs, attributes, output }) => {
  const from = inputs["images"]!.shape;
  if (attributes["alignCorners"]) return EVERYTHING;
  return moved(reach, output, ({ jump, low, high }, i) => {
    const ratio = from[i + 1]! / output.shape[i + 1]!;
    const step = jump * ratio;
    if (!bilinear) {
      const whole = Number.isInteger(1 / ratio) && !attributes["halfPixelCenters"];
      const round = attributes["halfPixelCenters"] ? ratio / 2 : 0;
      return { jump: step, low: low - (whole ? 1 - ratio : 1) * jump, high: high + round * jump };
    }
    // The two elements around (o + 0.5)·ratio - 0.5, or o·ratio.
    const centre = attributes["halfPixelCenters"] ? (ratio - 1) / 2 : 0;
    return { jump: step, low: low + (centre - 1) * jump, high: high + (centre + 1) * jump };
  });
};

const padding = (mirrors: boolean): Rule => (reach, { attributes, output }) => {
  const pads = attributes["paddings"] as readonly Pair[];
  if (pads.some(([before, after], i) => i !== 1 && i !== 2 && before + after > 0)) {
    return reach.leading === 3 && pads.slice(0, 3).every(([a, b]) => a + b === 0)
      ? reach
      : EVERYTHING;
  }
  return moved(reach, output, ({ jump, low, high }, i) => {
    const [before, after] = pads[i + 1]!;
    // What is mirrored lies as far beyond the border as its image is on this side.
    const more = mirrors ? 2 * Math.max(before, after) * jump : 0;
    return { jump, low: low - before * jump - more, high: high - before * jump + more };
  });
};

const slice: Rule = (reach, { inputs, attributes, output }) => {
  const begin = attributes["begin"] as readonly number[];
  const { shape } = inputs["x"]!;
  if (reach.leading === 1) return begin[0] === 0 ? reach : EVERYTHING;
  if (shape[0] !== output.shape[0]) return EVERYTHING;
  if (shape.length !== 4) return begin[1] === 0 && begin[2] === 0 ? reach : EVERYTHING;
  return moved(reach, output, ({ jump, low, high }, i) => {
    const by = begin[i + 1]! * jump;
    return { jump, low: low + by, high: high + by };
  });
};

/** What happens along axes behind those of places only leaves the places as they are. */
const behind = (axes: (call: Call) => readonly number[]): Rule => (reach, call) =>
  axes(call).every((axis) => axis >= reach.leading) ? reach : EVERYTHING;

const firstShape = ({ inputs }: Call): readonly number[] => Object.values(inputs)[0]!.shape;
const byAxis: Rule = behind((call) =>
  tf.util.parseAxisParam(
    (call.attributes["axis"] ?? call.attributes["dim"]) as number | number[],
    [...firstShape(call)],
  )
);
const lastAxis: Rule = behind((call) => [firstShape(call).length - 1]);

const reshape: Rule = (reach, { output: { shape } }) => {
  const [n, h, w] = reach.places;
  if (shape[0] === n && shape[1] === h && shape[2] === w) return { ...reach, leading: 3 };
  return shape[0] === n * h * w ? { ...reach, leading: 1 } : EVERYTHING;
};

const transpose: Rule = (reach, { attributes }) => {
  const perm = attributes["perm"] as readonly number[];
  return perm.slice(0, reach.leading).every((from, to) => from === to) ? reach : EVERYTHING;
};

const product: Rule = (reach, { inputs, attributes }) => {
  const { a, b } = inputs;
  const rows = a!.reach !== undefined && b!.reach === undefined && !attributes["transposeA"];
  // The last two axes are the matrix: its rows may be columns of the picture, but are not mixed.
  return rows && a!.shape.length > reach.leading ? reach : EVERYTHING;
};

const RULES: Readonly<Record<string, Rule>> = {
  Conv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  Conv2DBackpropInput: transposedConvolution,
  AvgPool: pooling,
  MaxPool: pooling,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  ResizeBilinear: resize(true),
  ResizeNearestNeighbor: resize(false),
  PadV2: padding(false),
  MirrorPad: padding(true),
  Slice: slice,
  Reshape: reshape,
  ExpandDims: reshape,
  Transpose: transpose,
  BatchMatMul: product,
  Softmax: lastAxis,
  LogSoftmax: lastAxis,
  ...Object.fromEntries(
    ["All", "Any", "ArgMax", "ArgMin", "Max", "Mean", "Min", "Prod", "Sum", "Concat", "SplitV"]
      .map((name) => [name, byAxis]),
  ),
  Tile: behind(({ attributes }) =>
    (attributes["reps"] as readonly number[]).flatMap((times, axis) => times > 1 ? [axis] : [])
  ),
};

/** Give the same whatever the picture shows. */
const CONSTANT = new Set(["OnesLike", "ZerosLike"]);

/** Mix no places. */
const ELEMENTWISE = new Set(
  ("Abs Add AddN Cast Ceil ClipByValue Cos Elu Equal Erf Exp Expm1 Floor FloorDiv FusedBatchNorm " +
    "Greater GreaterEqual Identity LeakyRelu Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr " +
    "Maximum Minimum Mod Multiply Neg NotEqual Pow Prelu RealDiv Reciprocal Relu Relu6 Round Rsqrt " +
    "Select Selu Sigmoid Sign Sin Softplus Sqrt Square SquaredDifference Step Sub Tanh").split(" "),
);
