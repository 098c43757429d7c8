/**
 * Degradations on the device, as compiled tensor code: the second-order degradation of Real-ESRGAN and its parts.
 *
 * @module
 */
export { diffJpeg, type DiffJpegOptions } from "./diffjpeg.ts";
export { filter2D } from "./filter2d.ts";
export { gaussianNoise, type NoiseAmounts, poissonNoise, poissonNoiseTable } from "./noise.ts";
export {
  type Range,
  type ResizeWeights,
  type RoundOptions,
  type SecondOrderOptions,
  secondOrderOptions,
  secondOrderShape,
} from "./options.ts";
export { type Pair, PairPool } from "./pair_pool.ts";
export {
  type DegradationPlan,
  drawPlan,
  type NoisePlan,
  type PlanSize,
  type ResizePlan,
} from "./plan.ts";
export { type ResizeMode } from "./resize.ts";
export {
  type BatchKey,
  type SecondOrderBatch,
  SecondOrderDegradation,
  type SecondOrderInputs,
  type SecondOrderSettings,
  type Sharpening,
} from "./second_order.ts";
export { gaussianKernel, usmSharp, type UsmSharpOptions } from "./usm_sharp.ts";
