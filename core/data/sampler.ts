/**
 * Which samples make up which batch: a permutation for each epoch, cut into batches.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { Rng } from "../random.ts";

/** What an {@linkcode EnlargedSampler} is made from. */
export interface SamplerOptions {
  /** Number of samples in the dataset. */
  readonly length: number;
  /** Samples in one batch of one replica. */
  readonly batchSize: number;
  /** `manual_seed` of the run. */
  readonly seed: number;
  /** `dataset_enlarge_ratio`: an epoch goes through the dataset so many times. Default 1. */
  readonly ratio?: number;
  /** Processes that share the work. Default 1. */
  readonly numReplicas?: number;
  /** Which of them this is, from 0. */
  readonly rank?: number;
}

/** Place of an iteration. */
export interface BatchPlace {
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Batch in the epoch, from 0. */
  readonly batch: number;
}

/** One sample of a batch. */
export interface SampleSlot {
  /** Number of the sample in the dataset. */
  readonly index: number;
  /** Place in the epoch's permutation, over all replicas; with the epoch it keys the sample's random choices. */
  readonly position: number;
}

/**
 * BasicSR's EnlargedSampler with its loader's `drop_last`: `ceil(length * ratio / numReplicas)` samples an epoch and
 * replica, in an order drawn anew each epoch; what does not fill a batch at the end is left out.
 *
 * The order depends on the seed and the epoch. (BasicSR seeds with the epoch alone, so that there `manual_seed` does
 * not change the order of the samples.) Nothing is remembered from epoch to epoch, so that any iteration can be gone
 * to directly.
 */
export class EnlargedSampler {
  readonly #options: Required<SamplerOptions>;
  /** Samples of one epoch for one replica. */
  readonly numSamples: number;
  /** Samples of one epoch for all replicas. */
  readonly totalSize: number;
  /** Whole batches of one epoch for one replica. */
  readonly batchesPerEpoch: number;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array();

  /**
   * Lays out the epochs.
   *
   * @throws {RangeError} If a number is not what it has to be.
   * @throws {UserError} With exit code DATA if an epoch does not fill one batch.
   */
  constructor(options: SamplerOptions) {
    const { length, batchSize, seed, ratio = 1, numReplicas = 1, rank = 0 } = options;
    if (!(ratio > 0)) {
      throw new RangeError(`dataset_enlarge_ratio must be above 0, received ${ratio}`);
    }
    if (!(Number.isInteger(batchSize) && batchSize > 0)) {
      throw new RangeError(`batch_size_per_gpu must be an integer above 0, received ${batchSize}`);
    }
    if (!(rank >= 0 && rank < numReplicas)) {
      throw new RangeError(`rank must be from 0 to ${numReplicas - 1}, received ${rank}`);
    }
    this.#options = { length, batchSize, seed, ratio, numReplicas, rank };
    this.numSamples = Math.ceil(length * ratio / numReplicas);
    this.totalSize = this.numSamples * numReplicas;
    this.batchesPerEpoch = Math.floor(this.numSamples / batchSize);
    if (this.batchesPerEpoch === 0) {
      throw new UserError(
        `${length} samples do not fill one batch of ${batchSize}: lower batch_size_per_gpu, or set ` +
          `dataset_enlarge_ratio to ${
            Math.ceil(batchSize * numReplicas / Math.max(length, 1))
          } or more`,
        ExitCode.DATA,
      );
    }
  }

  /** Where the batch of an iteration lies; `iteration` counts batches from 0 since the start of the run. */
  locate(iteration: number): BatchPlace {
    return {
      epoch: Math.floor(iteration / this.batchesPerEpoch),
      batch: iteration % this.batchesPerEpoch,
    };
  }

  /** The iteration (batches from 0 since the start of the run) that {@linkcode locate} gives this place for. */
  iterationOf({ epoch, batch }: BatchPlace): number {
    return epoch * this.batchesPerEpoch + batch;
  }

  /** The samples of one batch of this replica. */
  batchIndices(epoch: number, batchInEpoch: number): SampleSlot[] {
    const { length, batchSize, numReplicas, rank } = this.#options;
    const order = this.#permutation(epoch);
    return Array.from({ length: batchSize }, (_, k) => {
      const position = rank + (batchInEpoch * batchSize + k) * numReplicas;
      return { index: order[position]! % length, position };
    });
  }

  #permutation(epoch: number): Uint32Array {
    if (epoch !== this.#epoch) {
      this.#order = new Rng(this.#options.seed, "sampler", epoch).permutation(this.totalSize);
      this.#epoch = epoch;
    }
    return this.#order;
  }
}
