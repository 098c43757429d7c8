/**
 * Numbers of the TensorFlow Lite schema, version 3: element types, operators, and the fields of their options.
 *
 * From tensorflow/lite/schema/schema.fbs, whose numbers never change.
 *
 * @module
 */

/** Version of the schema. */
export const SCHEMA_VERSION = 3;

/** `TensorType`. */
export const TensorType = {
  FLOAT32: 0,
  FLOAT16: 1,
  INT32: 2,
  INT64: 4,
  BOOL: 6,
  INT16: 7,
  INT8: 9,
} as const;

/** One of {@linkcode TensorType}. */
export type TensorTypeName = keyof typeof TensorType;

/** `Padding`. */
export const Padding = { SAME: 0, VALID: 1 } as const;

/** `ActivationFunctionType`, as far as networks for images fuse them. */
export const Activation = { NONE: 0, RELU: 1, RELU6: 3 } as const;

/** One of {@linkcode Activation}. */
export type ActivationName = keyof typeof Activation;

/** `MirrorPadMode`. */
export const MirrorPadMode = { REFLECT: 0, SYMMETRIC: 1 } as const;

/** `BuiltinOperator`, as far as rows use them. */
export const Operator = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  DEPTH_TO_SPACE: 5,
  DEQUANTIZE: 6,
  FLOOR: 8,
  LOGISTIC: 14,
  MAX_POOL_2D: 17,
  MUL: 18,
  RELU: 19,
  RELU6: 21,
  RESHAPE: 22,
  RESIZE_BILINEAR: 23,
  SOFTMAX: 25,
  SPACE_TO_DEPTH: 26,
  TANH: 28,
  PAD: 34,
  GATHER: 36,
  TRANSPOSE: 39,
  MEAN: 40,
  SUB: 41,
  DIV: 42,
  STRIDED_SLICE: 45,
  EXP: 47,
  TOPK_V2: 48,
  CAST: 53,
  PRELU: 54,
  MAXIMUM: 55,
  ARG_MAX: 56,
  MINIMUM: 57,
  LESS: 58,
  NEG: 59,
  PADV2: 60,
  GREATER: 61,
  GREATER_EQUAL: 62,
  LESS_EQUAL: 63,
  SLICE: 65,
  SIN: 66,
  TRANSPOSE_CONV: 67,
  TILE: 69,
  EQUAL: 71,
  NOT_EQUAL: 72,
  LOG: 73,
  SUM: 74,
  SQRT: 75,
  RSQRT: 76,
  SHAPE: 77,
  POW: 78,
  ARG_MIN: 79,
  REDUCE_PROD: 81,
  REDUCE_MAX: 82,
  PACK: 83,
  LOGICAL_OR: 84,
  LOGICAL_AND: 86,
  LOGICAL_NOT: 87,
  UNPACK: 88,
  REDUCE_MIN: 89,
  FLOOR_DIV: 90,
  SQUARE: 92,
  FILL: 94,
  FLOOR_MOD: 95,
  RANGE: 96,
  RESIZE_NEAREST_NEIGHBOR: 97,
  LEAKY_RELU: 98,
  SQUARED_DIFFERENCE: 99,
  MIRROR_PAD: 100,
  ABS: 101,
  SPLIT_V: 102,
  CEIL: 104,
  REVERSE_V2: 105,
  COS: 108,
  ELU: 111,
  QUANTIZE: 114,
  ROUND: 116,
  SELECT_V2: 123,
  BATCH_MATMUL: 126,
  BROADCAST_TO: 130,
  GELU: 150,
  SIGN: 158,
} as const;

/** One of {@linkcode Operator}. */
export type OperatorName = keyof typeof Operator;

/** Operators with numbers from here on say 127 in the field that old readers know. */
export const PLACEHOLDER_OPERATOR = 127;

/** A field of options: its place in the table and how it is kept; absent fields are 0 unless said otherwise. */
type Field = readonly [place: number, kind: "bool" | "i8" | "i32" | "f32", absent?: number];

