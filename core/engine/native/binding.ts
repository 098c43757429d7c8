/**
 * `TFJSBinding` of tfjs-node in TypeScript: tensors by number, ops by name, over any libtensorflow 2.x.
 *
 * It does what the C++ addon of `@tensorflow/tfjs-node-gpu` does (binding/tfjs_backend.cc), without that addon. All ops
 * of TensorFlow.js come through {@linkcode NativeBinding.executeOp}, which {@linkcode NativeBinding.redirect} can send
 * elsewhere, for example to a tracer that builds a graph.
 *
 * @module
 */
import type { OpAttribute } from "./attributes.ts";
import type { EagerContext } from "./context.ts";
import { AttrType, DType, type NumberArray } from "./dtypes.ts";
import { EagerExecutor } from "./executor.ts";
import type { NativeLibrary } from "./native_library.ts";
import { Status } from "./status.ts";
import {
  newTensor,
  readTensor,
  shapeOf,
  takeTensor,
  type TensorData,
  withStringTensor,
} from "./tensors.ts";

/** What the kernels need to know of a result: its number in the binding, shape and `TF_DataType`. */
export class TensorMetadata {
  /** Creates it. */
  constructor(
    /** Number of the tensor in the binding. */
    public id: number,
    /** Shape. */
    public shape: number[],
    /** `TF_DataType`. */
    public dtype: number,
  ) {}
}

/** An attribute as a class, which `TFJSBinding` wants to have; any object of this form will do. */
export class TFEOpAttr implements OpAttribute {
  /** Creates it. */
  constructor(
    /** Name in the op's definition. */
    public name: string,
    /** `TF_AttrType`. */
    public type: number,
    /** Value. */
    public value: boolean | number | object | string | number[],
  ) {}
}

/** The part of the binding that a tracer takes over. */
export interface OpTarget {
  /** Executes or records an op. */
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    numOutputs: number,
  ): TensorMetadata[];
  /** Creates a tensor, or records a constant, and returns its number. */
  createTensor(shape: readonly number[], dtype: number, values: TensorData): number;
  /** Forgets a tensor. */
  deleteTensor(id: number): void;
  /** Reads a tensor. */
  tensorDataSync(id: number): TensorData;
}

/** Implements tfjs-node's `TFJSBinding` on an eager context, which it owns. */
export class NativeBinding implements OpTarget, Disposable {
  readonly #library: NativeLibrary;
  readonly #executor: EagerExecutor;
  readonly #handles = new Map<number, bigint>();
  readonly #gpu: Uint8Array<ArrayBuffer> | undefined;
  readonly #pending = new Set<Promise<unknown>>();
  #nextId = 0;
  #target: OpTarget | undefined;
  #disposed = false;

  /** Class of results. */
  readonly TensorMetadata: typeof TensorMetadata = TensorMetadata;
  /** Class of attributes. */
  readonly TFEOpAttr: typeof TFEOpAttr = TFEOpAttr;
  /** `TF_FLOAT` of TensorFlow's C API. */
  readonly TF_FLOAT: number = DType.FLOAT;
  /** `TF_INT32` of TensorFlow's C API. */
  readonly TF_INT32: number = DType.INT32;
  /** `TF_INT64` of TensorFlow's C API. */
  readonly TF_INT64: number = DType.INT64;
  /** `TF_BOOL` of TensorFlow's C API. */
  readonly TF_BOOL: number = DType.BOOL;
  /** `TF_COMPLEX64` of TensorFlow's C API. */
  readonly TF_COMPLEX64: number = DType.COMPLEX64;
  /** `TF_STRING` of TensorFlow's C API. */
  readonly TF_STRING: number = DType.STRING;
  /** `TF_RESOURCE` of TensorFlow's C API. */
  readonly TF_RESOURCE: number = DType.RESOURCE;
  /** `TF_UINT8` of TensorFlow's C API. */
  readonly TF_UINT8: number = DType.UINT8;
  /** `TF_ATTR_STRING` of TensorFlow's C API. */
  readonly TF_ATTR_STRING: number = AttrType.STRING;
  /** `TF_ATTR_INT` of TensorFlow's C API. */
  readonly TF_ATTR_INT: number = AttrType.INT;
  /** `TF_ATTR_FLOAT` of TensorFlow's C API. */
  readonly TF_ATTR_FLOAT: number = AttrType.FLOAT;
  /** `TF_ATTR_BOOL` of TensorFlow's C API. */
  readonly TF_ATTR_BOOL: number = AttrType.BOOL;
  /** `TF_ATTR_TYPE` of TensorFlow's C API. */
  readonly TF_ATTR_TYPE: number = AttrType.TYPE;
  /** `TF_ATTR_SHAPE` of TensorFlow's C API. */
  readonly TF_ATTR_SHAPE: number = AttrType.SHAPE;
  /** Named by tfjs-node, used by none of its kernels. */
  readonly TF_ATTR_RESOURCE: number = DType.RESOURCE;
  /** Version of TensorFlow. */
  readonly TF_Version: string;

