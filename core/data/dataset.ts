/**
 * What a dataset is: a numbered list of samples that can be read in any order, in any thread.
 *
 * @module
 */
import type { FloatImage, ImageCodec } from "./image.ts";
import type { Rng } from "../random.ts";

/** One sample: images under BasicSR's names (`lq`, `gt`), paths under `<name>_path`. No tensors: it can cross threads. */
export interface Sample {
  /** An image or a path. */
  readonly [key: string]: FloatImage | string;
}

/** Several samples stacked: `data[key]` is float32 `[n, h, w, c]` (NHWC); `paths[key]` has one entry a sample. */
export interface Batch {
  /** Number of samples. */
  readonly size: number;
  /** Image arrays by name. */
  readonly images: {
    readonly [key: string]: {
      readonly shape: readonly [number, number, number, number];
      readonly data: Float32Array;
    };
  };
  /** `lq_path`, `gt_path`, … */
  readonly paths: { readonly [key: string]: readonly string[] };
}

/** Everything a dataset's constructor is given besides its options. */
export interface DatasetContext {
  /** Phase: the part of the key before `_` (`train`, `val`, `test`). */
  readonly phase: string;
  /** Scale factor of the run (1 if the options name none). */
  readonly scale: number;
  /** Opens image files. In a worker this is the worker's own. */
  readonly codec: ImageCodec;
}

/** A problem found before training starts. */
export interface DataProblem {
  /** File concerned. */
  readonly file: string;
  /** What is wrong with it. */
  readonly what: string;
}

/** A dataset. Constructors do no I/O; {@linkcode Dataset.open} lists the files. */
export interface Dataset {
  /** Lists the files. Called once, in every thread that reads samples. */
  open(): Promise<void>;
  /** Number of samples, known after `open`. */
  readonly length: number;
  /**
   * Reads sample `index`; every random choice is drawn from `rng`, so that the same key gives the same pixels whatever
   * the number of workers.
   *
   * @throws {UserError} With exit code DATA, naming the file.
   */
  read(index: number, rng: Rng): Promise<Sample>;
  /** The file that sample `index` is mainly read from, for messages. */
  source?(index: number): string;
  /** Looks at file names and image headers only; reports orphans and size mismatches before the first epoch. */
  check?(): Promise<readonly DataProblem[]>;
}

/** A class that can be registered in `DATASET_REGISTRY`. */
// The options of a plugin are checked by its own schema; the registry cannot know their type.
// deno-lint-ignore no-explicit-any
export type DatasetClass = new (options: any, context: DatasetContext) => Dataset;
