/**
 * The training loader: batches in a fixed order, read ahead by Web Workers or by this thread.
 *
 * Which samples are in a batch, and what is drawn at random for each, depends on the seed and the iteration alone;
 * neither the number of workers nor an interruption changes a pixel.
 *
 * @module
 */
import type { CodecSpec } from "../engine/engine.ts";
import type { DatasetOptions } from "../options/types.ts";
import { DATASET_REGISTRY } from "../registry.ts";
import { WorkerPool } from "./_worker_pool.ts";
import { type BatchJob, readBatch } from "./collate.ts";
import type { Batch, Dataset } from "./dataset.ts";
import type { ImageCodec } from "./image.ts";
import { EnlargedSampler } from "./sampler.ts";

/** What a loader needs besides the options of its dataset. */
export interface LoaderContext {
  /** `manual_seed` of the run. */
  readonly seed: number;
  /** Codec of this thread. */
  readonly codec: ImageCodec;
  /** How workers open theirs. */
  readonly codecSpec: CodecSpec;
  /** `train.grad_accum`: so many times `batch_size_per_gpu` samples are one batch. Default 1. */
  readonly gradAccum?: number;
  /** Processes that share the work. Default 1. */
  readonly numReplicas?: number;
  /** Which process this is, from 0. */
  readonly rank?: number;
  /** Seconds without a finished sample after which a worker is taken for stuck. Default 60. */
  readonly workerTimeout?: number;
}

/** A batch with its place. */
export interface LoadedBatch {
  /** The samples, stacked. */
  readonly batch: Batch;
  /** Epoch that the batch belongs to, from 0. */
  readonly epoch: number;
}

/** Batches on their way. */
interface Pending {
  readonly epoch: number;
  readonly batch: Promise<Batch>;
}

/** Where batches are read. */
interface BatchSource {
  run(job: BatchJob): Promise<Batch>;
  cancelWaiting(): void;
  dispose(): Promise<void>;
}

/** Batches that are read ahead with `prefetch_mode: cpu`, unless `num_prefetch_queue` says otherwise. */
export const DEFAULT_PREFETCH = 3;

/**
 * Builds a dataset from its block in the options file. It still has to be opened.
 *
 * @throws {UserError} If there is no dataset of that type, or it refuses its options.
 */
export function buildDataset(options: DatasetOptions, codec: ImageCodec): Dataset {
  const DatasetClass = DATASET_REGISTRY.get(options.type, `datasets.${options.phase}.type`).value;
  return new DatasetClass(options, { phase: options.phase, scale: options.scale, codec });
}

/**
 * Gives the batches of a training run one by one, without end.
 *
 * With `num_worker_per_gpu: 0` batches are read in this thread. With workers, two batches a worker are on their way
 * while the device computes; `prefetch_mode: cpu` keeps `num_prefetch_queue` batches ready in either case. Each worker
 * opens the dataset and a codec of its own. One that dies or gets no further is replaced once and its batch read
 * again; the second time is an error.
 *
 * Reading a batch twice gives the same batch: after an error {@linkcode BatchLoader.next} tries the same one again.
 */
export class BatchLoader {
  /** The dataset as this thread opened it. */
  readonly dataset: Dataset;
  /** Order of the samples. */
  readonly sampler: EnlargedSampler;
  readonly #seed: number;
  readonly #source: BatchSource;
  readonly #ahead: number;
  #pending: Pending[] = [];
  /** Batches given out since the start of the run. */
  #done = 0;

  private constructor(
    dataset: Dataset,
    sampler: EnlargedSampler,
    seed: number,
    source: BatchSource,
    ahead: number,
  ) {
    this.dataset = dataset;
    this.sampler = sampler;
    this.#seed = seed;
    this.#source = source;
    this.#ahead = ahead;
  }

  /**
   * Opens the dataset and starts the workers. Stop them with {@linkcode BatchLoader.dispose}.
   *
   * @param options Block of the training dataset.
   * @throws {UserError} With exit code DATA if the dataset cannot be opened or does not fill one batch.
   */
  static async open(options: DatasetOptions, context: LoaderContext): Promise<BatchLoader> {
    const { seed, codecSpec, gradAccum = 1, numReplicas, rank, workerTimeout = 60 } = context;
    const dataset = buildDataset(options, context.codec);
    await dataset.open();
    const sampler = new EnlargedSampler({
      length: dataset.length,
      batchSize: (options.batch_size_per_gpu ?? 1) * gradAccum,
      ratio: options.dataset_enlarge_ratio,
      seed,
      numReplicas,
      rank,
    });
    const workers = options.num_worker_per_gpu ?? 0;
    const queue = options.prefetch_mode ? options.num_prefetch_queue ?? DEFAULT_PREFETCH : 0;
    const source = workers === 0 ? new OwnThread(dataset) : new WorkerPool({
      spec: {
        file: DATASET_REGISTRY.get(options.type).file,
        type: options.type,
        options,
        phase: options.phase,
        scale: options.scale,
        codec: codecSpec,
      },
      count: workers,
      length: dataset.length,
      timeout: workerTimeout * 1000,
      nameOf: (index) => dataset.source?.(index) ?? options.name,
    });
    return new BatchLoader(dataset, sampler, seed, source, Math.max(queue, 2 * workers));
  }

  /** Batches in one epoch of this replica. */
  get batchesPerEpoch(): number {
    return this.sampler.batchesPerEpoch;
  }

  /**
   * The next batch. It belongs to the caller. Not to be called again before it has answered.
   *
   * @throws {UserError} With exit code DATA, naming the file, if a sample cannot be read.
   */
  async next(): Promise<LoadedBatch> {
    if (this.#pending.length === 0) this.#request();
    const { epoch, batch } = this.#pending.shift()!;
    this.#done++;
    while (this.#pending.length < this.#ahead) this.#request();
    try {
      return { batch: await batch, epoch };
    } catch (error) {
      this.seek(this.#done - 1);
      throw error;
    }
  }

  /** Goes to the state after `done` batches of the run; the next batch is that of iteration `done + 1`. */
  seek(done: number): void {
    this.#source.cancelWaiting();
    this.#pending = [];
    this.#done = done;
  }

  /** Stops the workers; safe to call twice. */
  async dispose(): Promise<void> {
    this.#pending = [];
    await this.#source.dispose();
  }

  #request(): void {
    const { epoch, batch: at } = this.sampler.locate(this.#done + this.#pending.length);
    const slots = this.sampler.batchIndices(epoch, at);
    const batch = this.#source.run({ seed: this.#seed, epoch, slots });
    // A batch that is dropped by seek() or dispose() may fail without anyone waiting for it.
    batch.catch(() => {});
    this.#pending.push({ epoch, batch });
  }
}

/** Reads in this thread, one batch after the other. */
class OwnThread implements BatchSource {
  readonly #dataset: Dataset;
  #last: Promise<unknown> = Promise.resolve();
  #generation = 0;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  run(job: BatchJob): Promise<Batch> {
    const generation = this.#generation;
    const batch = this.#last.then(() => {
      if (generation !== this.#generation) throw new Error("the batch was cancelled");
      return readBatch(this.#dataset, job);
    });
    this.#last = batch.catch(() => {});
    return batch;
  }

  cancelWaiting(): void {
    this.#generation++;
  }

  async dispose(): Promise<void> {
    this.#generation++;
    await this.#last;
  }
}
