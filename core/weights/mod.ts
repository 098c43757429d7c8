/**
 * Weights as files hold them: state dicts, safetensors, PyTorch's `.pth`, ncnn's models, layers models of TensorFlow.js.
 *
 * @module
 */
export { ChecksumReader, encodeChecked, isChecksum } from "./checksum.ts";
export { companionsOf } from "./companions.ts";
export {
  compareKeys,
  describeMismatch,
  type KeyComparison,
  keysMatch,
  type ShapeMismatch,
} from "./compare.ts";
export {
  filesOf,
  type WeightsOutput,
  type WritableKind,
  writableKind,
  writeWeights,
  type WriteWeightsOptions,
} from "./convert.ts";
export { type WeightsFaultKind, WeightsFileError } from "./errors.ts";
export { loadWeights, type LoadWeightsOptions } from "./load.ts";
export { nameInOrder, type NcnnModel, readNcnn } from "./ncnn.ts";
export type { NcnnLayer, NcnnValue } from "./ncnn_param.ts";
export {
  type EncodedNcnn,
  encodeNcnn,
  NCNN_TYPES,
  type NcnnSource,
  type NcnnWriteOptions,
} from "./ncnn_writer.ts";
export { type OpenedWeights, openWeights, type WeightsKind } from "./open.ts";
export { type PthFile, readPth } from "./pth.ts";
export { encodePth, type PthContent, type PthWriteOptions, writePth } from "./pth_writer.ts";
export {
  type EncodedSafetensors,
  encodeSafetensors,
  readSafetensors,
  type Safetensors,
  type SafetensorsWriteOptions,
  writeSafetensors,
} from "./safetensors.ts";
export { listSets, type ParameterSet, type SelectOptions, selectParams } from "./select.ts";
export {
  elementCount,
  float32Tensor,
  type StateData,
  type StateDict,
  type StateDType,
  type StateTensor,
  type TensorSource,
} from "./state_dict.ts";
export {
  parseTfjsModel,
  readTfjsLayers,
  type TfjsManifest,
  type TfjsTensor,
} from "./tfjs_layers.ts";
