/**
 * Feeds a model with low-quality images that are made on the device from the ground truth of each batch: what
 * RealESRNetModel and RealESRGANModel share.
 *
 * @module
 */
import {
  SecondOrderDegradation,
  secondOrderOptions,
  secondOrderShape,
  type Sharpening,
  usmSharp,
} from "../../core/degrade/mod.ts";
import type { Tensor4D } from "../../core/engine/tf.ts";
import type { OptionsShape } from "../../core/options/schema_types.ts";
import type { RunOptions } from "../../core/options/types.ts";
import { z } from "../../core/options/zod.ts";
import type { ModelState } from "../../core/train/base_model.ts";
import { unfit } from "../../core/train/model_state.ts";
import type { StateTensor } from "../../core/weights/state_dict.ts";

/** Keys that both models add to the top level. */
export const feedShape: OptionsShape = {
  ...secondOrderShape,
  high_order_degradation: z.boolean().default(true).describe(
    "Make low-quality images from GT; false trains on pairs of the data set",
  ),
  gt_size: z.int().min(1).nullish().describe(
    "Side of the GT patches in pixels, cut out after degrading",
  ),
  queue_size: z.int().min(0).default(180).describe(
    "Pairs in the pool from which batches are mixed, a multiple of the batch size; 0 for no pool",
  ),
};

/** The images of a batch on the device, by name. */
interface BatchImages {
  input(name: string): Tensor4D;
  setInput(name: string, image: Tensor4D): void;
}

/** Begins the names of the pool's tensors in checkpoints. */
const POOL = "pool.";

/** Makes the batches of one run. */
export class SecondOrderFeed implements Disposable {
  readonly #degradation: SecondOrderDegradation;
  readonly #seed: number;
  readonly #sharpen: Sharpening;

  /**
   * Reads the keys of {@linkcode feedShape}.
   *
   * @throws {RangeError} If one is missing or wrong; the message begins with it.
   */
  constructor(opt: RunOptions, sharpen: Sharpening) {
    const { gt_size, queue_size = 180 } = opt as {
      readonly gt_size?: number | null;
      readonly queue_size?: number;
    };
    const batch = (opt.datasets["train"]?.batch_size_per_gpu ?? 1) * (opt.train?.grad_accum ?? 1);
    if (queue_size % batch !== 0) {
      throw new RangeError(
        `queue_size must be a multiple of the ${batch} samples of an iteration, or 0 for no pool, received ${queue_size}`,
      );
    }
    if (!gt_size) {
      throw new RangeError(
        "gt_size is missing at the top level: patches of this size are cut out after degrading",
      );
    }
    this.#seed = opt.manual_seed;
    this.#sharpen = sharpen;
    this.#degradation = new SecondOrderDegradation(secondOrderOptions(opt), {
      scale: opt.scale,
      gtSize: gt_size,
      sharpen,
      queueSize: queue_size,
    });
  }

  /** Puts `lq`, `gt` and, where the ground truth is sharpened beside, `gt_usm` in place of what the data set gave. */
  async feed(batch: BatchImages, iter: number): Promise<void> {
    const made = await this.#degradation.run({
      gt: batch.input("gt"),
      kernel1: batch.input("kernel1"),
      kernel2: batch.input("kernel2"),
      sincKernel: batch.input("sinc_kernel"),
    }, { seed: this.#seed, iter });
    batch.setInput("lq", made.lq);
    batch.setInput("gt", made.gt);
    if (made.gtUsm) batch.setInput("gt_usm", made.gtUsm);
  }

  /** Adds the pool to a training state. */
  async addTo({ json, tensors }: ModelState): Promise<ModelState> {
    const pool = await this.#degradation.pool?.tensors() ?? new Map<string, StateTensor>();
    return {
      json,
      tensors: new Map([...tensors, ...[...pool].map(([k, t]) => [POOL + k, t] as const)]),
    };
  }

  /**
   * Takes the pool from a training state.
   *
   * @throws {UserError} STORAGE, if it is of other options.
   */
  takeFrom({ tensors }: ModelState): void {
    const own = [...tensors].filter(([name]) => name.startsWith(POOL))
      .map(([name, tensor]) => [name.slice(POOL.length), tensor] as const);
    try {
      this.#degradation.pool?.load(new Map(own));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw unfit(cause.message, cause);
    }
  }

  /** Releases everything. */
  [Symbol.dispose](): void {
    this.#degradation[Symbol.dispose]();
  }
}

/** Whether the run makes its own low-quality images. */
export function degrades(opt: RunOptions): boolean {
  return opt.is_train && opt["high_order_degradation"] !== false;
}

/** Sharpened ground truth as tensor code, for `derive`. */
export function sharpened([gt]: readonly Tensor4D[]): Readonly<Record<string, Tensor4D>> {
  return { gt_usm: usmSharp(gt!) };
}
