/**
 * `calculate_ms_ssim`: structural similarity at five scales; the mathematics is in `core/metrics/ms_ssim.ts`.
 *
 * @module
 */
import { calculateMsSsim } from "../../core/metrics/ms_ssim.ts";
import {
  ReferenceMetric,
  type ReferenceMetricOptions,
  referenceMetricSchema,
} from "../../core/metrics/reference_metric.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** MS-SSIM, 1 for identical images; sides of fewer than 161 pixels are refused. */
@METRIC_REGISTRY.register({ name: "calculate_ms_ssim", options: referenceMetricSchema })
export class MsSsim extends ReferenceMetric {
  /** Applies the options. */
  constructor(options: ReferenceMetricOptions) {
    super("calculate_ms_ssim", calculateMsSsim, options);
  }
}
