/**
 * What archs are made of.
 *
 * @module
 */
export {
  LeakyReLU,
  leakyRelu,
  PReLU,
  ReLU,
  relu,
  Sigmoid,
  sigmoid,
  Tanh,
  tanh,
} from "./activation.ts";
export {
  defaultInitWeights,
  isUpsampleScale,
  makeLayer,
  ResidualBlockNoBN,
  type ResidualBlockOptions,
  scaled,
  Upsample,
} from "./blocks.ts";
export { buildNetwork } from "./build.ts";
export { checkpointed } from "./checkpoint.ts";
export { BlockSequence, checkpointBlocks, Identity, ModuleList, Sequential } from "./container.ts";
export {
  Conv2d,
  type Conv2dOptions,
  ConvTranspose2d,
  type ConvTranspose2dOptions,
} from "./conv.ts";
export {
  constant,
  type Initializer,
  kaimingNormal,
  normal,
  torchDefault,
  uniform,
  values,
  withInitSeed,
} from "./init.ts";
export { DIV2K_RGB_MEAN, meanBuffer } from "./image_mean.ts";
export type { Layout } from "./layout.ts";
export { Linear } from "./linear.ts";
export {
  type ArchClass,
  Buffer,
  type BufferOptions,
  copyParameters,
  type Image,
  type KeyComparison,
  Module,
  Parameter,
  type Presence,
  type ShapeMismatch,
  StateHolder,
} from "./module.ts";
export {
  avgPool2d,
  GlobalAvgPool,
  globalAvgPool,
  interpolate,
  interpolateBy,
  type InterpolateOptions,
  MaxPool2d,
  maxPool2d,
  PixelShuffle,
  pixelShuffle,
  PixelUnshuffle,
  pixelUnshuffle,
} from "./resample.ts";
