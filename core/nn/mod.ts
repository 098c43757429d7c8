/**
 * What archs are made of.
 *
 * @module
 */
export {
  GELU,
  gelu,
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
export { BatchNorm2d, type BatchNormOptions } from "./batch_norm.ts";
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
  truncNormal,
  uniform,
  values,
  withInitSeed,
} from "./init.ts";
export { Dropout, DropPath, dropPathRates } from "./dropout.ts";
export { DIV2K_RGB_MEAN, meanBuffer } from "./image_mean.ts";
export type { Layout } from "./layout.ts";
export { LayerNorm, type LayerNormOptions } from "./layer_norm.ts";
export { Linear } from "./linear.ts";
export {
  biasThrough,
  type ConvWeights,
  MergedConv2d,
  type MergedConvOptions,
  mergePointwiseFirst,
  mergePointwiseLast,
  type MergingBlock,
  MergingNetwork,
  padPointwise,
} from "./merged_conv.ts";
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
  type SizePadding,
  StateHolder,
} from "./module.ts";
export { cropTo, type PaddingMode, padTo, padToMultiple } from "./padding.ts";
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
export { SpectralConv2d, type SpectralConvOptions } from "./spectral_norm.ts";
export {
  checkHeads,
  initTransformer,
  Mlp,
  PatchEmbed,
  positionTable,
  RESI_RADIUS,
  type ResiConnection,
  resiConnection,
  TRANSFORMER_STD,
  withPositions,
} from "./transformer.ts";
export {
  channelAttention,
  HeadsAttention,
  queryScale,
  WindowAttention,
  type WindowAttentionOptions,
} from "./window_attention.ts";
export {
  fromHeads,
  fromWindows,
  indexBuffer,
  maskBuffer,
  overlappingPositionIndex,
  overlappingWindows,
  positionBias,
  relativePositionIndex,
  roll,
  shiftedWindowMask,
  shiftedWindowMaskValues,
  toHeads,
  toWindows,
  type WindowSize,
} from "./windows.ts";
export { type ReachStep, windowedRadius, windowSteps } from "./window_reach.ts";
export { enlarge, headRadius, type UpsamplingHead, upsamplingHead } from "./upsampling_head.ts";
