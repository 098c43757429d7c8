/**
 * LiteRT's C library: its functions, its structures, and who owns what.
 *
 * From litert/c/litert_*.h of google-ai-edge/LiteRT.
 *
 * @module
 */
import { pin } from "../engine/native/pin.ts";

/** `kLiteRtElementTypeFloat32`. */
export const FLOAT32 = 1;

/** The functions and their prototypes. */
export const SYMBOLS = {
  /** `LiteRtStatus (int num_options, const LiteRtEnvOption* options, LiteRtEnvironment* environment)` */
  LiteRtCreateEnvironment: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  /** `void (LiteRtEnvironment environment)` */
  LiteRtDestroyEnvironment: { parameters: ["u64"], result: "void" },
  /** `LiteRtStatus (LiteRtEnvironment environment, const char* filename, LiteRtModel* model)` */
  LiteRtCreateModelFromFile: { parameters: ["u64", "buffer", "buffer"], result: "i32" },
  /** `void (LiteRtModel model)` */
  LiteRtDestroyModel: { parameters: ["u64"], result: "void" },
  /** `LiteRtStatus (LiteRtModel model, LiteRtParamIndex* num_signatures)` */
  LiteRtGetNumModelSignatures: { parameters: ["u64", "buffer"], result: "i32" },
  /** `LiteRtStatus (LiteRtModel model, LiteRtParamIndex index, LiteRtSignature* signature)` */
  LiteRtGetModelSignature: { parameters: ["u64", "usize", "buffer"], result: "i32" },
  /** `LiteRtStatus (LiteRtSignature signature, LiteRtParamIndex* num_inputs)` */
  LiteRtGetNumSignatureInputs: { parameters: ["u64", "buffer"], result: "i32" },
  /** `LiteRtStatus (LiteRtSignature signature, LiteRtParamIndex* num_outputs)` */
  LiteRtGetNumSignatureOutputs: { parameters: ["u64", "buffer"], result: "i32" },
  /** `LiteRtStatus (LiteRtSignature signature, LiteRtParamIndex input_idx, LiteRtTensor* tensor)` */
  LiteRtGetSignatureInputTensorByIndex: { parameters: ["u64", "usize", "buffer"], result: "i32" },
  /** `LiteRtStatus (LiteRtSignature signature, LiteRtParamIndex output_idx, LiteRtTensor* tensor)` */
  LiteRtGetSignatureOutputTensorByIndex: { parameters: ["u64", "usize", "buffer"], result: "i32" },
  /** `LiteRtStatus (LiteRtTensor tensor, LiteRtRankedTensorType* ranked_tensor_type)` */
  LiteRtGetRankedTensorType: { parameters: ["u64", "buffer"], result: "i32" },
  /** `LiteRtStatus (LiteRtOptions* options)` */
  LiteRtCreateOptions: { parameters: ["buffer"], result: "i32" },
  /** `void (LiteRtOptions options)` */
  LiteRtDestroyOptions: { parameters: ["u64"], result: "void" },
  /** `LiteRtStatus (LiteRtOptions options, LiteRtHwAcceleratorSet hardware_accelerators)` */
  LiteRtSetOptionsHardwareAccelerators: { parameters: ["u64", "i32"], result: "i32" },
  /** `LiteRtStatus (const char* identifier, void* payload, void (*destructor)(void*), LiteRtOpaqueOptions* options)` */
  LiteRtCreateOpaqueOptions: {
    parameters: ["buffer", "buffer", "function", "buffer"],
    result: "i32",
  },
  /** `LiteRtStatus (LiteRtOptions options, LiteRtOpaqueOptions opaque_options)`: takes the second one over. */
  LiteRtAddOpaqueOptions: { parameters: ["u64", "u64"], result: "i32" },
  /** `LiteRtStatus (LiteRtEnvironment, LiteRtModel, LiteRtOptions, LiteRtCompiledModel* compiled_model)` */
  LiteRtCreateCompiledModel: { parameters: ["u64", "u64", "u64", "buffer"], result: "i32" },
  /** `void (LiteRtCompiledModel compiled_model)` */
  LiteRtDestroyCompiledModel: { parameters: ["u64"], result: "void" },
  /** `LiteRtStatus (LiteRtCompiledModel, size_t signature, size_t input, const int* dims, size_t dims_size)` */
  LiteRtCompiledModelResizeInputTensor: {
    parameters: ["u64", "usize", "usize", "buffer", "usize"],
    result: "i32",
  },
  /** `LiteRtStatus (LiteRtCompiledModel, size_t signature, size_t num_layouts, LiteRtLayout*, bool update_allocation)` */
  LiteRtGetCompiledModelOutputTensorLayouts: {
    parameters: ["u64", "usize", "usize", "buffer", "bool"],
    result: "i32",
  },
  /** `LiteRtStatus (LiteRtCompiledModel, size_t signature, size_t input, LiteRtTensorBufferRequirements*)` */
  LiteRtGetCompiledModelInputBufferRequirements: {
    parameters: ["u64", "usize", "usize", "buffer"],
    result: "i32",
  },
  /** `LiteRtStatus (LiteRtCompiledModel, size_t signature, size_t output, LiteRtTensorBufferRequirements*)` */
  LiteRtGetCompiledModelOutputBufferRequirements: {
    parameters: ["u64", "usize", "usize", "buffer"],
    result: "i32",
  },
  /** `LiteRtStatus (LiteRtEnvironment, const LiteRtRankedTensorType*, LiteRtTensorBufferRequirements, LiteRtTensorBuffer*)` */
  LiteRtCreateManagedTensorBufferFromRequirements: {
    parameters: ["u64", "buffer", "u64", "buffer"],
    result: "i32",
  },
  /** `void (LiteRtTensorBuffer buffer)` */
  LiteRtDestroyTensorBuffer: { parameters: ["u64"], result: "void" },
  /** `LiteRtStatus (LiteRtTensorBuffer, void** host_mem_addr, LiteRtTensorBufferLockMode)` */
  LiteRtLockTensorBuffer: { parameters: ["u64", "buffer", "i32"], result: "i32" },
  /** `LiteRtStatus (LiteRtTensorBuffer buffer)` */
  LiteRtUnlockTensorBuffer: { parameters: ["u64"], result: "i32" },
  /** `LiteRtStatus (LiteRtCompiledModel, size_t signature, size_t, LiteRtTensorBuffer*, size_t, LiteRtTensorBuffer*)` */
  LiteRtRunCompiledModel: {
    parameters: ["u64", "usize", "usize", "buffer", "usize", "buffer"],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** LiteRT said no; `status` is a `LiteRtStatus`. */
export class LiteRtError extends Error {
  /** `LiteRtError`. */
  override readonly name: string = "LiteRtError";

  /** Creates the error. */
  constructor(what: string, readonly status: number) {
    super(`${what} failed (status ${status}${MEANINGS[status] ? `, ${MEANINGS[status]}` : ""})`);
  }
}

/** `LiteRtStatus`, those that users may meet. */
const MEANINGS: Readonly<Record<number, string>> = {
  1: "invalid argument",
  2: "out of memory",
  3: "runtime failure",
  5: "unsupported",
  6: "not found",
  8: "wrong version",
  500: "the file cannot be read",
  501: "no valid FlatBuffer",
  504: "compilation failed",
};

/** The functions, once the library is open. */
export type LiteRtFunctions = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Options of the environment: a tag and a value of some type, 24 bytes. */
const LOG_TAG = 25, INT_VALUE = 2, SILENT = 127;

/** `kLiteRtHwAcceleratorCpu`. */
const CPU = 1;

/** An opened library with the one environment that it needs; it stays until the process ends. */
export class LiteRtLibrary {
  static readonly #open = new Map<string, LiteRtLibrary>();
  /** The functions. */
  readonly c: LiteRtFunctions;
  /** The environment of all models. */
  readonly environment: bigint;

  private constructor(path: string) {
    pin(path);
    this.c = Deno.dlopen(path, SYMBOLS).symbols;
    const option = new DataView(new ArrayBuffer(24));
    option.setInt32(0, LOG_TAG, true);
    option.setInt32(8, INT_VALUE, true);
    option.setBigInt64(16, BigInt(SILENT), true);
    this.environment = this.made(
      "LiteRtCreateEnvironment",
      (out) => this.c.LiteRtCreateEnvironment(1, new Uint8Array(option.buffer), out),
    );
  }

  /** Opens the library at `path`, or gives it again. */
  static open(path: string): LiteRtLibrary {
    let library = this.#open.get(path);
    if (library === undefined) this.#open.set(path, library = new LiteRtLibrary(path));
    return library;
  }

  /**
   * What a function puts behind its last pointer: an object or a number.
   *
   * @throws {LiteRtError} If it fails.
   */
  made(what: string, call: (out: BigUint64Array<ArrayBuffer>) => number): bigint {
    const out = new BigUint64Array(1);
    check(what, call(out));
    return out[0]!;
  }

  /** Compiles for the processor, with so many threads. */
  compile(model: bigint, threads: number): bigint {
    const { c } = this;
    const options = this.made("LiteRtCreateOptions", (out) => c.LiteRtCreateOptions(out));
    // LiteRT hands the text back when the options are destroyed below; it is ours.
    const text = cString(`num_threads = ${threads}\n`);
    const keep = new Deno.UnsafeCallback({ parameters: ["pointer"], result: "void" }, () => {});
    try {
      check(
        "LiteRtSetOptionsHardwareAccelerators",
        c.LiteRtSetOptionsHardwareAccelerators(options, CPU),
      );
      const cpu = this.made(
        "LiteRtCreateOpaqueOptions",
        (out) => c.LiteRtCreateOpaqueOptions(cString("xnnpack"), text, keep.pointer, out),
      );
      check("LiteRtAddOpaqueOptions", c.LiteRtAddOpaqueOptions(options, cpu));
      return this.made(
        "LiteRtCreateCompiledModel",
        (out) => c.LiteRtCreateCompiledModel(this.environment, model, options, out),
      );
    } finally {
      c.LiteRtDestroyOptions(options);
      keep.close();
    }
  }
}

/** Throws unless `status` is 0. */
export function check(what: string, status: number): void {
  if (status !== 0) throw new LiteRtError(what, status);
}

/** Text with a zero at its end. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** Bytes of `LiteRtLayout` and of `LiteRtRankedTensorType`, which puts the element type before it. */
const LAYOUT_BYTES = 68, TYPE_BYTES = 72;

/** `LiteRtRankedTensorType` as bytes. */
export function tensorType(element: number, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(TYPE_BYTES));
  view.setInt32(0, element, true);
  view.setUint32(4, shape.length, true);
  shape.forEach((size, axis) => view.setInt32(8 + 4 * axis, size, true));
  return new Uint8Array(view.buffer);
}

/** Reads what a function writes as `LiteRtRankedTensorType`. */
export function readTensorType(
  what: string,
  call: (out: Uint8Array<ArrayBuffer>) => number,
): { element: number; shape: number[] } {
  const bytes = new Uint8Array(TYPE_BYTES);
  check(what, call(bytes));
  const view = new DataView(bytes.buffer);
  return { element: view.getInt32(0, true), shape: layoutShape(view, 4) };
}

/** Reads what a function writes as `LiteRtLayout`. */
export function readLayout(
  what: string,
  call: (out: Uint8Array<ArrayBuffer>) => number,
): number[] {
  const bytes = new Uint8Array(LAYOUT_BYTES);
  check(what, call(bytes));
  return layoutShape(new DataView(bytes.buffer), 0);
}

function layoutShape(view: DataView, at: number): number[] {
  // The eighth bit says whether there are strides.
  const rank = view.getUint32(at, true) & 0x7f;
  return Array.from({ length: rank }, (_, axis) => view.getInt32(at + 4 + 4 * axis, true));
}
