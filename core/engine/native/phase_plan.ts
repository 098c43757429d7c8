/**
 * Which nodes of a record are computed in phases, see `graph_phases.ts`: convolutions that keep the size of the network's input,
 * and what is done to their results pixel by pixel or channel by channel.
 *
 * @module
 */
import { DType } from "./dtypes.ts";
import type { ArgumentKind } from "./form.ts";
import type { PhaseSymbols } from "./graph_phases.ts";
import type { RecordedNode, RecordedTensor } from "./recorded_graph.ts";
import type { SizeSymbol } from "./size_expressions.ts";

/** What a node is in phases: a convolution, channels put together, or something done to each number. */
export type PhaseRole = "convolution" | "concat" | "elements";

/** From so many channels on, of input and output, phases pay. */
const CHANNELS = 32;

/** From so many pixels of the input on they pay; below, filters weigh more than what is saved. */
const PIXELS = 80 * 80;

/** True if images of `height` by `width` are large enough for phases. */
export function isWorthPhases(height: number, width: number): boolean {
  return height * width >= PIXELS;
}

/** Where height and width are among `symbols`, if the function takes one image and that is large enough for phases. */
export function phasesOf(
  kinds: readonly ArgumentKind[],
  symbols: readonly SizeSymbol[],
): PhaseSymbols | undefined {
  const images = kinds.filter(({ shape }) => shape.length === 4);
  const [height, width] = [1, 2].map((axis) =>
    symbols.findIndex((symbol) => symbol.axis === axis)
  ) as [number, number];
  if (images.length !== 1 || symbols.length !== 2 || height < 0 || width < 0) return undefined;
  const [, h, w] = images[0]!.shape;
  return isWorthPhases(h!, w!) ? { height, width } : undefined;
}

/** True for filters `[kh, kw, in, out]` that phases exist for and pay with. */
export function hasPhases(filter: readonly number[]): boolean {
  const [height, width, inputs, outputs] = filter;
  return height === 3 && width === 3 && inputs! >= CHANNELS && outputs! >= CHANNELS;
}

/** Ops whose result depends, at each pixel and channel, on that pixel and channel alone. */
const ELEMENTWISE = new Set([
  "AddV2",
  "BiasAdd",
  "Elu",
  "LeakyRelu",
  "Maximum",
  "Minimum",
  "Mul",
  "Relu",
  "Relu6",
  "Sigmoid",
  "Sub",
  "Tanh",
]);

/** The nodes among `nodes` that are computed in phases, where the images have `height` and `width`. */
export function planPhases(
  nodes: readonly RecordedNode[],
  [height, width]: readonly [number, number],
): Map<number, PhaseRole> {
  const plan = new Map<number, PhaseRole>();
  const resultOf = ({ node, index }: RecordedTensor) => nodes[node]!.outputs[index]!;
  const isImage = (tensor: RecordedTensor): boolean => {
    const { shape, dtype } = resultOf(tensor);
    return dtype === DType.FLOAT && shape?.length === 4 && shape[0] === 1 && shape[1] === height &&
      shape[2] === width;
  };
  /** One number, or one for each channel. */
  const isSmall = (tensor: RecordedTensor): boolean => {
    const { shape, dtype } = resultOf(tensor);
    return dtype === DType.FLOAT && shape !== undefined &&
      shape.slice(0, -1).every((size) => size === 1);
  };
  const roleOf = (i: number, { name, inputs, outputs, after }: RecordedNode) => {
    if (after.length > 0 || outputs.length !== 1 || !isImage({ node: i, index: 0 })) return;
    if (name === "Conv2D") return isWhole(nodes[i]!, resultOf) ? "convolution" : undefined;
    const tensors = name === "ConcatV2" ? inputs.slice(0, -1) : inputs;
    const some = tensors.some(({ node }) => plan.has(node));
    if (!some) return undefined;
    if (name === "ConcatV2") {
      const [axis] = nodes[inputs.at(-1)!.node]!.values ?? [];
      return (axis === 3 || axis === -1) && tensors.every(isImage) ? "concat" : undefined;
    }
    if (!ELEMENTWISE.has(name)) return undefined;
    return tensors.every((tensor) => isImage(tensor) || isSmall(tensor)) ? "elements" : undefined;
  };
  for (const [i, node] of nodes.entries()) {
    const role = roleOf(i, node);
    if (role !== undefined) plan.set(i, role);
  }
  return plan;
}

/**
 * So many multiplications have to stand, at each pixel and for each window, against one number that is transformed: measured
 * on two cores without AVX-512, RRDBNet (69) takes 14 to 26 % less processor time, SRVGGNetCompact (32) hardly less, for more memory.
 */
const PRODUCTS = 48;

/** True if what `plan` saves is more than what it costs: images and results are transformed, each once. */
export function isWorthPlan(
  nodes: readonly RecordedNode[],
  plan: ReadonlyMap<number, PhaseRole>,
): boolean {
  const seen = new Set<number>();
  let products = 0, numbers = 0;
  const see = (node: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const { inputs, outputs } = nodes[node]!;
    if (plan.get(node) !== "concat") numbers += outputs[0]!.shape![3]!;
    else for (const part of inputs.slice(0, -1)) see(part.node);
  };
  for (const [i, role] of plan) {
    if (role !== "convolution") continue;
    const [image, filter] = nodes[i]!.inputs;
    const [, , inputs, outputs] = nodes[filter!.node]!.outputs[filter!.index]!.shape!;
    products += inputs! * outputs!;
    numbers += outputs!;
    see(image!.node);
  }
  return products > 0 && products >= PRODUCTS * numbers;
}

/** True for a convolution of a whole image, with zeros around it, step by step. */
function isWhole(
  { attributes, inputs: [image, filter] }: RecordedNode,
  resultOf: (tensor: RecordedTensor) => RecordedNode["outputs"][number],
): boolean {
  const value = (which: string) => attributes.find(({ name }) => name === which)?.value;
  const ones = (list: unknown) => Array.isArray(list) && list.every((size) => size === 1);
  const { shape } = resultOf(filter!);
  return value("padding") === "SAME" && ones(value("strides")) && ones(value("dilations")) &&
    value("data_format") === "NHWC" && shape !== undefined && hasPhases(shape) &&
    resultOf(image!).shape?.[3] === shape[2];
}
