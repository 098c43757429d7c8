/**
 * What BasicSR 1.4.2 has by name, so that a name that is not here yet is told from one that never was.
 *
 * Collected from BasicSR's registries and from the option files that it ships.
 *
 * @module
 */
import type { PluginKind } from "../registry.ts";

/** Things that an options file names by `type`. */
export type NamedKind = PluginKind | "optimizer" | "scheduler" | "io_backend";

const NAMES: { readonly [kind in NamedKind]: readonly string[] } = {
  arch: [
    "BasicVSR",
    "BasicVSRPlusPlus",
    "DFDNet",
    "DUF",
    "ECBSR",
    "EDSR",
    "EDVR",
    "HiFaceGAN",
    "HiFaceGANDiscriminator",
    "IconVSR",
    "MSRResNet",
    "RCAN",
    "RIDNet",
    "RRDBNet",
    "SRVGGNetCompact",
    "SpyNet",
    "StyleGAN2Discriminator",
    "StyleGAN2Generator",
    "SwinIR",
    "TOFlow",
    "UNetDiscriminatorSN",
    "VGGFeatureExtractor",
    "VGGStyleDiscriminator",
  ],
  model: [
    "EDVRModel",
    "ESRGANModel",
    "HiFaceGANModel",
    "RealESRGANModel",
    "RealESRNetModel",
    "SRGANModel",
    "SRModel",
    "StyleGAN2Model",
    "SwinIRModel",
    "VideoBaseModel",
    "VideoGANModel",
    "VideoRecurrentGANModel",
    "VideoRecurrentModel",
  ],
  dataset: [
    "FFHQDataset",
    "PairedImageDataset",
    "REDSDataset",
    "REDSRecurrentDataset",
    "RealESRGANDataset",
    "RealESRGANPairedDataset",
    "SingleImageDataset",
    "VideoRecurrentTestDataset",
    "VideoTestDUFDataset",
    "VideoTestDataset",
    "VideoTestVimeo90KDataset",
    "Vimeo90KDataset",
    "Vimeo90KRecurrentDataset",
  ],
  loss: [
    "CharbonnierLoss",
    "GANFeatLoss",
    "GANLoss",
    "L1Loss",
    "MSELoss",
    "MultiScaleGANLoss",
    "PerceptualLoss",
    "WeightedTVLoss",
  ],
  metric: [
    "calculate_niqe",
    "calculate_psnr",
    "calculate_psnr_pt",
    "calculate_ssim",
    "calculate_ssim_pt",
  ],
  hook: [],
  optimizer: ["ASGD", "Adam", "AdamW", "Adamax", "RMSprop", "Rprop", "SGD"],
  scheduler: ["CosineAnnealingRestartLR", "MultiStepLR", "MultiStepRestartLR"],
  io_backend: ["disk", "lmdb", "memcached"],
};

/** True if BasicSR has something of this kind and name. */
export function basicsrHas(kind: NamedKind, name: string): boolean {
  return NAMES[kind].includes(name);
}

/**
 * Keys that BasicSR's models add to the options file. They pass unchecked where `model_type` is a model that is not
 * available, so that what is reported is the model and not all of its keys.
 */
export const BASICSR_MODEL_KEYS: {
  readonly top: readonly string[];
  readonly train: readonly string[];
  readonly val: readonly string[];
} = {
  top: [
    // RealESRNetModel, RealESRGANModel
    "gt_usm",
    "l1_gt_usm",
    "percep_gt_usm",
    "gan_gt_usm",
    "high_order_degradation",
    "queue_size",
    "gt_size",
    "resize_prob",
    "resize_range",
    "gaussian_noise_prob",
    "noise_range",
    "poisson_scale_range",
    "gray_noise_prob",
    "jpeg_range",
    "second_blur_prob",
    "resize_prob2",
    "resize_range2",
    "gaussian_noise_prob2",
    "noise_range2",
    "poisson_scale_range2",
    "gray_noise_prob2",
    "jpeg_range2",
  ],
  train: [
    // SRGANModel and those that build on it
    "optim_d",
    "gan_opt",
    "ldl_opt",
    "net_d_iters",
    "net_d_init_iters",
    // HiFaceGANModel
    "feature_matching_opt",
    // EDVRModel
    "tsa_iter",
    "dcn_lr_mul",
    // VideoRecurrentModel, VideoRecurrentGANModel
    "fix_flow",
    "flow_lr_mul",
    "lr_flow",
    // StyleGAN2Model
    "r1_reg_weight",
    "path_reg_weight",
    "path_batch_shrink",
    "net_g_reg_every",
    "net_d_reg_every",
    "mixing_prob",
  ],
  val: [
    // VideoRecurrentModel
    "flip_seq",
    "center_frame_only",
    // StyleGAN2Model
    "num_val_samples",
  ],
};

/** True if `path` is a key that models of BasicSR read, though none that is available here. */
export function isBasicsrModelKey(path: readonly (string | number)[]): boolean {
  const key = String(path.at(-1));
  if (path.length === 1) return key === "network_d" || BASICSR_MODEL_KEYS.top.includes(key);
  if (path.length !== 2) return false;
  if (path[0] === "path") return /^(pretrain_network|param_key|strict_load)_d$/.test(key);
  if (path[0] === "train") return BASICSR_MODEL_KEYS.train.includes(key);
  return path[0] === "val" && BASICSR_MODEL_KEYS.val.includes(key);
}
