/**
 * Learning-rate schedules of BasicSR: multi-step and cosine annealing, both with restarts.
 *
 * A schedule counts epochs in PyTorch's sense, which are iterations here: 0 when it is made, one more at each `step`.
 * Rates are float64 numbers. What a schedule does next follows from its options, its {@linkcode SchedulerState} and the
 * rates in force alone, so a resumed run goes on exactly.
 *
 * @module
 */
import type { TypedOptions } from "../options/types.ts";

/** What a schedule must remember: the rest follows from its options. */
export interface SchedulerState {
  /** Steps taken so far. */
  readonly last_epoch: number;
  /** Initial rate of each parameter group. */
  readonly base_lrs: readonly number[];
}

/** A schedule for the parameter groups of one optimizer. */
export interface Scheduler {
  /** Moves on by one iteration; from the rates in force to the new ones. */
  step(rates: readonly number[]): number[];
  /** What to save. */
  state(): SchedulerState;
  /**
   * Puts back what {@linkcode Scheduler.state} gave.
   *
   * @throws {RangeError} If it is of another number of groups.
   */
  load(state: SchedulerState): void;
}

/** Options of {@linkcode MultiStepRestartLR}, spelled as in YAML under `train.scheduler`. */
export interface MultiStepOptions {
  /** Iterations at which the rate is multiplied by `gamma`; one that is named twice counts twice. */
  milestones: readonly number[];
  /** Factor. Default 0.1. */
  gamma?: number;
  /** Iterations at which the rate is set anew. Default `[0]`. */
  restarts?: readonly number[];
  /** Multiples of the initial rate at the restarts. Default `[1]`. */
  restart_weights?: readonly number[];
}

/** Options of {@linkcode CosineAnnealingRestartLR}, spelled as in YAML under `train.scheduler`. */
export interface CosineOptions {
  /** Lengths of the cycles in iterations. */
  periods: readonly number[];
  /** Multiples of the initial rate, one a cycle. Default `[1]`. */
  restart_weights?: readonly number[];
  /** Rate at the end of each cycle. Default 0. */
  eta_min?: number;
}

/** The counting half of every schedule. */
export abstract class CountingScheduler implements Scheduler {
  /** Steps taken so far. */
  protected epoch: number = -1;
  /** Initial rates. */
  protected base: readonly number[];

  /** `base` are the initial rates, one a parameter group. */
  constructor(base: readonly number[]) {
    this.base = [...base];
  }

  /** See {@linkcode Scheduler.step}. */
  step(rates: readonly number[]): number[] {
    if (rates.length !== this.base.length) {
      throw new RangeError(`the schedule has ${this.base.length} rates, not ${rates.length}`);
    }
    this.epoch++;
    return rates.map((rate, group) => this.rate(rate, this.base[group]!));
  }

  /** See {@linkcode Scheduler.state}. */
  state(): SchedulerState {
    return { last_epoch: this.epoch, base_lrs: [...this.base] };
  }

  /** See {@linkcode Scheduler.load}. */
  load(state: SchedulerState): void {
    if (state.base_lrs.length !== this.base.length) {
      throw new RangeError(
        `the saved schedule has ${state.base_lrs.length} parameter groups, not ${this.base.length}`,
      );
    }
    this.epoch = state.last_epoch;
    this.base = [...state.base_lrs];
  }

  /** The rate at `this.epoch`, from the one before and the initial one. */
  protected abstract rate(current: number, base: number): number;
}

/**
 * Multiplies the rate by `gamma` at each milestone, and sets it to a multiple of the initial one at each restart.
 *
 * It goes on from the rate in force, as in BasicSR: after a warm-up that is the last rate of the warm-up, not the
 * nominal one.
 */
export class MultiStepRestartLR extends CountingScheduler {
  readonly #factors = new Map<number, number>();
  readonly #restarts = new Map<number, number>();

  /**
   * Applies the options; `base` are the initial rates.
   *
   * @throws {RangeError} If `restarts` and `restart_weights` differ in length.
   */
  constructor(options: MultiStepOptions, base: readonly number[]) {
    super(base);
    const { milestones, gamma = 0.1, restarts = [0], restart_weights = [1] } = options;
    if (restarts.length !== restart_weights.length) {
      throw new RangeError(
        `restarts has ${restarts.length} entries and restart_weights ${restart_weights.length}, ` +
          `they go in pairs`,
      );
    }
    for (const at of new Set(milestones)) {
      this.#factors.set(at, gamma ** milestones.filter((m) => m === at).length);
    }
    // The first of equal restarts counts, as in BasicSR.
    restarts.forEach((at, i) => {
      if (!this.#restarts.has(at)) this.#restarts.set(at, restart_weights[i]!);
    });
  }

  /** See {@linkcode CountingScheduler}. */
  protected override rate(current: number, base: number): number {
    const weight = this.#restarts.get(this.epoch);
    if (weight !== undefined) return base * weight;
    return current * (this.#factors.get(this.epoch) ?? 1);
  }
}

/**
 * Cosine annealing with warm restarts: from `weight * base` down to about `eta_min` in every cycle.
 *
 * Paper: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017,
 * https://arxiv.org/abs/1608.03983. Past the last cycle the rate stays at `eta_min`, where BasicSR fails.
 */
export class CosineAnnealingRestartLR extends CountingScheduler {
  readonly #cycles: { readonly start: number; readonly period: number; readonly weight: number }[];
  readonly #etaMin: number;

  /**
   * Applies the options; `base` are the initial rates.
   *
   * @throws {RangeError} If `periods` and `restart_weights` differ in length.
   */
  constructor(options: CosineOptions, base: readonly number[]) {
    super(base);
    const { periods, restart_weights = [1], eta_min = 0 } = options;
    if (periods.length !== restart_weights.length) {
      throw new RangeError(
        `periods has ${periods.length} entries and restart_weights ${restart_weights.length}, ` +
          `they go in pairs`,
      );
    }
    this.#etaMin = eta_min;
    let start = 0;
    this.#cycles = periods.map((period, i) => {
      const cycle = { start, period, weight: restart_weights[i]! };
      start += period;
      return cycle;
    });
  }

  /** See {@linkcode CountingScheduler}. */
  protected override rate(_current: number, base: number): number {
    // The last iteration of a cycle still belongs to it.
    const cycle = this.#cycles.find(({ start, period }) => this.epoch <= start + period);
    if (cycle === undefined) return this.#etaMin;
    const phase = (this.epoch - cycle.start) / cycle.period;
    return this.#etaMin +
      cycle.weight * 0.5 * (base - this.#etaMin) * (1 + Math.cos(Math.PI * phase));
  }
}

/**
 * Makes the schedule that `train.scheduler` names. It still has to be stepped once, which gives the first rates.
 *
 * @throws {RangeError} If the type is unknown or the options do not fit together.
 */
export function buildScheduler(options: TypedOptions, base: readonly number[]): Scheduler {
  const { type, ...rest } = options;
  switch (type) {
    case "MultiStepLR":
    case "MultiStepRestartLR":
      return new MultiStepRestartLR(rest as unknown as MultiStepOptions, base);
    case "CosineAnnealingRestartLR":
      return new CosineAnnealingRestartLR(rest as unknown as CosineOptions, base);
    default:
      throw new RangeError(
        `scheduler.type "${type}" is unknown, it is one of ` +
          `MultiStepLR, MultiStepRestartLR, CosineAnnealingRestartLR`,
      );
  }
}
