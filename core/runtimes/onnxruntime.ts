/**
 * ONNX Runtime on the processor: computes ONNX files, our own and others'.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { OrtError, OrtLibrary, text } from "./onnxruntime_api.ts";
import type { ImageTensor, Runtime, RuntimeModel, RuntimeOptions } from "./types.ts";
import { fetchWheelFile, type WheelFiles } from "./wheel.ts";

/** Where its library comes from. */
export const ONNXRUNTIME: WheelFiles = {
  package: "onnxruntime",
  version: "1.32.0",
  members: ["onnxruntime/capi/libonnxruntime.so.1.32.0"],
  variable: "DENOSR_ONNXRUNTIME",
  download: 28e6,
};

/** `ONNXTensorElementDataType` of what can be an image. */
const TYPES: ReadonlyMap<number, "float32" | "float16"> = new Map([[1, "float32"], [10, "float16"]]);

/** Names of the other types, for messages. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  8: "text",
  9: "bool",
  11: "float64",
  16: "bfloat16",
};

/** Numbers of channels by which they are told from heights and widths. */
const CHANNELS = [1, 3, 4];

/** `ORT_LOGGING_LEVEL_FATAL`: what fails is said by an error, and what is merely slow by nobody. */
const QUIET = 4;

/** `OrtArenaAllocator` and `OrtMemTypeDefault`. */
const ARENA = 1, DEFAULT_MEMORY = 0;

/**
 * Finds the library, fetches it unless it is there, and opens it.
 *
 * @throws {UserError} ENVIRONMENT, if it is not there and cannot be fetched, or cannot be opened; says how to get it.
 */
