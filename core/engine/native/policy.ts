/**
 * Mixed precision: which ops of a recorded function compute in bfloat16 or float16, and the casts between.
 *
 * The table says for each op of TensorFlow:
 *
 * - `low`: always in the low precision: convolutions and matrix products, whose hardware accumulates in float32;
 * - `follow`: in the low precision if everything it takes is low already, so that no cast has to be made for it: the cheap
 *   ops between convolutions. `BiasAddGrad` is among them, since it sums in float32 inside and can be fused with the
 *   convolution's gradient;
 * - an op that is not there: in float32. So are losses, statistics of norms, softmax, exponentials, roots and sums.
 *
 * Nothing is lost between: a parameter is cast once a call, however often it is used; results, and the new values of
 * variables, are float32. An op without a kernel for the type on the device computes in float32.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import { AttrType, DType } from "./dtypes.ts";
import { type GraphTensor, keyOf, type OpGraph } from "./op_graph.ts";
import { hasKernel } from "./registered_kernels.ts";
import type { NativeLibrary } from "./native_library.ts";

/** How an op is computed. */
export type OpPrecision = "low" | "follow";

/** The policy; ops that are not named compute in float32. */
export const POLICY: Readonly<Record<string, OpPrecision>> = {
  BatchMatMul: "low",
  BatchMatMulV2: "low",
  Conv2D: "low",
  Conv2DBackpropFilter: "low",
  Conv2DBackpropInput: "low",
  Conv3D: "low",
  Conv3DBackpropFilterV2: "low",
  Conv3DBackpropInputV2: "low",
  DepthwiseConv2dNative: "low",
  DepthwiseConv2dNativeBackpropFilter: "low",
  DepthwiseConv2dNativeBackpropInput: "low",
  Einsum: "low",
  MatMul: "low",

  Add: "follow",
  AddV2: "follow",
  AvgPool: "follow",
  AvgPoolGrad: "follow",
  BatchToSpaceND: "follow",
  BiasAdd: "follow",
  BiasAddGrad: "follow",
  BroadcastTo: "follow",
  ConcatV2: "follow",
  DepthToSpace: "follow",
  ExpandDims: "follow",
  GatherV2: "follow",
  Greater: "follow",
  GreaterEqual: "follow",
  Identity: "follow",
  LeakyRelu: "follow",
  LeakyReluGrad: "follow",
  Less: "follow",
  LessEqual: "follow",
  MaxPool: "follow",
  MaxPoolGrad: "follow",
  Maximum: "follow",
  Minimum: "follow",
  MirrorPad: "follow",
  MirrorPadGrad: "follow",
  Mul: "follow",
  Neg: "follow",
  Pack: "follow",
  Pad: "follow",
  PadV2: "follow",
  Relu: "follow",
  Relu6: "follow",
  ReluGrad: "follow",
  Reshape: "follow",
  ResizeNearestNeighbor: "follow",
  ResizeNearestNeighborGrad: "follow",
  ReverseV2: "follow",
  Select: "follow",
  SelectV2: "follow",
  Sigmoid: "follow",
  SigmoidGrad: "follow",
  Slice: "follow",
  SpaceToBatchND: "follow",
  SpaceToDepth: "follow",
  Split: "follow",
  SplitV: "follow",
  Squeeze: "follow",
  StridedSlice: "follow",
  Sub: "follow",
  Tanh: "follow",
  TanhGrad: "follow",
  Tile: "follow",
  Transpose: "follow",
  Unpack: "follow",
  ZerosLike: "follow",
};

/** The attribute with the type of an op's numbers, where it is not `T`. */
const TYPE_ATTRIBUTE: Readonly<Record<string, string>> = { GatherV2: "Tparams" };

/** What a node is added with. */
export interface Node {
  /** Its attributes. */
  readonly attributes: readonly OpAttribute[];
  /** What it takes. */
  readonly inputs: readonly GraphTensor[];
}

/** Casts what ops take, in one graph. */
export class MixedPrecision {
  readonly #library: NativeLibrary;
  readonly #graph: OpGraph;
  readonly #device: string;
  readonly #casts = new Map<string, GraphTensor>();
  readonly #parameters = new Set<bigint>();
  readonly #broadcasts = new Map<string, Node & { readonly name: string }>();
  /** The low precision's `TF_DataType`. */
  readonly low: number;

