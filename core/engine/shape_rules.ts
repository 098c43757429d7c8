/**
 * What shape the result of each kernel has, and how many multiplications go into it.
 *
 * Kernels are TensorFlow.js's; those that are made of others (`core/engine/ops.ts`) need no rule. Names of inputs and
 * attributes, and the helpers that compute shapes, are those of `@tensorflow/tfjs-core`.
 *
 * @module
 */
import { type DataType, tf } from "./tf.ts";

/** A tensor without its numbers. */
export interface Shaped {
  /** Its shape. */
  readonly shape: number[];
  /** Its element type. */
  readonly dtype: DataType;
}

/** What a kernel gives. */
export interface KernelOutcome {
  /** Its results. */
  readonly outputs: readonly Shaped[];
  /** Multiply-accumulate operations; 0 for what is no convolution or product of matrices. */
  readonly macs?: number;
}

/** A kernel's rule: from its inputs by name and its attributes to what it gives. */
export type ShapeRule = (
  inputs: Readonly<Record<string, Shaped>>,
  attributes: Readonly<Record<string, unknown>>,
) => KernelOutcome;

const one = (shape: readonly number[], dtype: DataType = "float32", macs = 0): KernelOutcome => ({
  outputs: [{ shape: [...shape], dtype }],
  macs,
});
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
/** The result is like the first input. */
const same: ShapeRule = (inputs) => {
  const [x] = Object.values(inputs) as [Shaped];
  return one(x.shape, x.dtype);
};
const broadcast = (dtype?: DataType): ShapeRule => ({ a, b }) =>
  one(tf.broadcast_util.assertAndGetBroadcastShape(a!.shape, b!.shape), dtype ?? a!.dtype);

const reduction = (dtype?: DataType): ShapeRule => ({ x }, attributes) => {
  // Max alone calls them by another name.
  const { axis, reductionIndices = axis, keepDims } = attributes;
  const axes = tf.util.parseAxisParam(reductionIndices as number | number[], x!.shape);
  const shape = x!.shape.flatMap((size, i) => axes.includes(i) ? (keepDims ? [1] : []) : [size]);
  return one(shape, dtype ?? x!.dtype);
};