/** Options of operators: number in the union `BuiltinOptions`, and fields. */
export const OPTIONS = {
  Conv2DOptions: {
    id: 1,
    fields: {
      padding: [0, "i8"],
      strideW: [1, "i32"],
      strideH: [2, "i32"],
      activation: [3, "i8"],
      dilationW: [4, "i32", 1],
      dilationH: [5, "i32", 1],
    },
  },
  DepthwiseConv2DOptions: {
    id: 2,
    fields: {
      padding: [0, "i8"],
      strideW: [1, "i32"],
      strideH: [2, "i32"],
      depthMultiplier: [3, "i32"],
      activation: [4, "i8"],
      dilationW: [5, "i32", 1],
      dilationH: [6, "i32", 1],
    },
  },
  Pool2DOptions: {
    id: 5,
    fields: {
      padding: [0, "i8"],
      strideW: [1, "i32"],
      strideH: [2, "i32"],
      filterW: [3, "i32"],
      filterH: [4, "i32"],
      activation: [5, "i8"],
    },
  },
  SoftmaxOptions: { id: 9, fields: { beta: [0, "f32"] } },
  ConcatenationOptions: { id: 10, fields: { axis: [0, "i32"], activation: [1, "i8"] } },
  AddOptions: { id: 11, fields: { activation: [0, "i8"] } },
  ResizeBilinearOptions: {
    id: 15,
    fields: { alignCorners: [2, "bool"], halfPixelCenters: [3, "bool"] },
  },
  ReshapeOptions: { id: 17, fields: {} },
  SpaceToDepthOptions: { id: 19, fields: { blockSize: [0, "i32"] } },
  MulOptions: { id: 21, fields: { activation: [0, "i8"] } },
  PadOptions: { id: 22, fields: {} },
  GatherOptions: { id: 23, fields: { axis: [0, "i32"], batchDims: [1, "i32"] } },
  TransposeOptions: { id: 26, fields: {} },
  ReducerOptions: { id: 27, fields: { keepDims: [0, "bool"] } },
  SubOptions: { id: 28, fields: { activation: [0, "i8"] } },
  DivOptions: { id: 29, fields: { activation: [0, "i8"] } },
  StridedSliceOptions: {
    id: 32,
    fields: {
      beginMask: [0, "i32"],
      endMask: [1, "i32"],
      ellipsisMask: [2, "i32"],
      newAxisMask: [3, "i32"],
      shrinkAxisMask: [4, "i32"],
    },
  },
  TopKV2Options: { id: 34, fields: {} },
  CastOptions: { id: 37, fields: { inDataType: [0, "i8"], outDataType: [1, "i8"] } },
  DequantizeOptions: { id: 38, fields: {} },
  ArgMaxOptions: { id: 40, fields: { outputType: [0, "i8"] } },
  PadV2Options: { id: 43, fields: {} },
  SliceOptions: { id: 48, fields: {} },
  TransposeConvOptions: {
    id: 49,
    fields: {
      padding: [0, "i8"],
      strideW: [1, "i32"],
      strideH: [2, "i32"],
      activation: [3, "i8"],
    },
  },
  TileOptions: { id: 51, fields: {} },
  ShapeOptions: { id: 55, fields: { outType: [0, "i8"] } },
  ArgMinOptions: { id: 57, fields: { outputType: [0, "i8"] } },
  PackOptions: { id: 59, fields: { valuesCount: [0, "i32"], axis: [1, "i32"] } },
  UnpackOptions: { id: 64, fields: { num: [0, "i32"], axis: [1, "i32"] } },
  FillOptions: { id: 68, fields: {} },
  RangeOptions: { id: 73, fields: {} },
  ResizeNearestNeighborOptions: {
    id: 74,
    fields: { alignCorners: [0, "bool"], halfPixelCenters: [1, "bool"] },
  },
  LeakyReluOptions: { id: 75, fields: { alpha: [0, "f32"] } },
  MirrorPadOptions: { id: 77, fields: { mode: [0, "i8"] } },
  SplitVOptions: { id: 79, fields: { numSplits: [0, "i32"] } },
  DepthToSpaceOptions: { id: 94, fields: { blockSize: [0, "i32"] } },
  BatchMatMulOptions: { id: 101, fields: { adjX: [0, "bool"], adjY: [1, "bool"] } },
  GeluOptions: { id: 116, fields: { approximate: [0, "bool"] } },
} as const satisfies Record<
  string,
  { readonly id: number; readonly fields: Readonly<Record<string, Field>> }
>;

/** Name of a table of options. */
export type OptionsName = keyof typeof OPTIONS;
