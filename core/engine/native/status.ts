/**
 * TensorFlow's status object: one per caller, reused for every call.
 *
 * @module
 */
import { NativeError, type NativeLibrary } from "./native_library.ts";

/** A `TF_Status*`. */
export class Status implements Disposable {
  #ptr: bigint;

  /** Creates a status that says OK. */
  constructor(readonly library: NativeLibrary) {
    this.#ptr = library.c.TF_NewStatus();
  }

  /** The pointer to hand to C functions. */
  get ptr(): bigint {
    return this.#ptr;
  }

  /**
   * Throws what the last call reported; `what` names the caller, for example the op.
   *
   * @throws {NativeError} With TensorFlow's message.
   */
  check(what?: string): void {
    const { c } = this.library;
    const code = c.TF_GetCode(this.#ptr);
    if (code === 0) return;
    const message = this.library.readString(c.TF_Message(this.#ptr));
    throw new NativeError(what === undefined ? message : `${what}: ${message}`, code);
  }

  /** Deletes it; safe to call twice. */
  [Symbol.dispose](): void {
    if (this.#ptr === 0n) return;
    this.library.c.TF_DeleteStatus(this.#ptr);
    this.#ptr = 0n;
  }
}
