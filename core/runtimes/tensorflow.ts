/**
 * TensorFlow as a program of others: SavedModels and frozen graphs, run as they are by sessions of libtensorflow.
 *
 * Nothing of the engine is in between but the door to the library.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { DType, type NumberArray } from "../engine/native/dtypes.ts";
import { findLibrary, TENSORFLOW_VERSION } from "../engine/native/library.ts";
import { NativeError, NativeLibrary } from "../engine/native/native_library.ts";
import { GraphSession } from "../engine/native/session.ts";
import { ExitCode, UserError } from "../errors.ts";
import { DamagedMessage } from "../protobuf/reader.ts";
import { fromLayout, guessLayout, type Layout, toLayout } from "./layout.ts";
import { type GraphPorts, type Port, readFrozen, readSavedModel } from "./tensorflow_files.ts";
import type { ImageTensor, Runtime, RuntimeModel } from "./types.ts";

/** How the library is found. */
export interface TensorFlowOptions {
  /** Path of libtensorflow; default where the native engine looks. */
  readonly library?: string;
}

/**
 * TensorFlow's own runtime.
 *
 * @throws {UserError} ENVIRONMENT, if libtensorflow is not there: `deno task setup` fetches it.
 */
export async function tensorflow({ library }: TensorFlowOptions = {}): Promise<Runtime> {
  const path = library ?? (await findLibrary())?.path;
  if (path === undefined) {
    throw new UserError(
      `libtensorflow ${TENSORFLOW_VERSION} is not there: deno task setup fetches it`,
      ExitCode.ENVIRONMENT,
    );
  }
  const opened = NativeLibrary.open(path);
  return {
    title: "TensorFlow",
    version: opened.version,
    open: (model) => TensorFlowModel.open(opened, model),
  };
}

/** Types of images: numbers as they are, rounded for whole ones. */
const IMAGE_TYPES: readonly number[] = [DType.FLOAT, DType.HALF, DType.UINT8, DType.INT32];

class TensorFlowModel implements RuntimeModel {
  readonly inputChannels: number | undefined;
  readonly outputChannels: number | undefined;
  readonly fixedSize: readonly [number, number] | undefined;
  readonly maxBatch: number | undefined;
  readonly #path: string;
  readonly #session: GraphSession;
  readonly #ports: GraphPorts;
  readonly #in: Layout;
  readonly #out: Layout;

