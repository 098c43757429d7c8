/**
 * Factors and offsets for each channel, and the layers into whose weights they can go.
 *
 * @module
 */
import {
  attribute,
  fixedNumbers,
  fixedShape,
  fixedValue,
  type GraphNode,
  type ValueRef,
} from "./graph.ts";
import { FLOAT, type Rewriter, sameSizes } from "./rewrite.ts";

/** Where the weights of a layer lie and how they are ordered. */
interface Layer {
  /** Which input the weights are. */
  readonly weights: number;
  /** Which input is the image. */
  readonly image: number;
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** Channels that come out. */
  readonly outputs: number;
  /** Channels that go in. */
  readonly inputs: number;
  /** The channel that the weight at `i` makes. */
  output(i: number): number;
  /** The channel that the weight at `i` is multiplied by. */
  input(i: number): number;
  /** Whether nothing is added around the image. */
  readonly bare: boolean;
}

/** What is done to channels one by one: `x·scale + shift`. */
interface Affine {
  readonly x: ValueRef;
  readonly scale?: Float32Array;
  readonly shift?: Float32Array;
}

/** Factors and offsets behind a layer go into its weights and bias. */
export function absorbBehind(rewriter: Rewriter, node: GraphNode): ValueRef | undefined {
  const map = affineOf(rewriter, node);
  if (map === undefined || !rewriter.isUsedOnce(map.x)) return undefined;
  const from = rewriter.of(map.x);
  if (from.op === "BiasAdd") {
    const [inner, bias] = from.inputs as [ValueRef, ValueRef];
    const numbers = fixedNumbers(rewriter, bias) as Float32Array | undefined;
    const layer = layerOf(rewriter, rewriter.of(inner));
    if (numbers === undefined || layer === undefined || !rewriter.isUsedOnce(inner)) {
      return undefined;
    }
    const shifted = numbers.map((value, i) =>
      value * (map.scale?.[i] ?? 1) + (map.shift?.[i] ?? 0)
    );
    const like = rewriter.of(bias);
    const to = map.scale ? scaledOutputs(rewriter, inner, layer, map.scale) : inner;
    const added = rewriter.constant(shifted, [layer.outputs], like);
    return rewriter.add({ ...from, inputs: [to, added] });
  }
  const layer = layerOf(rewriter, from);
  if (layer === undefined) return undefined;
  if (map.scale) return scaledOutputs(rewriter, map.x, layer, map.scale);
  if (node.op === "BiasAdd") return undefined; // that is what we would make
  return biased(rewriter, map.x, map.shift!, from);
}

/** Factors in front of a layer go into its weights; offsets too, where the layer adds no zeros around the image. */
export function absorbInFront(rewriter: Rewriter, node: GraphNode): ValueRef | undefined {
  const layer = layerOf(rewriter, node);
  if (layer === undefined) return undefined;
  const before = node.inputs[layer.image]!;
  const map = affineOf(rewriter, rewriter.of(before));
  if (map === undefined || !rewriter.isUsedOnce(before)) return undefined;
  if (map.shift && (!layer.bare || isNormalized(rewriter, map.x))) return undefined;
  if (map.scale && isNormalized(rewriter, map.x)) return undefined;
  const inputs = node.inputs.with(layer.image, map.x);
  if (map.scale) {
    const values = layer.values.map((value, i) => value * map.scale![layer.input(i)]!);
    inputs[layer.weights] = replaced(rewriter, node, layer, values);
    return rewriter.add({ ...node, inputs });
  }
  const sums = new Float64Array(layer.outputs);
  layer.values.forEach((value, i) => {
    sums[layer.output(i)]! += value * map.shift![layer.input(i)]!;
  });
  return biased(rewriter, rewriter.add({ ...node, inputs }), Float32Array.from(sums), node);
}

/** Two factors, or two offsets, become one. */
export function mergeAffine(rewriter: Rewriter, node: GraphNode): ValueRef | undefined {
  const map = affineOf(rewriter, node);
  if (map === undefined || !rewriter.isUsedOnce(map.x)) return undefined;
  const from = rewriter.of(map.x);
  const inner = affineOf(rewriter, from);
  if (inner === undefined || isNormalized(rewriter, inner.x)) return undefined;
  const { length: channels } = map.scale ?? map.shift!;
  const like = node.inputs.map((ref) => rewriter.of(ref)).find(({ constant }) => constant)!;
  const add = (opName: string, values: Float32Array) =>
    rewriter.add({
      ...node,
      op: opName,
      attributes: [FLOAT],
      inputs: [inner.x, rewriter.constant(values, [channels], like)],
    });
  if (map.scale && inner.scale) {
    return add("Mul", map.scale.map((value, i) => value * inner.scale![i]!));
  }
  if (map.shift && inner.shift) {
    return add("AddV2", map.shift.map((value, i) => value + inner.shift![i]!));
  }
  return undefined;
}

/** What the node does to channels one by one; undefined if it does something else, or nothing is known of the channels. */
function affineOf(rewriter: Rewriter, node: GraphNode): Affine | undefined {
  if (node.inputs.length !== 2 || node.outputs[0]!.dtype !== "float32") return undefined;
  const [a, b] = node.inputs as [ValueRef, ValueRef];
  switch (node.op) {
    case "Mul":
      return affine(rewriter, node, a, b, (scale) => ({ scale })) ??
        affine(rewriter, node, b, a, (scale) => ({ scale }));
    case "RealDiv":
    case "Div":
      return affine(rewriter, node, a, b, (by) => ({ scale: by.map((value) => 1 / value) }));
    case "Add":
    case "AddV2":
      return affine(rewriter, node, a, b, (shift) => ({ shift })) ??
        affine(rewriter, node, b, a, (shift) => ({ shift }));
    case "BiasAdd":
      return affine(rewriter, node, a, b, (shift) => ({ shift }));
    case "Sub":
      return affine(rewriter, node, a, b, (by) => ({ shift: by.map((value) => -value) }));
  }
  return undefined;
}

