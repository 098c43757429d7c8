/**
 * SRModel: one network that learns to restore images by a pixel loss, a perceptual loss, or both.
 *
 * Origin: BasicSR `basicsr/models/sr_model.py` (options, order of operations).
 *
 * @module
 */
import type { Scalar, Tensor4D } from "../../core/engine/tf.ts";
import type { Loss, PerceptualLossLike } from "../../core/nn/loss.ts";
import { gradientStep, type Losses, type StepResult } from "../../core/optim/gradient_step.ts";
import type { Optimizer } from "../../core/optim/optimizer.ts";
import { MODEL_REGISTRY } from "../../core/registry.ts";
import type { Visuals } from "../../core/train/base_model.ts";
import {
  addExtraLosses,
  buildExtraLosses,
  type ExtraLosses,
} from "../../core/train/extra_losses.ts";
import { ModelBase, type ModelNetwork } from "../../core/train/model_base.ts";
import { paddedForward } from "../../core/train/padded_forward.ts";

/** Super-resolution, denoising and kin: `lq` in, `gt` as the target. Logs `l_pix`, `l_percep`, `l_style`, and what `fft_opt` and kin add. */
@MODEL_REGISTRY.register()
export class SRModel extends ModelBase {
  #network: ModelNetwork | undefined;
  #pixelLoss: Loss | undefined;
  #perceptualLoss: PerceptualLossLike | undefined;
  #extraLosses: ExtraLosses = new Map();
  #optimizer: Optimizer | undefined;

  /**
   * Builds `network_g`, and when training its average, `train.pixel_opt`, `train.perceptual_opt`, `train.optim_g` and
   * `train.scheduler`.
   *
   * @throws {UserError} If an option is wrong or the pretrained weights do not fit.
   */
  override async setup(): Promise<void> {
    this.#network = await this.addNetwork("g", { average: true });
    if (!this.opt.is_train) return;
    this.#pixelLoss = await this.buildImageLoss("pixel_opt");
    this.#perceptualLoss = await this.buildPerceptualLoss("perceptual_opt");
    this.#extraLosses = await buildExtraLosses((key) => this.buildImageLoss(key));
    if (this.#pixelLoss === undefined && this.#perceptualLoss === undefined) {
      throw this.mistake(
        "train.pixel_opt is missing: SRModel trains with a pixel loss, a perceptual loss, or both",
      );
    }
    this.#optimizer = this.addOptimizer("g", this.#network.net);
  }

  /** One step on the batch that was fed. */
  override async optimizeParameters(iter: number): Promise<Record<string, number>> {
    return await this.step(
      iter,
      this.#optimizer!,
      ["lq", "gt"],
      ([lq, gt], scalars) => this.trainStep(lq!, gt!, scalars),
    );
  }

  /** Restores the first image of the batch, of any size and number of channels that the network takes. */
  override async test(): Promise<Visuals> {
    return await this.restore(this.#network!);
  }

  /** The step as pure tensor code: forward, losses, gradients, update. */
  protected trainStep(lq: Tensor4D, gt: Tensor4D, scalars: readonly Scalar[]): StepResult {
    const { net } = this.#network!;
    return gradientStep(this.#optimizer!, scalars, () => {
      const output = paddedForward(net, lq);
      const losses: Losses = {};
      if (this.#pixelLoss) losses["l_pix"] = this.#pixelLoss.forward(output, gt) as Scalar;
      const { percep, style } = this.#perceptualLoss?.components(output, gt) ?? {};
      if (percep) losses["l_percep"] = percep;
      if (style) losses["l_style"] = style;
      addExtraLosses(losses, this.#extraLosses, output, gt, "l_");
      return losses;
    });
  }
}
