/**
 * What the thread that runs a model of another program is told, and what it answers.
 *
 * @module
 */
import type { ExitCodeValue } from "../../errors.ts";
import type { ImageTensor } from "../../runtimes/types.ts";
import type { ForeignKind } from "./spec.ts";

/** What is asked of the thread; one at a time. */
export type ForeignRequest =
  | {
    readonly kind: "open";
    readonly model: ForeignKind;
    readonly path: string;
    /** Path of the library that runs it, if there is one. */
    readonly library: string | undefined;
  }
  | { readonly kind: "run"; readonly images: ImageTensor };

/** What the file says of itself. */
export interface ForeignFacts {
  /** Name of the program that runs it. */
  readonly title: string;
  /** Channels that it takes, if the file says so. */
  readonly inputChannels?: number;
  /** Channels that it gives, if the file says so. */
  readonly outputChannels?: number;
  /** Height and width of the only input that it takes. */
  readonly fixedSize?: readonly [height: number, width: number];
  /** Number of images that it takes, if that is fixed. */
  readonly maxBatch?: number;
}

/** What the thread answers. */
export type ForeignAnswer =
  | ({ readonly kind: "opened" } & ForeignFacts)
  | { readonly kind: "done"; readonly images: ImageTensor }
  | {
    readonly kind: "failed";
    readonly message: string;
    /** Exit code, if it is something that users can mend. */
    readonly exitCode: ExitCodeValue | undefined;
  };
