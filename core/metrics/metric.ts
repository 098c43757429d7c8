/**
 * What a metric is: a number for a restored image, with the recipe that makes it comparable.
 *
 * @module
 */
import type { RawImage } from "../data/image.ts";

/** A metric with its options applied. */
export interface Metric {
  /** How the number was made, printed beside it, for example `Y channel, crop 2, 8 bit`. */
  readonly recipe: string;
  /** Whether `higher` or `lower` is better. */
  readonly better: "higher" | "lower";
  /** Compares two 8-bit RGB or gray images of one size. Metrics without reference ignore `gt`. */
  compute(restored: RawImage, gt: RawImage | undefined): number | Promise<number>;
  /** True if `gt` is needed. */
  readonly needsReference: boolean;
  /**
   * Loads what the metric needs, such as the weights of a network, so that what is missing is told before the first image;
   * `compute` does it otherwise. The engine runs by then.
   *
   * @throws {UserError} If it is missing; the message says what to put where.
   */
  prepare?(): Promise<void>;
  /** Releases it; safe to call twice. */
  dispose?(): void;
}

/** A class that can be registered in `METRIC_REGISTRY`. */
// The options of a plugin are checked by its own schema; the registry cannot know their type.
// deno-lint-ignore no-explicit-any
export type MetricClass = new (options: any) => Metric;
