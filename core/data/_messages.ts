/**
 * What the main thread and the loader's workers say to each other.
 *
 * @module
 */
import type { CodecSpec } from "../engine/engine.ts";
import type { Batch } from "./dataset.ts";
import type { BatchJob } from "./collate.ts";

/** What a worker needs in order to build the dataset anew; plain data. */
export interface WorkerSpec {
  /** URL of the plugin file that registers the dataset. */
  readonly file: string;
  /** Name in the registry. */
  readonly type: string;
  /** The dataset's options. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly phase: string;
  readonly scale: number;
  readonly codec: CodecSpec;
}

/** To a worker. */
export type Order =
  | { readonly kind: "open"; readonly spec: WorkerSpec }
  | { readonly kind: "read"; readonly id: number; readonly job: BatchJob }
  | { readonly kind: "close" };

/** From a worker. */
export type Answer =
  | { readonly kind: "opened"; readonly length: number }
  /** The dataset could not be built; trying again would not help. */
  | { readonly kind: "unopened"; readonly error: Failure }
  /** A sample of the batch has been read. */
  | { readonly kind: "progress"; readonly id: number }
  | { readonly kind: "batch"; readonly id: number; readonly batch: Batch }
  | { readonly kind: "failed"; readonly id: number; readonly error: Failure }
  | { readonly kind: "closed" };

/** An error as plain data. */
export interface Failure {
  readonly message: string;
  readonly stack?: string;
  /** Set for a `UserError`. */
  readonly exitCode?: number;
}
