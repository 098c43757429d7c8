/**
 * Programs of others that compute networks: TensorFlow, ONNX Runtime, LiteRT, TensorFlow.js, ncnn.
 *
 * @module
 */

import type { WheelFiles } from "./wheel.ts";

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
  /** True if it gives images as files have them: clipped to [0, 1], perhaps in 256 steps. */
  readonly clips?: boolean;
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
   * @param signal Ends the wait, where programs have to be started that take their time.
   * @throws {UserError} DATA, if it cannot be read or is none for images.
   */
  open(path: string, signal?: AbortSignal): Promise<RuntimeModel>;
}

/** How a runtime is found. */
export interface RuntimeOptions {
  /** Whether it may be fetched if it is not there; else that is an error which says how to get it. Default true. */
  readonly fetch?: boolean;
  /** Receives what is worth knowing: that something is fetched, how large it is, where it goes. */
  readonly say?: (line: string) => void;
}

/**
 * What a runtime stands on, as plain data: the commands fetch it before they start, and grant it to the process that computes, which
 * can fetch nothing, start no other programs and open no other libraries.
 */
export interface RuntimeNeeds {
  /** Wheels whose files are opened as libraries (see `wheel.ts`). */
  readonly wheels?: readonly WheelFiles[];
  /** A Python that is started (see `python.ts`). */
  readonly python?: {
    /** Packages with versions, as pip takes them. */
    readonly packages: readonly string[];
    /** Bytes to download, about. */
    readonly download: number;
  };
  /** Programs that are started: names on PATH, or paths. Those that are missing are not granted, and said by the runtime. */
  readonly programs?: readonly string[];
  /** Folders of libraries that are opened besides the wheels'. */
  readonly libraries?: readonly string[];
  /** Functions are called through pointers, for which Deno wants the grant for all libraries. */
  readonly anyLibrary?: boolean;
  /** Addresses to listen at and connect to, for example `127.0.0.1`. */
  readonly net?: readonly string[];
  /** Files and folders to read besides those of the program. */
  readonly read?: readonly string[];
  /** Folders to write to, for example for a browser's profile. */
  readonly write?: readonly string[];
}
