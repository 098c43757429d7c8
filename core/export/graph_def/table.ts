/**
 * The ops of TensorFlow that are written to graphs, a row each.
 *
 * The intermediate form holds TensorFlow's own ops, so that a row says only which attributes TensorFlow cannot do without: types
 * follow from what a node takes or gives, the others must have been recorded. Names are those of the op definitions in
 * tensorflow/core/ops/{math,array,nn,image}_ops.cc, TensorFlow 2.21; attributes with defaults there may be missing.
 *
 * @module
 */
import { AttrType } from "../../engine/native/dtypes.ts";
import { dataTypeOf } from "../data_types.ts";
import { attribute, fixedValue, type GraphNode } from "../graph.ts";
import { type LoweringTable, NoLowering, type Row } from "../lowering.ts";
import type { GraphDefBuilder } from "./builder.ts";
import { intAttribute, typeAttribute } from "./nodes.ts";

/** What an op must have. */
interface Needs {
  /** Attributes that are the type of an input. */
  readonly types?: Readonly<Record<string, number>>;
  /** An attribute that is the type of the output. */
  readonly output?: string;
  /** An attribute that is the number of inputs, less `less`. */
  readonly inputs?: { readonly name: string; readonly less: number };
  /** An attribute that is the number of outputs. */
  readonly outputs?: string;
  /** Attributes that must have been recorded. */
  readonly recorded?: readonly string[];
}

/** A row for an op as it stands. */
function op({ types = {}, output, inputs, outputs, recorded = [] }: Needs): Row<GraphDefBuilder> {
  return (builder, node) => {
    for (const name of recorded) {
      if (attribute(node, name) === undefined) throw new NoLowering(`without ${name}`);
    }
    const { dtype } = node.outputs[0]!;
    const made = [
      ...Object.entries(types).map(([name, i]) => typeAttribute(name, builder.inputType(node, i))),
      ...(output === undefined ? [] : [typeAttribute(output, dataTypeOf(dtype))]),
      ...(inputs ? [intAttribute(inputs.name, node.inputs.length - inputs.less)] : []),
      ...(outputs === undefined ? [] : [intAttribute(outputs, node.outputs.length)]),
    ];
    const own = new Set(made.map(({ name }) => name));
    builder.add({
      name: node.name,
      op: node.op,
      inputs: node.inputs.map((ref) => builder.ref(ref)),
      attributes: [...node.attributes.filter(({ name }) => !own.has(name)), ...made],
    });
  };
}

const ofFirst = op({ types: { T: 0 } });
const reduction = op({ types: { T: 0, Tidx: 1 } });
const convolution = op({ types: { T: 0 }, recorded: ["strides", "padding"] });
const pooling = op({ types: { T: 0 }, recorded: ["ksize", "strides", "padding"] });
const padding = op({ types: { T: 0, Tpaddings: 1 } });
const plain = op({});

/** The input, of images of all sizes. */
function placeholder(builder: GraphDefBuilder, node: GraphNode): void {
  const { shape, dtype } = node.outputs[0]!;
  builder.add({
    name: node.name,
    op: "Placeholder",
    inputs: [],
    attributes: [
      typeAttribute("dtype", dataTypeOf(dtype)),
      { name: "shape", type: AttrType.SHAPE, value: shape.map((size) => fixedValue(size) ?? -1) },
    ],
  });
}

