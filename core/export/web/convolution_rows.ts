/**
 * Rows for convolutions, pooling, and activations that a convolution's kernel computes along with it.
 *
 * @module
 */
import { fixedNumbers, fixedShape, type GraphNode, type ValueRef } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { Activation, ProgramBuilder } from "./builder.ts";
import type { AttributeValue, KernelName } from "./program.ts";

type ProgramRow = Row<ProgramBuilder>;

/** Height and width of an attribute of four numbers. */
function pair(builder: ProgramBuilder, node: GraphNode, name: string): [number, number] {
  const [, down, across] = builder.attribute<number[]>(node, name, [1, 1, 1, 1]);
  return [Number(down), Number(across)];
}

function padding(builder: ProgramBuilder, node: GraphNode): AttributeValue {
  const mode = builder.attribute<string>(node, "padding", "VALID");
  if (mode !== "EXPLICIT") return mode.toLowerCase();
  const numbers = builder.attribute<number[]>(node, "explicit_paddings", []).map(Number);
  return [0, 2, 4, 6].map((i) => numbers.slice(i, i + 2));
}

function channelsLast(builder: ProgramBuilder, node: GraphNode): void {
  const format = builder.attribute<string>(node, "data_format", "NHWC");
  if (format !== "NHWC") throw new NoLowering(`channels in the order ${format}`);
}

function convolution(kernel: "Conv2D" | "DepthwiseConv2dNative"): ProgramRow {
  return (builder, node, position) => {
    channelsLast(builder, node);
    const [x, filter] = node.inputs as [ValueRef, ValueRef];
    builder.convolution(position, {
      kernel,
      x,
      filter,
      attributes: {
        strides: pair(builder, node, "strides"),
        pad: padding(builder, node),
        dataFormat: "NHWC",
        dilations: pair(builder, node, "dilations"),
      },
    });
  };
}

/**
 * A convolution backwards, which networks enlarge by. Where filters lie side by side it is a convolution by 1x1 whose channels are
 * spread over blocks of pixels: WebAssembly's own kernel for the rest is made of plain loops.
 */
const backwards: ProgramRow = (builder, node, position) => {
  channelsLast(builder, node);
  const [size, filter, x] = node.inputs as [ValueRef, ValueRef, ValueRef];
  const [down, across] = pair(builder, node, "strides");
  const shape = fixedShape(builder.graph, filter);
  const numbers = fixedNumbers(builder.graph, filter);
  const [rows, columns, output, input] = shape ?? [];
  const pad = padding(builder, node);
  const inputShape = builder.sizes(size, "size");
  const isSideBySide = numbers !== undefined && rows === down && columns === across &&
    down === across && typeof pad === "string";
  if (!isSideBySide || input === undefined) {
    return builder.emit(
      position,
      "Conv2DBackpropInput",
      { dy: builder.value(x), filter: builder.value(filter) },
      { strides: [down, across], pad, dataFormat: "NHWC", inputShape },
    );
  }
  const spread = rows! * columns! * output!;
  const turned = new Float32Array(input * spread);
  for (let i = 0; i < spread; i++) {
    for (let c = 0; c < input; c++) turned[c * spread + i] = Number(numbers[i * input + c]);
  }
  const weights = builder.add(turned, [1, 1, input, spread], "float32");
  const from = builder.shape(x);
  const channels = builder.step(
    "Conv2D",
    { x: builder.value(x), filter: weights },
    { strides: [1, 1], pad: "valid", dataFormat: "NHWC", dilations: [1, 1] },
    [...from.slice(0, 3), { scale: 0, factors: [], offset: spread }],
  );
  builder.emit(position, "DepthToSpace", { x: channels }, { blockSize: down, dataFormat: "NHWC" });
};

/** A pooling kernel. */
export function pooling(kernel: "AvgPool" | "MaxPool"): Row<ProgramBuilder> {
  return (builder, node, position) => {
    channelsLast(builder, node);
    builder.emit(position, kernel, { x: builder.value(node.inputs[0]!) }, {
      filterSize: pair(builder, node, "ksize"),
      strides: pair(builder, node, "strides"),
      pad: padding(builder, node),
    });
  };
}

/** Computed by the convolution before it, or else by itself. */
function activation(
  kernel: KernelName,
  of: (builder: ProgramBuilder, node: GraphNode) => Activation,
): ProgramRow {
  return (builder, node, position) => {
    const [x] = node.inputs as [ValueRef];
    const made = of(builder, node);
    const before = builder.waiting(x);
    if (before !== undefined) return builder.activated(position, before, made);
    const { slopes, alpha } = made;
    builder.emit(
      position,
      kernel,
      { x: builder.value(x), ...slopes && { alpha: builder.value(slopes) } },
      alpha === undefined ? {} : { alpha },
    );
  };
}

/** Convolutions. */
export const CONVOLUTION_ROWS: LoweringTable<ProgramBuilder> = {
  Conv2D: convolution("Conv2D"),
  DepthwiseConv2dNative: convolution("DepthwiseConv2dNative"),
  Conv2DBackpropInput: backwards,
};

/** Activations. */
export const ACTIVATION_ROWS: LoweringTable<ProgramBuilder> = {
  Relu: activation("Relu", () => ({ activation: "relu" })),
  Relu6: activation("Relu6", () => ({ activation: "relu6" })),
  PRelu: activation("Prelu", (_, { inputs }) => ({ activation: "prelu", slopes: inputs[1]! })),
  LeakyRelu: activation("LeakyRelu", (builder, node) => ({
    activation: "leakyrelu",
    alpha: builder.attribute(node, "alpha", 0.2),
  })),
  Elu: (builder, { inputs }, position) =>
    builder.emit(position, "Elu", { x: builder.value(inputs[0]!) }),
  Selu: (builder, { inputs }, position) =>
    builder.emit(position, "Selu", { x: builder.value(inputs[0]!) }),
};
