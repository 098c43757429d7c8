/**
 * TensorBoard events: losses, learning rates, metrics, validation images (`logger.use_tb_logger`).
 *
 * Tags as BasicSR's: `losses/l_*`, other values by their bare name, `metrics/<dataset>/<metric>`; besides, `lr`.
 *
 * @module
 */
import type { Batch } from "../../data/dataset.ts";
import type { ImageCodec } from "../../data/image.ts";
import { EventWriter } from "../../log/tfevents.ts";
import { fromJsonNumber } from "../../metrics/collect.ts";
import { type Hook, Priority } from "../hook.ts";
import type { Runner } from "../runner.ts";
import type { ValidationHook } from "./validation_hook.ts";

/** Writes one event file a start into `folder`. */
export class TensorboardHook implements Hook, Disposable {
  /** After validation. */
  readonly priority: number = Priority.BELOW_NORMAL;
  #writer: EventWriter | undefined;
  #imagesAt = -1;

  /** `validation` gives metrics and images. */
  constructor(
    readonly folder: string,
    readonly validation: ValidationHook,
    readonly codec: ImageCodec,
  ) {}

  /** Opens the event file: before `beforeRun`, in which a validation may be caught up on. */
  register(runner: Runner): void {
    this.#writer = new EventWriter(this.folder, {
      resumedAt: runner.iter,
      warn: (line) => runner.logger.warn(line),
    });
  }

  /** Writes losses and rates every `print_freq` iterations. */
  afterTrainIter(runner: Runner, _batch: Batch, log: Readonly<Record<string, number>>): void {
    if (runner.iter % runner.opt.logger.print_freq !== 0) return;
    for (const [name, value] of Object.entries(log)) {
      this.#writer?.scalar(name.startsWith("l_") ? `losses/${name}` : name, value, runner.iter);
    }
    const lrs = runner.model.learningRates();
    lrs.forEach((lr, i) =>
      this.#writer?.scalar(lrs.length > 1 ? `lr/${i}` : "lr", lr, runner.iter)
    );
  }

  /** Writes the means of a data set, and once a validation the first images. */
  async afterValEpoch(runner: Runner, dataset: string): Promise<void> {
    const metrics = this.validation.results.latest?.[dataset] ?? {};
    for (const [metric, { mean }] of Object.entries(metrics)) {
      this.#writer?.scalar(`metrics/${dataset}/${metric}`, fromJsonNumber(mean), runner.iter);
    }
    if (this.#imagesAt === runner.iter) return;
    this.#imagesAt = runner.iter;
    for (const image of this.validation.images) {
      const png = await this.codec.encodePng(image.result);
      this.#writer?.image(`val/${image.dataset}/${image.name}`, png, image.result, runner.iter);
    }
  }

  /** Closes the event file. */
  afterRun(): void {
    this[Symbol.dispose]();
  }

  /** Flushes and closes; safe to call twice. */
  [Symbol.dispose](): void {
    this.#writer?.[Symbol.dispose]();
    this.#writer = undefined;
  }
}
