/**
 * Options and batches for tests of models.
 *
 * @module
 */
import type { Batch } from "../../../core/data/dataset.ts";
import type { RunOptions, TrainOptions, TypedOptions } from "../../../core/options/types.ts";
import { Rng } from "../../../core/random.ts";

/** A small EDSR, x2. */
export const SMALL_NET: TypedOptions = {
  type: "EDSR",
  num_in_ch: 3,
  num_out_ch: 3,
  num_feat: 4,
  num_block: 1,
  upscale: 2,
};

/** Adam, no schedule, moving average, L1. */
export const TRAIN: TrainOptions = {
  total_iter: 10,
  warmup_iter: -1,
  ema_decay: 0.9,
  optim_g: { type: "Adam", lr: 1e-3 },
  pixel_opt: { type: "L1Loss" },
};

/** Options of a run, as the options check would give them. */
export function runOptions(change: {
  train?: TrainOptions | null;
  network_g?: TypedOptions;
  path?: Record<string, unknown>;
  seed?: number;
} = {}): RunOptions {
  const { train = TRAIN, network_g = SMALL_NET, path = {}, seed = 10 } = change;
  return {
    name: "test",
    model_type: "SRModel",
    scale: 2,
    num_gpu: 0,
    manual_seed: seed,
    engine: "auto",
    plugins: [],
    datasets: {},
    path: {
      experiments_root: "",
      models: "",
      training_states: "",
      visualization: "",
      log: "",
      results_root: "",
      tb_logger: "",
      ...path,
    },
    train: train ?? undefined,
    logger: { print_freq: 1, save_checkpoint_freq: 1, use_tb_logger: false },
    hooks: [],
    is_train: train !== null,
    auto_resume: false,
    opt_path: "/options/test.yml",
    network_g,
  };
}

/** Batch `i` of random pixels; without `gt` if its factor is 0. */
export function randomBatch(
  i: number,
  { size = 2, height = 6, width = 5, channels = 3, factor = 2 } = {},
): Batch {
  const rng = new Rng("batch", i);
  const image = (scale: number) => {
    const shape = [size, height * scale, width * scale, channels] as const;
    const data = Float32Array.from(
      { length: shape.reduce((a, b) => a * b) },
      () => rng.uniform(0, 1),
    );
    return { shape, data };
  };
  return {
    size,
    images: factor > 0 ? { lq: image(1), gt: image(factor) } : { lq: image(1) },
    paths: { lq_path: Array.from({ length: size }, (_, n) => `lq/${i}_${n}.png`) },
  };
}
