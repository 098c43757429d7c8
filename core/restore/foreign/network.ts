/**
 * A model of another program as a network among networks.
 *
 * @module
 */
import { ExitCode, UserError } from "../../errors.ts";
import type { NetworkProfile } from "../../nn/profile.ts";
import type { ImageTensor, RuntimeModel, RuntimeOptions } from "../../runtimes/types.ts";
import { unlessAborted } from "../_turns.ts";
import { isOutOfMemoryText } from "../memory_split.ts";
import type { NetworkInput, RestoreNetwork, RunOptions } from "../network.ts";
import { sourceIndex } from "../spans.ts";
import type { ModelStage } from "../types.ts";
import { type ForeignTraits, probe, scaled, unscale } from "./probe.ts";
import type { ForeignKind, ForeignSpec } from "./spec.ts";
import { type ForeignThread, openForeign } from "./thread.ts";

/** What kinds are called. */
const TITLES: Readonly<Record<ForeignKind, string>> = {
  savedmodel: "SavedModel",
  frozen: "frozen TensorFlow graph",
  onnx: "ONNX model",
  tfjs: "TensorFlow.js model",
  tflite: "TensorFlow Lite model",
};

/** A model of another program, run as it is. */
export class ForeignNetwork implements RestoreNetwork {
  /** See {@linkcode RestoreNetwork}. */
  readonly stage: ModelStage;
  /** Never. */
  readonly noiseMap = false;
  /** See {@linkcode RestoreNetwork}. */
  readonly fixedSize: readonly [height: number, width: number] | undefined;
  /** What of it concerns tiles: how far it looks is not known. */
  readonly profile: NetworkProfile;
  /** What was found out about it, in a line. */
  readonly description: string;
  readonly #thread: RuntimeModel & { end(): void };
  readonly #traits: ForeignTraits;
  readonly #running = new Set<Promise<void>>();

  /** Takes the thread over. */
  constructor(spec: ForeignSpec, thread: ForeignThread, traits: ForeignTraits) {
    const { kind, path } = spec;
    const { scale, inputChannels, outputChannels, multiple, inputRange, outputRange } = traits;
    this.#thread = thread;
    this.#traits = traits;
    this.fixedSize = thread.fixedSize;
    this.stage = {
      source: `${kind}:${path}`,
      arch: TITLES[kind],
      options: { multiple, inputRange, outputRange },
      scale,
      inputChannels,
      outputChannels,
      parameters: 0,
    };
    this.profile = { parameters: 0, radius: Infinity, multiple, padding: "reflect" };
    const colours = (channels: number) => channels === 1 ? "gray" : "RGB";
    const range = inputRange === outputRange ? inputRange : `${inputRange} in, ${outputRange} out`;
    const size = this.fixedSize
      ? `${this.fixedSize[1]}x${this.fixedSize[0]} pixels alone`
      : multiple === 1
      ? "any size"
      : `multiples of ${multiple} pixels`;
    this.description = `${TITLES[kind]}, run as it is by ${thread.title}: ` +
      `${scale === 1 ? "keeps the size" : `enlarges ${scale} times`}, ${
        colours(inputChannels)
      } to ${colours(outputChannels)}, samples ${range}, ${size}`;
  }

  /** Opens and tries the model. */
  static async open(spec: ForeignSpec, options: RuntimeOptions): Promise<ForeignNetwork> {
    const thread = await openForeign(spec, options);
    try {
      return new ForeignNetwork(spec, thread, await probe(thread, spec));
    } catch (error) {
      thread.end();
      throw error;
    }
  }

  /** See {@linkcode RestoreNetwork}. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** See {@linkcode RestoreNetwork}. */
  async idle(): Promise<void> {
    while (this.busy) await Promise.all(this.#running);
  }

  /**
   * See {@linkcode RestoreNetwork}.
   *
   * @throws {UserError} DATA, if the model refuses the tile or gives something else than it gave when it was tried.
   */
  async run(input: NetworkInput, { signal }: RunOptions = {}): Promise<Float32Array> {
    const work = this.#run(input, signal);
    const settled = work.then(() => {}, () => {}).then(() => void this.#running.delete(settled));
    this.#running.add(settled);
    return await unlessAborted(work, signal);
  }

  /** Ends the thread; safe to call twice. */
  [Symbol.dispose](): void {
    this.#thread.end();
  }

  async #run(input: NetworkInput, signal: AbortSignal | undefined): Promise<Float32Array> {
    signal?.throwIfAborted();
    const { inputChannels, outputChannels, scale } = this.stage;
    const { inputRange, outputRange } = this.#traits;
    const { height, width, data } = input;
    const picture: ImageTensor = { shape: [1, height, width, inputChannels], data };
    const [h, w] = this.fixedSize ?? [height, width];
    const given = h === height && w === width ? picture : enlarged(picture, h, w);
    let made: ImageTensor;
    try {
      made = await this.#thread.run(scaled(given, inputRange));
    } catch (error) {
      // What is known as a want of memory is mended by smaller tiles.
      if (error instanceof UserError && isOutOfMemoryText(error.message)) {
        throw new Error(error.message, { cause: error });
      }
      throw error;
    }
    const expected = [1, h * scale, w * scale, outputChannels];
    if (made.shape.some((size, axis) => size !== expected[axis])) {
      throw new UserError(
        `${this.stage.source}: of [${given.shape}] it made [${made.shape}], not [${expected}]`,
        ExitCode.DATA,
      );
    }
    unscale(made.data, outputRange);
    if (!made.data.every(Number.isFinite)) {
      throw new UserError(
        `${this.stage.source}: it gives numbers that are not finite`,
        ExitCode.DATA,
      );
    }
    return given === picture ? made.data : cropped(made, height * scale, width * scale);
  }
}

/** Mirrored at the bottom and on the right, to a size that the model takes. */
function enlarged({ shape, data }: ImageTensor, height: number, width: number): ImageTensor {
  const [, rows, columns, channels] = shape;
  const result = new Float32Array(height * width * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const row = sourceIndex(y, { length: rows, padded: height }, "reflect") * columns;
    for (let x = 0; x < width; x++) {
      const from = (row + sourceIndex(x, { length: columns, padded: width }, "reflect")) * channels;
      for (let c = 0; c < channels; c++) result[to++] = data[from + c]!;
    }
  }
  return { shape: [1, height, width, channels], data: result };
}

/** The upper left part. */
function cropped({ shape, data }: ImageTensor, height: number, width: number): Float32Array {
  const [, , columns, channels] = shape;
  const result = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = y * columns * channels;
    result.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return result;
}
