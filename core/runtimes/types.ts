/**
 * Programs of others that compute networks: TensorFlow, ONNX Runtime, LiteRT, TensorFlow.js, ncnn.
 *
 * @module
 */

/** Images for a network, or what it makes of them. */
export interface ImageTensor {
  /** `[n, h, w, c]`. */
  readonly shape: readonly [number, number, number, number];
  /** Samples, row by row, channels last, whatever the layout of the model is. */
  readonly data: Float32Array;
}

/** A model that is loaded. */
export interface RuntimeModel extends AsyncDisposable {
  /** Channels that it takes, if the file says so. */
  readonly inputChannels?: number;
  /** Channels that it gives, if the file says so. */
  readonly outputChannels?: number;
  /** Height and width of the only input that it takes; absent if it takes all sizes. */
  readonly fixedSize?: readonly [height: number, width: number];
  /** Most images in one call; absent if there is no limit. */
  readonly maxBatch?: number;
  /**
   * Computes. Calls may overlap; they are computed one after the other.
   *
   * @throws {UserError} DATA, if the model does not take such images.
   */
  run(images: ImageTensor): Promise<ImageTensor>;
}

/** A program that computes networks. */
export interface Runtime {
  /** Name for people, for example `ONNX Runtime`. */
  readonly title: string;
  /** Its version, for example `1.32.0`. */
  readonly version: string;
  /**
   * Loads a model.
   *
   * @param path File, or folder for models that consist of several.
   * @throws {UserError} DATA, if it cannot be read or is none for images.
   */
  open(path: string): Promise<RuntimeModel>;
}

/** How a runtime is found. */
export interface RuntimeOptions {
  /** Whether it may be fetched if it is not there; else that is an error which says how to get it. Default true. */
  readonly fetch?: boolean;
  /** Receives what is worth knowing: that something is fetched, how large it is, where it goes. */
  readonly say?: (line: string) => void;
}
