/**
 * `calculate_ssim_pt`: SSIM of images in [0, 1]; the mathematics is in `core/metrics/ssim.ts`.
 *
 * @module
 */
import { toFloat } from "../../core/data/convert.ts";
import {
  ReferenceMetric,
  type ReferenceMetricOptions,
  referenceMetricSchema,
} from "../../core/metrics/reference_metric.ts";
import { calculateSsimPt } from "../../core/metrics/ssim.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** SSIM, 1 for identical images; differs from `calculate_ssim` in rounding only. */
@METRIC_REGISTRY.register({ name: "calculate_ssim_pt", options: referenceMetricSchema })
export class SsimPt extends ReferenceMetric {
  /** Applies the options. */
  constructor(options: ReferenceMetricOptions) {
    super(
      "calculate_ssim_pt",
      (restored, gt, o) => calculateSsimPt(toFloat(restored), toFloat(gt), o),
      options,
    );
  }
}
