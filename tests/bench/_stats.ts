/**
 * Numbers about repeated measurements.
 *
 * @module
 */

/** Middle and ends of some numbers. */
export interface Spread {
  /** The middle one, or the mean of the two in the middle. */
  readonly median: number;
  /** The smallest. */
  readonly min: number;
  /** The largest. */
  readonly max: number;
}

/**
 * Median, smallest and largest of `values`.
 *
 * @throws {RangeError} If there are none.
 */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("there is nothing to take the median of");
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/**
 * How many times as long the peer took as we did, turn by turn: a noisy moment slows both halves of a pair down, and
 * cancels. What has no partner is left out.
 *
 * @param ours Seconds of our turns.
 * @param peer Seconds of the peer's turns, each taken next to ours of the same place.
 */
export function pairRatios(ours: readonly number[], peer: readonly number[]): number[] {
  return ours.slice(0, peer.length).map((seconds, i) => peer[i]! / seconds);
}
