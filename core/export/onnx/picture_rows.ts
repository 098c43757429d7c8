/**
 * Rows of ops on pictures: convolutions, pooling, other sizes.
 *
 * @module
 */
import { evaluate, type SizeExpression } from "../../engine/native/size_expressions.ts";
import {
  attribute,
  fixedNumbers,
  fixedShape,
  fixedValue,
  type GraphNode,
  nodeOf,
  sizesOf,
  type ValueRef,
} from "../graph.ts";
import { fitsFloat16 } from "../float16.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { OnnxBuilder } from "./builder.ts";
import type { OnnxAttributes } from "./model.ts";
import { type Numbers, permuted } from "./numbers.ts";

type OnnxRow = Row<OnnxBuilder>;

/** Numbers, heights and widths at which the difference of two sizes is looked at. */
const SAMPLES = [[1, 8, 8], [2, 13, 37], [3, 64, 51], [1, 97, 120]] as const;

/** Height and width of what a window moves over, and how it moves. */
interface Window {
  /** Sizes of the larger side: what a convolution takes. */
  readonly large: readonly [SizeExpression, SizeExpression];
  /** Sizes of the smaller side. */
  readonly small: readonly [SizeExpression, SizeExpression];
  /** Height and width of the window. */
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
}

/** The middle two of four numbers: those of height and width. */
function spatial(node: GraphNode, name: string): [number, number] {
  const values = attribute(node, name) as readonly number[] | undefined;
  if (values === undefined) return [1, 1];
  if (values[0] !== 1 || values[3] !== 1) {
    throw new NoLowering(`with ${name} [${values}]`);
  }
  return [values[1]!, values[2]!];
}

/** What is the same for all ops with a window; refuses other orders of axes. */
function windowOf(
  node: GraphNode,
  large: readonly SizeExpression[],
  small: readonly SizeExpression[],
  kernel: readonly [number, number],
): Window {
  const format = attribute(node, "data_format") ?? "NHWC";
  if (format !== "NHWC") throw new NoLowering(`with the order of axes ${format}`);
  return {
    large: [large[1]!, large[2]!],
    small: [small[1]!, small[2]!],
    kernel,
    strides: spatial(node, "strides"),
    dilations: spatial(node, "dilations"),
  };
}

/**
 * Padding: by numbers where it is the same for all sizes of the input, which every program knows; else by the name that ONNX has
 * for TensorFlow's way.
 */
function padding(node: GraphNode, window: Window): OnnxAttributes {
  const way = attribute(node, "padding");
  if (way === "EXPLICIT") {
    const pads = attribute(node, "explicit_paddings") as readonly number[];
    return { pads: { ints: [pads[2]!, pads[4]!, pads[3]!, pads[5]!] } };
  }
  if (way === "VALID") return {};
  const both = [0, 1].map((axis) => samePadding(window, axis));
  if (!both.every((pair) => pair !== undefined)) return { auto_pad: { text: "SAME_UPPER" } };
  const [[top, bottom], [left, right]] = both as [[number, number], [number, number]];
  return { pads: { ints: [top, left, bottom, right] } };
}