  private constructor(path: string, session: GraphSession, ports: GraphPorts) {
    this.#path = path;
    this.#session = session;
    this.#ports = ports;
    const { input, output } = ports;
    this.#in = guessLayout(input.shape, "nhwc");
    this.#out = guessLayout(output.shape, this.#in);
    const [n, h, w, c] = toNhwc(input, this.#in);
    this.maxBatch = n;
    this.inputChannels = c;
    this.fixedSize = h !== undefined && w !== undefined ? [h, w] : undefined;
    this.outputChannels = toNhwc(output, this.#out)[3];
  }

  static async open(library: NativeLibrary, path: string): Promise<TensorFlowModel> {
    try {
      const file = await modelFile(path);
      const bytes = await Deno.readFile(file);
      const isSavedModel = basename(file) === "saved_model.pb";
      const ports = isSavedModel ? readSavedModel(bytes) : readFrozen(bytes);
      for (const port of [ports.input, ports.output]) requireImages(file, port);
      const session = isSavedModel
        ? await GraphSession.fromSavedModel(library, dirname(file), ports.tags)
        : await GraphSession.fromGraphDef(library, bytes);
      return new TensorFlowModel(file, session, ports);
    } catch (error) {
      throw explained(path, error);
    }
  }

  async run(images: ImageTensor): Promise<ImageTensor> {
    const { input, output } = this.#ports;
    this.#check(images.shape);
    const { shape, data } = toLayout(images, this.#in);
    try {
      const given = { dtype: input.dtype, shape, values: numbersOf(data, input.dtype) };
      const result = await this.#session.run(input.name, given, output.name);
      if (result.shape.length !== 4) {
        throw new DamagedMessage(`it gives [${result.shape}], which are no images`);
      }
      return fromLayout(
        { shape: result.shape as ImageTensor["shape"], data: floatsOf(result) },
        this.#out,
      );
    } catch (error) {
      throw explained(this.#path, error);
    }
  }

  /** TensorFlow itself does not compare images with what the file declares. */
  #check(shape: ImageTensor["shape"]): void {
    const declared = toNhwc(this.#ports.input, this.#in);
    if (declared.every((size, axis) => size === undefined || size === shape[axis])) return;
    const sizes = declared.map((size) => size ?? "any").join(", ");
    throw new UserError(
      `${this.#path}: it takes images [${sizes}] (number, height, width, channels), not [${
        shape.join(", ")
      }]`,
      ExitCode.DATA,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session[Symbol.asyncDispose]();
  }
}

/**
 * The file that holds the graph: `path` itself, or `saved_model.pb` in the folder, or in the highest version that it has.
 *
 * @throws {UserError} DATA, if there is none.
 */
export async function modelFile(path: string): Promise<string> {
  const full = resolve(path);
  if (!(await Deno.stat(full)).isDirectory) return full;
  const inside = join(full, "saved_model.pb");
  const isThere = await Deno.stat(inside).then(({ isFile }) => isFile, () => false);
  if (isThere) return inside;
  const versions: number[] = [];
  for await (const { name, isDirectory } of Deno.readDir(full)) {
    if (isDirectory && /^\d{1,15}$/.test(name)) versions.push(Number(name));
  }
  for (const version of versions.sort((a, b) => b - a)) {
    const file = join(full, String(version), "saved_model.pb");
    if (await Deno.stat(file).then(({ isFile }) => isFile, () => false)) return file;
  }
  throw new UserError(
    `${path}: a SavedModel is a folder with saved_model.pb, or with versions (1, 2, …) of such folders`,
    ExitCode.DATA,
  );
}

function requireImages(file: string, { name, dtype, shape }: Port): void {
  if (!IMAGE_TYPES.includes(dtype)) {
    throw new UserError(
      `${file}: ${name} is of TensorFlow's type ${dtype}, images are float32, float16, uint8 or int32`,
      ExitCode.DATA,
    );
  }
  if (shape !== undefined && shape.length !== 4) {
    throw new UserError(
      `${file}: ${name} has ${shape.length} axes, images have 4`,
      ExitCode.DATA,
    );
  }
}

/** Sizes in the order n, h, w, c; undefined where they are free. */
function toNhwc({ shape }: Port, layout: Layout): (number | undefined)[] {
  const [n, a, b, c] = (shape ?? [-1, -1, -1, -1]).map((size) => size < 0 ? undefined : size);
  return layout === "nhwc" ? [n, a, b, c] : [n, b, c, a];
}

function numbersOf(data: Float32Array, dtype: number): NumberArray {
  switch (dtype) {
    case DType.HALF:
      return new Uint16Array(new Float16Array(data).buffer);
    case DType.UINT8:
      return Uint8Array.from(Uint8ClampedArray.from(data));
    case DType.INT32:
      return Int32Array.from(data, Math.round);
  }
  return data;
}

function floatsOf(
  { dtype, values }: { readonly dtype: number; readonly values: NumberArray },
): Float32Array {
  if (values instanceof Float32Array) return values;
  if (dtype === DType.HALF) {
    return new Float32Array(
      new Float16Array(values.buffer as ArrayBuffer, values.byteOffset, values.length),
    );
  }
  return Float32Array.from(values as Uint8Array);
}

function explained(path: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  if (error instanceof NativeError || error instanceof DamagedMessage) {
    return new UserError(`${path}: ${firstLine(error.message)}`, ExitCode.DATA, { cause: error });
  }
  if (error instanceof Deno.errors.NotFound) {
    return new UserError(`${path}: there is no such file or folder`, ExitCode.DATA, {
      cause: error,
    });
  }
  return error;
}

const firstLine = (text: string): string => text.split("\n", 1)[0]!;
