/**
 * Versions of operators, and of the runtime that first had them.
 *
 * From tensorflow/lite/tools/versioning/op_version.cc and runtime_version.cc.
 *
 * @module
 */
import type { LiteModel, LiteOperator, LiteTensor } from "./flat_model.ts";
import type { OperatorName } from "./schema.ts";

/** What versions depend on. */
interface Signature {
  readonly inputs: readonly (LiteTensor | undefined)[];
  readonly output: LiteTensor;
  readonly options: Readonly<Record<string, number | boolean>>;
}

/** Runtimes by version of the operator, from 1. */
const RUNTIMES: Readonly<Record<OperatorName, readonly string[]>> = {
  ADD: ["1.5.0", "1.14.0", "2.4.0", "2.6.0"],
  AVERAGE_POOL_2D: ["1.5.0", "1.14.0"],
  CONCATENATION: ["1.5.0", "1.14.0"],
  CONV_2D: ["1.5.0", "1.14.0", "1.14.0", "2.3.0", "2.4.0", "2.9.0"],
  DEPTHWISE_CONV_2D: ["1.5.0", "1.12.0", "1.14.0"],
  DEPTH_TO_SPACE: ["2.1.0", "2.5.0"],
  DEQUANTIZE: ["1.13.1", "1.14.0", "1.15.0"],
  FLOOR: ["1.9.0"],
  LOGISTIC: ["1.14.0", "1.14.0"],
  MAX_POOL_2D: ["1.5.0", "1.14.0"],
  MUL: ["1.5.0", "1.14.0", "1.15.0", "2.3.0", "2.6.0"],
  RELU: ["1.5.0", "2.1.0"],
  RELU6: ["1.5.0", "1.14.0"],
  RESHAPE: ["1.5.0"],
  RESIZE_BILINEAR: ["1.7.0", "1.14.0", "2.2.0"],
  SOFTMAX: ["1.5.0", "1.14.0"],
  SPACE_TO_DEPTH: ["1.5.0", "1.14.0"],
  TANH: ["1.14.0", "1.14.0"],
  PAD: ["1.5.0", "1.14.0", "2.4.0", "2.6.0", "2.20.0"],
  GATHER: ["1.6.0", "1.14.0", "1.15.0", "2.4.0", "2.5.0"],
  TRANSPOSE: ["1.6.0", "1.14.0", "1.15.0", "2.3.0", "2.4.0", "2.12.0", "2.14.4", "2.22.0"],
  MEAN: ["1.6.0", "1.14.0"],
  SUB: ["1.6.0", "1.14.0", "2.3.0", "2.4.0"],
  DIV: ["1.6.0", "2.3.0"],
  STRIDED_SLICE: ["1.6.0", "1.14.0", "2.1.0", "2.2.0", "2.5.0", "2.6.0"],
  EXP: ["1.7.0"],
  TOPK_V2: ["1.7.0", "1.14.0"],
  CAST: ["1.5.0"],
  PRELU: ["1.8.0"],
  MAXIMUM: ["1.14.0", "1.14.0", "2.3.0"],
  ARG_MAX: ["1.9.0", "1.14.0"],
  MINIMUM: ["1.14.0", "1.14.0", "2.3.0"],
  LESS: ["1.14.0"],
  NEG: ["1.9.0"],
  PADV2: ["1.9.0", "1.14.0", "2.4.0", "2.6.0", "2.20.0"],
  GREATER: ["1.14.0"],
  GREATER_EQUAL: ["1.14.0"],
  LESS_EQUAL: ["1.14.0"],
  SLICE: ["1.14.0", "1.14.0", "1.14.0", "2.4.0", "2.5.0"],
  SIN: ["1.9.0"],
  TRANSPOSE_CONV: ["1.9.0", "2.2.0", "2.3.0", "2.13.0"],
  TILE: ["1.10.1", "2.2.0", "2.8.0"],
  EQUAL: ["1.14.0"],
  NOT_EQUAL: ["1.14.0"],
  LOG: ["1.14.0"],
  SUM: ["1.10.0", "1.15.0"],
  SQRT: ["1.10.0"],
  RSQRT: ["1.10.0"],
  SHAPE: ["1.10.0"],
  POW: ["1.10.0"],
  ARG_MIN: ["1.9.0", "1.14.0"],
  REDUCE_PROD: ["1.11.0"],
  REDUCE_MAX: ["1.11.0", "1.14.0"],
  PACK: ["1.11.0", "1.14.0"],
  LOGICAL_OR: ["1.11.0"],
  LOGICAL_AND: ["1.11.0"],
  LOGICAL_NOT: ["1.11.0"],
  UNPACK: ["1.11.0", "1.14.0", "2.2.0"],
  REDUCE_MIN: ["1.11.0", "1.14.0"],
  FLOOR_DIV: ["1.14.0", "1.14.0"],
  SQUARE: ["1.12.0"],
  FILL: ["1.13.0", "2.3.0"],
  FLOOR_MOD: ["1.13.0"],
  RANGE: ["1.13.0", "2.14.0"],
  RESIZE_NEAREST_NEIGHBOR: ["1.13.1", "1.14.0", "2.3.0"],
  LEAKY_RELU: ["1.13.1"],
  SQUARED_DIFFERENCE: ["1.13.1"],
  MIRROR_PAD: ["1.13.1", "2.3.0"],
  ABS: ["1.13.0", "2.4.0", "2.5.0", "2.6.0", "2.12.0"],
  SPLIT_V: ["1.13.1", "2.3.0"],
  CEIL: ["1.14.0"],
  REVERSE_V2: ["1.14.0", "2.2.0"],
  COS: ["1.14.0"],
  ELU: ["1.14.0"],
  QUANTIZE: ["1.14.0"],
  ROUND: ["1.14.0"],
  SELECT_V2: ["2.2.0"],
  BATCH_MATMUL: ["2.3.0"],
  BROADCAST_TO: ["", "2.5.0"],
  GELU: ["2.9.0"],
  SIGN: ["2.11.0", "2.12.0"],
};

