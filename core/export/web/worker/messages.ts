/**
 * What the page and its worker say to each other.
 *
 * @module
 */
import type { Program } from "../program.ts";
import type { BackendName } from "./backends.ts";
import type { Image } from "./executor.ts";

/** What the page asks for. One thing is done after the other; the page stops the worker to cancel. */
export type Request =
  /** To load the model. */
  | { readonly kind: "open"; readonly backend?: BackendName }
  /** To restore a picture. */
  | { readonly kind: "restore"; readonly id: number; readonly file: Blob }
  /** To apply the network to numbers, as they are: for whoever checks it. */
  | { readonly kind: "infer"; readonly id: number; readonly image: Image };

/** What is known of the model before anything is computed. */
export type Summary = Pick<
  Program,
  "name" | "arch" | "parameters" | "scale" | "inputChannels" | "outputChannels" | "precision"
>;

/** What the worker answers. */
export type Answer =
  /** So much of the weights is there. */
  | { readonly kind: "loading"; readonly bytes: number; readonly of: number }
  /** The model is ready. */
  | {
    readonly kind: "opened";
    readonly model: Summary;
    readonly backend: BackendName;
    readonly engine: string;
  }
  /** The picture is decoded. */
  | {
    readonly kind: "started";
    readonly id: number;
    readonly width: number;
    readonly height: number;
    readonly tiles: number;
  }
  /** A tile is done; where it lies in the result. */
  | {
    readonly kind: "tile";
    readonly id: number;
    readonly done: number;
    readonly rect: {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    };
  }
  /** So much of the picture is done, from 0 to 1; comes where steps are waited for. */
  | { readonly kind: "share"; readonly id: number; readonly share: number }
  /** The result, a PNG. */
  | { readonly kind: "restored"; readonly id: number; readonly file: Blob; readonly ms: number }
  /** What the network made of numbers. */
  | { readonly kind: "inferred"; readonly id: number; readonly image: Image }
  /** Why not; without an id the model could not be loaded. */
  | { readonly kind: "failed"; readonly id?: number; readonly why: string };
