/**
 * Training lines in BasicSR's format, in the log file and on the console, and the live progress bar.
 *
 * @module
 */
import { AvgTimer } from "../../log/timers.ts";
import { formatTrainLine } from "../../log/logger.ts";
import { Progress } from "../../log/progress.ts";
import type { RunHistory } from "../../log/history.ts";
import type { Batch } from "../../data/dataset.ts";
import { duration } from "../../text.ts";
import { type Hook, Priority } from "../hook.ts";
import type { Runner } from "../runner.ts";

/** A run that takes longer than this without a GPU is told so. */
const LONG_SECONDS = 3600;

/**
 * The pace is told after so many iterations, or as soon as so many seconds have gone into them: the first iteration of a
 * small network is many times as slow as the others, that of a large one is all there is for minutes.
 */
const PACE_ITERATIONS = 10;
const PACE_SECONDS = 5;

/** While the first iteration of a process is under way, its time is told after so many seconds, then twice as many, … */
const WAITING_SECONDS = 5;

/** Prints progress; stores losses and rates in the run's history. */
export class LogHook implements Hook {
  /** After EMA, before validation. */
  readonly priority: number = Priority.ABOVE_NORMAL;
  readonly #iterTimer = new AvgTimer();
  readonly #dataTimer = new AvgTimer();
  #progress: Progress | undefined;
  #paused = 0;
  #seconds = 0;
  #paceTold = false;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  /** Numbers go to `history`, too. */
  constructor(readonly history: RunHistory) {}

  /** Shows the bar before the first iteration, which may take long. */
  beforeRun(runner: Runner): void {
    if (runner.iter >= runner.totalIter) return;
    this.#progress = new Progress({
      label: "train",
      total: runner.totalIter,
      initial: runner.iter,
      plainEvery: 10,
      text: "first iteration …",
    });
    // The step is prepared in the first iteration, which takes a minute and more for a large network without a GPU.
    const tellAt = (seconds: number, from: number): void => {
      this.#waiting = setTimeout(() => {
        runner.logger.info(
          `The first iteration has taken ${seconds} s so far: the step is being compiled, once for the whole run` +
            (runner.engine.isGpu
              ? "."
              : ", and there is no GPU here. The time left is told after it."),
        );
        tellAt(2 * seconds, seconds);
      }, (seconds - from) * 1000);
    };
    tellAt(WAITING_SECONDS, 0);
  }

  /** Updates the bar; prints a line every `print_freq` iterations. */
  afterTrainIter(runner: Runner, _batch: Batch, log: Readonly<Record<string, number>>): void {
    const { iter } = runner;
    clearTimeout(this.#waiting);
    this.#iterTimer.add(runner.times.iter);
    this.#dataTimer.add(runner.times.data);
    const lrs = runner.model.learningRates();
    const losses = Object.entries(log).map(([k, v]) => `${k} ${v.toPrecision(4)}`).join(" ");
    if (runner.paused > this.#paused) {
      this.#progress?.skip(runner.paused - this.#paused);
      this.#paused = runner.paused;
    }
    this.#progress?.update(iter, losses);
    this.#seconds += runner.times.iter;
    const done = iter - runner.startIter;
    if (!this.#paceTold && (done >= PACE_ITERATIONS || this.#seconds >= PACE_SECONDS)) {
      this.#paceTold = true;
      this.#tellPace(runner, done);
    }
    if (iter % runner.opt.logger.print_freq !== 0) return;
    runner.logger.info(formatTrainLine({
      name: runner.opt.name,
      epoch: runner.epoch,
      iter,
      lrs,
      eta: runner.eta.seconds,
      time: this.#iterTimer.average,
      dataTime: this.#dataTimer.average,
      losses: log,
    }));
    const values: Record<string, number> = {
      time: runner.times.iter,
      data_time: runner.times.data,
    };
    lrs.forEach((lr, i) => values[lrs.length > 1 ? `lr/${i}` : "lr"] = lr);
    for (const [name, value] of Object.entries(log)) {
      values[name.startsWith("l_") ? `losses/${name}` : name] = value;
    }
    this.history.add(iter, values);
  }

  /** Takes the bar down. */
  afterRun(runner: Runner): void {
    clearTimeout(this.#waiting);
    this.#progress?.finish(runner.iter > runner.startIter ? undefined : "");
    this.#progress?.[Symbol.dispose]();
  }

  /** Ends the bar without its last state, after an error. */
  [Symbol.dispose](): void {
    clearTimeout(this.#waiting);
    this.#progress?.[Symbol.dispose]();
  }

  #tellPace(runner: Runner, done: number): void {
    const left = runner.eta.seconds ?? 0;
    const more = runner.totalIter - runner.iter;
    if (more <= 0) return;
    runner.logger.info(
      `${done === 1 ? "The first iteration" : `The first ${done} iterations`} took ` +
        `${this.#seconds.toFixed(1)} s; ${more.toLocaleString("en-US")} more take about ` +
        `${duration(Math.max(1, left))} at this pace.`,
    );
    if (runner.engine.isGpu || left < LONG_SECONDS) return;
    runner.logger.warn(
      "There is no GPU here, and the convolutions of this network are what takes the time. What helps: a machine with an " +
        "NVIDIA GPU (the native engine uses it by itself) or a browser-class GPU (--engine webgpu); or a smaller run, " +
        "for example --force_yml datasets:train:batch_size_per_gpu=4 datasets:train:gt_size=48 network_g:num_group=3 " +
        "train:total_iter=2000. Ctrl-C saves, --auto_resume goes on.",
    );
  }
}
