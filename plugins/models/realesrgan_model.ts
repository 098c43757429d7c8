/**
 * RealESRGANModel: SRGANModel on low-quality images that are made on the device by a second-order degradation, with losses
 * against sharpened ground truth.
 *
 * Paper: X. Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data", ICCVW 2021,
 * https://arxiv.org/abs/2107.10833. Origin: BasicSR `basicsr/models/realesrgan_model.py` and Real-ESRGAN
 * `realesrgan/models/realesrgan_model.py` (options, order of operations).
 *
 * The pool of pairs is saved in checkpoints, so that a resumed run goes on exactly; BasicSR starts with an empty one. Where
 * BasicSR's keys for sharpening may be missing altogether, they are true here, as there.
 *
 * @module
 */
import { z } from "../../core/options/zod.ts";
import { MODEL_REGISTRY } from "../../core/registry.ts";
import type { ModelState } from "../../core/train/base_model.ts";
import { degrades, feedShape, SecondOrderFeed, sharpened } from "./_second_order_feed.ts";
import { ganSections, SRGANModel, type Targets } from "./srgan_model.ts";

const usm = (what: string) =>
  z.boolean().default(true).describe(`${what} compares with sharpened GT`);

const top = {
  ...ganSections.top,
  ...feedShape,
  l1_gt_usm: usm("The pixel loss"),
  percep_gt_usm: usm("The perceptual loss"),
  gan_gt_usm: usm("The discriminator"),
};

/** `gt`, `kernel1`, `kernel2`, `sinc_kernel` in when training, `lq` and `gt` otherwise. Logs as SRGANModel. */
@MODEL_REGISTRY.register({ sections: { ...ganSections, top } })
export class RealESRGANModel extends SRGANModel {
  #feed: SecondOrderFeed | undefined;

  /** As SRGANModel, and prepares the degradation. */
  override async setup(): Promise<void> {
    if (degrades(this.opt)) {
      this.#feed = this.explained("options", () => new SecondOrderFeed(this.opt, "source"));
    }
    await super.setup();
  }

  /** Degrades the batch, then takes the two steps. */
  override async optimizeParameters(iter: number): Promise<Record<string, number>> {
    if (this.#feed) await this.#feed.feed(this.batchImages, iter);
    else await this.derive("sharpening", [iter, "sharpening"], ["gt"], sharpened);
    return await super.optimizeParameters(iter);
  }

  /** As SRGANModel, with the pool of pairs. */
  override async trainingState(): Promise<ModelState> {
    const state = await super.trainingState();
    return await this.#feed?.addTo(state) ?? state;
  }

  /** As SRGANModel, with the pool of pairs. */
  override loadTrainingState(state: ModelState): void {
    super.loadTrainingState(state);
    this.#feed?.takeFrom(state);
  }

  /** Releases everything. */
  override dispose(): void {
    this.#feed?.[Symbol.dispose]();
    super.dispose();
  }

  /** `gt_usm` or `gt`, as `l1_gt_usm` and kin say. */
  protected override targets(): Targets {
    const target = (key: string) => this.opt[key] === false ? "gt" : "gt_usm";
    return {
      pixel: target("l1_gt_usm"),
      perceptual: target("percep_gt_usm"),
      gan: target("gan_gt_usm"),
    };
  }
}
