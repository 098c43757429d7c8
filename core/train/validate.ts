/**
 * Validation and testing: restores the images of a data set one by one and measures them, with bicubic
 * interpolation beside the network.
 *
 * @module
 */
import { collate } from "../data/collate.ts";
import { toRaw8 } from "../data/convert.ts";
import type { Dataset } from "../data/dataset.ts";
import type { FloatImage, RawImage } from "../data/image.ts";
import { ExitCode, UserError } from "../errors.ts";
import { bicubicBaseline } from "../metrics/bicubic.ts";
import type { Metric } from "../metrics/metric.ts";
import type { DatasetOptions, RunOptions, TypedOptions } from "../options/types.ts";
import { Rng } from "../random.ts";
import { METRIC_REGISTRY } from "../registry.ts";
import { timed } from "../timed.ts";
import type { Model } from "./base_model.ts";
import type { ValidatedImage } from "./hook.ts";
import type { Batch } from "../data/dataset.ts";
import { basename, extname } from "node:path";

/** A data set to validate on. */
export interface ValidationSet {
  /** Key under `datasets`, for example `val` or `test_1`. */
  readonly key: string;
  /** The set's block in the options file. */
  readonly options: DatasetOptions;
  /** Already open. */
  readonly dataset: Dataset;
}

/** One restored image with what it came from, as 8-bit pictures. */
export interface Restored extends ValidatedImage {
  /** Restored picture. */
  readonly result: RawImage;
  /** Bicubic enlargement of the input (the input itself at scale 1). */
  readonly bicubic: RawImage;
  /** Ground truth, if there is one. */
  readonly gt?: RawImage;
  /** The same metrics for the bicubic picture; empty without ground truth. */
  readonly bicubicValues: { readonly [metric: string]: number };
  /** The input as it was fed. */
  readonly batch: Batch;
  /** Seconds that the network took. */
  readonly seconds: number;
}

/** An image that could not be restored. */
export interface FailedImage {
  /** Name of the data set. */
  readonly dataset: string;
  /** What is wrong, with the file. */
  readonly what: string;
}

/** Metrics by the user's names for them. */
export type MetricSet = ReadonlyMap<string, Metric>;

/** Builds `val.metrics`. */
export function buildMetrics(opt: RunOptions): MetricSet {
  const metrics = new Map<string, Metric>();
  for (const [name, block] of Object.entries(opt.val?.metrics ?? {})) {
    const { type, ...options } = block as TypedOptions;
    const entry = METRIC_REGISTRY.get(type, `val.metrics.${name}.type`);
    metrics.set(name, new entry.value(options));
  }
  return metrics;
}

/**
 * Loads what metrics need, such as networks.
 *
 * @throws {UserError} If something is missing; the message names the metric by its key.
 */
export async function prepareMetrics(metrics: MetricSet): Promise<void> {
  for (const [name, metric] of metrics) {
    try {
      await metric.prepare?.();
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause;
      throw new UserError(`val.metrics.${name}: ${cause.message}`, cause.exitCode, { cause });
    }
  }
}

/** Releases what metrics hold. */
export function disposeMetrics(metrics: MetricSet): void {
  for (const metric of metrics.values()) metric.dispose?.();
}

/** Restores and measures. Bicubic's numbers are computed once an image and kept. */
export class Validator {
  readonly #bicubic = new Map<string, { readonly [metric: string]: number }>();
  /** Names of images by path, and the names that are taken, for each data set. */
  readonly #names = new Map<string, { byPath: Map<string, string>; taken: Set<string> }>();

  /** `metrics` comes from {@linkcode buildMetrics}. */
  constructor(
    readonly model: Model,
    readonly metrics: MetricSet,
    readonly scale: number,
  ) {}

  /**
   * Restores the images of a set in order and yields each one. With `onFailure`, images that cannot be read are
   * passed to it and skipped; without it the first one ends the validation.
   */
  async *run(
    set: ValidationSet,
    onFailure?: (failed: FailedImage) => void,
  ): AsyncGenerator<Restored, void> {
    for (let index = 0; index < set.dataset.length; index++) {
      try {
        yield await this.restore(set, await this.read(set, index));
      } catch (error) {
        if (onFailure === undefined || !(error instanceof UserError)) throw error;
        if (error.exitCode !== ExitCode.DATA) throw error;
        onFailure({ dataset: set.options.name, what: error.message });
      }
    }
  }

  /** Reads the image at `index` as a batch of one. */
  async read(set: ValidationSet, index: number): Promise<Batch> {
    return collate([await set.dataset.read(index, new Rng("validation", index))]);
  }

  /** Restores and measures what {@linkcode Validator.read} gave. */
  @timed("validation")
  async restore(set: ValidationSet, batch: Batch): Promise<Restored> {
    this.model.feedData(batch);
    const started = performance.now();
    const visuals = await this.model.test();
    const seconds = (performance.now() - started) / 1000;
    const result = toRaw8(visuals.result);
    const gt = visuals.gt && toRaw8(visuals.gt);
    const path = batch.paths["lq_path"]?.[0] ?? batch.paths["gt_path"]?.[0] ?? set.options.name;
    if (gt !== undefined && (gt.width !== result.width || gt.height !== result.height)) {
      throw new UserError(
        `the network made ${result.width}x${result.height} pixels of ${path}, but its ground truth has ` +
          `${gt.width}x${gt.height}: check scale and the options of network_g`,
        ExitCode.USAGE,
      );
    }
    const name = this.#nameOf(set.options.name, path);
    const bicubic = enlarge(visuals.lq, this.scale, result);
    const key = `${set.key}\u0000${path}`;
    let bicubicValues = this.#bicubic.get(key);
    if (bicubicValues === undefined) {
      bicubicValues = gt && sameSize(bicubic, gt) ? await this.#measure(bicubic, gt) : {};
      this.#bicubic.set(key, bicubicValues);
    }
    return {
      dataset: set.options.name,
      name,
      result,
      bicubic,
      gt,
      values: await this.#measure(result, gt),
      bicubicValues,
      batch,
      seconds,
    };
  }

  /** The file's name without extension; where `a.jpg` has it already, `a.png` is `a_2`. */
  #nameOf(dataset: string, path: string): string {
    const names = this.#names.get(dataset) ?? { byPath: new Map(), taken: new Set() };
    this.#names.set(dataset, names);
    let name = names.byPath.get(path);
    if (name !== undefined) return name;
    const plain = basename(path, extname(path));
    name = plain;
    for (let n = 2; names.taken.has(name); n++) name = `${plain}_${n}`;
    names.byPath.set(path, name);
    names.taken.add(name);
    return name;
  }

  async #measure(image: RawImage, gt: RawImage | undefined): Promise<Record<string, number>> {
    const values: Record<string, number> = {};
    for (const [name, metric] of this.metrics) {
      if (metric.needsReference && gt === undefined) continue;
      values[name] = await metric.compute(image, gt);
    }
    return values;
  }
}

function enlarge(lq: FloatImage, scale: number, like: RawImage): RawImage {
  return bicubicBaseline(lq, scale, { width: like.width, height: like.height });
}

function sameSize(a: RawImage, b: RawImage): boolean {
  return a.width === b.width && a.height === b.height && a.channels === b.channels;
}
