/**
 * Restoring pictures: models from any weights file, pictures of any size.
 *
 * @module
 */
export { parseDni } from "./dni.ts";
export { DEFAULT_MODEL, loadModel, restore, type RestoreOnceOptions } from "./model.ts";
export { ALPHA_MODES } from "./types.ts";
export type {
  AlphaMode,
  ImageDataLike,
  ImageInput,
  InterpolatedSource,
  LoadModelOptions,
  ModelSource,
  ModelStage,
  RestoredImage,
  RestoreModel,
  RestoreOptions,
  RestorePlan,
  RestoreProgress,
  Rows,
} from "./types.ts";
