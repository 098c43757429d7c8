/**
 * What an engine is: the thing that executes tensor operations, and the image codec that comes with it.
 *
 * @module
 */
import type { ImageCodec } from "../data/image.ts";

/** The engines, in the order in which `auto` tries them (`cpu` only when asked for by name). */
export const ENGINE_NAMES = ["native", "webgpu", "wasm", "cpu"] as const;
/** Name of an engine. */
export type EngineName = (typeof ENGINE_NAMES)[number];
/** What `--engine` and `engine:` take. */
export type EngineChoice = EngineName | "auto";

/**
 * Arithmetic of compiled functions. `fp32`: float32 throughout. `bf16`: bfloat16 where it is safe (convolutions, matrix
 * products and the cheap ops between them, see `core/engine/native/policy.ts`), float32 elsewhere; weights stay float32.
 * `fp16`: the same with float16, whose small range wants the loss to be scaled when training.
 */
export const PRECISIONS = ["fp32", "bf16", "fp16"] as const;
/** Name of an arithmetic. */
export type Precision = (typeof PRECISIONS)[number];

/** A started engine. TensorFlow.js runs on it until {@linkcode Engine.dispose} is called. */
export interface Engine {
  /** Which one it is. */
  readonly name: EngineName;
  /**
   * One line for the start of a run, with the arithmetic that it can be asked for, for example
   * `native: libtensorflow 2.21.0, CPU (2 threads), float32, bfloat16`.
   */
  readonly description: string;
  /** Names of the devices that it computes on, for example `["CPU:0"]`. */
  readonly devices: readonly string[];
  /** True when it computes on a GPU. */
  readonly isGpu: boolean;
  /** Decodes and encodes image files; usable in this thread. */
  readonly codec: ImageCodec;
  /** What a Web Worker needs in order to open the same codec with `openCodec`; plain data, can be posted. */
  readonly codecSpec: CodecSpec;
  /** Waits until everything that was submitted has been computed. */
  sync(): Promise<void>;
  /** Releases the device; safe to call twice. */
  dispose(): Promise<void>;
}

/** Describes a codec as plain data, so that a worker can open it: see `core/engine/codec.ts`. */
export type CodecSpec =
  | { readonly kind: "imagescript" }
  | {
    readonly kind: "native";
    /** Absolute path of the TensorFlow library. */
    readonly library: string;
  };

/** How to start an engine. */
export interface EngineOptions {
  /** Which engine; `auto` picks native, webgpu (real adapter) or wasm. Default `auto`. */
  readonly engine?: EngineChoice;
  /** Explicit path of libtensorflow or of the folder that holds it. */
  readonly library?: string;
  /** `num_gpu` of the options file: 0 keeps the native engine on the CPU. */
  readonly numGpu?: number | "auto";
  /** Receives lines such as the reason of a fallback; default `console.error`. */
  readonly say?: (line: string) => void;
}
