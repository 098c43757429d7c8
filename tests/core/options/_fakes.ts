/**
 * Plugins and files for the tests of options: registered here, so that no test depends on what `plugins/` holds.
 *
 * @module
 */
import { type CheckedOptions, checkOptions, optionsError } from "../../../core/options/check.ts";
import { readOptions, type ReadSettings } from "../../../core/options/read.ts";
import { typedBlock } from "../../../core/options/schema.ts";
import { z } from "../../../core/options/zod.ts";
import {
  ARCH_REGISTRY,
  DATASET_REGISTRY,
  HOOK_REGISTRY,
  LOSS_REGISTRY,
  METRIC_REGISTRY,
  MODEL_REGISTRY,
} from "../../../core/registry.ts";
import { join } from "node:path";

/** Stands for every class: nothing in these tests makes an instance. */
function fake(): never {
  return class {} as never;
}

ARCH_REGISTRY.register({
  name: "EDSR",
  options: z.strictObject({
    num_in_ch: z.int().min(1).default(3),
    num_feat: z.int().min(1).default(64),
    num_block: z.int().min(1).default(16),
    upscale: z.literal([2, 3, 4]).default(4),
    res_scale: z.number().default(1),
  }),
})(fake());
ARCH_REGISTRY.register({ name: "FreeNet" })(fake());
MODEL_REGISTRY.register({ name: "SRModel" })(fake());
MODEL_REGISTRY.register({
  name: "PairModel",
  sections: {
    top: { network_d: typedBlock },
    train: { optim_d: typedBlock, gan_opt: typedBlock, net_d_iters: z.int().min(1).default(1) },
    val: { flip_seq: z.boolean().default(false) },
  },
})(fake());
DATASET_REGISTRY.register({
  name: "PairedImageDataset",
  options: z.strictObject({
    dataroot_gt: z.string().min(1),
    dataroot_lq: z.string().min(1),
    meta_info_file: z.string().nullish(),
    gt_size: z.int().min(1).nullish(),
    use_hflip: z.boolean().default(false),
    color: z.literal("y").nullish(),
  }),
})(fake());
LOSS_REGISTRY.register({
  name: "L1Loss",
  options: z.strictObject({
    loss_weight: z.number().default(1),
    reduction: z.enum(["none", "mean", "sum"]).default("mean"),
  }),
})(fake());
METRIC_REGISTRY.register({
  name: "calculate_psnr",
  options: z.strictObject({
    crop_border: z.int().min(0),
    test_y_channel: z.boolean().default(false),
  }),
})(fake());
HOOK_REGISTRY.register({ name: "CountHook", options: z.strictObject({ every: z.int().min(1) }) })(
  fake(),
);

/** Options that are right, but for folders; `{ROOT}` stands for a folder that exists. */
export const GOOD = `name: demo
model_type: SRModel
scale: 2
num_gpu: auto
manual_seed: 10
datasets:
  train:
    name: T
    type: PairedImageDataset
    dataroot_gt: {ROOT}
    dataroot_lq: {ROOT}
    io_backend:
      type: disk
    gt_size: 64
    batch_size_per_gpu: 4
    num_worker_per_gpu: 2
    prefetch_mode: ~
  val:
    name: V
    type: PairedImageDataset
    dataroot_gt: {ROOT}
    dataroot_lq: {ROOT}
network_g:
  type: EDSR
  num_feat: 16
  upscale: 2
path:
  pretrain_network_g: ~
  strict_load_g: true
  resume_state: ~
train:
  ema_decay: 0.999
  optim_g:
    type: Adam
    lr: !!float 2e-4
    betas: [0.9, 0.99]
  scheduler:
    type: MultiStepLR
    milestones: [100, 200]
    gamma: 0.5
  total_iter: 300
  warmup_iter: -1
  pixel_opt:
    type: L1Loss
val:
  val_freq: !!float 5e3
  save_img: false
  metrics:
    psnr:
      type: calculate_psnr
      crop_border: 2
logger:
  print_freq: 100
  save_checkpoint_freq: !!float 5e3
  use_tb_logger: true
`;

/** A folder with options files in it, removed when disposed. */
export class OptionsFolder {
  /** Its path. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "denosr_options_" });

  /** Writes a file; `{ROOT}` in the text becomes the folder. */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    Deno.writeTextFileSync(path, text.replaceAll("{ROOT}", this.path));
    return path;
  }

  /** Writes, reads and checks options. */
  async check(text: string, settings: Partial<ReadSettings> = {}): Promise<CheckedOptions> {
    const path = this.write("x.yml", text);
    return await checkOptions(await readOptions(path, { isTrain: true, ...settings }));
  }

  /** The lines that report what is wrong, with the folder left out of them. */
  async complaints(text: string, settings: Partial<ReadSettings> = {}): Promise<string[]> {
    const checked = await this.check(text, settings);
    if (checked.problems.length + checked.missing.length === 0) return [];
    return optionsError({ ...checked, notes: [] }).message.replaceAll(`${this.path}/`, "").split(
      "\n",
    );
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
