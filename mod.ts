/**
 * DenoSR: trains, tests and uses image-restoration networks.
 *
 * Run as a program it is the command line (`deno run -A mod.ts --help`); imported it is the library that plugins and
 * scripts stand on.
 *
 * ```ts
 * import { loadPlugins, Rng, buildNetwork } from "./mod.ts";
 * await loadPlugins();
 * console.assert(new Rng(1).float() < 1 && typeof buildNetwork === "function");
 * ```
 *
 * @module
 */
export { main } from "./core/cli/main.ts";
export { toFloat, toRaw8 } from "./core/data/convert.ts";
export type {
  Batch,
  DataProblem,
  Dataset,
  DatasetClass,
  DatasetContext,
  Sample,
} from "./core/data/dataset.ts";
export type { Channels, FloatImage, ImageCodec, ImageHeader, RawImage } from "./core/data/image.ts";
export { imresize, imresizeTo } from "./core/data/resize.ts";
export {
  compile,
  type CompiledFunction,
  type CompileOptions,
  type CompileStats,
  type Fed,
  type OptimizerOptions,
  TraceError,
} from "./core/engine/compile.ts";
export type {
  CodecSpec,
  Engine,
  EngineChoice,
  EngineName,
  EngineOptions,
  Precision,
} from "./core/engine/engine.ts";
export { precisionProblem } from "./core/engine/precision.ts";
export {
  dropout,
  dropPath,
  randomCrop,
  randomNormal,
  randomUniform,
  seedRandomOps,
} from "./core/engine/random_ops.ts";
export { startEngine } from "./core/engine/start.ts";
export {
  type DataType,
  type Scalar,
  type Tensor,
  type Tensor4D,
  type TensorContainer,
  type TensorFlow,
  tf,
  type Variable,
} from "./core/engine/tf.ts";
export { ExitCode, type ExitCodeValue, UserError } from "./core/errors.ts";
export {
  type FeatureStatistics,
  featureStatistics,
  FidFeatures,
  fidRecipe,
  frechetDistance,
} from "./core/metrics/fid.ts";
export { LpipsMeter } from "./core/metrics/lpips.ts";
export type { Metric, MetricClass } from "./core/metrics/metric.ts";
export { calculateMsSsim } from "./core/metrics/ms_ssim.ts";
export { calculateNiqe, type NiqeOptions } from "./core/metrics/niqe.ts";
export type { ReferenceMetricOptions } from "./core/metrics/planes.ts";
export { calculatePsnr, calculatePsnrPt } from "./core/metrics/psnr.ts";
export { calculateSsim, calculateSsimPt } from "./core/metrics/ssim.ts";
export {
  AlexNetFeatures,
  findPretrained,
  InceptionV3,
  type InceptionV3Options,
  loadPretrained,
  LPIPS,
  LPIPS_NETS,
  type LpipsNet,
  PRETRAINED,
  type PretrainedFile,
  type PretrainedName,
  requirePretrained,
  SqueezeNetFeatures,
  VGG_TYPES,
  VGGFeatureExtractor,
  type VGGFeatureExtractorOptions,
  vggLayers,
  type VggType,
  withoutTape,
} from "./core/nets/mod.ts";
export type { Loss, LossClass } from "./core/nn/loss.ts";
export {
  type ArchClass,
  avgPool2d,
  BlockSequence,
  Buffer,
  type BufferOptions,
  buildNetwork,
  checkpointBlocks,
  checkpointed,
  constant,
  Conv2d,
  type Conv2dOptions,
  ConvTranspose2d,
  type ConvTranspose2dOptions,
  copyParameters,
  defaultInitWeights,
  DIV2K_RGB_MEAN,
  GlobalAvgPool,
  globalAvgPool,
  Identity,
  type Image,
  type Initializer,
  interpolate,
  interpolateBy,
  type InterpolateOptions,
  isUpsampleScale,
  kaimingNormal,
  type KeyComparison,
  type Layout,
  LeakyReLU,
  leakyRelu,
  Linear,
  makeLayer,
  MaxPool2d,
  maxPool2d,
  meanBuffer,
  Module,
  ModuleList,
  normal,
  Parameter,
  PixelShuffle,
  pixelShuffle,
  PixelUnshuffle,
  pixelUnshuffle,
  PReLU,
  ReLU,
  relu,
  ResidualBlockNoBN,
  type ResidualBlockOptions,
  scaled,
  Sequential,
  type ShapeMismatch,
  Sigmoid,
  sigmoid,
  StateHolder,
  Tanh,
  tanh,
  torchDefault,
  uniform,
  Upsample,
  values,
  withInitSeed,
} from "./core/nn/mod.ts";
export {
  checkOptions,
  type RawOptions,
  readOptions,
  requireOptions,
  type RunOptions,
  type TypedOptions,
} from "./core/options/mod.ts";
export { loadPlugins } from "./core/plugins.ts";
export { Rng, type RngState } from "./core/random.ts";
export {
  ALPHA_MODES,
  type AlphaMode,
  DEFAULT_MODEL,
  type ImageDataLike,
  type ImageInput,
  type InterpolatedSource,
  loadModel,
  type LoadModelOptions,
  type ModelSource,
  type ModelStage,
  parseDni,
  restore,
  type RestoredImage,
  type RestoreModel,
  type RestoreOnceOptions,
  type RestoreOptions,
  type RestorePlan,
  type RestoreProgress,
  type Rows,
} from "./core/restore/mod.ts";
export {
  ARCH_REGISTRY,
  DATASET_REGISTRY,
  HOOK_REGISTRY,
  LOSS_REGISTRY,
  METRIC_REGISTRY,
  MODEL_REGISTRY,
  PLUGIN_KINDS,
  type PluginEntry,
  type PluginKind,
  type PluginMeta,
  Registry,
} from "./core/registry.ts";
export { timed, timings } from "./core/timed.ts";
export type { Model, ModelClass, ModelContext, Visuals } from "./core/train/base_model.ts";
export { type Hook, type HookClass, Priority, type ValidatedImage } from "./core/train/hook.ts";
export { ModelBase } from "./core/train/model_base.ts";
export { Runner } from "./core/train/runner.ts";
export { VERSION } from "./core/version.ts";
export { type DetectedNetwork, detectNetwork } from "./core/weights/detect.ts";
export {
  type NetworkTraits,
  type Purpose,
  type WeightsSignature,
} from "./core/weights/signature.ts";
export { type NetworkCosts, networkCosts } from "./core/nn/costs.ts";
export {
  listSets,
  loadWeights,
  type LoadWeightsOptions,
  type OpenedWeights,
  openWeights,
  type StateDict,
  type StateDType,
  type StateTensor,
  type WeightsOutput,
  writePth,
  writeWeights,
  type WriteWeightsOptions,
} from "./core/weights/mod.ts";

export {
  type ExportedFile,
  exportModel,
  type ExportOptions,
  type ExportReport,
  type ExportResult,
} from "./core/export/export.ts";
export {
  type ExportPrecision,
  type TargetName,
  TARGETS,
  type WeightQuantization,
} from "./core/export/target.ts";
export type { Verification } from "./core/export/verify.ts";
export {
  probeVideo,
  restoreVideo,
  type VideoInfo,
  type VideoModel,
  type VideoOptions,
  type VideoProgress,
  type VideoResult,
} from "./core/video/mod.ts";

if (import.meta.main) {
  // Not awaited: a plugin that imports this module would wait for it, and it for the plugin.
  import("./core/cli/main.ts").then(({ main }) => main(Deno.args)).then(Deno.exit);
}
