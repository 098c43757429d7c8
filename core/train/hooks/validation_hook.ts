/**
 * Validates every `val.val_freq` iterations and at the end.
 *
 * @module
 */
import type { ImageCodec } from "../../data/image.ts";
import { fromJsonNumber, MetricTable } from "../../metrics/collect.ts";
import { makeFolder, writeAtomic } from "../../storage/atomic.ts";
import { type Hook, Priority } from "../hook.ts";
import { addTo, ValidationResults } from "../results.ts";
import type { Runner } from "../runner.ts";
import type { Restored, ValidationSet, Validator } from "../validate.ts";
import { join } from "node:path";

/** So many restored images are kept for the report. */
const KEPT_IMAGES = 6;

/** Runs the validator; keeps its results for checkpoints, TensorBoard and report. */
export class ValidationHook implements Hook {
  /** Before checkpoints, which store the best results. */
  readonly priority: number = Priority.NORMAL;
  /** All numbers so far. */
  readonly results: ValidationResults = new ValidationResults();
  /** The first images of the newest validation. */
  images: readonly Restored[] = [];
  /** Iteration of the newest complete validation. */
  validatedAt: number = -1;
  #pending = false;
  /** Which data set came first with a name of a picture. */
  readonly #owners = new Map<string, string>();

  /** `metricsPath` is where `metrics.json` goes. */
  constructor(
    readonly validator: Validator,
    readonly sets: readonly ValidationSet[],
    readonly codec: ImageCodec,
    readonly metricsPath: string,
  ) {}

  /** Catches up on a validation that a stop cut short. */
  async beforeRun(runner: Runner): Promise<void> {
    if (this.#pending) await this.validate(runner);
  }

  /** Validates when it is time. */
  async afterTrainIter(runner: Runner): Promise<void> {
    const every = runner.opt.val?.val_freq;
    if (every !== undefined && runner.iter % every === 0) await this.validate(runner);
  }

  /** Validates the finished network, unless that was just done. */
  async afterRun(runner: Runner): Promise<void> {
    if (runner.iter >= runner.totalIter && this.validatedAt !== runner.iter) {
      await this.validate(runner);
    }
  }

  /** Stores the results, and whether a validation is still to be done. */
  beforeSaveCheckpoint(_runner: Runner, extra: Record<string, unknown>): void {
    extra["validation"] = this.results.state();
    extra["validation_pending"] = this.#pending;
    extra["validated_at"] = this.validatedAt;
  }

  /** Takes the results back. */
  afterLoadCheckpoint(_runner: Runner, extra: Readonly<Record<string, unknown>>): void {
    this.results.restore(extra["validation"]);
    this.#pending = extra["validation_pending"] === true;
    this.validatedAt = Number(extra["validated_at"] ?? -1);
  }

  /** Restores and measures every image of every set; a stop leaves it pending. */
  async validate(runner: Runner): Promise<void> {
    if (this.sets.length === 0) return;
    const started = performance.now();
    const table = new MetricTable();
    const kept: Restored[] = [];
    this.#pending = true;
    for (const set of this.sets) {
      const { name } = set.options;
      for (const hook of runner.hooks) await hook.beforeValEpoch?.(runner, name);
      for (let index = 0; index < set.dataset.length; index++) {
        const batch = await this.validator.read(set, index);
        for (const hook of runner.hooks) await hook.beforeValIter?.(runner, batch);
        const image = await this.validator.restore(set, batch);
        addTo(table, this.validator.metrics, image);
        if (kept.length < KEPT_IMAGES) kept.push(image);
        if (runner.opt.val?.save_img) await this.#save(runner, image);
        for (const hook of runner.hooks) await hook.afterValIter?.(runner, batch, image);
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (runner.stop.requested && runner.iter < runner.totalIter) return;
      }
    }
    this.#pending = false;
    this.validatedAt = runner.iter;
    this.images = kept;
    const report = table.toJSON();
    this.results.add(runner.iter, report);
    await this.results.write(this.metricsPath);
    for (const [dataset, metrics] of Object.entries(report)) {
      const lines = Object.entries(metrics).map(([metric, { mean, recipe, bicubic }]) => {
        const best = this.results.best(dataset, metric)!;
        const base = bicubic ? `\tbicubic: ${fromJsonNumber(bicubic.mean).toFixed(4)}` : "";
        return `\t # ${metric}: ${fromJsonNumber(mean).toFixed(4)}${base}` +
          `\tBest: ${best.value.toFixed(4)} @ ${best.iter} iter  (${recipe})`;
      });
      runner.logger.info([`Validation ${dataset}`, ...lines].join("\n"));
    }
    const seconds = (performance.now() - started) / 1000;
    runner.notePause("validation", seconds, runner.opt.val?.val_freq ?? runner.totalIter);
    for (const set of this.sets) {
      for (const hook of runner.hooks) await hook.afterValEpoch?.(runner, set.options.name);
    }
  }

  /**
   * BasicSR's place for pictures of a training run: `visualization/<image>/<image>_<iter>.png`. An image of the same
   * name in a further data set gets that set's name as well.
   */
  async #save(runner: Runner, { name, dataset, result }: Restored): Promise<void> {
    const owner = this.#owners.get(name) ?? dataset;
    this.#owners.set(name, owner);
    const own = owner === dataset ? name : `${name}_${dataset}`;
    const folder = join(runner.opt.path.visualization, own);
    await makeFolder(folder);
    await writeAtomic(
      join(folder, `${own}_${runner.iter}.png`),
      await this.codec.encodePng(result),
    );
  }
}