/** Rows by op. */
export const GRAPH_DEF_TABLE: LoweringTable<GraphDefBuilder> = {
  Placeholder: placeholder,
  Const: (builder, node) => builder.constant(node),
  Identity: ofFirst,

  // One number from one.
  Abs: ofFirst,
  Acos: ofFirst,
  Acosh: ofFirst,
  Asin: ofFirst,
  Asinh: ofFirst,
  Atan: ofFirst,
  Atanh: ofFirst,
  Ceil: ofFirst,
  Cos: ofFirst,
  Cosh: ofFirst,
  Elu: ofFirst,
  Erf: ofFirst,
  Exp: ofFirst,
  Expm1: ofFirst,
  Floor: ofFirst,
  IsFinite: ofFirst,
  IsInf: ofFirst,
  IsNan: ofFirst,
  LeakyRelu: ofFirst,
  Log: ofFirst,
  Log1p: ofFirst,
  LogicalNot: plain,
  Neg: ofFirst,
  OnesLike: ofFirst,
  Reciprocal: ofFirst,
  Relu: ofFirst,
  Relu6: ofFirst,
  Round: ofFirst,
  Rsqrt: ofFirst,
  Selu: ofFirst,
  Sigmoid: ofFirst,
  Sign: ofFirst,
  Sin: ofFirst,
  Sinh: ofFirst,
  Softplus: ofFirst,
  Softsign: ofFirst,
  Sqrt: ofFirst,
  Square: ofFirst,
  Tan: ofFirst,
  Tanh: ofFirst,
  ZerosLike: ofFirst,
  Cast: op({ types: { SrcT: 0 }, output: "DstT" }),

  // One number from several.
  Add: ofFirst,
  AddV2: ofFirst,
  AddN: op({ types: { T: 0 }, inputs: { name: "N", less: 0 } }),
  Atan2: ofFirst,
  Div: ofFirst,
  DivNoNan: ofFirst,
  Equal: ofFirst,
  FloorDiv: ofFirst,
  FloorMod: ofFirst,
  Greater: ofFirst,
  GreaterEqual: ofFirst,
  Less: ofFirst,
  LessEqual: ofFirst,
  LogicalAnd: plain,
  LogicalOr: plain,
  Maximum: ofFirst,
  Minimum: ofFirst,
  Mul: ofFirst,
  NotEqual: ofFirst,
  Pow: ofFirst,
  RealDiv: ofFirst,
  Select: op({ types: { T: 1 } }),
  SelectV2: op({ types: { T: 1 } }),
  SquaredDifference: ofFirst,
  Sub: ofFirst,

  // Sums of products.
  BatchMatMul: ofFirst,
  BatchMatMulV2: ofFirst,
  BiasAdd: ofFirst,
  Conv2D: convolution,
  Conv2DBackpropInput: op({ types: { T: 1 }, recorded: ["strides", "padding"] }),
  DepthwiseConv2dNative: convolution,
  Einsum: op({ types: { T: 0 }, inputs: { name: "N", less: 0 }, recorded: ["equation"] }),
  MatMul: ofFirst,

  // Along axes.
  All: op({ types: { Tidx: 1 } }),
  Any: op({ types: { Tidx: 1 } }),
  ArgMax: op({ types: { T: 0, Tidx: 1 }, output: "output_type" }),
  ArgMin: op({ types: { T: 0, Tidx: 1 }, output: "output_type" }),
  AvgPool: pooling,
  Cumsum: reduction,
  LRN: ofFirst,
  LogSoftmax: ofFirst,
  Max: reduction,
  MaxPool: pooling,
  Mean: reduction,
  Min: reduction,
  Prod: reduction,
  Softmax: ofFirst,
  Sum: reduction,
  TopKV2: ofFirst,

  // Where numbers stand.
  BatchToSpaceND: op({ types: { T: 0, Tblock_shape: 1, Tcrops: 2 } }),
  BroadcastTo: op({ types: { T: 0, Tidx: 1 } }),
  ConcatV2: op({ types: { T: 0 }, inputs: { name: "N", less: 1 } }),
  DepthToSpace: op({ types: { T: 0 }, recorded: ["block_size"] }),
  ExpandDims: op({ types: { T: 0, Tdim: 1 } }),
  Fill: op({ types: { T: 1, index_type: 0 } }),
  GatherNd: op({ types: { Tparams: 0, Tindices: 1 } }),
  GatherV2: op({ types: { Tparams: 0, Tindices: 1, Taxis: 2 } }),
  MirrorPad: op({ types: { T: 0, Tpaddings: 1 }, recorded: ["mode"] }),
  OneHot: op({ types: { T: 2, TI: 0 } }),
  Pack: op({ types: { T: 0 }, inputs: { name: "N", less: 0 } }),
  Pad: padding,
  PadV2: padding,
  Range: op({ types: { Tidx: 0 } }),
  Reshape: op({ types: { T: 0, Tshape: 1 } }),
  ReverseV2: op({ types: { T: 0, Tidx: 1 } }),
  Roll: op({ types: { T: 0, Tshift: 1, Taxis: 2 } }),
  Shape: op({ types: { T: 0 }, output: "out_type" }),
  Slice: op({ types: { T: 0, Index: 1 } }),
  SpaceToBatchND: op({ types: { T: 0, Tblock_shape: 1, Tpaddings: 2 } }),
  SpaceToDepth: op({ types: { T: 0 }, recorded: ["block_size"] }),
  Split: op({ types: { T: 1 }, outputs: "num_split" }),
  SplitV: op({ types: { T: 0, Tlen: 1 }, outputs: "num_split" }),
  Squeeze: ofFirst,
  StridedSlice: op({ types: { T: 0, Index: 1 } }),
  Tile: op({ types: { T: 0, Tmultiples: 1 } }),
  Transpose: op({ types: { T: 0, Tperm: 1 } }),
  Unpack: op({ types: { T: 0 }, outputs: "num" }),

  // Images.
  ResizeBicubic: ofFirst,
  ResizeBilinear: ofFirst,
  ResizeNearestNeighbor: ofFirst,
};
