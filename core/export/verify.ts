/**
 * Compares an exported model, computed by a runtime, with the network on our own engine.
 *
 * @module
 */
import { join } from "node:path";
import type { ImageTensor, Runtime, RuntimeModel } from "../runtimes/types.ts";
import type { ExportGraph } from "./graph.ts";
import type { ExportPrecision } from "./target.ts";
import { testImages } from "./test_images.ts";

/** Largest differences that are let pass, as shares of the output's range. */
const TOLERANCES: Readonly<Record<Exclude<ExportPrecision, "int8">, number>> = {
  fp32: 1e-4,
  fp16: 2e-2,
};

/** Least PSNR, in dB, between what int8 and what float32 makes. */
const LEAST_PSNR = 30;

/** One size. */
export interface Check {
  /** Number, height and width of the images. */
  readonly size: readonly [n: number, h: number, w: number];
  /** Largest difference, as a share of the range of the reference. */
  readonly difference: number;
  /** PSNR in dB between both outputs, clipped to [0, 1]. */
  readonly psnr: number;
}

/** What was found. */
export interface Verification {
  /** Name of the runtime. */
  readonly runtime: string;
  /** Its version. */
  readonly version: string;
  /** Sizes that were computed, in order. */
  readonly checks: readonly Check[];
  /** What was measured in the end, and its limit. */
  readonly measure: {
    /** Differences have to be at most, PSNR at least `limit`. */
    readonly kind: "difference" | "psnr";
    /** The worst of all sizes. */
    readonly worst: number;
    /** What is let pass. */
    readonly limit: number;
  };
  /** Why it failed; absent if it passed. */
  readonly problem?: string;
}

/** What is compared. */
export interface VerifyOptions {
  /** What was exported. */
  readonly graph: ExportGraph;
  /** The network on our own engine. */
  readonly forward: (images: ImageTensor) => Promise<ImageTensor>;
  /** What computes the model. */
  readonly runtime: Runtime;
  /** Folder that was written. */
  readonly folder: string;
  /** The model in it. */
  readonly model: string;
  /** How numbers are kept. */
  readonly precision: ExportPrecision;
  /** Largest difference, if it is not that of the precision. */
  readonly tolerance?: number;
  /** Pictures to take parts of, `[1, h, w, c]`, the channels as the network takes them; else some are made. */
  readonly pictures?: readonly ImageTensor[];
  /** Stops between two sizes. */
  readonly signal?: AbortSignal;
}

/** Computes images of two sizes with both, and measures how far apart they are. */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { graph, forward, runtime, precision, signal } = options;
  const checks: Check[] = [];
  let problem: string | undefined;
  await using model = await runtime.open(join(options.folder, options.model), signal);
  for (const size of testSizes(graph, model)) {
    signal?.throwIfAborted();
    const images = cropped(options.pictures ?? [], size) ?? testImages(size, graph.inputChannels);
    const made = await unlessStopped(model.run(images), signal);
    const wanted = await forward(images);
    problem = difference(made, wanted, size, model.clips ?? false, checks);
    if (problem !== undefined) break;
  }
  const measure = precision === "int8"
    ? {
      kind: "psnr" as const,
      worst: Math.min(...checks.map(({ psnr }) => psnr)),
      limit: LEAST_PSNR,
    }
    : {
      kind: "difference" as const,
      worst: Math.max(...checks.map(({ difference }) => difference)),
      limit: options.tolerance ?? TOLERANCES[precision],
    };
  const passed = measure.kind === "psnr"
    ? measure.worst >= measure.limit
    : measure.worst <= measure.limit;
  if (!passed) problem ??= `${measured(measure)}: too far from our own engine`;
  return { runtime: runtime.title, version: runtime.version, checks, measure, problem };
}

/** Does not wait for a program that takes its time once it is asked to stop: closing the model ends it. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    const result = await Promise.race([work, stopped.promise]);
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => {}); // closing the model may end it with an error
  }
}

/** Sides of the images of the first and the second size; the latter are odd, and primes, so that few networks take them as they are. */
const SIDES = [[32, 48], [29, 43]] as const;