/** Pixels before and behind along one axis, if they are always the same. */
function samePadding(
  { large, small, kernel, strides, dilations }: Window,
  axis: number,
): [number, number] | undefined {
  const stride = strides[axis]!;
  const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
  const total = stride === 1 ? reach - 1 : constant((sizes) =>
    Math.max(
      0,
      (evaluate(small[axis]!, sizes) - 1) * stride + reach - evaluate(large[axis]!, sizes),
    )
  );
  return total === undefined ? undefined : [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The value of a function of sizes if it is the same everywhere. */
function constant(of: (sizes: readonly number[]) => number): number | undefined {
  const [first, ...others] = SAMPLES.map(of) as [number, ...number[]];
  return Number.isNaN(first) || others.some((value) => value !== first) ? undefined : first;
}

function moving({ kernel, strides, dilations }: Window): OnnxAttributes {
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    dilations: { ints: dilations },
  };
}

/** Adds a convolution, with the bias that is added next if there is one. */
function emitConvolution(
  builder: OnnxBuilder,
  node: GraphNode,
  position: number,
  op: string,
  x: ValueRef,
  weights: { values: Numbers; shape: readonly number[]; name: string },
  attributes: OnnxAttributes,
): void {
  const kind = builder.heavy([x]);
  const { values, shape, name } = weights;
  if (kind === "float16" && !fitsFloat16(values)) {
    throw new NoLowering("with weights that float16 cannot hold");
  }
  const inputs = [builder.read(x, "first", kind), builder.tensor(values, shape, kind, name)];
  const bias = biasBehind(builder, position);
  if (bias !== undefined) {
    inputs.push(builder.tensor(bias.values, [bias.values.length], kind, bias.name));
  }
  const [result] = builder.make(op, inputs, attributes, { name: node.name });
  builder.define(bias?.position ?? position, 0, result!, "first", kind);
}

/** The bias that the only taker of the node at `position` adds. */
function biasBehind(
  builder: OnnxBuilder,
  position: number,
): { position: number; values: Numbers; name: string } | undefined {
  const { graph } = builder;
  const taker = builder.onlyTaker({ node: position, index: 0 });
  if (taker === undefined) return undefined;
  const { op, inputs } = graph.nodes[taker]!;
  if (op !== "BiasAdd" && op !== "Add" && op !== "AddV2") return undefined;
  const other = inputs.find(({ node }) => node !== position);
  const values = other && fixedNumbers(graph, other);
  const shape = other && fixedShape(graph, other);
  const channels = builder.channels({ node: position, index: 0 });
  if (!values || values.length !== channels || shape?.at(-1) !== channels) return undefined;
  return { position: taker, values: values as Numbers, name: nodeOf(graph, other!).name };
}

const convolution = (isDepthwise: boolean): OnnxRow => (builder, node, position) => {
  const [x, filter] = node.inputs as [ValueRef, ValueRef];
  const { values, shape, name } = builder.weights(filter);
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const window = windowOf(node, builder.shape(x), node.outputs[0]!.shape, [height, width]);
  // Depthwise: channel i gives the channels i·m to i·m + m - 1.
  const weights = isDepthwise
    ? permuted(values, shape, [2, 3, 0, 1])
    : permuted(values, shape, [3, 2, 0, 1]);
  const of = isDepthwise ? [inputs * outputs, 1, height, width] : weights.shape;
  const group = isDepthwise ? inputs : builder.channels(x) / inputs;
  emitConvolution(builder, node, position, "Conv", x, { values: weights.values, shape: of, name }, {
    ...moving(window),
    ...padding(node, window),
    group: { int: group },
  });
};

const transposedConvolution: OnnxRow = (builder, node, position) => {
  const [, filter, x] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const { values, shape, name } = builder.weights(filter);
  const [height, width] = shape as [number, number];
  const window = windowOf(node, node.outputs[0]!.shape, builder.shape(x), [height, width]);
  const ends = [0, 1].map((axis) => {
    const { large, small, kernel, strides, dilations } = window;
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    // What is left of the whole result, or has to be added to it.
    const extra = constant((sizes) =>
      (evaluate(small[axis]!, sizes) - 1) * strides[axis]! + reach - evaluate(large[axis]!, sizes)
    );
    if (extra === undefined) {
      throw new NoLowering("to a size that depends on more than its input's");
    }
    if (extra < 0) return { before: 0, behind: 0, added: -extra };
    if (attribute(node, "padding") === "VALID") return { before: 0, behind: extra, added: 0 };
    return { before: Math.floor(extra / 2), behind: Math.ceil(extra / 2), added: 0 };
  }) as [
    { before: number; behind: number; added: number },
    { before: number; behind: number; added: number },
  ];
  if (attribute(node, "padding") === "EXPLICIT") throw new NoLowering("with explicit padding");
  const [down, across] = ends;
  // TensorFlow's filter is that of the convolution whose gradient it is: the channels that it gives stand third.
  const weights = permuted(values, shape, [3, 2, 0, 1]);
  emitConvolution(builder, node, position, "ConvTranspose", x, { ...weights, name }, {
    ...moving(window),
    pads: { ints: [down.before, across.before, down.behind, across.behind] },
    output_padding: { ints: [down.added, across.added] },
  });
};

const bias: OnnxRow = (builder, node, position) => {
  const layout = builder.follow(position, node.inputs);
  const kind = builder.common(node.inputs);
  const inputs = node.inputs.map((ref) => builder.read(ref, layout, kind));
  builder.emit(position, "Add", inputs, {}, layout, kind);
};

const pool = (op: string): OnnxRow => (builder, node, position) => {
  const [x] = node.inputs as [ValueRef];
  const window = windowOf(node, builder.shape(x), node.outputs[0]!.shape, spatial(node, "ksize"));
  const kind = builder.common([x]);
  builder.emit(
    position,
    op,
    [builder.read(x, "first", kind)],
    {
      kernel_shape: { ints: window.kernel },
      strides: { ints: window.strides },
      ...padding(node, window),
    },
    "first",
    kind,
  );
};

const blocks =
  (op: string, attributes: OnnxAttributes = {}): OnnxRow => (builder, node, position) => {
    const [x] = node.inputs as [ValueRef];
    const format = attribute(node, "data_format") ?? "NHWC";
    if (format !== "NHWC") throw new NoLowering(`with the order of axes ${format}`);
    const kind = builder.common([x]);
    const blocksize = { int: Number(attribute(node, "block_size")) };
    const inputs = [builder.read(x, "first", kind)];
    builder.emit(position, op, inputs, { ...attributes, blocksize }, "first", kind);
  };

/** ONNX puts the channels of a pixel of the block side by side, PyTorch the pixels of a channel. */
const pixelUnshuffle: OnnxRow = (builder, node, position) => {
  const [x] = node.inputs as [ValueRef];
  const channels = builder.channels(x);
  const block = Number(attribute(node, "block_size"));
  const kind = builder.common([x]);
  const [result] = builder.make("SpaceToDepth", [builder.read(x, "first", kind)], {
    blocksize: { int: block },
  }, { name: node.name });
  if (channels === 1) return builder.define(position, 0, result!, "first", kind);
  const pixels = block * block;
  const order = Array.from(
    { length: channels * pixels },
    (_, i) => (i % pixels) * channels + Math.floor(i / pixels),
  );
  const inputs = [result!, builder.ints(order, `${node.name}.order`)];
  builder.emit(position, "Gather", inputs, { axis: { int: 1 } }, "first", kind);
};

const resize = (mode: "linear" | "nearest"): OnnxRow => (builder, node, position) => {
  const [x, size] = node.inputs as [ValueRef, ValueRef];
  const isAligned = attribute(node, "align_corners") === true;
  const isHalf = attribute(node, "half_pixel_centers") === true;
  const coordinates = isAligned ? "align_corners" : isHalf ? "half_pixel" : "asymmetric";
  // TensorFlow rounds halves up; without centres it takes the pixel before.
  const nearest = isAligned || isHalf ? "round_prefer_ceil" : "floor";
  const to = sizesOf(builder.graph, size);
  if (to === undefined) throw new NoLowering("to a size that is computed");
  const kind = builder.common([x]);
  const [n, height, width, channels] = builder.shape(x);
  const factors = [factor(height!, to[0]!), factor(width!, to[1]!)];
  const inputs = [builder.read(x, "first", kind), ""];
  if (factors.every((one) => one !== undefined)) {
    inputs.push(builder.tensor([1, 1, ...factors], [4], "float32", `${node.name}.scales`));
  } else {
    inputs.push("", builder.sizes.vector([n!, channels!, to[0]!, to[1]!]));
  }
  builder.emit(
    position,
    "Resize",
    inputs,
    {
      mode: { text: mode },
      coordinate_transformation_mode: { text: coordinates },
      ...(mode === "nearest" ? { nearest_mode: { text: nearest } } : {}),
    },
    "first",
    kind,
  );
};

/** What a size is always multiplied by. */
function factor(from: SizeExpression, to: SizeExpression): number | undefined {
  if (fixedValue(from) !== undefined) return undefined;
  return constant((sizes) => evaluate(to, sizes) / evaluate(from, sizes));
}

/** Rows by op. */
export const PICTURE_ROWS: LoweringTable<OnnxBuilder> = {
  Conv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  Conv2DBackpropInput: transposedConvolution,
  BiasAdd: bias,
  MaxPool: pool("MaxPool"),
  AvgPool: pool("AveragePool"),
  DepthToSpace: blocks("DepthToSpace", { mode: { text: "DCR" } }),
  SpaceToDepth: blocks("SpaceToDepth"),
  PixelUnshuffle: pixelUnshuffle,
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
};
