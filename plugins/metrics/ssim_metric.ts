/**
 * `calculate_ssim`: structural similarity of 8-bit images (at most 1); the mathematics is in `core/metrics/ssim.ts`.
 *
 * @module
 */
import { calculateSsim } from "../../core/metrics/ssim.ts";
import {
  ReferenceMetric,
  type ReferenceMetricOptions,
  referenceMetricSchema,
} from "../../core/metrics/reference_metric.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** SSIM, 1 for identical images; images of fewer than 11x11 pixels are refused. */
@METRIC_REGISTRY.register({ name: "calculate_ssim", options: referenceMetricSchema })
export class Ssim extends ReferenceMetric {
  /** Applies the options. */
  constructor(options: ReferenceMetricOptions) {
    super("calculate_ssim", calculateSsim, options);
  }
}