/** Two sizes: one as the network wants it, and two images of one that is no multiple of anything. */
export function testSizes(
  { multiple, minSize }: Pick<ExportGraph, "multiple" | "minSize">,
  { fixedSize, maxBatch = Infinity }: Pick<RuntimeModel, "fixedSize" | "maxBatch">,
): (readonly [n: number, h: number, w: number])[] {
  if (fixedSize !== undefined) return [[1, ...fixedSize]];
  const whole = (side: number) => Math.ceil(Math.max(side, minSize) / multiple) * multiple;
  const odd = (side: number) => {
    let size = Math.max(side, minSize);
    while (multiple > 1 && size % multiple === 0 || size % 2 === 0) size++;
    return size;
  };
  const [[h, w], [oddH, oddW]] = SIDES;
  return [[1, whole(h), whole(w)], [Math.min(2, maxBatch), odd(oddH), odd(oddW)]];
}

/** The middles of pictures that are large enough; undefined without any. */
function cropped(
  pictures: readonly ImageTensor[],
  [n, h, w]: Check["size"],
): ImageTensor | undefined {
  const large = pictures.filter(({ shape }) => shape[1] >= h && shape[2] >= w);
  if (large.length === 0) return undefined;
  const c = large[0]!.shape[3];
  const data = new Float32Array(n * h * w * c);
  for (let image = 0; image < n; image++) {
    const { shape: [, rows, columns], data: all } = large[image % large.length]!;
    const top = (rows - h) >> 1, left = (columns - w) >> 1;
    for (let y = 0; y < h; y++) {
      const from = ((top + y) * columns + left) * c;
      data.set(all.subarray(from, from + w * c), (image * h + y) * w * c);
    }
  }
  return { shape: [n, h, w, c], data };
}

/** Measures and notes one size; what is wrong besides numbers that differ. */
function difference(
  made: ImageTensor,
  wanted: ImageTensor,
  size: Check["size"],
  clips: boolean,
  checks: Check[],
): string | undefined {
  const at = `for ${sizeText(size)}`;
  if (made.shape.join() !== wanted.shape.join() || made.data.length !== wanted.data.length) {
    return `it gives [${made.shape.join(", ")}] ${at}, not [${wanted.shape.join(", ")}]`;
  }
  let largest = 0, squares = 0, low = Infinity, high = -Infinity;
  for (let i = 0; i < wanted.data.length; i++) {
    const y = made.data[i]!;
    if (!Number.isFinite(y)) return `it gives ${y} ${at}`;
    const raw = wanted.data[i]!;
    if (!Number.isFinite(raw)) return `our own engine gives ${raw} ${at}: check the weights`;
    const x = clips ? clipped(raw) : raw;
    const d = Math.abs(y - x);
    if (d > largest) largest = d;
    if (x < low) low = x;
    if (x > high) high = x;
    // As in the picture that becomes of it.
    squares += (clipped(y) - clipped(x)) ** 2;
  }
  const range = high - low;
  checks.push({
    size,
    // An image of one colour has no range to measure by: then as it stands.
    difference: range > 0 ? largest / range : largest,
    psnr: -10 * Math.log10(squares / wanted.data.length),
  });
  return undefined;
}

const clipped = (value: number) => Math.min(1, Math.max(0, value));

/** `2 images of 29x43 pixels`. */
function sizeText([n, h, w]: Check["size"]): string {
  return `${n === 1 ? "an image" : `${n} images`} of ${w}x${h} pixels`;
}

function measured({ kind, worst, limit }: Verification["measure"]): string {
  return kind === "psnr"
    ? `PSNR ${decibels(worst)} against float32 (at least ${limit} dB)`
    : `largest difference ${share(worst)} of the output's range (at most ${share(limit)})`;
}

const share = (value: number) => value === 0 ? "0" : value.toExponential(1);
const decibels = (value: number) =>
  value === Infinity ? "without a difference" : `${value.toFixed(1)} dB`;

/** One line for people. */
export function verificationText(
  { runtime, version, checks, measure, problem }: Verification,
): string {
  const by = `${runtime} ${version}`.trim();
  if (problem !== undefined) return `verification failed in ${by}: ${problem}`;
  return `verified in ${by} at ${checks.map(({ size }) => sizeText(size)).join(" and ")}: ` +
    measured(measure);
}
