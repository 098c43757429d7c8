/**
 * Rows of convolutions, pooling, resizing, padding and the exchange of pixels and channels.
 *
 * @module
 */
import { attribute, fixedNumbers, fixedValue, type GraphNode, sizesOf } from "../graph.ts";
import { type LoweringTable, NoLowering } from "../lowering.ts";
import type { LiteBuilder } from "./builder.ts";
import { paddingOf, strides, weightName } from "./attributes.ts";
import { inPhases } from "./phases.ts";
import { channelsOf, type LiteRow, options } from "./rows_math.ts";
import { Activation, MirrorPadMode, type OperatorName, Padding } from "./schema.ts";

/** Rows of ops for images. */
export const IMAGE_ROWS: LoweringTable<LiteBuilder> = {
  Conv2D(builder, node, position) {
    const { values, shape: [rows, columns, inputs, outputs] } = filterOf(builder, node, 1);
    const [x, padding] = padded(builder, node);
    // HWIO → OHWI
    const filter = permuted(values, [rows * columns * inputs, outputs]);
    const shape = [outputs, rows, columns, inputs];
    convolution(builder, position, "CONV_2D", [x], filter, shape, outputs, {
      padding,
      ...strides(node),
      ...dilations(node),
    });
  },
  DepthwiseConv2dNative(builder, node, position) {
    const { values, shape: [rows, columns, inputs, multiplier] } = filterOf(builder, node, 1);
    const [x, padding] = padded(builder, node);
    const outputs = inputs * multiplier;
    const shape = [1, rows, columns, outputs];
    convolution(builder, position, "DEPTHWISE_CONV_2D", [x], values, shape, outputs, {
      padding,
      depthMultiplier: multiplier,
      ...strides(node),
      ...dilations(node),
    });
  },
  Conv2DBackpropInput(builder, node, position) {
    const { values, shape: [rows, columns, outputs, inputs] } = filterOf(builder, node, 1);
    const { dilationH, dilationW } = dilations(node);
    if (dilationH !== 1 || dilationW !== 1) throw new NoLowering("dilated filters");
    const padding = paddingOf(node);
    if (padding === "EXPLICIT") throw new NoLowering("explicit padding");
    if (inPhases(builder, position, values, [rows, columns, outputs, inputs])) return;
    // H, W, out, in → out, H, W, in
    const filter = new Float32Array(values.length);
    let k = 0;
    for (let o = 0; o < outputs; o++) {
      for (let at = 0; at < rows * columns; at++) {
        for (let i = 0; i < inputs; i++) filter[k++] = values[(at * outputs + o) * inputs + i]!;
      }
    }
    const [size, , x] = builder.inputs(node) as [number, number, number];
    const shape = [outputs, rows, columns, inputs];
    convolution(builder, position, "TRANSPOSE_CONV", [size, x], filter, shape, outputs, {
      padding: Padding[padding],
      ...strides(node),
    });
  },

  AvgPool: pooling("AVERAGE_POOL_2D"),
  MaxPool: pooling("MAX_POOL_2D"),

  DepthToSpace(builder, node, position) {
    ofImages(node);
    const blockSize = Number(attribute(node, "block_size"));
    const made = options("DepthToSpaceOptions", { blockSize });
    builder.give(position, "DEPTH_TO_SPACE", builder.inputs(node), made);
  },
  SpaceToDepth(builder, node, position) {
    ofImages(node);
    const blockSize = Number(attribute(node, "block_size"));
    const made = options("SpaceToDepthOptions", { blockSize });
    builder.give(position, "SPACE_TO_DEPTH", builder.inputs(node), made);
  },
  PixelUnshuffle(builder, node, position) {
    const blockSize = Number(attribute(node, "block_size"));
    const channels = channelsOf(builder, node);
    const made = options("SpaceToDepthOptions", { blockSize });
    if (channels === 1) {
      builder.give(position, "SPACE_TO_DEPTH", builder.inputs(node), made);
      return;
    }
    const { shape } = builder.typeOf({ node: position, index: 0 });
    const blocks = builder.make("SPACE_TO_DEPTH", builder.inputs(node), { shape }, made);
    // PyTorch's order of channels has those of a pixel apart, TensorFlow's together.
    const area = blockSize ** 2;
    const order = Array.from(
      { length: area * channels },
      (_, k) => (k % area) * channels + Math.floor(k / area),
    );
    const inputs = [blocks, builder.ints(order)];
    builder.give(position, "GATHER", inputs, options("GatherOptions", { axis: 3 }));
  },

  ResizeBilinear: resizing("RESIZE_BILINEAR"),
  ResizeNearestNeighbor: resizing("RESIZE_NEAREST_NEIGHBOR"),

  Pad(builder, node, position) {
    builder.give(position, "PAD", paddings(builder, node), options("PadOptions"));
  },
  PadV2(builder, node, position) {
    const inputs = paddings(builder, node);
    const value = fixedNumbers(builder.graph, node.inputs[2]!);
    if (value?.length === 1 && Number(value[0]) === 0) {
      builder.give(position, "PAD", inputs, options("PadOptions"));
    } else {
      const all = [...inputs, builder.of(node.inputs[2]!)];
      builder.give(position, "PADV2", all, options("PadV2Options"));
    }
  },
  MirrorPad(builder, node, position) {
    const mode = MirrorPadMode[attribute(node, "mode") as keyof typeof MirrorPadMode];
    const made = options("MirrorPadOptions", { mode });
    builder.give(position, "MIRROR_PAD", paddings(builder, node), made);
  },
};

