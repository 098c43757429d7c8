/**
 * The options of a run after reading, merging and checking: BasicSR's keys, with defaults filled in.
 *
 * @module
 */
import { type EngineChoice, type Precision, PRECISIONS } from "../engine/engine.ts";

export { type Precision, PRECISIONS };

/** A block that names a plugin by `type`; the other keys are the plugin's own. */
export interface TypedOptions {
  /** Registered name. */
  readonly type: string;
  /** Options of that plugin. */
  readonly [key: string]: unknown;
}

/** One entry under `datasets`; keys besides these are the dataset plugin's own. */
export interface DatasetOptions extends TypedOptions {
  /** Name shown in logs and used for folders. */
  readonly name: string;
  /** Part of the key before `_`: `train`, `val` or `test`. Filled in. */
  readonly phase: string;
  /** Scale factor, copied from the top. Filled in. */
  readonly scale: number;
  /** Samples a step, or with `train.grad_accum` a part of one; there when training. */
  readonly batch_size_per_gpu?: number;
  /** Threads that read samples. */
  readonly num_worker_per_gpu?: number;
  /** Makes an epoch so many times as long. */
  readonly dataset_enlarge_ratio?: number;
  /** `null` (no prefetch queue), `cpu` or `cuda`. */
  readonly prefetch_mode?: "cpu" | "cuda" | null;
  /** Batches kept ready, default 3 (`prefetch_mode: cpu`). */
  readonly num_prefetch_queue?: number;
  /** Accepted, without effect. */
  readonly pin_memory?: boolean;
  /** Accepted, without effect. */
  readonly persistent_workers?: boolean;
}

/** `path`: where things are read from and written to. */
export interface PathOptions {
  /** Weights to start from. */
  readonly pretrain_network_g?: string | null;
  /** Entry of the file: `params` or `params_ema`. */
  readonly param_key_g?: string | null;
  /** Whether all names must fit; true unless said otherwise. */
  readonly strict_load_g?: boolean;
  /** Training state to go on from. */
  readonly resume_state?: string | null;
  /** Networks that keep their pretrained weights when resuming. */
  readonly ignore_resume_networks?: readonly string[] | string | null;
  /** `experiments/<name>`; filled in. */
  readonly experiments_root: string;
  /** `<experiments_root>/models`; filled in. */
  readonly models: string;
  /** `<experiments_root>/training_states`; filled in. */
  readonly training_states: string;
  /** `<experiments_root>/visualization`, for tests `<results_root>/visualization`; filled in. */
  readonly visualization: string;
  /** Folder of the log file; filled in. */
  readonly log: string;
  /** `experiments/results/<name>`; filled in. Tests write there. */
  readonly results_root: string;
  /** `experiments/tb_logger/<name>`; filled in. */
  readonly tb_logger: string;
  /** `pretrain_network_<x>`, `param_key_<x>`, `strict_load_<x>` of other networks. */
  readonly [key: string]: unknown;
}

/** `train`: BasicSR's keys; models add their own. */
export interface TrainOptions {
  /** Iterations. */
  readonly total_iter: number;
  /** Linear warm-up over so many iterations; -1 for none. */
  readonly warmup_iter: number;
  /** 0 switches the moving average off. */
  readonly ema_decay: number;
  /** Arithmetic of the training step; `fp32` unless said otherwise. */
  readonly precision?: Precision;
  /** Whether the native engine compiles the step with XLA; false unless said otherwise. */
  readonly xla?: boolean;
  /** Batches of `batch_size_per_gpu` samples that make one iteration and one optimizer step; 1 unless said otherwise. */
  readonly grad_accum?: number;
  /** Largest norm of all gradients together; larger ones are scaled down. Not along with `clip_grad_value`. */
  readonly clip_grad_norm?: number | null;
  /** Largest absolute value of each number of the gradients. Not along with `clip_grad_norm`. */
  readonly clip_grad_value?: number | null;
  /** Blocks that are recomputed together instead of keeping their activations; 0, which keeps all, unless said otherwise. */
  readonly checkpoint_blocks?: number;
  /** Optimizer of `network_g`. */
  readonly optim_g?: TypedOptions;
  /** Learning-rate schedule; without one the rate stays. */
  readonly scheduler?: TypedOptions;
  /** Pixel loss. */
  readonly pixel_opt?: TypedOptions;
  /** What the model adds. */
  readonly [key: string]: unknown;
}

/** `val`. */
export interface ValOptions {
  /** Iterations between validations; absent when testing. */
  readonly val_freq?: number;
  /** Whether restored pictures are written. */
  readonly save_img: boolean;
  /** Suffix of saved pictures instead of the run's name. */
  readonly suffix?: string | null;
  /** Whether a progress bar is shown. */
  readonly pbar?: boolean;
  /** Arithmetic of restoring pictures, in validation and test; `fp32` unless said otherwise. */
  readonly precision?: Precision;
  /** Whether pictures are restored eight times, flipped and turned, and averaged; false unless said otherwise. */
  readonly self_ensemble?: boolean;
  /** Metric blocks by the user's own names. */
  readonly metrics?: {
    /** A metric's block. */
    readonly [name: string]: TypedOptions;
  };
  /** What the model adds. */
  readonly [key: string]: unknown;
}

/** `logger`. */
export interface LoggerOptions {
  /** Iterations between lines in the log. */
  readonly print_freq: number;
  /** Iterations between checkpoints. */
  readonly save_checkpoint_freq: number;
  /** Whether TensorBoard files are written. */
  readonly use_tb_logger: boolean;
  /** Weights & Biases; its project is always `null` in this version. */
  /** Of BasicSR; accepted, without effect. */
  readonly wandb?: {
    /** Project name. */
    readonly project?: string | null;
    /** Run to go on with. */
    readonly resume_id?: string | null;
  } | null;
}

/** A whole run. */
export interface RunOptions {
  /** Name of the run and of its folders. */
  readonly name: string;
  /** Registered name of the model. */
  readonly model_type: string;
  /** Scale factor; 1 if the file names none. */
  readonly scale: number;
  /** Number of GPUs: 0 for the CPU even if there are GPUs, `auto` for what there is; at most one computes. */
  readonly num_gpu: number | "auto";
  /** Filled in at random (1-10000) if absent, and written to the log. */
  readonly manual_seed: number;
  /** What computes. */
  readonly engine: EngineChoice;
  /** Whether `report.html` is written; true unless said otherwise. */
  readonly report?: boolean;
  /** Further plugin folders. */
  readonly plugins: readonly string[];
  /** Data sets by key: `train`, `val`, `val_2`, `test_1`, … */
  readonly datasets: {
    /** A data set's block. */
    readonly [key: string]: DatasetOptions;
  };
  /** Where things are read from and written to. */
  readonly path: PathOptions;
  /** Training settings; always there when training. */
  readonly train?: TrainOptions;
  /** Validation settings; always there when testing. */
  readonly val?: ValOptions;
  /** Logging settings. */
  readonly logger: LoggerOptions;
  /** Hooks besides the built-in ones. */
  readonly hooks: readonly TypedOptions[];
  /** True for `train`, false for `test`. Filled in. */
  readonly is_train: boolean;
  /** `--auto_resume`. */
  readonly auto_resume: boolean;
  /** Absolute path of the options file. Filled in. */
  readonly opt_path: string;
  /** `network_g`, `network_d`, … and the keys that the model adds. */
  readonly [key: string]: unknown;
}

/** The block under `network_<letter>`, or `undefined`. */
export function networkOptions(opt: RunOptions, which: string): TypedOptions | undefined {
  return opt[`network_${which}`] as TypedOptions | undefined;
}
