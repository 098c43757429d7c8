/**
 * The training loop. It feeds batches to the model; everything else is a hook.
 *
 * @module
 */
import type { Batch } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { Logger } from "../log/logger.ts";
import { Eta } from "../log/timers.ts";
import type { RunOptions } from "../options/types.ts";
import type { Model } from "./base_model.ts";
import { type Hook, Priority } from "./hook.ts";
import type { StopSignal } from "./stop.ts";
import type { ValidationSet } from "./validate.ts";
import { DivergedError } from "./diverged.ts";

/** A batch with its place. */
export interface SourcedBatch {
  /** The samples. */
  readonly batch: Batch;
  /** Epoch that it belongs to, from 0. */
  readonly epoch: number;
}

/** Where batches come from; see `core/data/loader.ts`. */
export interface BatchSource {
  /** The next batch and its epoch. Not called again before it has answered. */
  next(): Promise<SourcedBatch>;
  /** Makes `next` give the batch of iteration `iteration` (0 is the first). */
  seek(iteration: number): void | Promise<void>;
  /** Batches in an epoch. */
  readonly batchesPerEpoch: number;
  /** Stops the workers. */
  dispose(): void | Promise<void>;
}

/** What a runner stands on. */
export interface RunnerParts {
  /** Checked options. */
  readonly opt: RunOptions;
  /** The started engine. */
  readonly engine: Engine;
  /** The model, set up. */
  readonly model: Model;
  /** Where batches come from. */
  readonly loader: BatchSource;
  /** The run's log. */
  readonly logger: Logger;
  /** Whether somebody asked for a stop. */
  readonly stop: StopSignal;
  /** The data sets of the run, open: that of phase train, then those of phase val. Default none. */
  readonly datasets?: readonly ValidationSet[];
}

/** How a run ended. */
export type RunEnd = "finished" | "stopped";

/** Points of a hook that take nothing but the runner. */
type PlainPoint =
  | "beforeRun"
  | "afterRun"
  | "beforeTrainEpoch"
  | "afterTrainEpoch";

/** Runs the loop; owns nothing but the counters. */
export class Runner {
  /** Checked options. */
  readonly opt: RunOptions;
  /** The started engine. */
  readonly engine: Engine;
  /** The model, set up. */
  readonly model: Model;
  /** Where batches come from. */
  readonly loader: BatchSource;
  /** The run's log. */
  readonly logger: Logger;
  /** Whether somebody asked for a stop. */
  readonly stop: StopSignal;
  /** The data sets of the run, open. */
  readonly datasets: readonly ValidationSet[];
  /** Iterations done so far; 0 before the first. */
  iter = 0;
  /** Epoch of the latest batch, from 0. */
  epoch = 0;
  /** Iteration that this process started from: 0, or where it resumed. */
  startIter = 0;
  /** Seconds of the latest iteration, data included, and the part spent waiting for data. */
  times: { iter: number; data: number } = { iter: 0, data: 0 };
  /** Time left; from the first iteration on. */
  eta: Eta;
  /** Seconds that this process spent on validations and checkpoints. */
  paused = 0;
  #hooks: Hook[] = [];
  /** The batch of the next iteration, asked for while the one before is computing. */
  #ahead: Promise<SourcedBatch> | undefined;

  /** Takes what was assembled by `core/train/train.ts`. */
  constructor(parts: RunnerParts) {
    this.opt = parts.opt;
    this.engine = parts.engine;
    this.model = parts.model;
    this.loader = parts.loader;
    this.logger = parts.logger;
    this.stop = parts.stop;
    this.datasets = parts.datasets ?? [];
    this.eta = new Eta(this.totalIter);
  }

  /** Starts from iteration `iter` of a checkpoint. */
  resumeAt(iter: number, epoch: number): void {
    this.iter = this.startIter = iter;
    this.epoch = epoch;
    this.eta = new Eta(this.totalIter, iter);
  }

  /** Notes time spent on something that comes back every `every` iterations, so that it counts as such. */
  notePause(label: string, seconds: number, every: number): void {
    this.paused += seconds;
    this.eta.pause(label, seconds, every);
  }

  /** Iteration at which the run is over. */
  get totalIter(): number {
    return this.opt.train!.total_iter;
  }

  /** Adds a hook; among equals the one added first runs first. */
  async register(hook: Hook): Promise<void> {
    this.#hooks.push(hook);
    this.#hooks.sort((a, b) => (a.priority ?? Priority.NORMAL) - (b.priority ?? Priority.NORMAL));
    await hook.register?.(this);
  }

  /** All hooks in the order in which they run. */
  get hooks(): readonly Hook[] {
    return this.#hooks;
  }

  /**
   * Trains until `total_iter`, or until a stop is asked for, which takes effect between two iterations. While a step is
   * computed the batch of the next one is fetched; after a stop it is dropped and counts as not done.
   *
   * @throws {DivergedError} If a loss is NaN or infinite; nothing is saved after that.
   */
  async run(): Promise<RunEnd> {
    await this.#call("beforeRun");
    await this.loader.seek(this.iter);
    try {
      await this.#train();
    } finally {
      this.#ahead = undefined;
    }
    await this.#call("afterRun");
    return this.iter >= this.totalIter ? "finished" : "stopped";
  }

  async #train(): Promise<void> {
    let inEpoch = false;
    while (this.iter < this.totalIter && !this.stop.requested) {
      const started = performance.now();
      const ahead = this.#ahead;
      this.#ahead = undefined;
      const { batch, epoch } = await (ahead ?? this.loader.next());
      const dataTime = (performance.now() - started) / 1000;
      if (!inEpoch || epoch !== this.epoch) {
        if (inEpoch) await this.#call("afterTrainEpoch");
        this.epoch = epoch;
        inEpoch = true;
        await this.#call("beforeTrainEpoch");
      }
      await this.#step(batch, started, dataTime);
      // Timers, worker messages and signals get their turn even if the engine never lets go of the thread.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (inEpoch) await this.#call("afterTrainEpoch");
  }

  async #step(batch: Batch, started: number, dataTime: number): Promise<void> {
    const iter = this.iter + 1;
    for (const hook of this.#hooks) await hook.beforeTrainIter?.(this, batch);
    this.model.feedData(batch);
    const step = this.model.optimizeParameters(iter);
    if (iter < this.totalIter && !this.stop.requested) this.#fetchAhead();
    const log = await step;
    if (!Object.values(log).every(Number.isFinite)) throw new DivergedError(iter, log, batch);
    this.iter = iter;
    this.times = { iter: (performance.now() - started) / 1000, data: dataTime };
    this.eta.step(iter, this.times.iter);
    for (const hook of this.#hooks) await hook.afterTrainIter?.(this, batch, log);
  }

  /** Asks for the next batch; what goes wrong with it is thrown when it is needed. */
  #fetchAhead(): void {
    const fetch = async (): Promise<SourcedBatch> => {
      const next = await this.loader.next();
      // A batch that the loop already waits for, or that was dropped, is not staged.
      if (this.#ahead === ahead && this.#batchesAreLeft()) this.model.stageData?.(next.batch);
      return next;
    };
    const ahead = fetch();
    ahead.catch(() => {});
    this.#ahead = ahead;
  }

  /** Whether no hook may change a batch before it is fed. */
  #batchesAreLeft(): boolean {
    return this.#hooks.every((hook) => hook.beforeTrainIter === undefined || hook.leavesBatch);
  }

  async #call(point: PlainPoint): Promise<void> {
    for (const hook of this.#hooks) await hook[point]?.(this);
  }
}