const convolution = (depthwise: boolean): ShapeRule => ({ x, filter }, attributes) => {
  const { strides, pad, dilations, dimRoundingMode } = attributes as {
    strides: number | [number, number];
    pad: "same" | "valid" | number;
    dilations: number | [number, number];
    dimRoundingMode?: "floor" | "round" | "ceil";
  };
  const info = tf.backend_util.computeConv2DInfo(
    x!.shape as [number, number, number, number],
    filter!.shape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const taps = info.filterHeight * info.filterWidth * (depthwise ? 1 : info.inChannels);
  return one(info.outShape, "float32", count(info.outShape) * taps);
};

const pooling: ShapeRule = ({ x }, attributes) => {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: "same" | "valid" | number;
    dimRoundingMode?: "floor" | "round" | "ceil";
  };
  const shape = x!.shape as [number, number, number, number];
  const { outShape } = tf.backend_util.computePool2DInfo(
    shape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  return one(outShape, x!.dtype);
};

const resize: ShapeRule = ({ images }, { size }) => {
  const [n, , , c] = images!.shape as [number, number, number, number];
  return one([n, ...size as [number, number], c]);
};

const padding: ShapeRule = ({ x }, { paddings }) => {
  const pads = paddings as readonly (readonly [number, number])[];
  return one(x!.shape.map((size, i) => pads[i]![0] + size + pads[i]![1]), x!.dtype);
};

const LIKE_FIRST = [
  "Abs",
  "Acos",
  "Acosh",
  "Asin",
  "Asinh",
  "Atan",
  "Atanh",
  "BatchToSpaceND",
  "Ceil",
  "ClipByValue",
  "Cos",
  "Cosh",
  "Cumsum",
  "Elu",
  "Erf",
  "Exp",
  "Expm1",
  "Floor",
  "FusedBatchNorm",
  "Identity",
  "LRN",
  "LeakyRelu",
  "Log",
  "Log1p",
  "LogSoftmax",
  "Neg",
  "OnesLike",
  "Prelu",
  "Reciprocal",
  "Relu",
  "Relu6",
  "Reverse",
  "Round",
  "Rsqrt",
  "Selu",
  "Sigmoid",
  "Sign",
  "Sin",
  "Sinh",
  "Softmax",
  "Softplus",
  "Sqrt",
  "Square",
  "Step",
  "Tan",
  "Tanh",
  "ZerosLike",
];

const ARITHMETIC = [
  "Add",
  "Atan2",
  "FloorDiv",
  "Maximum",
  "Minimum",
  "Mod",
  "Multiply",
  "Pow",
  "RealDiv",
  "SquaredDifference",
  "Sub",
];

const COMPARISON = [
  "Equal",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalOr",
  "NotEqual",
];

/** Rules by the name of the kernel. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(LIKE_FIRST.map((name) => [name, same])),
  ...Object.fromEntries(ARITHMETIC.map((name) => [name, broadcast()])),
  ...Object.fromEntries(COMPARISON.map((name) => [name, broadcast("bool")])),
  ...Object.fromEntries(["Max", "Mean", "Min", "Prod", "Sum"].map((name) => [name, reduction()])),
  ...Object.fromEntries(["All", "Any"].map((name) => [name, reduction("bool")])),
  ...Object.fromEntries(["ArgMax", "ArgMin"].map((name) => [name, reduction("int32")])),
  AddN: same,
  ...Object.fromEntries(
    ["IsFinite", "IsInf", "IsNan", "LogicalNot"].map((name) => [
      name,
      ({ x }: Record<string, Shaped>) => one(x!.shape, "bool"),
    ]),
  ),
  Cast: ({ x }, { dtype }) => one(x!.shape, dtype as DataType),
  Conv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  Conv2DBackpropInput: ({ dy, filter }, { inputShape }) => {
    const [kh, kw, input] = filter!.shape as [number, number, number];
    return one(inputShape as number[], "float32", count(dy!.shape) * kh * kw * input);
  },
  BatchMatMul: ({ a, b }, { transposeA, transposeB }) => {
    const [m, k] = transposeA ? [a!.shape.at(-1)!, a!.shape.at(-2)!] : a!.shape.slice(-2);
    const n = transposeB ? b!.shape.at(-2)! : b!.shape.at(-1)!;
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(
      a!.shape.slice(0, -2),
      b!.shape.slice(0, -2),
    );
    return one([...batch, m!, n], "float32", count(batch) * m! * k! * n);
  },
  Einsum: (inputs, { equation }) => {
    const parts = Object.values(inputs);
    const [from, to] = (equation as string).replaceAll(" ", "").split("->") as [string, string];
    const sizes = new Map(
      from.split(",").flatMap((axes, i) => [...axes].map((axis, k) => [axis, parts[i]!.shape[k]!])),
    );
    return one(
      [...to].map((axis) => sizes.get(axis)!),
      parts[0]!.dtype,
      count([...sizes.values()]),
    );
  },
  AvgPool: pooling,
  MaxPool: pooling,
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  PadV2: padding,
  MirrorPad: padding,
  Reshape: ({ x }, { shape }) =>
    one(tf.util.inferFromImplicitShape(shape as number[], count(x!.shape)), x!.dtype),
  ExpandDims: ({ input }, { dim }) => {
    const at = dim as number;
    return one(
      input!.shape.toSpliced(at < 0 ? input!.shape.length + at + 1 : at, 0, 1),
      input!.dtype,
    );
  },
  Transpose: ({ x }, { perm }) => one((perm as number[]).map((i) => x!.shape[i]!), x!.dtype),
  Slice: ({ x }, { begin, size }) => {
    const [from, length] = [begin as number[], size as number[]];
    const shape = from.map((at, i) => (length[i] ?? -1) < 0 ? x!.shape[i]! - at : length[i]!);
    return one(shape, x!.dtype);
  },
  StridedSlice: ({ x }, attributes) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
      attributes as Record<string, never>;
    const { finalShape } = tf.slice_util.sliceInfo(
      x!.shape,
      begin!,
      end!,
      strides!,
      beginMask!,
      endMask!,
      ellipsisMask!,
      newAxisMask!,
      shrinkAxisMask!,
    );
    return one(finalShape, x!.dtype);
  },
  Concat: (inputs, { axis }) => {
    const parts = Object.values(inputs);
    const at = tf.util.parseAxisParam(axis as number, parts[0]!.shape)[0]!;
    return one(
      tf.backend_util.computeOutShape(parts.map(({ shape }) => shape), at),
      parts[0]!.dtype,
    );
  },
  SplitV: ({ x }, { numOrSizeSplits, axis }) => {
    const at = tf.util.parseAxisParam(axis as number, x!.shape)[0]!;
    const sizes = tf.backend_util.prepareSplitSize(
      // It looks at nothing but the shape.
      x as unknown as Parameters<typeof tf.backend_util.prepareSplitSize>[0],
      numOrSizeSplits as number | number[],
      at,
    );
    return {
      outputs: sizes.map((size) => ({ shape: x!.shape.with(at, size), dtype: x!.dtype })),
    };
  },
  Pack: (inputs, { axis }) => {
    const parts = Object.values(inputs);
    return one(parts[0]!.shape.toSpliced(axis as number, 0, parts.length), parts[0]!.dtype);
  },
  Unpack: ({ value }, { axis }) => {
    const at = tf.util.parseAxisParam(axis as number, value!.shape)[0]!;
    const shape = value!.shape.toSpliced(at, 1);
    return {
      outputs: Array.from({ length: value!.shape[at]! }, () => ({ shape, dtype: value!.dtype })),
    };
  },
  GatherV2: ({ x, indices }, { axis, batchDims }) => {
    const at = tf.util.parseAxisParam(axis as number, x!.shape)[0]!;
    const picked = indices!.shape.slice(batchDims as number);
    return one([...x!.shape.slice(0, at), ...picked, ...x!.shape.slice(at + 1)], x!.dtype);
  },
  Tile: ({ x }, { reps }) => one(x!.shape.map((n, i) => n * (reps as number[])[i]!), x!.dtype),
  DepthToSpace: ({ x }, { blockSize }) => {
    const [n, h, w, c] = x!.shape as [number, number, number, number];
    const b = blockSize as number;
    return one([n, h * b, w * b, c / (b * b)]);
  },
  SpaceToDepth: ({ x }, { blockSize }) => {
    const [n, h, w, c] = x!.shape as [number, number, number, number];
    const b = blockSize as number;
    return one([n, h / b, w / b, c * b * b]);
  },
  Select: ({ t }) => one(t!.shape, t!.dtype),
  Fill: (_inputs, { shape, dtype }) => one(shape as number[], dtype as DataType ?? "float32"),
  Range: (_inputs, { start, stop, step, dtype }) =>
    one(
      [Math.max(0, Math.ceil((Number(stop) - Number(start)) / Number(step)))],
      dtype as DataType ?? "float32",
    ),
  OneHot: ({ indices }, { depth, dtype }) =>
    one([...indices!.shape, depth as number], dtype as DataType ?? "float32"),
  TopK: ({ x }, { k }) => {
    const shape = x!.shape.with(-1, k as number);
    return { outputs: [{ shape, dtype: x!.dtype }, { shape, dtype: "int32" }] };
  },
};
