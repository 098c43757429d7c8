/**
 * A network on the device, ready to be run on tiles.
 *
 * @module
 */
import { compile, type CompiledFunction } from "../engine/compile.ts";
import type { Precision } from "../engine/engine.ts";
import { type Tensor4D, tf } from "../engine/tf.ts";
import { ExitCode, UserError } from "../errors.ts";
import { withInitSeed } from "../nn/init.ts";
import type { Module } from "../nn/module.ts";
import { ARCH_REGISTRY } from "../registry.ts";
import { Turns, unlessAborted } from "./_turns.ts";
import type { FoundNetwork } from "./source.ts";
import type { ModelStage } from "./types.ts";

/** Pixels for a network: float32 `[1, height, width, channels]`. */
export interface NetworkInput {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Samples; as many channels as the network takes. */
  readonly data: Float32Array;
}

/** What a call may say and whether it still has to be done. */
export interface RunOptions {
  /** Stops before the network is called. */
  readonly signal?: AbortSignal;
  /** Receives what is worth knowing. */
  readonly say?: (line: string) => void;
}

/** What computes tiles; a seam for tests. */
export interface TileNetwork {
  /** What it is. */
  readonly stage: ModelStage;
  /** Whether the last channel that it takes is a map of noise levels. */
  readonly noiseMap: boolean;
  /** Applies the network; the result has `outputChannels` channels and is the caller's. */
  run(input: NetworkInput, options?: RunOptions): Promise<Float32Array>;
}

/** A network that was loaded, and has to be released. */
export interface RestoreNetwork extends TileNetwork, Disposable {
  /** Whether a call is under way. */
  readonly busy: boolean;
  /** Height and width of the only input that it computes; smaller ones are enlarged to it. Absent if it takes all sizes. */
  readonly fixedSize?: readonly [height: number, width: number] | undefined;
  /** Is fulfilled when no call is under way any more. */
  idle(): Promise<void>;
}

/** A network with its weights. Pads nothing: sizes must be multiples of what it wants. */
export class Network implements RestoreNetwork {
  /** See {@linkcode TileNetwork}. */
  readonly stage: ModelStage;
  /** See {@linkcode TileNetwork}. */
  readonly noiseMap: boolean;
  /** The network itself. */
  readonly net: Module<Tensor4D>;
  readonly #precision: Precision;
  readonly #forward: CompiledFunction<[Tensor4D], Tensor4D>;
  /** In fp32, for what overflows in a low precision; made when it is needed. */
  #careful: CompiledFunction<[Tensor4D], Tensor4D> | undefined;
  #told = false;
  readonly #running = new Set<Promise<void>>();

  /** Builds it on the engine that runs. */
  constructor(found: FoundNetwork, precision: Precision) {
    const { source, type, options, scale, inputChannels, outputChannels, parameters } = found;
    this.stage = {
      source,
      arch: type,
      options,
      scale,
      inputChannels,
      outputChannels,
      parameters,
    };
    this.noiseMap = found.noiseMap ?? false;
    const { value: Arch } = ARCH_REGISTRY.get(type, "type");
    // What it gives is what its signature says; its first values are those of the file, not random ones.
    this.net = withInitSeed(0, () => new Arch(options)) as Module<Tensor4D>;
    try {
      this.net.loadStateDict(found.weights);
      this.net.eval().materialize();
    } catch (error) {
      this.net.dispose();
      throw error;
    }
    this.#precision = precision;
    this.#forward = this.#compiled(precision);
  }

  /** Whether a call is under way. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Is fulfilled when no call is under way any more. */
  async idle(): Promise<void> {
    while (this.busy) await Promise.all(this.#running);
  }

  /**
   * See {@linkcode TileNetwork}. What is not finite in a low precision is computed again in fp32, which is said once.
   *
   * @throws {UserError} DATA, if the result is not finite in fp32 either.
   */
  async run(input: NetworkInput, { signal, say }: RunOptions = {}): Promise<Float32Array> {
    const { arch, source, inputChannels } = this.stage;
    const shape = [1, input.height, input.width, inputChannels] as const;
    const x = tf.tensor4d(input.data, [...shape]);
    try {
      const output = await this.#call(this.#forward, x, signal);
      if (isFinite32(output)) return output;
      if (this.#precision !== "fp32") {
        if (!this.#told) {
          say?.(`${arch} overflows in ${this.#precision}: such tiles are computed again in fp32`);
        }
        this.#told = true;
        this.#careful ??= this.#compiled("fp32");
        const again = await this.#call(this.#careful, x, signal);
        if (isFinite32(again)) return again;
      }
    } finally {
      x.dispose();
    }
    throw new UserError(
      isFinite32(input.data)
        ? `${source}: the network gives numbers that are not finite: its weights are broken, or of another kind ` +
          `than ${arch} as it is built here`
        : "the picture holds numbers that are not finite",
      ExitCode.DATA,
    );
  }

  /** Releases everything on the device; safe to call twice. */
  [Symbol.dispose](): void {
    this.#forward.dispose();
    this.#careful?.dispose();
    this.net.dispose();
  }

  /** Rejects at once when the signal is aborted; a call that has begun goes on to its end, which {@linkcode Network.idle} awaits. */
  async #call(
    forward: CompiledFunction<[Tensor4D], Tensor4D>,
    x: Tensor4D,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    // While the calls before it compute, the main thread has time for a size that is new.
    if (turns.busy) forward.prepare(x);
    const work = turns.take(() => {
      signal?.throwIfAborted();
      return forward(x);
    }).then(fetched); // the next call is on its way meanwhile
    const settled = work.then(() => {}, () => {}).then(() => void this.#running.delete(settled));
    this.#running.add(settled);
    return await unlessAborted(work, signal);
  }

  #compiled(precision: Precision): CompiledFunction<[Tensor4D], Tensor4D> {
    return compile((x: Tensor4D): Tensor4D => this.net.forward(x), {
      name: this.stage.arch,
      precision,
      dynamic: true,
      warnAfter: Infinity, // sizes of pictures differ, and nobody can help it
    });
  }
}

/** One call is under way at a time, so that those that wait can still be stopped. */
const turns = new Turns();

async function fetched(y: Tensor4D): Promise<Float32Array> {
  try {
    return await y.data() as Float32Array;
  } finally {
    y.dispose();
  }
}

function isFinite32(data: Float32Array): boolean {
  // A sum of finite float32 numbers is finite in float64, and one of others never is. Four, as each addition waits for the
  // one before.
  let a = 0, b = 0, c = 0, d = 0, i = 0;
  for (; i + 3 < data.length; i += 4) {
    a += data[i]!;
    b += data[i + 1]!;
    c += data[i + 2]!;
    d += data[i + 3]!;
  }
  for (; i < data.length; i++) a += data[i]!;
  return Number.isFinite(a + b + c + d);
}
