/**
 * Sessions of libtensorflow: graphs from files, run as they are, independent of the engine and of TensorFlow.js.
 *
 * @module
 */
import { configProto } from "./context.ts";
import { arrayFor, BYTES_PER_ELEMENT, type NumberArray } from "./dtypes.ts";
import type { NativeLibrary } from "./native_library.ts";
import { Status } from "./status.ts";

/** Numbers that go into a session or come out of it. */
export interface SessionTensor {
  /** `TF_DataType`. */
  readonly dtype: number;
  /** Sizes. */
  readonly shape: readonly number[];
  /** Numbers, row by row. */
  readonly values: NumberArray;
}

/** A `TF_Session*` with its `TF_Graph*`. */
export class GraphSession implements AsyncDisposable {
  readonly #library: NativeLibrary;
  #graph: bigint;
  #session = 0n;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(library: NativeLibrary) {
    this.#library = library;
    this.#graph = library.c.TF_NewGraph();
  }

  /**
   * Loads a SavedModel: TensorFlow restores its variables and runs its initialisation.
   *
   * @param folder The folder that `saved_model.pb` is in.
   * @throws {NativeError} If TensorFlow cannot; its message says why.
   */
  static async fromSavedModel(
    library: NativeLibrary,
    folder: string,
    tags: readonly string[],
  ): Promise<GraphSession> {
    const made = new GraphSession(library);
    return await made.#opened("SavedModel", async (options, status) => {
      const texts = tags.map((tag) => library.cString(tag));
      const pointers = BigUint64Array.from(texts, (text) => library.addressOf(text));
      const path = new TextEncoder().encode(`${folder}\0`);
      return await library.c.loadSavedModel(
        options,
        0n,
        path,
        pointers,
        tags.length,
        made.#graph,
        0n,
        status,
      );
    });
  }

  /**
   * Loads a graph.
   *
   * @param bytes A `GraphDef`.
   * @throws {NativeError} If TensorFlow cannot; its message says why.
   */
  static async fromGraphDef(
    library: NativeLibrary,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<GraphSession> {
    const made = new GraphSession(library);
    return await made.#opened("graph", async (options, status, checked) => {
      const buffer = library.c.TF_NewBufferFromString(bytes, BigInt(bytes.length));
      const importing = library.c.TF_NewImportGraphDefOptions();
      try {
        await library.c.importGraphDef(made.#graph, buffer, importing, status);
        checked();
      } finally {
        library.c.TF_DeleteImportGraphDefOptions(importing);
        library.c.TF_DeleteBuffer(buffer);
      }
      return library.c.TF_NewSession(made.#graph, options, status);
    });
  }

  async #opened(
    what: string,
    open: (options: bigint, status: bigint, checked: () => void) => Promise<bigint>,
  ): Promise<this> {
    const config = configProto({});
    using status = new Status(this.#library);
    const options = this.#library.c.TF_NewSessionOptions();
    const checked = () => status.check(what);
    try {
      this.#library.c.TF_SetConfig(options, config, BigInt(config.length), status.ptr);
      checked();
      this.#session = await open(options, status.ptr, checked);
      checked();
      return this;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    } finally {
      this.#library.c.TF_DeleteSessionOptions(options);
    }
  }

  /** Whether the graph has such a node: a name without an output's number. */
  has(node: string): boolean {
    return this.#library.c.TF_GraphOperationByName(this.#graph, this.#library.cString(node)) !== 0n;
  }

  /**
   * Computes, off the main thread; calls follow each other.
   *
   * @param input Name of a value, `node:0`.
   * @param output Name of a value.
   * @throws {NativeError} With TensorFlow's message.
   */
  async run(input: string, tensor: SessionTensor, output: string): Promise<SessionTensor> {
    const result = this.#running.then(() => this.#run(input, tensor, output));
    this.#running = result.catch(() => {});
    return await result;
  }

  async #run(input: string, tensor: SessionTensor, output: string): Promise<SessionTensor> {
    if (this.#session === 0n) throw new Error("the session was used after it was closed");
    const { c } = this.#library;
    const from = this.#endpoint(input), to = this.#endpoint(output);
    const given = BigUint64Array.of(this.#newTensor(tensor));
    const results = new BigUint64Array(1);
    using status = new Status(this.#library);
    try {
      const s = status.ptr;
      await this.#library.c.sessionRun(
        this.#session,
        0n,
        from,
        given,
        1,
        to,
        results,
        1,
        0n,
        0,
        0n,
        s,
      );
      status.check("run");
      return this.#read(results[0]!);
    } finally {
      c.TF_DeleteTensor(given[0]!);
      if (results[0] !== 0n) c.TF_DeleteTensor(results[0]!);
    }
  }

  /** `TF_Output` as it lies in memory: the operation's pointer, the number of the output, and four bytes that align. */
  #endpoint(name: string): BigUint64Array<ArrayBuffer> {
    const [node = "", index = "0"] = name.split(":");
    const operation = this.#library.c.TF_GraphOperationByName(
      this.#graph,
      this.#library.cString(node),
    );
    if (operation === 0n) throw new RangeError(`the graph has no node ${node}`);
    return BigUint64Array.of(operation, BigInt(Number(index)));
  }

  #newTensor({ dtype, shape, values }: SessionTensor): bigint {
    const { c } = this.#library;
    const dims = BigInt64Array.from(shape, BigInt);
    const bytes = BYTES_PER_ELEMENT[dtype]! * shape.reduce((a, b) => a * b, 1);
    if (bytes !== values.byteLength) {
      throw new TypeError(`[${shape}] takes ${bytes} bytes, received ${values.byteLength}`);
    }
    const tensor = c.TF_AllocateTensor(dtype, dims, shape.length, BigInt(bytes));
    if (tensor === 0n) throw new RangeError(`TensorFlow could not allocate ${bytes} bytes`);
    this.#library.write(c.TF_TensorData(tensor), values as ArrayBufferView<ArrayBuffer>);
    return tensor;
  }

  #read(tensor: bigint): SessionTensor {
    const { c } = this.#library;
    const dtype = this.#library.c.TF_TensorType(tensor);
    const rank = this.#library.c.TF_NumDims(tensor);
    const shape = Array.from({ length: rank }, (_, i) => Number(this.#library.c.TF_Dim(tensor, i)));
    const values = arrayFor(dtype, Number(c.TF_TensorByteSize(tensor)));
    this.#library.read(c.TF_TensorData(tensor), values as ArrayBufferView<ArrayBuffer>);
    return { dtype, shape, values };
  }

  /** Waits for calls, and deletes session and graph; safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    if (this.#session !== 0n) {
      using status = new Status(this.#library);
      this.#library.c.TF_CloseSession(this.#session, status.ptr);
      this.#library.c.TF_DeleteSession(this.#session, status.ptr);
      this.#session = 0n;
    }
    if (this.#graph !== 0n) this.#library.c.TF_DeleteGraph(this.#graph);
    this.#graph = 0n;
  }
}