/** Refuses channels first. */
function ofImages(node: GraphNode): void {
  const format = attribute(node, "data_format");
  if (format !== undefined && format !== "NHWC") throw new NoLowering(`images as ${format}`);
}

function filterOf(builder: LiteBuilder, node: GraphNode, input: number): {
  values: Float32Array;
  shape: [number, number, number, number];
} {
  ofImages(node);
  const values = fixedNumbers(builder.graph, node.inputs[input]!);
  if (values === undefined) throw new NoLowering("a filter that is computed");
  const shape = builder.typeOf(node.inputs[input]!).shape.map((size) => fixedValue(size)!);
  return {
    values: Float32Array.from(values as ArrayLike<number>),
    shape: shape as [number, number, number, number],
  };
}

/** A matrix, transposed. */
function permuted(values: Float32Array, [rows, columns]: [number, number]): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!;
  }
  return result;
}

function convolution(
  builder: LiteBuilder,
  position: number,
  op: OperatorName,
  inputs: readonly number[],
  filter: Float32Array,
  shape: readonly number[],
  outputs: number,
  fields: Readonly<Record<string, number>>,
): void {
  const node = builder.graph.nodes[position]!;
  const { bias, activation, result } = builder.fusions.get(position)!;
  const weights = builder.constant(filter, shape, "FLOAT32", weightName(builder, node));
  const values = bias ?? new Float32Array(outputs);
  const added = builder.constant(values, [outputs], "FLOAT32", `${node.name}/bias`);
  const table = op === "CONV_2D"
    ? "Conv2DOptions"
    : op === "DEPTHWISE_CONV_2D"
    ? "DepthwiseConv2DOptions"
    : "TransposeConvOptions";
  const made = options(table, { ...fields, activation: Activation[activation] });
  const all = op === "TRANSPOSE_CONV"
    ? [inputs[0]!, weights, inputs[1]!, added]
    : [inputs[0]!, weights, added];
  builder.give(position, op, all, made, result);
}

/** The image and how it is padded; explicit padding is an operator of its own. */
function padded(builder: LiteBuilder, node: GraphNode): [x: number, padding: number] {
  const [ref] = node.inputs;
  const x = builder.of(ref!);
  const padding = paddingOf(node);
  if (padding !== "EXPLICIT") return [x, Padding[padding]];
  const amounts = attribute(node, "explicit_paddings") as number[];
  const { shape } = builder.typeOf(ref!);
  const matrix = builder.constant(Int32Array.from(amounts, Number), [4, 2], "INT32");
  const larger = shape.map((size, axis) => ({
    ...size,
    offset: size.offset + Number(amounts[2 * axis]!) + Number(amounts[2 * axis + 1]!),
  }));
  return [
    builder.make("PAD", [x, matrix], { shape: larger }, options("PadOptions")),
    Padding.VALID,
  ];
}

function dilations(node: GraphNode): { dilationH: number; dilationW: number } {
  const [, dilationH = 1, dilationW = 1] =
    (attribute(node, "dilations") as number[] | undefined ?? []).map(Number);
  return { dilationH, dilationW };
}

function pooling(op: OperatorName): LiteRow {
  return (builder, node, position) => {
    ofImages(node);
    const padding = paddingOf(node);
    if (padding === "EXPLICIT") throw new NoLowering("explicit padding");
    const [n, filterH, filterW, c] = (attribute(node, "ksize") as number[]).map(Number);
    if (n !== 1 || c !== 1) throw new NoLowering("windows over channels");
    const fields = {
      padding: Padding[padding],
      ...strides(node),
      filterH: filterH!,
      filterW: filterW!,
    };
    builder.give(position, op, builder.inputs(node), options("Pool2DOptions", fields));
  };
}

function resizing(op: "RESIZE_BILINEAR" | "RESIZE_NEAREST_NEIGHBOR"): LiteRow {
  return (builder, node, position) => {
    const table = op === "RESIZE_BILINEAR"
      ? "ResizeBilinearOptions"
      : "ResizeNearestNeighborOptions";
    const made = options(table, {
      alignCorners: attribute(node, "align_corners") === true,
      halfPixelCenters: attribute(node, "half_pixel_centers") === true,
    });
    builder.give(position, op, builder.inputs(node), made);
  };
}

/** The image and what is added around it. */
function paddings(builder: LiteBuilder, node: GraphNode): number[] {
  const [x, amounts] = node.inputs;
  const sizes = sizesOf(builder.graph, amounts!);
  if (sizes === undefined) throw new NoLowering("paddings that are computed");
  const rank = builder.typeOf(x!).shape.length;
  if (rank > 5) throw new NoLowering(`padding of ${rank} axes`);
  return [builder.of(x!), builder.of(amounts!)];
}
