/**
 * Weights as files hold them: state dicts, safetensors, PyTorch's `.pth`.
 *
 * @module
 */
export { ChecksumReader, encodeChecked, isChecksum } from "./checksum.ts";
export {
  compareKeys,
  describeMismatch,
  type KeyComparison,
  keysMatch,
  type ShapeMismatch,
} from "./compare.ts";
export { type WeightsFaultKind, WeightsFileError } from "./errors.ts";
export { loadWeights, type LoadWeightsOptions } from "./load.ts";
export { type PthFile, readPth } from "./pth.ts";
export {
  type EncodedSafetensors,
  encodeSafetensors,
  readSafetensors,
  type Safetensors,
  type SafetensorsWriteOptions,
  writeSafetensors,
} from "./safetensors.ts";
export { type SelectOptions, selectParams } from "./select.ts";
export {
  elementCount,
  float32Tensor,
  type StateData,
  type StateDict,
  type StateDType,
  type StateTensor,
  type TensorSource,
} from "./state_dict.ts";