  /** Takes over `context`. */
  constructor(readonly context: EagerContext) {
    this.#library = context.library;
    this.#executor = new EagerExecutor(context);
    this.TF_Version = context.library.version;
    const gpu = context.devices.find((device) => device.type === "GPU");
    if (gpu) this.#gpu = this.#library.cString(gpu.name);
  }

  /** The library that it calls. */
  get library(): NativeLibrary {
    return this.#library;
  }

  /** Sends ops, tensors and reads to `target` until it is called again with `undefined`; returns the previous target. */
  redirect(target: OpTarget | undefined): OpTarget | undefined {
    const previous = this.#target;
    this.#target = target;
    return previous;
  }

  /** {@inheritDoc OpTarget.executeOp} */
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    numOutputs: number,
  ): TensorMetadata[] {
    if (this.#target) return this.#target.executeOp(name, attributes, inputs, numOutputs);
    return this.executeEagerly(name, attributes, inputs, numOutputs);
  }

  /**
   * Executes an op at once, even while ops are redirected.
   *
   * @throws {NativeError} With TensorFlow's message.
   */
  executeEagerly(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    numOutputs: number,
  ): TensorMetadata[] {
    const handles: bigint[] = [];
    for (const id of inputs) handles.push(this.handle(id));
    const results = this.#executor.execute(name, attributes, handles, numOutputs);
    return results.map((result) => this.adopt(result));
  }

  /** As {@linkcode NativeBinding.executeEagerly}, off the main thread; the inputs may be deleted meanwhile. */
  async executeOpAsync(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    numOutputs: number,
  ): Promise<TensorMetadata[]> {
    // The op itself holds its inputs, so that only the numbers have to be known now.
    const handles = inputs.map((id) => this.handle(id));
    const call = this.#executor.executeAsync(name, attributes, handles, numOutputs);
    this.#pending.add(call);
    try {
      return (await call).map((result) => this.adopt(result));
    } finally {
      this.#pending.delete(call);
    }
  }

  /** Waits until no op runs off the main thread, those that others start meanwhile included. */
  async settled(): Promise<void> {
    do {
      await Promise.allSettled(this.#pending);
      // Who waited for an op goes on first, and may start another; so do those whose turn to start has come.
      await new Promise((resolve) => setTimeout(resolve));
    } while (this.#pending.size > 0);
  }

  /** {@inheritDoc OpTarget.createTensor} */
  createTensor(shape: readonly number[], dtype: number, values: TensorData): number {
    if (this.#target) return this.#target.createTensor(shape, dtype, values);
    return this.createEagerly(shape, dtype, values);
  }

  /**
   * Creates a tensor, even while tensors are redirected; on the GPU, where there is one, unless it is int32 or string
   * (GPU kernels expect those in host memory).
   *
   * @throws {TypeError} If the values do not fit type or shape.
   */
  createEagerly(shape: readonly number[], dtype: number, values: TensorData): number {
    const library = this.#library;
    const { c } = library;
    const { status } = this.#executor;
    if (dtype === DType.STRING || Array.isArray(values)) {
      if (dtype !== DType.STRING || !Array.isArray(values)) {
        throw new TypeError(
          "a string tensor takes an array of byte strings, and nothing else does",
        );
      }
      // The result of an op owns its strings in all versions; a tensor that we fill may leak them.
      const [handle] = withStringTensor(
        library,
        status,
        shape,
        values,
        (strings) =>
          this.#executor.execute(
            "StringJoin",
            [
              { name: "N", type: AttrType.INT, value: 1 },
              { name: "separator", type: AttrType.STRING, value: "" },
            ],
            [strings],
            1,
          ),
      );
      return this.#insert(handle!);
    }
    let handle = newTensor(library, status, shape, dtype, values as NumberArray);
    if (this.#gpu && dtype !== DType.INT32) {
      const copy = c.TFE_TensorHandleCopyToDevice(handle, this.context.ptr, this.#gpu, status.ptr);
      c.TFE_DeleteTensorHandle(handle);
      status.check("copy to the GPU");
      handle = copy;
    }
    return this.#insert(handle);
  }

  /** {@inheritDoc OpTarget.deleteTensor} */
  deleteTensor(id: number): void {
    if (this.#target) this.#target.deleteTensor(id);
    else this.deleteEagerly(id);
  }

  /**
   * Deletes a tensor, even while ops are redirected. After disposal every tensor is gone already, which is no error.
   *
   * @throws {Error} If there is no such tensor.
   */
  deleteEagerly(id: number): void {
    if (this.#disposed) return;
    this.#library.c.TFE_DeleteTensorHandle(this.handle(id));
    this.#handles.delete(id);
  }

  /** {@inheritDoc OpTarget.tensorDataSync} */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array {
    const data = this.#target
      ? this.#target.tensorDataSync(id)
      : readTensor(this.#library, this.#executor.status, this.handle(id));
    // TFJSBinding promises these three only, yet gives strings as arrays of bytes and int64 as bigints.
    return data as Float32Array | Int32Array | Uint8Array;
  }

  /** Reads a tensor off the main thread: waits for a GPU without stopping the event loop. */
  async tensorData(id: number): Promise<TensorData> {
    if (this.#target) return this.#target.tensorDataSync(id);
    const { c } = this.#library;
    using status = new Status(this.#library);
    // A reference of our own: the tensor may be deleted while we wait.
    const handle = c.TFE_TensorHandleCopySharingTensor(this.handle(id), status.ptr);
    status.check("read of a tensor");
    try {
      const tensor = await c.resolveAsync(handle, status.ptr);
      status.check("read of a tensor");
      return takeTensor(this.#library, tensor, c.TFE_TensorHandleDataType(handle));
    } finally {
      c.TFE_DeleteTensorHandle(handle);
    }
  }

  /**
   * The `TFE_TensorHandle*` of tensor `id`, which the binding keeps.
   *
   * @throws {Error} If there is no such tensor.
   */
  handle(id: number): bigint {
    const handle = this.#handles.get(id);
    if (handle === undefined) {
      throw new Error(
        this.#disposed
          ? `tensor ${id} was used after the engine was disposed`
          : `tensor ${id} does not exist in the native engine (deleted already?)`,
      );
    }
    return handle;
  }

  /** Takes over a `TFE_TensorHandle*` that came from elsewhere. */
  adopt(handle: bigint): TensorMetadata {
    const library = this.#library;
    const shape = shapeOf(library, this.#executor.status, handle);
    return new TensorMetadata(
      this.#insert(handle),
      shape,
      library.c.TFE_TensorHandleDataType(handle),
    );
  }

  /** Number of live tensors. */
  getNumOfTensors(): number {
    return this.#handles.size;
  }

  /** True when ops run on a GPU. */
  isUsingGpuDevice(): boolean {
    return this.#gpu !== undefined;
  }

  /** Not supported. */
  loadSavedModel(): number {
    return unsupported("loadSavedModel");
  }

  /** Not supported. */
  deleteSavedModel(): void {
    unsupported("deleteSavedModel");
  }

  /** Not supported. */
  runSavedModel(): TensorMetadata[] {
    return unsupported("runSavedModel");
  }

  /** Always 0. */
  getNumOfSavedModels(): number {
    return 0;
  }

  /** Deletes all tensors and the context; safe to call twice. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#target = undefined;
    for (const handle of this.#handles.values()) this.#library.c.TFE_DeleteTensorHandle(handle);
    this.#handles.clear();
    this.#executor[Symbol.dispose]();
    this.context[Symbol.dispose]();
  }

  #insert(handle: bigint): number {
    const id = this.#nextId++;
    this.#handles.set(id, handle);
    return id;
  }
}

function unsupported(method: string): never {
  throw new Error(`${method}() is not supported by the native engine: it runs no SavedModels`);
}
