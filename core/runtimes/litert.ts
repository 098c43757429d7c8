/**
 * LiteRT, the runtime of TensorFlow Lite's files, on the processor.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import {
  check,
  cString,
  FLOAT32,
  LiteRtError,
  LiteRtLibrary,
  readLayout,
  readTensorType,
  tensorType,
} from "./litert_api.ts";
import type { ImageTensor, Runtime, RuntimeModel, RuntimeOptions } from "./types.ts";
import { fetchWheelFile, type WheelFiles } from "./wheel.ts";

/** Where its library comes from. */
export const LITERT: WheelFiles = {
  package: "ai-edge-litert",
  version: "2.3.0",
  members: ["ai_edge_litert/libLiteRt.so"],
  variable: "DENOSR_LITERT",
  download: 15e6,
};

/** `LiteRtTensorBufferLockMode`. */
const READ = 0, WRITE = 1;

/**
 * Finds the library, fetches it unless it is there, and opens it.
 *
 * @throws {UserError} ENVIRONMENT, if it is not there and cannot be fetched, or cannot be opened; says how to get it.
 */
export async function openLiteRt(options: RuntimeOptions = {}): Promise<Runtime> {
  const path = await fetchWheelFile(LITERT, options);
  let library: LiteRtLibrary;
  try {
    library = LiteRtLibrary.open(path);
  } catch (error) {
    throw new UserError(
      `${path} could not be opened as LiteRT: ${
        (error as Error).message
      }; ${LITERT.variable} names another one`,
      ExitCode.ENVIRONMENT,
      { cause: error },
    );
  }
  return {
    title: "LiteRT",
    version: LITERT.version,
    // deno-lint-ignore require-await -- errors are to be rejections
    open: async (path) => new LiteModel(library, path),
  };
}

/** A model that is compiled. */
class LiteModel implements RuntimeModel {
  readonly inputChannels?: number;
  readonly outputChannels?: number;
  readonly fixedSize?: readonly [height: number, width: number];
  readonly maxBatch?: number;
  readonly #library: LiteRtLibrary;
  readonly #path: string;
  #model = 0n;
  #compiled = 0n;
  #last: Promise<unknown> = Promise.resolve();