export async function openOnnxRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const path = await fetchWheelFile(ONNXRUNTIME, options);
  try {
    return runtimeOf(OrtLibrary.open(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new UserError(
        "ONNX Runtime is called through pointers, which needs --allow-ffi for all libraries",
        ExitCode.ENVIRONMENT,
        { cause: error },
      );
    }
    throw new UserError(
      `${path} could not be opened as ONNX Runtime: ${(error as Error).message}; ${ONNXRUNTIME.variable} names another one`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
}

function runtimeOf(library: OrtLibrary): Runtime {
  return {
    title: "ONNX Runtime",
    version: library.version,
    open: (path) => OnnxModel.open(library, path),
  };
}

/** What a model takes or gives. */
interface Port {
  readonly name: string;
  readonly type: number | undefined;
  /** Sizes; -1 where all are taken. */
  readonly shape: readonly number[];
}

/** A {@linkcode Port} for images. */
interface ImagePort extends Port {
  readonly type: number;
  /** Place of the channels: 1 or 3. */
  readonly channelAxis: 1 | 3;
}

/** A session. */
class OnnxModel implements RuntimeModel {
  readonly inputChannels?: number;
  readonly outputChannels?: number;
  readonly fixedSize?: readonly [number, number];
  readonly maxBatch?: number;

  readonly #library: OrtLibrary;
  readonly #path: string;
  readonly #env: bigint;
  #session: bigint;
  readonly #input: ImagePort;
  readonly #output: ImagePort;
  /** The last of the calls that wait for each other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    library: OrtLibrary,
    path: string,
    { env, session, input, output }: {
      env: bigint;
      session: bigint;
      input: ImagePort;
      output: ImagePort;
    },
  ) {
    this.#library = library;
    this.#path = path;
    this.#env = env;
    this.#session = session;
    this.#input = input;
    this.#output = output;
    const known = (size: number) => size > 0 ? size : undefined;
    this.inputChannels = known(input.shape[input.channelAxis]!);
    this.outputChannels = known(output.shape[output.channelAxis]!);
    const [height, width] = spatial(input);
    if (height > 0 && width > 0) this.fixedSize = [height, width];
    this.maxBatch = known(input.shape[0]!);
  }

  /** @throws {UserError} DATA, if the file cannot be read or is none for images. */
  static async open(library: OrtLibrary, path: string): Promise<OnnxModel> {
    const { c } = library;
    const owned: (() => void)[] = [];
    const cell = new BigUint64Array(1);
    try {
      const env = library.out((out) => c.CreateEnv(QUIET, cString("denosr"), out));
      owned.push(() => c.ReleaseEnv(env));
      const options = library.out((out) => c.CreateSessionOptions(out));
      let session: bigint;
      try {
        library.check(c.SetSessionLogSeverityLevel(options, QUIET));
        const kept = [cString(path)];
        const status = await c.CreateSession(env, kept[0]!, options, cell);
        kept.length = 0;
        library.check(status);
        session = cell[0]!;
      } finally {
        c.ReleaseSessionOptions(options);
      }
      owned.push(() => c.ReleaseSession(session));
      const [inputs, outputs] = [ports(library, session, "Input"), ports(library, session, "Output")];
      const { input, output } = imagePorts(path, inputs, outputs);
      return new OnnxModel(library, path, { env, session, input, output });
    } catch (error) {
      for (const undo of owned.reverse()) undo();
      if (!(error instanceof OrtError)) throw error;
      throw new UserError(
        `${path} cannot be loaded by ONNX Runtime ${library.version}: ${error.message}`,
        ExitCode.DATA,
        { cause: error },
      );
    }
  }

  run(images: ImageTensor): Promise<ImageTensor> {
    const result = this.#last.then(() => this.#run(images));
    this.#last = result.catch(() => {});
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    if (this.#session === 0n) return;
    this.#library.c.ReleaseSession(this.#session);
    this.#session = 0n;
    this.#library.c.ReleaseEnv(this.#env);
  }

  async #run({ shape, data }: ImageTensor): Promise<ImageTensor> {
    this.#check(shape);
    const { c } = this.#library;
    const input = this.#input;
    const ordered = input.channelAxis === 1 ? channelsFirst(data, shape) : data;
    const samples = TYPES.get(input.type) === "float16"
      ? new Float16Array(ordered)
      : new Float32Array(ordered);
    const [n, h, w, channels] = shape;
    const sizes = BigInt64Array.from(
      (input.channelAxis === 1 ? [n, channels, h, w] : [n, h, w, channels]).map(BigInt),
    );
    const owned: (() => void)[] = [];
    const result = new BigUint64Array(1);
    const own = (value: bigint, drop: (value: bigint) => void) => {
      owned.push(() => drop(value));
      return value;
    };
    try {
      const memory = own(
        this.#library.out((out) => c.CreateCpuMemoryInfo(ARENA, DEFAULT_MEMORY, out)),
        (value) => c.ReleaseMemoryInfo(value),
      );
      const value = own(
        this.#library.out((out) =>
          c.CreateTensorWithDataAsOrtValue(
            memory,
            samples,
            BigInt(samples.byteLength),
            sizes,
            4n,
            input.type,
            out,
          )
        ),
        (one) => c.ReleaseValue(one),
      );
      const names = [input.name, this.#output.name].map(cString);
      const [inputNames, outputNames] = names.map((name) => new BigUint64Array([addressOf(name)]));
      const values = new BigUint64Array([value]);
      // What the other thread reads stays reachable until it is done.
      const kept = [samples, sizes, ...names, inputNames, outputNames, values];
      const status = await c.Run(
        this.#session,
        0n,
        inputNames!,
        values,
        1n,
        outputNames!,
        1n,
        result,
      );
      kept.length = 0;
      this.#library.check(status);
      own(result[0]!, (one) => c.ReleaseValue(one));
      return this.#read(result[0]!);
    } catch (error) {
      if (!(error instanceof OrtError)) throw error;
      throw new UserError(
        `${this.#path} cannot compute an image of ${w}x${h}: ${error.message}`,
        ExitCode.DATA,
        { cause: error },
      );
    } finally {
      for (const undo of owned.reverse()) undo();
    }
  }

  /** @throws {UserError} DATA, if the model does not take such images. */
  #check([n, h, w, channels]: ImageTensor["shape"]): void {
    const refuse = (what: string): never => {
      throw new UserError(`${this.#path} ${what}`, ExitCode.DATA);
    };
    if (this.#session === 0n) throw new TypeError("the model was closed");
    if (this.inputChannels !== undefined && channels !== this.inputChannels) {
      refuse(`takes images of ${this.inputChannels} channels, not ${channels}`);
    }
    if (this.maxBatch !== undefined && n !== this.maxBatch) {
      refuse(`takes ${this.maxBatch} images at a time, not ${n}`);
    }
    if (this.fixedSize !== undefined && (h !== this.fixedSize[0] || w !== this.fixedSize[1])) {
      refuse(`takes images of ${this.fixedSize[1]}x${this.fixedSize[0]} alone, not ${w}x${h}`);
    }
  }

  #read(value: bigint): ImageTensor {
    const { c } = this.#library;
    const info = this.#library.out((out) => c.GetTensorTypeAndShape(value, out));
    let of: Pick<Port, "type" | "shape">;
    try {
      of = tensorInfo(this.#library, info);
    } finally {
      c.ReleaseTensorTypeAndShapeInfo(info);
    }
    const count = of.shape.reduce((a, b) => a * b, 1);
    const samples = TYPES.get(of.type!) === "float16"
      ? new Float16Array(count)
      : new Float32Array(count);
    if (count > 0) {
      const at = Deno.UnsafePointer.create(
        this.#library.out((out) => c.GetTensorMutableData(value, out)),
      );
      Deno.UnsafePointerView.copyInto(at!, samples);
    }
    const floats = samples instanceof Float32Array ? samples : new Float32Array(samples);
    const [n, a, b, last] = of.shape as [number, number, number, number];
    if (this.#output.channelAxis === 3) return { shape: [n, a, b, last], data: floats };
    return { shape: [n, b, last, a], data: channelsLast(floats, [n, b, last, a]) };
  }
}

/** What a model takes or gives, in its order. */
function ports(library: OrtLibrary, session: bigint, side: "Input" | "Output"): Port[] {
  const { c } = library;
  const allocator = library.out((out) => c.GetAllocatorWithDefaultOptions(out));
  const count = Number(library.out((out) => c[`SessionGet${side}Count`](session, out)));
  return Array.from({ length: count }, (_, i) => {
    const at = library.out((out) => c[`SessionGet${side}Name`](session, BigInt(i), allocator, out));
    const name = text(Deno.UnsafePointer.create(at));
    library.check(c.AllocatorFree(allocator, at));
    const info = library.out((out) => c[`SessionGet${side}TypeInfo`](session, BigInt(i), out));
    try {
      const tensor = library.out((out) => c.CastTypeInfoToTensorInfo(info, out));
      return tensor === 0n
        ? { name, type: undefined, shape: [] }
        : { name, ...tensorInfo(library, tensor) };
    } finally {
      c.ReleaseTypeInfo(info);
    }
  });
}

function tensorInfo(library: OrtLibrary, info: bigint): { type: number; shape: number[] } {
  const { c } = library;
  const rank = Number(library.out((out) => c.GetDimensionsCount(info, out)));
  const sizes = new BigInt64Array(rank);
  library.check(c.GetDimensions(info, sizes, BigInt(rank)));
  const type = new Int32Array(1);
  library.check(c.GetTensorElementType(info, type));
  return { type: type[0]!, shape: Array.from(sizes, Number) };
}

/**
 * The input and the output for images, and where their channels are.
 *
 * @throws {UserError} DATA, if there are none, or more than one thing is wanted.
 */
function imagePorts(
  path: string,
  inputs: readonly Port[],
  outputs: readonly Port[],
): { input: ImagePort; output: ImagePort } {
  const refuse = (what: string): never => {
    throw new UserError(`${path} ${what}`, ExitCode.DATA);
  };
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(", ");
    return refuse(
      `takes ${inputs.length} inputs${names === "" ? "" : ` (${names})`}, a network for images takes one`,
    );
  }
  const isImage = ({ type, shape }: Port) => shape.length === 4 && TYPES.has(type ?? 0);
  const what = ({ name, type, shape }: Port) =>
    `"${name}" ${TYPES.get(type ?? 0) ?? OTHER_TYPES[type ?? 0] ?? "of an unknown type"} ` +
    `[${shape.map((size) => size < 0 ? "any" : size).join(", ")}]`;
  const wanted = "an image is float32 or float16 with four axes";
  if (!isImage(input)) return refuse(`takes ${what(input)}, ${wanted}`);
  const output = outputs.find(isImage);
  if (output === undefined) {
    return refuse(`gives ${outputs.map(what).join(", ")}, ${wanted}`);
  }
  const own = channelAxis(input), others = channelAxis(output);
  const from = { ...input, type: input.type!, channelAxis: own ?? others ?? 1 };
  const [height, width] = spatial(from);
  if ((height > 0) !== (width > 0)) {
    return refuse(`takes ${what(input)}, of which one side alone is fixed`);
  }
  return {
    input: from,
    output: { ...output, type: output.type!, channelAxis: others ?? own ?? 1 },
  };
}

/** The axis with few channels; undefined if it cannot be told. */
function channelAxis({ shape }: Port): 1 | 3 | undefined {
  if (CHANNELS.includes(shape[1]!)) return 1;
  return CHANNELS.includes(shape[3]!) ? 3 : undefined;
}

/** Height and width, -1 for all. */
function spatial({ shape, channelAxis: channels }: ImagePort): readonly [number, number] {
  return channels === 1 ? [shape[2]!, shape[3]!] : [shape[1]!, shape[2]!];
}

function channelsFirst(data: Float32Array, [n, h, w, channels]: ImageTensor["shape"]): Float32Array {
  const result = new Float32Array(data.length);
  const size = h * w;
  for (let image = 0; image < n; image++) {
    const start = image * size * channels;
    for (let channel = 0; channel < channels; channel++) {
      const to = start + channel * size;
      for (let i = 0, from = start + channel; i < size; i++, from += channels) {
        result[to + i] = data[from]!;
      }
    }
  }
  return result;
}

function channelsLast(data: Float32Array, [n, h, w, channels]: ImageTensor["shape"]): Float32Array {
  const result = new Float32Array(data.length);
  const size = h * w;
  for (let image = 0; image < n; image++) {
    const start = image * size * channels;
    for (let channel = 0; channel < channels; channel++) {
      const from = start + channel * size;
      for (let i = 0, to = start + channel; i < size; i++, to += channels) {
        result[to] = data[from + i]!;
      }
    }
  }
  return result;
}

function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value + "\0");
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
