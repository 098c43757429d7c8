/**
 * Hooks: everything around the training step. The points are those of mmengine
 * (https://github.com/open-mmlab/mmengine, `mmengine/hooks/hook.py`).
 *
 * @module
 */
import type { Runner } from "./runner.ts";
import type { Batch } from "../data/dataset.ts";

/** When a hook runs among others at the same point: lower numbers first. */
export const Priority = {
  HIGHEST: 0,
  VERY_HIGH: 10,
  HIGH: 30,
  ABOVE_NORMAL: 40,
  NORMAL: 50,
  BELOW_NORMAL: 60,
  LOW: 70,
  VERY_LOW: 90,
  LOWEST: 100,
} as const;

/** Result of validating one image. */
export interface ValidatedImage {
  /** Name of the data set. */
  readonly dataset: string;
  /** File name without extension. */
  readonly name: string;
  /** Metric values by the names in the options file. */
  readonly values: { readonly [metric: string]: number };
}

/**
 * A hook. Every method is optional; a method may return a promise, which the runner awaits.
 *
 * `iter` counts from 1 and is the iteration that is about to run (`before…`) or has just run (`after…`).
 */
export interface Hook {
  /** Default {@linkcode Priority.NORMAL}. */
  readonly priority?: number;
  /**
   * True if `beforeTrainIter` does not change the batch. Only then, and if the same holds for all other hooks, the
   * images of the next batch go to the device while the step before is still computing.
   */
  readonly leavesBatch?: boolean;
  /** Called once when the hook is added to a runner. */
  register?(runner: Runner): void | Promise<void>;
  /** Before the first iteration of this process. */
  beforeRun?(runner: Runner): void | Promise<void>;
  /** After the last iteration, or after a stop; not after an error. */
  afterRun?(runner: Runner): void | Promise<void>;
  /** Before the first batch of an epoch, and when a run goes on within one. */
  beforeTrainEpoch?(runner: Runner): void | Promise<void>;
  /** After the last batch of an epoch, and where a run ends within one. */
  afterTrainEpoch?(runner: Runner): void | Promise<void>;
  /** Before a batch is given to the model. May change it, unless the hook has said that it does not. */
  beforeTrainIter?(runner: Runner, batch: Batch): void | Promise<void>;
  /** After an iteration; `log` holds its losses. */
  afterTrainIter?(
    runner: Runner,
    batch: Batch,
    log: Readonly<Record<string, number>>,
  ): void | Promise<void>;
  /** Before the first image of a validation set, which is given by its name. */
  beforeValEpoch?(runner: Runner, dataset: string): void | Promise<void>;
  /** After a whole validation, once for each set. */
  afterValEpoch?(runner: Runner, dataset: string): void | Promise<void>;
  /** For each image, before it is restored. */
  beforeValIter?(runner: Runner, batch: Batch): void | Promise<void>;
  /** For each restored image, with its numbers. */
  afterValIter?(runner: Runner, batch: Batch, image: ValidatedImage): void | Promise<void>;
  /** May add to what is stored in the training state. */
  beforeSaveCheckpoint?(runner: Runner, extra: Record<string, unknown>): void | Promise<void>;
  /** Gets back what it added when a run is resumed. */
  afterLoadCheckpoint?(
    runner: Runner,
    extra: Readonly<Record<string, unknown>>,
  ): void | Promise<void>;
}

/** A class that can be registered in `HOOK_REGISTRY`. */
// The options of a plugin are checked by its own schema; the registry cannot know their type.
// deno-lint-ignore no-explicit-any
export type HookClass = new (options: any) => Hook;
