/**
 * The native engine: libtensorflow through Deno's FFI.
 *
 * `startNative()` runs TensorFlow.js on it; `openNativeCodec()` decodes and encodes images with it, also in a Web
 * Worker; `findLibrary()` and `installLibrary()` get hold of the library. No other folder calls `Deno.dlopen`.
 *
 * @module
 */
export type { Channels, ImageCodec, RawImage } from "../../data/image.ts";
export type { CodecSpec, Engine, EngineChoice, EngineName, EngineOptions } from "../engine.ts";
export { type OpAttribute } from "./attributes.ts";
export { NativeBinding, type OpTarget, TensorMetadata, TFEOpAttr } from "./binding.ts";
export { NativeCodec, openNativeCodec } from "./codec.ts";
export { type ContextOptions, type Device, EagerContext } from "./context.ts";
export { AttrType, DType, type NumberArray } from "./dtypes.ts";
export { type NativeEngine, startNative } from "./engine.ts";
export {
  installLibrary,
  type InstallOptions,
  type InstallProgress,
  seesNvidiaGpu,
} from "./install.ts";
export { EagerExecutor } from "./executor.ts";
export {
  cachedFolder,
  ffiGrants,
  findLibrary,
  type FindOptions,
  type FoundLibrary,
  LIBRARY_FILES,
  TENSORFLOW_VERSION,
} from "./library.ts";
export { NativeError, NativeLibrary } from "./native_library.ts";
export { cacheDir, type Environment } from "../../places.ts";
export { Status } from "./status.ts";
export { SYMBOLS, type Symbols } from "./symbols.ts";
export { type TensorData } from "./tensors.ts";
