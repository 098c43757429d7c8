/**
 * A loader's worker: builds the dataset and opens a codec of its own, then reads batches as it is told.
 *
 * Not for importing: {@linkcode BatchLoader} starts it.
 *
 * @module
 */
import { openCodec } from "../engine/codec.ts";
import { UserError } from "../errors.ts";
import { DATASET_REGISTRY } from "../registry.ts";
import type { Answer, Failure, Order, WorkerSpec } from "./_messages.ts";
import { readBatch } from "./collate.ts";
import type { Dataset } from "./dataset.ts";
import type { ImageCodec } from "./image.ts";

/** The part of a worker's global scope that is used here; the project is checked with the window's types. */
interface Scope {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
  close(): void;
}

const scope = self as unknown as Scope;
let dataset: Dataset | undefined;
let codec: ImageCodec | undefined;
let last: Promise<void> = Promise.resolve();

// One order after the other: the codec must not be closed under a batch that is being read.
scope.onmessage = ({ data }) => {
  last = last.then(() => obey(data));
};

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "open":
      try {
        dataset = await build(order.spec);
        scope.postMessage({ kind: "opened", length: dataset.length });
      } catch (error) {
        scope.postMessage({ kind: "unopened", error: failure(error) });
      }
      return;
    case "read": {
      const { id, job } = order;
      try {
        const batch = await readBatch(
          dataset!,
          job,
          () => scope.postMessage({ kind: "progress", id }),
        );
        const buffers = Object.values(batch.images).map(({ data }) => data.buffer as ArrayBuffer);
        scope.postMessage({ kind: "batch", id, batch }, buffers);
      } catch (error) {
        scope.postMessage({ kind: "failed", id, error: failure(error) });
      }
      return;
    }
    case "close":
      codec?.dispose();
      scope.postMessage({ kind: "closed" });
      scope.close();
  }
}

async function build(spec: WorkerSpec): Promise<Dataset> {
  const { file, type, options, phase, scale } = spec;
  await import(file);
  const own = codec = await openCodec(spec.codec);
  const DatasetClass = DATASET_REGISTRY.get(type).value;
  const built = new DatasetClass(options, { phase, scale, codec: own });
  await built.open();
  return built;
}

function failure(error: unknown): Failure {
  if (error instanceof UserError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof Error) return { message: error.message, stack: error.stack };
  return { message: String(error) };
}
