/**
 * Our side of a job of adversarial training: RealESRGANModel itself, as a run has it.
 *
 * @module
 */
import type { Batch } from "../../core/data/dataset.ts";
import type { RunOptions } from "../../core/options/types.ts";
import { Rng } from "../../core/random.ts";
import { MODEL_REGISTRY } from "../../core/registry.ts";
import type { GanJob } from "./_work.ts";

/** Side of the kernels of Real-ESRGAN's data set. */
const KERNEL = 21;

/** Prepares whole iterations; the number of a turn is the discriminator's loss. */
export async function openGan(
  job: GanJob,
): Promise<{ prepare(): Promise<void>; turn(): Promise<number> }> {
  const optimizer = { type: "Adam", lr: job.lr };
  const opt: RunOptions = {
    ...job.options,
    name: "bench",
    model_type: "RealESRGANModel",
    scale: job.scale,
    num_gpu: 0,
    manual_seed: 1,
    engine: "native",
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
    },
    logger: { print_freq: 1, save_checkpoint_freq: 1, use_tb_logger: false },
    hooks: [],
    is_train: true,
    auto_resume: false,
    opt_path: "bench",
    gt_size: job.size,
    network_g: job.network,
    network_d: job.discriminator,
    train: {
      total_iter: 1,
      warmup_iter: -1,
      ema_decay: 0.999,
      precision: job.precision,
      optim_g: optimizer,
      optim_d: optimizer,
      pixel_opt: { type: "L1Loss" },
      gan_opt: { type: "GANLoss", gan_type: "vanilla", loss_weight: 0.1 },
    },
  };
  const model = new (MODEL_REGISTRY.get("RealESRGANModel").value)(opt, { say: () => {} });
  await model.setup();
  const batch = randomBatch(job);
  let iter = 0;
  return {
    prepare: () => Promise.resolve(model.feedData(batch)),
    turn: async () => {
      const losses = await model.optimizeParameters(++iter);
      model.updateEma();
      return losses["l_d_real"]!;
    },
  };
}

function randomBatch({ batch, source }: GanJob): Batch {
  const rng = new Rng("bench");
  const images = (side: number, channels: number, sum?: number) => {
    const shape = [batch, side, side, channels] as const;
    const data = Float32Array.from({ length: batch * side * side * channels }, () => rng.float());
    const factor = sum === undefined ? 1 : sum / (data.reduce((a, b) => a + b, 0) / batch);
    return { shape, data: data.map((value) => value * factor) };
  };
  return {
    size: batch,
    images: {
      gt: images(source, 3),
      kernel1: images(KERNEL, 1, 1),
      kernel2: images(KERNEL, 1, 1),
      sinc_kernel: images(KERNEL, 1, 1),
    },
    paths: { gt_path: Array.from({ length: batch }, () => "") },
  };
}
