/**
 * The numbers of a run's validations: newest, all, best; kept in `metrics.json`.
 *
 * @module
 */
import { fromJsonNumber, type MetricReport, type MetricTable } from "../metrics/collect.ts";
import { writeAtomicText } from "../storage/atomic.ts";
import { table } from "../text.ts";
import type { MetricSet, Restored } from "./validate.ts";

/** The best mean of one metric on one data set so far. */
export interface Best {
  /** The mean. */
  readonly value: number;
  /** Iteration that reached it. */
  readonly iter: number;
}

/** Collects validations; `metrics.json` holds one report an iteration and the newest again under `latest`. */
export class ValidationResults {
  #reports = new Map<number, MetricReport>();
  /** By `<dataset>/<metric>`. */
  #best = new Map<string, Best>();
  /** The newest report. */
  latest: MetricReport | undefined;

  /** Adds the report of iteration `iter` and updates the best means. */
  add(iter: number, report: MetricReport): void {
    this.#reports.set(iter, report);
    this.latest = report;
    for (const [dataset, metrics] of Object.entries(report)) {
      for (const [metric, { mean, better }] of Object.entries(metrics)) {
        const value = fromJsonNumber(mean);
        const before = this.best(dataset, metric);
        const improves = before === undefined ||
          (better === "higher" ? value >= before.value : value <= before.value);
        if (improves) this.#best.set(`${dataset}/${metric}`, { value, iter });
      }
    }
  }

  /** The best mean so far. */
  best(dataset: string, metric: string): Best | undefined {
    return this.#best.get(`${dataset}/${metric}`);
  }

  /** What {@linkcode ValidationResults.restore} takes. */
  state(): unknown {
    return { reports: [...this.#reports], best: [...this.#best] };
  }

  /** Puts back the state of a checkpoint. */
  restore(state: unknown): void {
    const { reports, best } = state as {
      reports: [number, MetricReport][];
      best: [string, Best][];
    };
    this.#reports = new Map(reports);
    this.#best = new Map(best);
    this.latest = reports.at(-1)?.[1];
  }

  /** Writes `metrics.json`. */
  async write(path: string): Promise<void> {
    const all = Object.fromEntries(this.#reports);
    await writeAtomicText(
      path,
      JSON.stringify({ latest: this.latest ?? {}, ...all }, null, 2) + "\n",
    );
  }
}

/** Puts restored images into a table of metrics. */
export function addTo(results: MetricTable, metrics: MetricSet, image: Restored): void {
  for (const [name, metric] of metrics) {
    const value = image.values[name];
    if (value === undefined) continue;
    results.add(image.dataset, name, metric, image.name, value, image.bicubicValues[name]);
  }
}

/** The table that ends a run: each image, its metrics, and bicubic's beside them; a gain above 0 is for the better. */
export function resultTable(report: MetricReport): string {
  const parts: string[] = [];
  for (const [dataset, metrics] of Object.entries(report)) {
    const names = Object.keys(metrics);
    if (names.length === 0) continue;
    const images = Object.keys(metrics[names[0]!]!.images);
    const head = [
      dataset,
      ...names.flatMap((n) => metrics[n]!.bicubic ? [n, "bicubic", "gain"] : [n]),
    ];
    const row = (
      label: string,
      pick: (m: (typeof metrics)[string]) => [number, number | undefined],
    ) => [
      label,
      ...names.flatMap((n) => {
        const [ours, base] = pick(metrics[n]!);
        const digits = Math.abs(ours) < 2 ? 4 : 2;
        const better = metrics[n]!.better === "higher" ? 1 : -1;
        return metrics[n]!.bicubic
          ? [
            ours.toFixed(digits),
            base?.toFixed(digits) ?? "-",
            signed((ours - (base ?? NaN)) * better, digits),
          ]
          : [ours.toFixed(digits)];
      }),
    ];
    if (parts.length > 0) parts.push("");
    parts.push(
      table(
        [
          head,
          ...images.map((i) =>
            row(i, (m) => [
              fromJsonNumber(m.images[i]!),
              m.bicubic && m.bicubic.images[i] !== undefined
                ? fromJsonNumber(m.bicubic.images[i]!)
                : undefined,
            ])
          ),
          row("mean", (m) => [fromJsonNumber(m.mean), m.bicubic && fromJsonNumber(m.bicubic.mean)]),
        ],
        "  ",
      ),
      ...names.map((n) => `  ${n}: ${metrics[n]!.recipe}, ${metrics[n]!.better} is better`),
    );
  }
  return parts.join("\n");
}

function signed(x: number, digits: number): string {
  if (Number.isNaN(x)) return "-";
  return (x >= 0 ? "+" : "") + x.toFixed(digits);
}
