/**
 * What a run's `report.html` is made of: plain data.
 *
 * @module
 */
import type { Fact } from "./env.ts";
import type { Point } from "./history.ts";

/** One line of a chart. */
export interface Curve {
  /** For the legend, for example `l_pix`. */
  readonly name: string;
  /** In the order of iterations. */
  readonly points: readonly Point[];
}

/** One metric on one data set over the run. */
export interface MetricCurve extends Curve {
  /** Name of the validation data set. */
  readonly dataset: string;
  /** How the number is made, for example `Y channel, crop 2, 8 bit`. */
  readonly recipe: string;
  /** Which way is better. */
  readonly better: "higher" | "lower";
  /** Mean of the same metric for bicubic interpolation, if it is known. */
  readonly bicubic?: number;
}

/** The last validation of one data set. */
export interface ResultTable {
  /** Name of the validation data set. */
  readonly dataset: string;
  /** Columns. */
  readonly metrics: readonly {
    readonly name: string;
    readonly recipe: string;
    readonly better: "higher" | "lower";
  }[];
  /** One row an image; values by the metric's name, those of bicubic interpolation beside them if known. */
  readonly rows: readonly {
    readonly image: string;
    readonly values: Readonly<Record<string, number>>;
    readonly bicubic?: Readonly<Record<string, number>>;
  }[];
}

/** A validation image before and after; PNG files of one size. */
export interface ComparedImage {
  /** Name of the validation data set. */
  readonly dataset: string;
  /** Name of the image. */
  readonly name: string;
  /** The input, enlarged by bicubic interpolation to the size of the result. */
  readonly before: Uint8Array;
  /** What the network made. */
  readonly restored: Uint8Array;
  /** Ground truth. */
  readonly gt?: Uint8Array;
}

/** Everything in a report. Nothing is trusted: all text is escaped. */
export interface ReportData {
  /** Name of the run. */
  readonly name: string;
  /** How it stands. */
  readonly status: "running" | "finished" | "stopped";
  /** Iterations done. */
  readonly iter: number;
  /** Iterations wanted. */
  readonly totalIter: number;
  /** Time of this report. */
  readonly updatedAt: Date;
  /** Network, scale factor, data sets, seed, times … */
  readonly runFacts: readonly Fact[];
  /** Versions and machine; see `versionFacts` and `hostFacts` in `core/log/env.ts`. */
  readonly hostFacts: readonly Fact[];
  /** Losses by name. */
  readonly losses: readonly Curve[];
  /** Learning rate of each optimizer or parameter group. */
  readonly learningRates: readonly Curve[];
  /** Validation metrics. */
  readonly metrics: readonly MetricCurve[];
  /** The last validation. */
  readonly results: readonly ResultTable[];
  /** Validation images; only the first few are shown. */
  readonly images: readonly ComparedImage[];
  /** Where files lie: what, and its path. */
  readonly files: readonly Fact[];
  /** All options as text, see `dict2str`. */
  readonly options: string;
}
