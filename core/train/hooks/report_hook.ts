/**
 * `report.html`: the run in one page, rewritten after each validation and at the end.
 *
 * @module
 */
import type { ImageCodec, RawImage } from "../../data/image.ts";
import type { RunHistory } from "../../log/history.ts";
import { dict2str } from "../../log/dict2str.ts";
import { type Fact, hostFacts, versionFacts } from "../../log/env.ts";
import { writeReport } from "../../log/report.ts";
import type { ComparedImage, MetricCurve, ReportData, ResultTable } from "../../log/report_data.ts";
import { fromJsonNumber, type JsonNumber } from "../../metrics/collect.ts";
import { writeAtomicText } from "../../storage/atomic.ts";
import { duration } from "../../text.ts";
import { exists } from "../experiment.ts";
import { type Hook, Priority } from "../hook.ts";
import type { Runner } from "../runner.ts";
import { networkOptions } from "../../options/types.ts";
import type { ValidationHook } from "./validation_hook.ts";

/** Writes the report. */
export class ReportHook implements Hook {
  /** Last of all. */
  readonly priority: number = Priority.LOWEST;
  readonly #started = performance.now();

  /** `history` gives the curves, `validation` the newest results and pictures. */
  constructor(
    readonly path: string,
    readonly history: RunHistory,
    readonly validation: ValidationHook,
    readonly codec: ImageCodec,
  ) {}

  /** Stores the metrics of a validation in the history. */
  afterValEpoch(runner: Runner, dataset: string): void {
    const metrics = this.validation.results.latest?.[dataset] ?? {};
    const values: Record<string, number> = {};
    for (const [metric, { mean }] of Object.entries(metrics)) {
      values[`metrics/${dataset}/${metric}`] = fromJsonNumber(mean);
    }
    this.history.add(runner.iter, values);
  }

  /** Rewrites the report when there was a validation. */
  async afterTrainIter(runner: Runner): Promise<void> {
    if (this.validation.validatedAt === runner.iter) await this.write(runner, "running");
  }

  /**
   * Writes the final report. Pictures are in memory only after a validation in this process: a run that was resumed and
   * stopped before the next one keeps the page with the pictures that it has.
   */
  async afterRun(runner: Runner): Promise<void> {
    const { images, results } = this.validation;
    if (images.length === 0 && results.latest !== undefined && await exists(this.path)) return;
    await this.write(runner, runner.iter >= runner.totalIter ? "finished" : "stopped");
  }

  /** Collects what the page shows and writes it. */
  async write(runner: Runner, status: ReportData["status"]): Promise<void> {
    const { opt } = runner;
    const curves = (prefix: string) =>
      [...this.history.under(prefix)].map(([name, points]) => ({ name, points }));
    const images: ComparedImage[] = [];
    for (const image of this.validation.images) {
      const png = async (i: RawImage) => await this.codec.encodePng(i);
      images.push({
        dataset: image.dataset,
        name: image.name,
        before: await png(image.bicubic),
        restored: await png(image.result),
        ...(image.gt ? { gt: await png(image.gt) } : {}),
      });
    }
    const lr = this.history.curves.get("lr");
    await writeAtomicText(
      this.path,
      writeReport({
        name: opt.name,
        status,
        iter: runner.iter,
        totalIter: runner.totalIter,
        updatedAt: new Date(),
        runFacts: this.#runFacts(runner),
        hostFacts: [...versionFacts(runner.engine.description), ...hostFacts()],
        losses: curves("losses/"),
        learningRates: lr ? [{ name: "lr", points: lr }] : curves("lr/"),
        metrics: this.#metricCurves(),
        results: this.#tables(),
        images,
        files: [
          { label: "Checkpoints", value: opt.path.models },
          { label: "Training states", value: opt.path.training_states },
          { label: "Log", value: opt.path.log },
          { label: "Pictures", value: opt.path.visualization },
          ...(opt.logger.use_tb_logger
            ? [{ label: "TensorBoard", value: opt.path.tb_logger }]
            : []),
        ],
        options: dict2str(opt),
      }),
    );
  }

  #runFacts(runner: Runner): Fact[] {
    const { opt } = runner;
    const network = networkOptions(opt, "g");
    return [
      { label: "Network", value: network?.type ?? opt.model_type },
      { label: "Model", value: opt.model_type },
      { label: "Scale factor", value: `x${opt.scale}` },
      ...Object.values(opt.datasets).map((d) => ({ label: `Data (${d.phase})`, value: d.name })),
      { label: "Seed", value: String(opt.manual_seed) },
      { label: "Engine", value: runner.engine.description },
      {
        label: "Time in this process",
        value: duration((performance.now() - this.#started) / 1000),
      },
    ];
  }

  #metricCurves(): MetricCurve[] {
    const curves: MetricCurve[] = [];
    for (const [dataset, metrics] of Object.entries(this.validation.results.latest ?? {})) {
      for (const [name, { recipe, better, bicubic }] of Object.entries(metrics)) {
        curves.push({
          name,
          dataset,
          recipe,
          better,
          points: this.history.curves.get(`metrics/${dataset}/${name}`) ?? [],
          ...(bicubic ? { bicubic: fromJsonNumber(bicubic.mean) } : {}),
        });
      }
    }
    return curves;
  }

  #tables(): ResultTable[] {
    return Object.entries(this.validation.results.latest ?? {}).map(([dataset, metrics]) => {
      const all = Object.entries(metrics);
      const row = (pick: (m: (typeof all)[number][1]) => JsonNumber | undefined) => {
        const values: Record<string, number> = {};
        for (const [name, metric] of all) {
          const value = pick(metric);
          if (value !== undefined) values[name] = fromJsonNumber(value);
        }
        return values;
      };
      return {
        dataset,
        metrics: all.map(([name, { recipe, better }]) => ({ name, recipe, better })),
        rows: Object.keys(all[0]?.[1].images ?? {}).map((image) => ({
          image,
          values: row((m) => m.images[image]),
          bicubic: row((m) => m.bicubic?.images[image]),
        })),
      };
    });
  }
}
