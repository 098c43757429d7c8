/**
 * Executes single ops on TensorFlow's eager runtime.
 *
 * @module
 */
import {
  type AttributeCalls,
  eagerAttributes,
  type OpAttribute,
  setAttribute,
} from "./attributes.ts";
import type { EagerContext } from "./context.ts";
import type { NativeLibrary } from "./native_library.ts";
import { Status } from "./status.ts";

/** Runs ops on tensor handles (`TFE_TensorHandle*` as bigints). Results belong to the caller. */
export class EagerExecutor implements Disposable {
  readonly #library: NativeLibrary;
  readonly #context: EagerContext;
  readonly #attributes: AttributeCalls;
  readonly #count = new Int32Array(1);
  readonly #results = new BigUint64Array(64);
  /** The status of its calls; synchronous neighbours may use it too. */
  readonly status: Status;

  /** Creates an executor in `context`, which has to outlive it. */
  constructor(context: EagerContext) {
    this.#context = context;
    this.#library = context.library;
    this.#attributes = eagerAttributes(context.library.c);
    this.status = new Status(context.library);
  }

  /**
   * Executes the op (or function of the context) `name` and returns the handles of at most `numOutputs` results.
   *
   * @throws {NativeError} With TensorFlow's message, if the op fails.
   */
  execute(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly bigint[],
    numOutputs: number,
  ): bigint[] {
    const { c } = this.#library;
    const op = this.#prepare(name, attributes, inputs, this.status);
    try {
      const results = numOutputs <= this.#results.length
        ? this.#results
        : new BigUint64Array(numOutputs);
      this.#count[0] = numOutputs;
      c.TFE_Execute(op, results, this.#count, this.status.ptr);
      this.status.check(name);
      const handles: bigint[] = [];
      for (let i = 0, n = this.#count[0]!; i < n; i++) handles.push(results[i]!);
      return handles;
    } finally {
      c.TFE_DeleteOp(op);
    }
  }

  /** As {@linkcode EagerExecutor.execute}, off the main thread: the event loop goes on meanwhile. */
  async executeAsync(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly bigint[],
    numOutputs: number,
  ): Promise<bigint[]> {
    const { c } = this.#library;
    using status = new Status(this.#library);
    const op = this.#prepare(name, attributes, inputs, status);
    try {
      const results = new BigUint64Array(Math.max(1, numOutputs));
      const count = new Int32Array([numOutputs]);
      await c.executeAsync(op, results, count, status.ptr);
      status.check(name);
      return [...results.subarray(0, count[0])];
    } finally {
      c.TFE_DeleteOp(op);
    }
  }

  /** Releases the status; safe to call twice. */
  [Symbol.dispose](): void {
    this.status[Symbol.dispose]();
  }

  #prepare(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly bigint[],
    status: Status,
  ): bigint {
    const library = this.#library;
    const { c } = library;
    const op = c.TFE_NewOp(this.#context.ptr, library.cString(name), status.ptr);
    status.check(name);
    try {
      for (const input of inputs) {
        c.TFE_OpAddInput(op, input, status.ptr);
        status.check(name);
      }
      for (const attribute of attributes) {
        setAttribute(library, status, op, attribute, this.#attributes);
      }
      return op;
    } catch (error) {
      c.TFE_DeleteOp(op);
      throw error;
    }
  }
}