  /** For `graph`, which runs on `device` (`CPU` or `GPU`), with numbers of type `low`. */
  constructor(library: NativeLibrary, graph: OpGraph, device: string, low: number) {
    this.#library = library;
    this.#graph = graph;
    this.#device = device;
    this.low = low;
  }

  /** Notes that `tensor` is the value of a variable: casting it costs little, and once for all its uses. */
  noteParameter(tensor: GraphTensor): void {
    this.#parameters.add(tensor.op);
  }

  /**
   * Notes what a node gives. What is a few numbers repeated all over an image is cast before it is repeated: the gradient of
   * a mean must not turn everything that it is added to into float32.
   */
  noteResult(
    name: string,
    node: Node,
    output: GraphTensor,
  ): void {
    if ((name === "BroadcastTo" || name === "Tile") && output.dtype === DType.FLOAT) {
      this.#broadcasts.set(keyOf(output), { name, ...node });
    }
  }

  /** What the op `name` is to be added with, in place of what it was given. */
  prepare(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
  ): Node {
    const type = TYPE_ATTRIBUTE[name] ?? "T";
    const wanted = POLICY[name];
    if (wanted !== undefined && this.#computesLow(wanted, inputs) && this.#has(name, type)) {
      return {
        attributes: withType(attributes, type, this.low),
        inputs: inputs.map((input) =>
          input.dtype === DType.FLOAT ? this.cast(input, this.low) : input
        ),
      };
    }
    return { attributes, inputs: inputs.map((input) => this.toFloat(input)) };
  }

  /** `tensor` in float32, if it is low. */
  toFloat(tensor: GraphTensor): GraphTensor {
    return tensor.dtype === this.low ? this.cast(tensor, DType.FLOAT) : tensor;
  }

  /** `tensor` as `dtype`; made once. */
  cast(tensor: GraphTensor, dtype: number): GraphTensor {
    const key = keyOf(tensor);
    let result = this.#casts.get(key);
    const broadcast = this.#broadcasts.get(key);
    if (result === undefined && broadcast !== undefined && this.#has(broadcast.name, "T")) {
      const [small, shape] = broadcast.inputs as [GraphTensor, GraphTensor];
      result = this.#graph.add(
        broadcast.name,
        withType(broadcast.attributes, "T", this.low),
        [this.cast(small, this.low), shape],
      )[0]!;
      this.#casts.set(key, result);
    }
    if (result === undefined) {
      const attributes = [
        { name: "SrcT", type: AttrType.TYPE, value: tensor.dtype },
        { name: "DstT", type: AttrType.TYPE, value: dtype },
      ];
      result = this.#graph.add("Cast", attributes, [tensor])[0]!;
      this.#casts.set(key, result);
      // Who asks for the other form of the cast gets the original, unless that had more digits.
      if (tensor.dtype === this.low) this.#casts.set(keyOf(result), tensor);
    }
    return result;
  }

  #computesLow(wanted: OpPrecision, inputs: readonly GraphTensor[]): boolean {
    const numbers = inputs.filter(({ dtype }) => dtype === DType.FLOAT || dtype === this.low);
    if (numbers.length === 0) return false;
    if (wanted === "low") return true;
    const largest = Math.max(...numbers.map((t) => t.dtype === this.low ? sizeOf(t) : 0));
    return largest > 0 &&
      numbers.every((input) => input.dtype === this.low || this.#isCheap(input, largest));
  }

  /** Parameters, what is repeated all over, and what an op repeats itself: it is far smaller than its largest low input. */
  #isCheap(input: GraphTensor, largest: number): boolean {
    return this.#parameters.has(input.op) || this.#broadcasts.has(keyOf(input)) ||
      sizeOf(input) * 16 <= largest || sizeOf(input) === 1;
  }

  #has(name: string, type: string): boolean {
    return hasKernel(this.#library, name, this.#device, type, this.low);
  }
}

/** Number of elements; infinite if it is not known. */
function sizeOf({ shape }: GraphTensor): number {
  return shape === undefined || shape.includes(-1)
    ? Infinity
    : shape.reduce((product, size) => product * size, 1);
}

function withType(
  attributes: readonly OpAttribute[],
  name: string,
  dtype: number,
): readonly OpAttribute[] {
  return attributes.map((attribute) =>
    attribute.name === name && attribute.type === AttrType.TYPE
      ? { ...attribute, value: dtype }
      : attribute
  );
}
