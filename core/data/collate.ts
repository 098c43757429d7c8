/**
 * Reading the samples of a batch and stacking them; the same code runs in the main thread and in workers.
 *
 * @module
 */
import { ExitCode, UserError } from "../errors.ts";
import { Rng } from "../random.ts";
import type { Batch, Dataset, Sample } from "./dataset.ts";
import type { FloatImage } from "./image.ts";
import type { SampleSlot } from "./sampler.ts";

/** Which samples to read, and under which random key. */
export interface BatchJob {
  /** `manual_seed` of the run. */
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
  /** The samples, in the order of the batch. */
  readonly slots: readonly SampleSlot[];
}

/**
 * Stacks samples: images under the same key become float32 `[n, h, w, c]`, strings become lists.
 *
 * @throws {UserError} With exit code DATA if the images under a key differ in size, naming two files.
 */
export function collate(samples: readonly Sample[]): Batch {
  const first = samples[0];
  if (first === undefined) throw new RangeError("a batch needs at least one sample");
  const images: Record<string, { shape: [number, number, number, number]; data: Float32Array }> =
    {};
  const paths: Record<string, string[]> = {};
  for (const [key, value] of Object.entries(first)) {
    if (typeof value === "string") paths[key] = samples.map((sample) => sample[key] as string);
    else images[key] = stack(samples, key, value);
  }
  return { size: samples.length, images, paths };
}

/**
 * Reads and stacks a batch, one sample after the other.
 *
 * @param onSample Called after each sample.
 * @throws {UserError} With exit code DATA, naming the file, whatever the dataset threw.
 */
export async function readBatch(
  dataset: Dataset,
  job: BatchJob,
  onSample?: () => void,
): Promise<Batch> {
  const samples: Sample[] = [];
  for (const { index, position } of job.slots) {
    try {
      samples.push(await dataset.read(index, new Rng(job.seed, "sample", job.epoch, position)));
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(
        `${dataset.source?.(index) ?? `sample ${index}`} could not be read: ${why}`,
        ExitCode.DATA,
        { cause },
      );
    }
    onSample?.();
  }
  return collate(samples);
}

/**
 * Batches of one, in the order of the dataset, in this thread: what validation and testing read.
 *
 * @param seed For datasets that draw random numbers outside training; each sample has its own stream.
 */
export async function* eachSample(dataset: Dataset, seed = 0): AsyncGenerator<Batch> {
  for (let index = 0; index < dataset.length; index++) {
    yield await readBatch(dataset, { seed, epoch: 0, slots: [{ index, position: index }] });
  }
}

function stack(
  samples: readonly Sample[],
  key: string,
  { width, height, channels }: FloatImage,
): { shape: [number, number, number, number]; data: Float32Array } {
  const size = width * height * channels;
  const data = new Float32Array(samples.length * size);
  samples.forEach((sample, n) => {
    const image = sample[key];
    if (
      typeof image !== "object" || image.width !== width || image.height !== height ||
      image.channels !== channels
    ) {
      const got = typeof image === "object"
        ? `${image.width}x${image.height}x${image.channels}`
        : "missing";
      throw new UserError(
        `images of one batch differ in size: ${key} of ${nameOf(samples[0]!, key)} is ` +
          `${width}x${height}x${channels}, of ${nameOf(sample, key)} ${got}; ` +
          `crop them to one size (gt_size) or use a batch of 1`,
        ExitCode.DATA,
      );
    }
    data.set(image.data, n * size);
  });
  return { shape: [samples.length, height, width, channels], data };
}

function nameOf(sample: Sample, key: string): string {
  const path = sample[`${key}_path`] ?? Object.values(sample).find((v) => typeof v === "string");
  return typeof path === "string" ? path : "a sample";
}
