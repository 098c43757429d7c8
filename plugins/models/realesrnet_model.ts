/**
 * RealESRNetModel: SRModel on low-quality images that are made on the device by a second-order degradation.
 *
 * Paper: X. Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data", ICCVW 2021,
 * https://arxiv.org/abs/2107.10833. Origin: BasicSR `basicsr/models/realesrnet_model.py` and Real-ESRGAN
 * `realesrgan/models/realesrnet_model.py` (options, order of operations).
 *
 * The pool of pairs is saved in checkpoints, so that a resumed run goes on exactly; BasicSR starts with an empty one.
 *
 * @module
 */
import { z } from "../../core/options/zod.ts";
import { MODEL_REGISTRY } from "../../core/registry.ts";
import type { ModelState } from "../../core/train/base_model.ts";
import { degrades, feedShape, SecondOrderFeed } from "./_second_order_feed.ts";
import { SRModel } from "./sr_model.ts";

const top = {
  ...feedShape,
  gt_usm: z.boolean().default(false).describe("Sharpen GT before it is degraded and learned"),
};

/** `gt`, `kernel1`, `kernel2`, `sinc_kernel` in when training, `lq` and `gt` otherwise. Logs as SRModel. */
@MODEL_REGISTRY.register({ sections: { top } })
export class RealESRNetModel extends SRModel {
  #feed: SecondOrderFeed | undefined;

  /** As SRModel, and prepares the degradation. */
  override async setup(): Promise<void> {
    if (degrades(this.opt)) {
      const sharpen = this.opt["gt_usm"] === true ? "gt" : "none";
      this.#feed = this.explained("options", () => new SecondOrderFeed(this.opt, sharpen));
    }
    await super.setup();
  }

  /** Degrades the batch, then takes a step. */
  override async optimizeParameters(iter: number): Promise<Record<string, number>> {
    await this.#feed?.feed(this.batchImages, iter);
    return await super.optimizeParameters(iter);
  }

  /** As SRModel, with the pool of pairs. */
  override async trainingState(): Promise<ModelState> {
    const state = await super.trainingState();
    return await this.#feed?.addTo(state) ?? state;
  }

  /** As SRModel, with the pool of pairs. */
  override loadTrainingState(state: ModelState): void {
    super.loadTrainingState(state);
    this.#feed?.takeFrom(state);
  }

  /** Releases everything. */
  override dispose(): void {
    this.#feed?.[Symbol.dispose]();
    super.dispose();
  }
}
