/**
 * Variables that live in TensorFlow's own resources, so that a compiled function changes them in place.
 *
 * A variable of TensorFlow.js points to data; data that is *resident* is held by a resource, and is read out of it (without
 * a copy) only when something outside of compiled functions asks for it.
 *
 * @module
 */
import { type Tensor, tf, type Variable } from "../tf.ts";
import type { NativeBinding } from "./binding.ts";
import { AttrType, DType } from "./dtypes.ts";
import { dataIdOf, idOf, type NodeBackend, type TensorRecord } from "./node_backend.ts";

let count = 0;

/** The record of resident data: like tfjs-node's own, but its number is that of a read, made when it is asked for. */
class ResidentRecord implements TensorRecord {
  readonly values: null = null;
  readonly dtype: number = DType.FLOAT;
  refCount = 1;
  #read: number | undefined;

  constructor(
    readonly binding: NativeBinding,
    readonly shape: number[],
    /** Number of the resource's handle in the binding. */
    readonly resource: number,
  ) {}

  get id(): number {
    this.#read ??= this.binding.executeEagerly(
      "ReadVariableOp",
      [{ name: "dtype", type: AttrType.TYPE, value: DType.FLOAT }],
      [this.resource],
      1,
    )[0]!.id;
    return this.#read;
  }

  /** Lets go of what was read: it is about to be out of date, and would make TensorFlow copy before it writes. */
  forgetRead(): void {
    if (this.#read !== undefined) this.binding.deleteEagerly(this.#read);
    this.#read = undefined;
  }

  /** Releases the memory. */
  destroy(): void {
    this.forgetRead();
    this.binding.executeEagerly(
      "DestroyResourceOp",
      [{ name: "ignore_lookup_error", type: AttrType.BOOL, value: true }],
      [this.resource],
      0,
    );
    this.binding.deleteEagerly(this.resource);
  }
}

/** Teaches `backend` to release resident data; call it once. */
export function supportResidents(backend: NodeBackend): void {
  const disposeData = backend.disposeData.bind(backend);
  const { tensorMap } = backend;
  backend.disposeData = (dataId, force = false) => {
    const record = tensorMap.has(dataId) ? tensorMap.get(dataId) : undefined;
    if (!(record instanceof ResidentRecord)) return disposeData(dataId, force);
    record.refCount--;
    if (!force && record.refCount > 0) return false;
    record.destroy();
    tensorMap.delete(dataId);
    return true;
  };
}

/** True if a resource holds `variable`. */
export function isResident({ tensorMap }: NodeBackend, variable: Variable): boolean {
  return tensorMap.get(dataIdOf(variable)) instanceof ResidentRecord;
}

/**
 * Number of the handle of the resource that holds `variable`, which is moved there if it is not there yet.
 *
 * @param changed True if the function that gets the handle writes to it: what others have read of it, or share with it,
 * then stays as it is.
 */
export function residentHandle(
  backend: NodeBackend,
  variable: Variable,
  changed: boolean,
): number {
  const { tensorMap, binding } = backend;
  const dataId = dataIdOf(variable);
  const record = tensorMap.get(dataId);
  if (record instanceof ResidentRecord) {
    if (!changed) return record.resource;
    if (record.refCount === 1) {
      record.forgetRead();
      return record.resource;
    }
  }
  const resource = newResource(binding, variable, idOf(backend, dataId));
  // Tensors that share the old data keep it; if it was the variable's alone it goes here.
  settle(backend, variable, new ResidentRecord(binding, [...variable.shape], resource));
  return resource;
}

/** Lets `variable` point to the data of `record`. */
function settle(backend: NodeBackend, variable: Variable, record: ResidentRecord): void {
  const { shape, dtype } = variable;
  const dataId = {};
  backend.tensorMap.set(dataId, record);
  const tensor: Tensor = tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
  variable.assign(tensor);
  tensor.dispose();
}

function newResource(binding: NativeBinding, { shape }: Variable, value: number): number {
  const dtype = { name: "dtype", type: AttrType.TYPE, value: DType.FLOAT };
  const [handle] = binding.executeEagerly(
    "VarHandleOp",
    [dtype, { name: "shape", type: AttrType.SHAPE, value: shape }, {
      name: "shared_name",
      type: AttrType.STRING,
      value: encoder.encode(`denosr_${++count}`),
    }],
    [],
    1,
  );
  binding.executeEagerly("AssignVariableOp", [dtype], [handle!.id, value], 0);
  return handle!.id;
}

const encoder = new TextEncoder();
