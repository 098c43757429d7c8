/**
 * `calculate_psnr_pt`: PSNR in dB of images in [0, 1], 80 dB at most; the mathematics is in `core/metrics/psnr.ts`.
 *
 * @module
 */
import { toFloat } from "../../core/data/convert.ts";
import { recipeOf } from "../../core/metrics/planes.ts";
import { calculatePsnrPt } from "../../core/metrics/psnr.ts";
import {
  ReferenceMetric,
  type ReferenceMetricOptions,
  referenceMetricSchema,
} from "../../core/metrics/reference_metric.ts";
import { METRIC_REGISTRY } from "../../core/registry.ts";

/** PSNR in dB with 1e-8 added to the mean square, so that identical images have 80 dB and means stay finite. */
@METRIC_REGISTRY.register({ name: "calculate_psnr_pt", options: referenceMetricSchema })
export class PsnrPt extends ReferenceMetric {
  /** How the number was made. */
  override readonly recipe: string;

  /** Applies the options. */
  constructor(options: ReferenceMetricOptions) {
    super(
      "calculate_psnr_pt",
      (restored, gt, o) => calculatePsnrPt(toFloat(restored), toFloat(gt), o),
      options,
    );
    const { crop_border, test_y_channel } = options;
    this.recipe = `${
      recipeOf({ cropBorder: crop_border, testYChannel: test_y_channel })
    }, 80 dB at most`;
  }
}
