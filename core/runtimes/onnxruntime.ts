/**
 * ONNX Runtime on the processor: computes ONNX files, our own and others'.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { fromLayout, type Layout, toLayout } from "./layout.ts";
import { OrtError, OrtLibrary } from "./onnxruntime_api.ts";
import {
  IMAGE_TYPES,
  type ImagePort,
  imagePorts,
  type ImageType,
  ports,
  spatial,
  tensorInfo,
} from "./onnxruntime_ports.ts";
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
      `${path} could not be opened as ONNX Runtime: ${
        (error as Error).message
      }; ${ONNXRUNTIME.variable} names another one`,
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
      const [inputs, outputs] = [
        ports(library, session, "Input"),
        ports(library, session, "Output"),
      ];
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

  async #run(images: ImageTensor): Promise<ImageTensor> {
    this.#check(images.shape);
    const { c } = this.#library;
    const input = this.#input;
    const { shape, data } = toLayout(images, layoutOf(input));
    const samples = new (arrayFor(input.type))(data);
    const [, h, w] = images.shape;
    const sizes = BigInt64Array.from(shape, BigInt);
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
    let of: ReturnType<typeof tensorInfo>;
    try {
      of = tensorInfo(this.#library, info);
    } finally {
      c.ReleaseTensorTypeAndShapeInfo(info);
    }
    const count = of.shape.reduce((a, b) => a * b, 1);
    const samples = new (arrayFor(of.type))(count);
    if (count > 0) {
      const at = Deno.UnsafePointer.create(
        this.#library.out((out) => c.GetTensorMutableData(value, out)),
      );
      Deno.UnsafePointerView.copyInto(at!, samples);
    }
    const floats = samples instanceof Float32Array ? samples : new Float32Array(samples);
    const shape = of.shape as unknown as ImageTensor["shape"];
    return fromLayout({ shape, data: floats }, layoutOf(this.#output));
  }
}

/** Arrays of samples. Whole numbers are rounded, and end at 0 and 255. */
const ARRAYS = { float32: Float32Array, float16: Float16Array, uint8: Uint8ClampedArray } as const;

function arrayFor(type: number): typeof ARRAYS[ImageType] {
  return ARRAYS[IMAGE_TYPES.get(type) ?? "float32"];
}

function layoutOf({ channelAxis }: { readonly channelAxis: number }): Layout {
  return channelAxis === 1 ? "nchw" : "nhwc";
}

function cString(value: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(value + "\0");
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