  constructor(library: LiteRtLibrary, path: string) {
    this.#library = library;
    this.#path = path;
    const { c, environment } = library;
    try {
      this.#model = library.made(
        "LiteRtCreateModelFromFile",
        (out) => c.LiteRtCreateModelFromFile(environment, cString(path), out),
      );
      const [input, output] = this.#ports();
      const [n, h, w, channels] = input;
      if (channels! > 0) this.inputChannels = channels;
      if (output[3]! > 0) this.outputChannels = output[3];
      if (h! > 0 && w! > 0) this.fixedSize = [h!, w!];
      if (n! > 0) this.maxBatch = n;
      this.#compiled = library.compile(this.#model, navigator.hardwareConcurrency);
    } catch (error) {
      this.#destroy();
      if (!(error instanceof LiteRtError)) throw error;
      throw new UserError(`${path}: LiteRT cannot load it: ${error.message}`, ExitCode.DATA, {
        cause: error,
      });
    }
  }

  run(images: ImageTensor): Promise<ImageTensor> {
    const result = this.#last.then(() => this.#run(images));
    this.#last = result.catch(() => {});
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#destroy();
  }

  /** Shapes of the only input and the only output of the first signature, negative where they are free. */
  #ports(): [input: number[], output: number[]] {
    const { c } = this.#library;
    const library = this.#library;
    const signature = library.made(
      "LiteRtGetModelSignature",
      (out) => c.LiteRtGetModelSignature(this.#model, 0n, out),
    );
    const counts = [
      library.made(
        "LiteRtGetNumSignatureInputs",
        (out) => c.LiteRtGetNumSignatureInputs(signature, out),
      ),
      library.made(
        "LiteRtGetNumSignatureOutputs",
        (out) => c.LiteRtGetNumSignatureOutputs(signature, out),
      ),
    ];
    const types = [
      c.LiteRtGetSignatureInputTensorByIndex,
      c.LiteRtGetSignatureOutputTensorByIndex,
    ].map((get) => {
      const tensor = library.made("LiteRtGetSignatureTensor", (out) => get(signature, 0n, out));
      return readTensorType(
        "LiteRtGetRankedTensorType",
        (out) => c.LiteRtGetRankedTensorType(tensor, out),
      );
    });
    const isImage = types.every(({ element, shape }) => element === FLOAT32 && shape.length === 4);
    if (counts.some((count) => count !== 1n) || !isImage) {
      const text = types.map(({ shape }) => `[${shape.join(", ")}]`).join(" and gives ");
      throw new UserError(
        `${this.#path} is no network from images to images: one input and one output of four axes, float32, are needed, ` +
          `it has ${counts.join(" and ")} and takes ${text}`,
        ExitCode.DATA,
      );
    }
    return [types[0]!.shape, types[1]!.shape];
  }

  async #run({ shape, data }: ImageTensor): Promise<ImageTensor> {
    const { c, environment } = this.#library;
    const library = this.#library, compiled = this.#compiled;
    if (compiled === 0n) throw new Error("the model was disposed of");
    using buffers = new DisposableStack();
    const bufferOf = (sizes: readonly number[], requirements: bigint): bigint =>
      buffers.adopt(
        library.made("LiteRtCreateManagedTensorBufferFromRequirements", (out) =>
          c.LiteRtCreateManagedTensorBufferFromRequirements(
            environment,
            tensorType(FLOAT32, sizes),
            requirements,
            out,
          )),
        (buffer) =>
          c.LiteRtDestroyTensorBuffer(buffer),
      );
    try {
      check(
        "LiteRtCompiledModelResizeInputTensor",
        c.LiteRtCompiledModelResizeInputTensor(compiled, 0n, 0n, Int32Array.from(shape), 4n),
      );
      const result = readLayout(
        "LiteRtGetCompiledModelOutputTensorLayouts",
        (out) => c.LiteRtGetCompiledModelOutputTensorLayouts(compiled, 0n, 1n, out, true),
      );
      const input = bufferOf(
        shape,
        library.made(
          "LiteRtGetCompiledModelInputBufferRequirements",
          (out) => c.LiteRtGetCompiledModelInputBufferRequirements(compiled, 0n, 0n, out),
        ),
      );
      const output = bufferOf(
        result,
        library.made(
          "LiteRtGetCompiledModelOutputBufferRequirements",
          (out) => c.LiteRtGetCompiledModelOutputBufferRequirements(compiled, 0n, 0n, out),
        ),
      );
      this.#withBytes(
        input,
        WRITE,
        data.byteLength,
        (bytes) => bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
      );
      check(
        "LiteRtRunCompiledModel",
        await c.LiteRtRunCompiledModel(
          compiled,
          0n,
          1n,
          BigUint64Array.of(input),
          1n,
          BigUint64Array.of(output),
        ),
      );
      const restored = new Float32Array(result.reduce((a, b) => a * b, 1));
      this.#withBytes(
        output,
        READ,
        restored.byteLength,
        (bytes) => new Uint8Array(restored.buffer).set(bytes),
      );
      return { shape: result as [number, number, number, number], data: restored };
    } catch (error) {
      if (!(error instanceof LiteRtError)) throw error;
      throw new UserError(
        `${this.#path} does not take images of [${shape.join(", ")}]: ${error.message}`,
        ExitCode.DATA,
        { cause: error },
      );
    }
  }

  #withBytes(
    buffer: bigint,
    mode: number,
    length: number,
    use: (bytes: Uint8Array) => void,
  ): void {
    const { c } = this.#library;
    const address = this.#library.made(
      "LiteRtLockTensorBuffer",
      (out) => c.LiteRtLockTensorBuffer(buffer, out, mode),
    );
    const pointer = Deno.UnsafePointer.create(address)!;
    use(new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length)));
    check("LiteRtUnlockTensorBuffer", c.LiteRtUnlockTensorBuffer(buffer));
  }

  #destroy(): void {
    const { c } = this.#library;
    if (this.#compiled !== 0n) c.LiteRtDestroyCompiledModel(this.#compiled);
    if (this.#model !== 0n) c.LiteRtDestroyModel(this.#model);
    this.#compiled = this.#model = 0n;
  }
}