/** The version of the runtime (TensorFlow's numbers) that first had `version` of `op`. */
export function minimumRuntime(op: OperatorName, version: number): string {
  const found = RUNTIMES[op][version - 1];
  if (!found) throw new RangeError(`${op} has no version ${version} here`);
  return found;
}

const int8 = (tensor: LiteTensor | undefined): boolean => tensor?.type === "INT8";
const rank = (tensor: LiteTensor | undefined): number => tensor?.shape.length ?? 0;

/** 2 for int8, else 1. */
const quantized = ({ inputs }: Signature): number => int8(inputs[0]) ? 2 : 1;

/** Operators of two inputs that are spread over each other. */
function spread(signature: Signature, high: number): number {
  const [a, b] = signature.inputs;
  const differs = a!.shape.join() !== b!.shape.join();
  return differs && Math.max(rank(a), rank(b)) > 4 ? high : quantized(signature);
}

/** Versions that depend on more than nothing; all others are 1. */
const VERSIONS: Partial<Record<OperatorName, (signature: Signature) => number>> = {
  CONV_2D({ inputs }) {
    const [x, filter] = inputs;
    if (x!.shape[3] !== filter!.shape[3]) return 6; // groups
    return int8(x) ? 3 : 1;
  },
  DEPTHWISE_CONV_2D({ inputs, options }) {
    if (int8(inputs[0])) return 3;
    return (options.dilationW ?? 1) !== 1 || (options.dilationH ?? 1) !== 1 ? 2 : 1;
  },
  TRANSPOSE_CONV({ inputs, options }) {
    if (options.activation) return 4;
    if (inputs[3] !== undefined) return 3;
    return int8(inputs[1]) ? 2 : 1;
  },
  ADD: ({ inputs }) => inputs[0]!.type === "INT64" ? 4 : int8(inputs[0]) ? 2 : 1,
  MUL({ inputs, output }) {
    const [a, b] = inputs;
    if (a!.type === "INT64") return 5;
    if (!int8(a)) return 1;
    const scales = [a, b, output].map((tensor) => tensor!.quantization!.scale[0]!);
    return scales[0]! * scales[1]! / scales[2]! >= 1 ? 3 : 2;
  },
  SUB: (signature) => signature.inputs[0]!.type === "INT64" ? 4 : spread(signature, 3),
  DIV: (signature) => spread(signature, 2),
  MAXIMUM: (signature) => spread(signature, 3),
  MINIMUM: (signature) => spread(signature, 3),
  TRANSPOSE({ inputs }) {
    const [x] = inputs;
    if (rank(x) > 4) return rank(x) > 6 ? 8 : rank(x) > 5 ? 6 : 4;
    return x!.type === "BOOL" ? 3 : int8(x) ? 2 : 1;
  },
  SLICE: (signature) => rank(signature.inputs[0]) > 4 ? 5 : quantized(signature),
  PAD: padVersion,
  PADV2: padVersion,
  GATHER({ inputs, options }) {
    if (options.batchDims) return 5;
    return inputs[0]!.type === "BOOL" ? 3 : int8(inputs[0]) ? 2 : 1;
  },
  STRIDED_SLICE({ inputs, options }) {
    if (options.ellipsisMask || options.newAxisMask) return 6;
    if (rank(inputs[0]) > 4) return 4;
    return inputs[0]!.type === "BOOL" ? 3 : int8(inputs[0]) ? 2 : 1;
  },
  DEQUANTIZE: ({ inputs }) => inputs[0]!.type === "FLOAT16" ? 3 : 2,
  FLOOR_DIV: ({ inputs }) => inputs[0]!.type === "FLOAT32" ? 2 : 1,
  ABS: ({ inputs }) => inputs[0]!.type === "INT32" ? 5 : int8(inputs[0]) ? 2 : 1,
  RESIZE_BILINEAR: (signature) => signature.options.halfPixelCenters ? 3 : quantized(signature),
  RESIZE_NEAREST_NEIGHBOR: (signature) =>
    signature.options.halfPixelCenters || signature.options.alignCorners ? 3 : quantized(signature),
  UNPACK: ({ inputs }) => inputs[0]!.type === "BOOL" ? 3 : int8(inputs[0]) ? 2 : 1,
  TILE: ({ inputs }) => int8(inputs[0]) ? 3 : 1,
  FILL: ({ inputs }) => inputs[1]!.type === "BOOL" ? 2 : 1,
  RANGE: ({ inputs }) => inputs[0]!.type === "INT64" ? 2 : 1,
  REVERSE_V2: ({ inputs }) => inputs[0]!.type === "BOOL" ? 2 : 1,
  SIGN: ({ inputs }) => inputs[0]!.type === "INT32" ? 2 : 1,
  BROADCAST_TO: () => 2,
  AVERAGE_POOL_2D: quantized,
  CONCATENATION: quantized,
  DEPTH_TO_SPACE: quantized,
  LOGISTIC: quantized,
  MAX_POOL_2D: quantized,
  MEAN: quantized,
  MIRROR_PAD: quantized,
  PACK: quantized,
  REDUCE_MAX: quantized,
  REDUCE_MIN: quantized,
  RELU: quantized,
  RELU6: quantized,
  SOFTMAX: quantized,
  SPACE_TO_DEPTH: quantized,
  SPLIT_V: quantized,
  SUM: quantized,
  TANH: quantized,
};

function padVersion({ inputs }: Signature): number {
  const [x] = inputs;
  if (x!.type === "BOOL") return 5;
  return rank(x) > 4 ? 4 : int8(x) ? 2 : 1;
}

/** The version that readers need to know of `operator`. */
export function operatorVersion(
  { tensors }: Pick<LiteModel, "tensors">,
  { op, inputs, outputs, options }: LiteOperator,
): number {
  return VERSIONS[op]?.({
    inputs: inputs.map((i) => tensors[i]),
    output: tensors[outputs[0]!]!,
    options: options?.fields ?? {},
  }) ?? 1;
}
