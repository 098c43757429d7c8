/**
 * ONNX Runtime's C functions. Its library exports one, which gives a table of pointers to all others.
 *
 * Prototypes and places in the table: onnxruntime/core/session/onnxruntime_c_api.h, API version 29. The table only ever grows at its
 * end, so the places hold for all versions from the one that is asked for.
 *
 * @module
 */
import { pin } from "../engine/native/pin.ts";

/** Version of the API: that of ONNX Runtime 1.17, whose functions all newer ones have. */
const API_VERSION = 17;

const LIBRARY = {
  /** `const OrtApiBase* OrtGetApiBase()` */
  OrtGetApiBase: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** `struct OrtApiBase`: two functions. */
const GET_API = { parameters: ["u32"], result: "pointer" } as const;
const GET_VERSION = { parameters: [], result: "pointer" } as const;

/** A function that returns an `OrtStatus*`, null if all went well. */
const status = <const P extends readonly Deno.NativeType[]>(place: number, ...parameters: P) => ({
  place,
  parameters,
  result: "u64" as const,
});

/** The same on a thread of its own. */
const aside = <const P extends readonly Deno.NativeType[]>(place: number, ...parameters: P) => ({
  place,
  parameters,
  result: "u64" as const,
  nonblocking: true as const,
});

/** `void Release…(Ort…*)` */
const release = (place: number) => ({
  place,
  parameters: ["u64"] as const,
  result: "void" as const,
});

/** Places of the functions in the table, and their types. */
export const API = {
  /** `const char* GetErrorMessage(const OrtStatus*)` */
  GetErrorMessage: { place: 2, parameters: ["u64"], result: "pointer" },
  /** `CreateEnv(OrtLoggingLevel, const char* logid, OrtEnv** out)` */
  CreateEnv: status(3, "i32", "buffer", "buffer"),
  /** `CreateSession(const OrtEnv*, const char* path, const OrtSessionOptions*, OrtSession** out)` */
  CreateSession: aside(7, "u64", "buffer", "u64", "buffer"),
  /** `Run(OrtSession*, const OrtRunOptions*, names, inputs, count, names, count, OrtValue** outputs)` */
  Run: aside(9, "u64", "u64", "buffer", "buffer", "usize", "buffer", "usize", "buffer"),
  /** `CreateSessionOptions(OrtSessionOptions** out)` */
  CreateSessionOptions: status(10, "buffer"),
  /** `SetSessionLogSeverityLevel(OrtSessionOptions*, int)` */
  SetSessionLogSeverityLevel: status(22, "u64", "i32"),
  /** `SetIntraOpNumThreads(OrtSessionOptions*, int)` */
  SetIntraOpNumThreads: status(24, "u64", "i32"),
  /** `SessionGetInputCount(const OrtSession*, size_t* out)` */
  SessionGetInputCount: status(30, "u64", "buffer"),
  /** `SessionGetOutputCount(const OrtSession*, size_t* out)` */
  SessionGetOutputCount: status(31, "u64", "buffer"),
  /** `SessionGetInputTypeInfo(const OrtSession*, size_t index, OrtTypeInfo** out)` */
  SessionGetInputTypeInfo: status(33, "u64", "usize", "buffer"),
  /** `SessionGetOutputTypeInfo(const OrtSession*, size_t index, OrtTypeInfo** out)` */
  SessionGetOutputTypeInfo: status(34, "u64", "usize", "buffer"),
  /** `SessionGetInputName(const OrtSession*, size_t index, OrtAllocator*, char** out)` */
  SessionGetInputName: status(36, "u64", "usize", "u64", "buffer"),
  /** `SessionGetOutputName(const OrtSession*, size_t index, OrtAllocator*, char** out)` */
  SessionGetOutputName: status(37, "u64", "usize", "u64", "buffer"),
  /** `CreateTensorWithDataAsOrtValue(info, void* data, size_t bytes, const int64_t* shape, size_t rank, type, OrtValue** out)` */
  CreateTensorWithDataAsOrtValue: status(
    49,
    "u64",
    "buffer",
    "usize",
    "buffer",
    "usize",
    "i32",
    "buffer",
  ),
  /** `GetTensorMutableData(OrtValue*, void** out)` */
  GetTensorMutableData: status(51, "u64", "buffer"),
  /** `CastTypeInfoToTensorInfo(const OrtTypeInfo*, const OrtTensorTypeAndShapeInfo** out)`; null if it is no tensor */
  CastTypeInfoToTensorInfo: status(55, "u64", "buffer"),
  /** `GetTensorElementType(const OrtTensorTypeAndShapeInfo*, enum* out)` */
  GetTensorElementType: status(60, "u64", "buffer"),
  /** `GetDimensionsCount(const OrtTensorTypeAndShapeInfo*, size_t* out)` */
  GetDimensionsCount: status(61, "u64", "buffer"),
  /** `GetDimensions(const OrtTensorTypeAndShapeInfo*, int64_t* out, size_t count)` */
  GetDimensions: status(62, "u64", "buffer", "usize"),
  /** `GetTensorTypeAndShape(const OrtValue*, OrtTensorTypeAndShapeInfo** out)` */
  GetTensorTypeAndShape: status(65, "u64", "buffer"),
  /** `CreateCpuMemoryInfo(OrtAllocatorType, OrtMemType, OrtMemoryInfo** out)` */
  CreateCpuMemoryInfo: status(69, "i32", "i32", "buffer"),
  /** `AllocatorFree(OrtAllocator*, void*)` */
  AllocatorFree: status(76, "u64", "u64"),
  /** `GetAllocatorWithDefaultOptions(OrtAllocator** out)`; it is ONNX Runtime's own and stays */
  GetAllocatorWithDefaultOptions: status(78, "buffer"),
  ReleaseEnv: release(92),
  ReleaseStatus: release(93),
  ReleaseMemoryInfo: release(94),
  ReleaseSession: release(95),
  ReleaseValue: release(96),
  ReleaseTypeInfo: release(98),
  ReleaseTensorTypeAndShapeInfo: release(99),
  ReleaseSessionOptions: release(100),
} as const satisfies Record<string, Deno.ForeignFunction & { place: number }>;

/** The functions by name. */
export type OrtCalls = {
  readonly [K in keyof typeof API]: Deno.UnsafeFnPointer<(typeof API)[K]>["call"];
};

/** A failure that ONNX Runtime reported, in its own words. */
export class OrtError extends Error {
  /** `OrtError`. */
  override readonly name: string = "OrtError";
}

/** An opened library. It stays open until the process ends. */
export class OrtLibrary {
  static readonly #open = new Map<string, OrtLibrary>();

  /** Version of ONNX Runtime, for example `1.32.0`. */
  readonly version: string;
  /** The C functions. */
  readonly c: OrtCalls;

  private constructor(path: string) {
    pin(path);
    const { symbols } = Deno.dlopen(path, LIBRARY);
    const [getApi, getVersion] = pointers(symbols.OrtGetApiBase(), [0, 1]);
    this.version = text(new Deno.UnsafeFnPointer(getVersion!, GET_VERSION).call());
    const table = new Deno.UnsafeFnPointer(getApi!, GET_API).call(API_VERSION);
    if (table === null) {
      throw new OrtError(
        `ONNX Runtime ${this.version} is too old, 1.${API_VERSION} is the first that will do`,
      );
    }
    const entries = Object.entries(API);
    const found = pointers(table, entries.map(([, { place }]) => place));
    this.c = Object.fromEntries(
      entries.map(([name, definition], i) => {
        const pointer = new Deno.UnsafeFnPointer(found[i]!, definition as Deno.ForeignFunction);
        return [name, pointer.call.bind(pointer)];
      }),
    ) as unknown as OrtCalls; // each has the type of its own definition
  }

  /**
   * Opens the library at `path`, or returns it when it is open already.
   *
   * @throws {Error} If it cannot be loaded.
   * @throws {Deno.errors.NotCapable} Without `--allow-ffi` for all libraries, which calls through pointers need.
   */
  static open(path: string): OrtLibrary {
    let library = this.#open.get(path);
    if (library === undefined) this.#open.set(path, library = new OrtLibrary(path));
    return library;
  }

  /** Looks at what a function returned. @throws {OrtError} If it failed. */
  check(status: bigint): void {
    if (status === 0n) return;
    const message = text(this.c.GetErrorMessage(status));
    this.c.ReleaseStatus(status);
    throw new OrtError(message);
  }

  /** What a function puts where its last argument points to. */
  out(call: (out: BigUint64Array<ArrayBuffer>) => bigint): bigint {
    const cell = new BigUint64Array(1);
    this.check(call(cell));
    return cell[0]!;
  }
}

/** Reads the text at a pointer. */
export function text(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

/** Entries of a table of pointers, to whatever functions. */
function pointers(
  table: Deno.PointerValue,
  places: readonly number[],
): Deno.PointerObject<never>[] {
  const view = new Deno.UnsafePointerView(table!);
  return places.map((place) => view.getPointer<never>(place * 8)!);
}
