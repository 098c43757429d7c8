/**
 * `calculate_psnr`: peak signal-to-noise ratio in dB of 8-bit images; the mathematics is in `core/metrics/psnr.ts`.
 *
 * @module
 */
import { calculatePsnr } from "../../core/metrics/psnr.ts";
import {
  ReferenceMetric,
  type ReferenceMetricOptions,
  referenceMetricSchema,
} from "../../core/metrics/reference_metric.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** PSNR in dB, `Infinity` for identical images. */
@METRIC_REGISTRY.register({ name: "calculate_psnr", options: referenceMetricSchema })
export class Psnr extends ReferenceMetric {
  /** Applies the options. */
  constructor(options: ReferenceMetricOptions) {
    super("calculate_psnr", calculatePsnr, options);
  }
}
