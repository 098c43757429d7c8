/**
 * What the thread with TensorFlow.js is told, and what it answers.
 *
 * @module
 */
import type { ImageTensor } from "./types.ts";

/** Backends of TensorFlow.js that need no browser. */
export type TfjsBackend = "wasm" | "cpu";

/** A model's files. */
export interface TfjsFiles {
  /** The text of `model.json`, parsed. */
  readonly json: Readonly<Record<string, unknown>>;
  /** All files of weights, one after the other. */
  readonly weights: ArrayBuffer;
}

/** What is asked of the thread; one at a time. */
export type TfjsRequest =
  | { readonly kind: "open"; readonly files: TfjsFiles; readonly backend: TfjsBackend }
  | { readonly kind: "run"; readonly images: ImageTensor };

/** An input or output of a model. */
export interface TfjsTensorInfo {
  /** Its name. */
  readonly name: string;
  /** Sizes, -1 for those that may be any; absent if nothing is said about them. */
  readonly shape?: readonly number[];
  /** Type of the elements. */
  readonly dtype?: string;
}

/** What the thread answers. */
export type TfjsAnswer =
  | {
    readonly kind: "opened";
    readonly inputs: readonly TfjsTensorInfo[];
    readonly outputs: readonly TfjsTensorInfo[];
  }
  | {
    readonly kind: "done";
    readonly shape: readonly number[];
    readonly data: Float32Array<ArrayBuffer>;
    /** What is worth knowing. */
    readonly note?: string;
  }
  | { readonly kind: "failed"; readonly message: string };
