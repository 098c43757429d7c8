/**
 * What a model is: networks, losses and optimizers wired into one training step and one inference.
 *
 * @module
 */
import type { Batch } from "../data/dataset.ts";
import type { FloatImage } from "../data/image.ts";
import type { Module } from "../nn/module.ts";
import type { RunOptions } from "../options/types.ts";
import type { StateDict, StateTensor } from "../weights/state_dict.ts";

/** Networks of a model that are saved, by BasicSR's letter (`g`, `d`), each with its moving average if it has one. */
export interface SavedNetwork {
  /** File stem: `net_g`. */
  readonly label: string;
  /** The network. */
  readonly net: Module;
  /** Its moving average. */
  readonly ema?: Module;
}

/** Optimizer and scheduler state as plain data plus tensors; see `core/train/checkpoint.ts`. */
export interface ModelState {
  /** JSON-serialisable part. */
  readonly json: Record<string, unknown>;
  /** Moments and other arrays, by unique names. */
  readonly tensors: Map<string, StateTensor>;
}

/** The images of a validation step, float32 `[h, w, c]`, nominal range [0, 1]. */
export interface Visuals {
  /** Input. */
  readonly lq: FloatImage;
  /** What the network made. */
  readonly result: FloatImage;
  /** Ground truth, if there is one. */
  readonly gt?: FloatImage;
}

/** The interface between the runner and a model plugin. */
export interface Model {
  /** Builds networks, loads pretrained weights; when training also losses, optimizers, schedulers. Called once. */
  setup(): Promise<void>;
  /** Networks to save. */
  networks(): readonly SavedNetwork[];
  /** Puts a batch on the device; releases the one before. One that is staged is there already. */
  feedData(batch: Batch): void;
  /**
   * Puts the images of a batch on the device ahead of `feedData`; borrowed. The runner calls it while a step computes,
   * with the batch of the next one, and at most once before that batch is fed; it is not changed any more. Batches of a
   * validation may be fed in between.
   */
  stageData?(batch: Batch): void;
  /** One step: forward, losses, backward, optimizers. Resolves to the losses by their log names (`l_pix`). */
  optimizeParameters(iter: number): Promise<Record<string, number>>;
  /** Sets the learning rates for iteration `iter`. */
  updateLearningRate(iter: number): void;
  /** Learning rates in force, one a parameter group. */
  learningRates(): readonly number[];
  /** Moves the averages towards the weights (no-op without EMA). */
  updateEma(): void;
  /** Restores the batch that was fed (moving average if there is one) and reads it back. */
  test(): Promise<Visuals>;
  /** Optimizers and schedulers, for the training state. */
  trainingState(): Promise<ModelState>;
  /** Puts back what {@linkcode Model.trainingState} gave. */
  loadTrainingState(state: ModelState): void;
  /** Loads weights into a network and its average (used when resuming). */
  loadNetwork(label: string, params: StateDict, paramsEma: StateDict | undefined): void;
  /** Text description with the number of parameters, for the log. */
  describe(): string;
  /** Releases all tensors. */
  dispose(): void;
}

/** What a model's constructor is given besides the options. */
export interface ModelContext {
  /** Writes one line to the log. */
  readonly say: (line: string) => void;
}

/** A class that can be registered in `MODEL_REGISTRY`. */
export type ModelClass = new (options: RunOptions, context: ModelContext) => Model;
