/**
 * The table of a validation: every metric of every image of every dataset, with means, recipes and the bicubic base line.
 *
 * @module
 */

/** A number as it stands in JSON: `"inf"`, `"-inf"` and `"nan"` for those that JSON cannot hold (PSNR of equal images). */
export type JsonNumber = number | "inf" | "-inf" | "nan";

/** Values by image, and their mean. */
export interface MetricColumn {
  /** Mean over the images. */
  readonly mean: JsonNumber;
  /** Values by the images' names. */
  readonly images: { readonly [image: string]: JsonNumber };
}

/** One metric of one dataset. */
export interface MetricSummary extends MetricColumn {
  /** How the numbers were made, for example `Y (BT.601), crop 2, 8 bit`. */
  readonly recipe: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** The same metric of the bicubic enlargement; absent where it was not computed. */
  readonly bicubic?: MetricColumn;
}

/** `{dataset: {metric: {mean, recipe, images, bicubic}}}`, in the order in which they were added. */
export interface MetricReport {
  /** Metrics of one dataset, by the user's names. */
  readonly [dataset: string]: { readonly [metric: string]: MetricSummary };
}

/** What stays the same for all images of a metric. */
export interface MetricDescription {
  /** How the numbers are made. */
  readonly recipe: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
}

interface Column extends MetricDescription {
  readonly images: Map<string, number>;
  readonly bicubic: Map<string, number>;
}

/**
 * Collects values while a validation runs.
 *
 * @example
 * ```ts
 * import { MetricTable } from "./collect.ts";
 * const table = new MetricTable();
 * table.add("Set5", "psnr", { recipe: "all channels, crop 2, 8 bit", better: "higher" }, "baby", 36.5, 34.2);
 * console.assert(table.mean("Set5", "psnr") === 36.5);
 * ```
 */
export class MetricTable {
  readonly #data = new Map<string, Map<string, Column>>();

  /**
   * Adds the value of one image, and of its bicubic enlargement where there is one.
   *
   * @throws {RangeError} If the image has a value already: two images of one name would hide each other.
   */
  add(
    dataset: string,
    metric: string,
    { recipe, better }: MetricDescription,
    image: string,
    value: number,
    bicubic?: number,
  ): void {
    let metrics = this.#data.get(dataset);
    if (metrics === undefined) this.#data.set(dataset, metrics = new Map());
    let column = metrics.get(metric);
    if (column === undefined) {
      metrics.set(metric, column = { recipe, better, images: new Map(), bicubic: new Map() });
    }
    if (column.images.has(image)) {
      throw new RangeError(`${dataset} has two values of ${metric} for the image "${image}"`);
    }
    column.images.set(image, value);
    if (bicubic !== undefined) column.bicubic.set(image, bicubic);
  }

  /** Names of the datasets, in the order in which they were added. */
  datasets(): string[] {
    return [...this.#data.keys()];
  }

  /** Names of a dataset's metrics. */
  metrics(dataset: string): string[] {
    return [...this.#data.get(dataset)?.keys() ?? []];
  }

  /** Mean over the images (NaN if there are none). One infinite value makes the mean infinite, as in BasicSR. */
  mean(dataset: string, metric: string): number {
    return mean(this.#data.get(dataset)?.get(metric)?.images);
  }

  /** Mean of the bicubic base line (NaN if there is none). */
  bicubicMean(dataset: string, metric: string): number {
    return mean(this.#data.get(dataset)?.get(metric)?.bicubic);
  }

  /** Everything, as plain data that survives JSON. */
  toJSON(): MetricReport {
    return fromEntries(this.#data, (metrics) => fromEntries(metrics, summary));
  }
}

/** A number for JSON; see {@linkcode JsonNumber}. */
export function toJsonNumber(value: number): JsonNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/** The number that {@linkcode toJsonNumber} wrote. */
export function fromJsonNumber(value: JsonNumber): number {
  return typeof value === "number" ? value : { inf: Infinity, "-inf": -Infinity, nan: NaN }[value];
}

function summary({ recipe, better, images, bicubic }: Column): MetricSummary {
  const all = { mean: toJsonNumber(mean(images)), recipe, better, images: values(images) };
  if (bicubic.size === 0) return all;
  return { ...all, bicubic: { mean: toJsonNumber(mean(bicubic)), images: values(bicubic) } };
}

function values(map: ReadonlyMap<string, number>): Record<string, JsonNumber> {
  return fromEntries(map, toJsonNumber);
}

function mean(map: ReadonlyMap<string, number> = new Map()): number {
  let sum = 0;
  for (const value of map.values()) sum += value;
  return sum / map.size;
}

/** Like `Object.fromEntries`, for names such as `__proto__` as well. */
function fromEntries<V, R>(map: ReadonlyMap<string, V>, turn: (value: V) => R): Record<string, R> {
  return Object.fromEntries([...map].map(([key, value]) => [key, turn(value)]));
}
