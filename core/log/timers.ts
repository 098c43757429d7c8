/**
 * Time per iteration and time left.
 *
 * @module
 */

/**
 * Mean over the latest `window` measurements. BasicSR's `AvgTimer` starts over after each 200, so that its mean jumps;
 * this one slides.
 */
export class AvgTimer {
  readonly #ring: Float64Array;
  #count = 0;
  #current = 0;
  #tic = performance.now();

  /** Takes the length of the window; BasicSR's is 200. */
  constructor(window = 200) {
    this.#ring = new Float64Array(window);
  }

  /** Starts the clock for {@linkcode AvgTimer.record}. */
  start(): void {
    this.#tic = performance.now();
  }

  /** Adds the time since `start` or the last `record`, and starts the clock again. */
  record(): void {
    const now = performance.now();
    this.add((now - this.#tic) / 1000);
    this.#tic = now;
  }

  /** Adds a measurement in seconds. */
  add(seconds: number): void {
    this.#current = seconds;
    this.#ring[this.#count++ % this.#ring.length] = seconds;
  }

  /** The latest measurement in seconds; 0 before the first. */
  get current(): number {
    return this.#current;
  }

  /** The mean in seconds; 0 before the first measurement. */
  get average(): number {
    const n = Math.min(this.#count, this.#ring.length);
    return n === 0 ? 0 : this.#ring.subarray(0, n).reduce((a, b) => a + b) / n;
  }
}

/** A measurement longer than so many medians counts as that many: a laptop that slept is not a slow network. */
const CAP_IN_MEDIANS = 10;

/**
 * Seconds left in a run.
 *
 * The answer is the mean of the latest 200 iterations times the iterations left, plus the pauses (validation, saving)
 * that are still to come. The first iteration of the process, which also compiles, counts only until there is another;
 * a single very slow one is capped. Iterations done before a resume count as done and never as fast.
 */
export class Eta {
  readonly #total: number;
  readonly #ring = new Float64Array(200);
  #steps = 0;
  #iter: number;
  readonly #pauses = new Map<string, { seconds: number; count: number; every: number }>();

  /**
   * Knows nothing about speed yet.
   *
   * @param total Iteration at which the run is over.
   * @param start Iterations done before this process started; 0, or where it resumed.
   */
  constructor(total: number, start = 0) {
    this.#total = total;
    this.#iter = start;
  }

  /** Notes that iteration `iter` (from 1) is done and took `seconds`, without pauses. */
  step(iter: number, seconds: number): void {
    this.#iter = iter;
    if (!(seconds >= 0) || !Number.isFinite(seconds)) return;
    // The second measurement takes the place of the first.
    const index = this.#steps <= 1 ? 0 : this.#steps - 1;
    this.#ring[index % this.#ring.length] = seconds;
    this.#steps++;
  }

  /** Notes a pause of `seconds` that comes back each `every` iterations, such as a validation. */
  pause(label: string, seconds: number, every: number): void {
    if (!(seconds >= 0) || !(every > 0)) return;
    const pause = this.#pauses.get(label) ?? { seconds: 0, count: 0, every };
    pause.seconds += seconds;
    pause.count++;
    pause.every = every;
    this.#pauses.set(label, pause);
  }

  /** Seconds per iteration without pauses; `undefined` before the first. */
  get secondsPerIter(): number | undefined {
    const n = Math.min(Math.max(this.#steps - 1, Math.min(this.#steps, 1)), this.#ring.length);
    if (n === 0) return undefined;
    const times = this.#ring.slice(0, n).sort();
    const median = (times[(n - 1) >> 1]! + times[n >> 1]!) / 2;
    const cap = median > 0 ? median * CAP_IN_MEDIANS : Infinity;
    return times.reduce((sum, t) => sum + Math.min(t, cap), 0) / n;
  }

  /** Seconds left, never negative; `undefined` before the first iteration. */
  get seconds(): number | undefined {
    const perIter = this.secondsPerIter;
    if (perIter === undefined) return undefined;
    let left = Math.max(0, this.#total - this.#iter) * perIter;
    for (const { seconds, count, every } of this.#pauses.values()) {
      const coming = Math.floor(this.#total / every) - Math.floor(this.#iter / every);
      left += Math.max(0, coming) * (seconds / count);
    }
    return left;
  }
}
