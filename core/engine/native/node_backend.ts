/**
 * The parts of tfjs-node's backend that compiled functions work with.
 *
 * @module
 */
import type { DataType, Tensor } from "../tf.ts";
import { tf } from "../tf.ts";
import type { OpAttribute } from "./attributes.ts";
import { NativeBinding, type TensorMetadata } from "./binding.ts";
import { DType } from "./dtypes.ts";

/** What tfjs-node keeps of a tensor's data. */
export interface TensorRecord {
  /** Shape. */
  readonly shape: number[];
  /** `TF_DataType`. */
  readonly dtype: number;
  /** Number in the binding; -1 before the values have been handed over. */
  id: number;
  /** Values that have not been handed to the binding yet. */
  values: Float32Array | Int32Array | Uint8Array | null;
  /** Tensors and variables that share the data. */
  refCount: number;
}

/** The parts of tfjs-node's backend that tracing works with. */
export interface NodeBackend {
  /** Where ops go. */
  readonly binding: NativeBinding;
  /** All data by its key. */
  readonly tensorMap: {
    get(dataId: object): TensorRecord;
    set(dataId: object, record: TensorRecord): void;
    has(dataId: object): boolean;
    delete(dataId: object): boolean;
  };
  /** Numbers of tensors, whose values are handed over if that has not happened yet. */
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  /** Executes an op with one result. */
  executeSingleOutput(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly Tensor[],
  ): Tensor;
  /** Makes a tensor of a result. */
  createOutputTensor(metadata: TensorMetadata): Tensor;
  /** Reads a tensor. */
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  /** Reads a tensor. */
  read(dataId: object): Promise<Float32Array | Int32Array | Uint8Array>;
  /** Counts one user more. */
  incRef(dataId: object): void;
  /** Counts one user less, and releases the data when there is none. */
  disposeData(dataId: object, force?: boolean): boolean;
}

/** The backend of the native engine, if that is the one that runs. */
export function nodeBackend(): NodeBackend | undefined {
  const backend = tf.backend() as unknown as Partial<NodeBackend>;
  return backend.binding instanceof NativeBinding ? backend as NodeBackend : undefined;
}

/** The data behind a tensor of TensorFlow.js. */
export function dataIdOf(tensor: Tensor): object {
  return tensor.dataId;
}

/** `TF_DataType` of each type of TensorFlow.js. */
export const DTYPES: Readonly<Record<DataType, number>> = {
  float32: DType.FLOAT,
  int32: DType.INT32,
  bool: DType.BOOL,
  complex64: DType.COMPLEX64,
  string: DType.STRING,
};

/** The `TF_DataType` of data. */
export function dtypeOf(backend: NodeBackend, dataId: object): number {
  return backend.tensorMap.get(dataId).dtype;
}

/** The number in the binding of data from outside a trace, whose values are handed over if need be. */
export function idOf({ tensorMap, binding }: NodeBackend, dataId: object): number {
  const record = tensorMap.get(dataId);
  if (record.values) {
    record.id = binding.createEagerly(record.shape, record.dtype, record.values);
    record.values = null;
  }
  return record.id;
}
