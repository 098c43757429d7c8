/**
 * The options of a run after reading, merging and checking: BasicSR's keys, with defaults filled in.
 *
 * @module
 */
import type { EngineChoice } from "../engine/engine.ts";

/** A block that names a plugin by `type`; the other keys are the plugin's own. */
export interface TypedOptions {
  readonly type: string;
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
  readonly batch_size_per_gpu?: number;
  readonly num_worker_per_gpu?: number;
  readonly dataset_enlarge_ratio?: number;
  /** `null` (no prefetch queue), `cpu` or `cuda`. */
  readonly prefetch_mode?: "cpu" | "cuda" | null;
  /** Batches kept ready, default 3 (`prefetch_mode: cpu`). */
  readonly num_prefetch_queue?: number;
  readonly pin_memory?: boolean;
  readonly persistent_workers?: boolean;
}

/** `path`: where things are read from and written to. */
export interface PathOptions {
  readonly pretrain_network_g?: string | null;
  readonly param_key_g?: string | null;
  readonly strict_load_g?: boolean;
  readonly resume_state?: string | null;
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
  readonly total_iter: number;
  /** Linear warm-up over so many iterations; -1 for none. */
  readonly warmup_iter: number;
  /** 0 switches the moving average off. */
  readonly ema_decay: number;
  readonly optim_g?: TypedOptions;
  readonly scheduler?: TypedOptions;
  readonly pixel_opt?: TypedOptions;
  readonly [key: string]: unknown;
}

/** `val`. */
export interface ValOptions {
  /** Iterations between validations; absent when testing. */
  readonly val_freq?: number;
  readonly save_img: boolean;
  /** Suffix of saved pictures instead of the run's name. */
  readonly suffix?: string | null;
  readonly pbar?: boolean;
  /** Metric blocks by the user's own names. */
  readonly metrics?: { readonly [name: string]: TypedOptions };
  readonly [key: string]: unknown;
}

/** `logger`. */
export interface LoggerOptions {
  readonly print_freq: number;
  readonly save_checkpoint_freq: number;
  readonly use_tb_logger: boolean;
  readonly wandb?: { readonly project?: string | null; readonly resume_id?: string | null } | null;
}

/** A whole run. */
export interface RunOptions {
  readonly name: string;
  readonly model_type: string;
  /** Scale factor; 1 if the file names none. */
  readonly scale: number;
  readonly num_gpu: number | "auto";
  /** Filled in at random (1-10000) if absent, and written to the log. */
  readonly manual_seed: number;
  readonly engine: EngineChoice;
  /** Further plugin folders. */
  readonly plugins: readonly string[];
  readonly datasets: { readonly [key: string]: DatasetOptions };
  readonly path: PathOptions;
  readonly train?: TrainOptions;
  readonly val?: ValOptions;
  readonly logger: LoggerOptions;
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