function affine(
  rewriter: Rewriter,
  node: GraphNode,
  x: ValueRef,
  constant: ValueRef,
  of: (values: Float32Array) => Omit<Affine, "x">,
): Affine | undefined {
  const values = fixedNumbers(rewriter, constant) as Float32Array | undefined;
  const shape = fixedShape(rewriter, constant);
  const image = rewriter.typeOf(x).shape;
  const channels = image.length === 0 ? undefined : fixedValue(image.at(-1)!);
  if (values === undefined || shape === undefined || channels === undefined) return undefined;
  if (fixedNumbers(rewriter, x) !== undefined || !sameSizes(image, node.outputs[0]!.shape)) {
    return undefined;
  }
  if (values.length === 1) return { x, ...of(new Float32Array(channels).fill(values[0]!)) };
  const isRow = values.length === channels && shape.at(-1) === channels;
  return isRow ? { x, ...of(values) } : undefined;
}

/** Layer norms stay whole: some targets have an op for them. */
function isNormalized(rewriter: Rewriter, ref: ValueRef): boolean {
  const { op, inputs } = rewriter.of(ref);
  if (op !== "Mul") return false;
  return inputs.some((input) => rewriter.of(input).op === "Rsqrt" || isNormalized(rewriter, input));
}

/** The layer that the node is: a convolution or a product with a matrix, of fixed weights; else undefined. */
function layerOf(rewriter: Rewriter, node: GraphNode): Layer | undefined {
  const places: Readonly<Record<string, readonly [image: number, weights: number]>> = {
    Conv2D: [0, 1],
    DepthwiseConv2dNative: [0, 1],
    Conv2DBackpropInput: [2, 1],
    BatchMatMulV2: [0, 1],
    MatMul: [0, 1],
  };
  if (!Object.hasOwn(places, node.op)) return undefined;
  const [image, weights] = places[node.op]!;
  const values = fixedNumbers(rewriter, node.inputs[weights]!) as Float32Array | undefined;
  const shape = fixedShape(rewriter, node.inputs[weights]!);
  if (values === undefined || shape === undefined) return undefined;
  const layer = { image, weights, shape, values };
  if (node.op === "BatchMatMulV2" || node.op === "MatMul") {
    const prefix = node.op === "MatMul" ? "transpose_" : "adj_";
    const suffix = node.op === "MatMul" ? ["a", "b"] : ["x", "y"];
    const [first, second] = suffix.map((s) => attribute(node, prefix + s) === true);
    if (shape.length !== 2 || first) return undefined;
    const [rows, columns] = shape as [number, number];
    const row = (i: number) => Math.floor(i / columns), column = (i: number) => i % columns;
    return second
      ? { ...layer, inputs: columns, outputs: rows, input: column, output: row, bare: true }
      : { ...layer, inputs: rows, outputs: columns, input: row, output: column, bare: true };
  }
  if (shape.length !== 4 || attribute(node, "data_format") === "NCHW") return undefined;
  const [kh, kw, c, d] = shape as [number, number, number, number];
  const middle = (i: number) => Math.floor(i / d) % c, last = (i: number) => i % d;
  const bare = attribute(node, "padding") === "VALID" || kh === 1 && kw === 1;
  switch (node.op) {
    case "Conv2D":
      // With groups the image has more channels than the weights.
      if (fixedValue(rewriter.typeOf(node.inputs[image]!).shape[3]!) !== c) return undefined;
      return { ...layer, inputs: c, outputs: d, input: middle, output: last, bare };
    case "DepthwiseConv2dNative":
      return {
        ...layer,
        inputs: c,
        outputs: c * d,
        input: middle,
        output: (i) => i % (c * d),
        bare,
      };
    default:
      // Where pixels fall beside each other or overlap, an offset does not come out even.
      return { ...layer, inputs: d, outputs: c, input: last, output: middle, bare: false };
  }
}

function replaced(
  rewriter: Rewriter,
  node: GraphNode,
  { weights, shape }: Layer,
  values: Float32Array,
): ValueRef {
  return rewriter.constant(values, shape, rewriter.of(node.inputs[weights]!));
}

function scaledOutputs(
  rewriter: Rewriter,
  ref: ValueRef,
  layer: Layer,
  scale: Float32Array,
): ValueRef {
  const node = rewriter.of(ref);
  const values = layer.values.map((value, i) => value * scale[layer.output(i)]!);
  const inputs = node.inputs.with(layer.weights, replaced(rewriter, node, layer, values));
  return rewriter.add({ ...node, inputs });
}

function biased(
  rewriter: Rewriter,
  x: ValueRef,
  values: Float32Array,
  { layer, name, outputs }: GraphNode,
): ValueRef {
  const like = { op: "Const", attributes: [], inputs: [], outputs, layer, name: `${name}.bias` };
  const bias = rewriter.constant(values, [values.length], like);
  return rewriter.add({
    op: "BiasAdd",
    attributes: [FLOAT],
    inputs: [x, bias],
    outputs,
    layer,
    name: layer === "" ? "BiasAdd" : `${layer}/BiasAdd`,
  });
}
