/**
 * Networks that the program itself looks through: feature extractors of losses and metrics.
 *
 * @module
 */
export { AlexNetFeatures } from "./alexnet.ts";
export { type ChannelAffine, FrozenBatchNorm2d } from "./frozen_norm.ts";
export { InceptionV3, type InceptionV3Options } from "./inception.ts";
export { LPIPS, LPIPS_FILES, LPIPS_NETS, type LpipsNet } from "./lpips.ts";
export {
  checkHash,
  findPretrained,
  loadPretrained,
  PRETRAINED,
  type PretrainedFile,
  type PretrainedName,
  pretrainedPlaces,
  requirePretrained,
} from "./pretrained.ts";
export { SqueezeNetFeatures } from "./squeezenet.ts";
export { withoutTape } from "./tape.ts";
export {
  VGG_TYPES,
  VGGFeatureExtractor,
  type VGGFeatureExtractorOptions,
  vggLayers,
  type VggType,
} from "./vgg.ts";
