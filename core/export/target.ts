/**
 * What a target of exports is.
 *
 * @module
 */
import type { ImageTensor, Runtime, RuntimeNeeds, RuntimeOptions } from "../runtimes/types.ts";
import type { ExportGraph } from "./graph.ts";

/** Names of targets. */
export const TARGETS = ["savedmodel", "frozen", "onnx", "tflite", "tfjs", "ncnn", "web"] as const;

/** One of {@linkcode TARGETS}. */
export type TargetName = typeof TARGETS[number];

/** How numbers are kept and computed in the exported model. */
export type ExportPrecision = "fp32" | "fp16" | "int8";

/** How weights of the tfjs target are kept; the arithmetic is float32. */
export type WeightQuantization = "float16" | "uint16" | "uint8";

/** What a target may be told. Each takes what concerns it; `export.ts` refuses what its target does not name in `options`. */
export interface TargetOptions {
  /** Default the target's first. */
  readonly precision?: ExportPrecision;
  /** Order of axes, ONNX: default `nchw`. */
  readonly layout?: "nchw" | "nhwc";
  /** Version of a SavedModel, a folder of its own: default 1. */
  readonly version?: number;
  /** Most bytes of a file of weights, tfjs and web: default 4 MiB. */
  readonly shardBytes?: number;
  /** How weights are kept, tfjs and web: default float32 (web: float16). */
  readonly quantize?: WeightQuantization;
  /** Images to calibrate int8 with, tflite: float32 RGB in [0, 1], `[1, h, w, c]`; as many as there are. */
  readonly calibration?: readonly {
    readonly shape: readonly number[];
    readonly data: Float32Array;
  }[];
  /** Receives what is worth knowing. */
  readonly say?: (line: string) => void;
}

/** What was written. */
export interface Written {
  /** What a {@linkcode Runtime} opens, relative to the folder. */
  readonly model: string;
  /** Files, relative to the folder, in the order in which people want to hear of them. */
  readonly files: readonly string[];
  /** What else people should know, a line each. */
  readonly notes: readonly string[];
  /**
   * Largest difference from our own engine, as a share of the output's range, that this form may have, if it is not that of its
   * precision: weights kept in few bits.
   */
  readonly tolerance?: number;
}

/** What a further program computes. */
export interface FurtherCheck {
  /** What was exported. */
  readonly graph: ExportGraph;
  /** The network on our own engine. */
  readonly forward: (images: ImageTensor) => Promise<ImageTensor>;
  /** Folder that was written. */
  readonly folder: string;
  /** The model in it. */
  readonly model: string;
  /** How numbers are kept. */
  readonly precision: ExportPrecision;
}

/** What it found. */
export interface FurtherResult {
  /** Lines for people. */
  readonly lines: readonly string[];
  /** Why the export failed; absent if it did not. */
  readonly problem?: string;
}

/** A format that networks are exported to. */
export interface Target {
  /** Its name in `--to`. */
  readonly name: TargetName;
  /** For people, for example `TensorFlow SavedModel`. */
  readonly title: string;
  /** Precisions that it has, the default first. */
  readonly precisions: readonly ExportPrecision[];
  /** Keys of {@linkcode TargetOptions} that it takes besides `precision` and `say`. */
  readonly options: readonly (keyof TargetOptions)[];
  /** What {@linkcode Target.runtime} stands on besides our own native library; a function where it has to be looked for. */
  readonly needs?: RuntimeNeeds | (() => RuntimeNeeds);
  /**
   * Writes the model, with a README.md for people, into `folder`, which is empty and is renamed when all is verified.
   *
   * @throws {UserError} DATA, if the target has nothing for an op of the network.
   */
  write(graph: ExportGraph, folder: string, options: TargetOptions): Promise<Written>;
  /**
   * The program that runs the model, not ours if there is another one.
   *
   * @throws {UserError} ENVIRONMENT, if it is not there and cannot be fetched; says how to get it.
   */
  runtime(options: RuntimeOptions): Promise<Runtime>;
  /** Has a further program compute what the first one has found good, where there is one for which that does not speak. */
  further?(check: FurtherCheck): Promise<FurtherResult>;
}
