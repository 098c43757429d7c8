/**
 * Poisson numbers, exact: by inversion of the distribution function, which is tabulated once for each mean.
 *
 * An image holds few different levels, so that a table a level is both simpler and faster than rejection.
 *
 * @module
 */
import type { Rng } from "../../random.ts";

/** Terms below this share of the largest are beyond what a float64 sum can tell. */
const NEGLIGIBLE = 1e-18;

/** Draws Poisson numbers of one mean. */
export class PoissonSampler {
  readonly #first: number;
  /** Probability of at most `#first + i`. */
  readonly #cdf: Float64Array;

  /**
   * Tabulates the distribution; about `20 * sqrt(mean)` entries.
   *
   * @throws {RangeError} If the mean is negative or not finite.
   */
  constructor(mean: number) {
    if (!(mean >= 0 && mean < Infinity)) {
      throw new RangeError(`a Poisson mean must be 0 or more, received ${mean}`);
    }
    // From the most probable number outwards, as ratios to it: nothing overflows whatever the mean is.
    const mode = Math.floor(mean);
    const below: number[] = [], above: number[] = [];
    for (let k = mode, w = 1; k > 0;) {
      w *= k / mean;
      if (w < NEGLIGIBLE) break;
      below.push(w);
      k--;
    }
    for (let k = mode + 1, w = mean / k; w >= NEGLIGIBLE; k++, w *= mean / k) above.push(w);
    const weights = [...below.reverse(), 1, ...above];
    this.#first = mode - below.length;
    this.#cdf = Float64Array.from(weights);
    for (let i = 1; i < weights.length; i++) this.#cdf[i]! += this.#cdf[i - 1]!;
    const total = this.#cdf.at(-1)!;
    for (let i = 0; i < weights.length; i++) this.#cdf[i]! /= total;
  }

  /** The next number. */
  next(rng: Rng): number {
    const cdf = this.#cdf, u = rng.float();
    let low = 0, high = cdf.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (u < cdf[middle]!) high = middle;
      else low = middle + 1;
    }
    return this.#first + low;
  }
}
