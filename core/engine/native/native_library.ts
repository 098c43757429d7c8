/**
 * Opens libtensorflow and moves bytes between it and JavaScript.
 *
 * @module
 */
import { loadAndPin } from "./_loader.ts";
import { tuneAllocator } from "./allocator.ts";
import { SYMBOLS, type Symbols } from "./symbols.ts";

/** An error that TensorFlow reported; the message is TensorFlow's own. */
export class NativeError extends Error {
  /** `NativeError`. */
  override readonly name: string = "NativeError";

  /** Creates the error; `code` is the `TF_Code`, for example 3 for INVALID_ARGUMENT, 8 for RESOURCE_EXHAUSTED. */
  constructor(message: string, readonly code: number) {
    super(message);
  }
}

/**
 * An opened libtensorflow. It stays loaded until the process ends: TensorFlow cannot be unloaded.
 */
export class NativeLibrary {
  static readonly #open = new Map<string, NativeLibrary>();
  readonly #texts = new Map<string, Uint8Array<ArrayBuffer>>();

  /** Absolute path that it was opened from. */
  readonly path: string;
  /** The C functions. */
  readonly c: Symbols;
  /** Version of TensorFlow, for example `2.21.0`. */
  readonly version: string;

  private constructor(path: string) {
    this.path = path;
    loadAndPin(path);
    this.c = Deno.dlopen(path, SYMBOLS).symbols;
    this.version = this.readString(this.c.TF_Version());
    tuneAllocator(this);
  }

  /**
   * Opens the library at `path`, or returns it when it is open already.
   *
   * @throws {Error} If it cannot be loaded, or lacks a function.
   * @throws {Deno.errors.NotCapable} Without `--allow-ffi` for its folder.
   */
  static open(path: string): NativeLibrary {
    let library = this.#open.get(path);
    if (!library) {
      library = new NativeLibrary(path);
      this.#open.set(path, library);
    }
    return library;
  }

  /** The text as a C string; interned, so use it for names that come back again and again. */
  cString(text: string): Uint8Array<ArrayBuffer> {
    let bytes = this.#texts.get(text);
    if (!bytes) {
      bytes = new TextEncoder().encode(text + "\0");
      this.#texts.set(text, bytes);
    }
    return bytes;
  }

  /** Reads the C string at `pointer`; the empty string for a null pointer. */
  readString(pointer: bigint): string {
    if (pointer === 0n) return "";
    const bytes = new Uint8Array(Number(this.c.strlen(pointer)));
    this.read(pointer, bytes);
    return new TextDecoder().decode(bytes);
  }

  /** Fills `into` with the bytes at `pointer`. */
  read(pointer: bigint, into: ArrayBufferView<ArrayBuffer>): void {
    if (into.byteLength > 0) this.c.copyOut(into, pointer, BigInt(into.byteLength));
  }

  /** A copy of the bytes of a `TF_Buffer*`. */
  bufferBytes(buffer: bigint): Uint8Array<ArrayBuffer> {
    const header = new BigUint64Array(2); // TF_Buffer: const void* data; size_t length; ...
    this.read(buffer, header);
    const bytes = new Uint8Array(Number(header[1]));
    this.read(header[0]!, bytes);
    return bytes;
  }

  /** Writes the bytes of `from` to `pointer`. */
  write(pointer: bigint, from: ArrayBufferView<ArrayBuffer>): void {
    if (from.byteLength > 0) this.c.copyIn(pointer, from, BigInt(from.byteLength));
  }

  /**
   * Where the bytes of `view` lie. The caller keeps `view` alive for as long as the address is used.
   * (`memcpy` of no bytes returns its first argument: an address without `Deno.UnsafePointer`.)
   */
  addressOf(view: ArrayBufferView<ArrayBuffer>): bigint {
    return this.c.copyOut(view, 0n, 0n);
  }
}
