/**
 * SRGANModel: a generator that restores images, and a discriminator that tells them from real ones.
 *
 * Paper: C. Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", CVPR 2017,
 * https://arxiv.org/abs/1609.04802. Origin: BasicSR `basicsr/models/srgan_model.py` (options, order of operations); the loss
 * of locally discriminative learning (`ldl_opt`): J. Liang et al., "Details or Artifacts", CVPR 2022,
 * https://arxiv.org/abs/2203.09195.
 *
 * An iteration is two compiled steps: the generator's, which hands its images on, and the discriminator's. BasicSR reads
 * `ldl_opt` in this model and never uses it; here it acts in this model and in all that build on it.
 *
 * @module
 */
import { refinedArtifactMap } from "../../core/losses/ldl.ts";
import { detach } from "../../core/engine/ops.ts";
import { type Scalar, type Tensor4D, tf } from "../../core/engine/tf.ts";
import type { GanLossLike, Loss, PerceptualLossLike } from "../../core/nn/loss.ts";
import type { Module } from "../../core/nn/module.ts";
import { type Aside, gradientStep, type Losses } from "../../core/optim/gradient_step.ts";
import type { Optimizer } from "../../core/optim/optimizer.ts";
import { typedBlock } from "../../core/options/schema.ts";
import type { OptionsShape } from "../../core/options/schema_types.ts";
import { z } from "../../core/options/zod.ts";
import { MODEL_REGISTRY, type PluginMeta } from "../../core/registry.ts";
import type { Visuals } from "../../core/train/base_model.ts";
import {
  addExtraLosses,
  buildExtraLosses,
  type ExtraLosses,
} from "../../core/train/extra_losses.ts";
import { ModelBase, type ModelNetwork } from "../../core/train/model_base.ts";
import { paddedForward } from "../../core/train/padded_forward.ts";

const top: OptionsShape = { network_d: typedBlock.describe("The discriminator") };

const train: OptionsShape = {
  optim_d: typedBlock.describe("Optimizer of the discriminator"),
  gan_opt: typedBlock.describe("Adversarial loss"),
  ldl_opt: typedBlock.nullish().describe(
    "Loss on places where the generator makes artifacts; needs ema_decay",
  ),
  net_d_iters: z.int().min(1).default(1).describe(
    "The generator is trained every so many iterations, the discriminator in each",
  ),
  net_d_init_iters: z.int().min(0).default(0).describe(
    "Iterations at the beginning in which the discriminator is trained alone",
  ),
};

/** Keys that models with a discriminator add to the options file. */
export const ganSections: NonNullable<PluginMeta["sections"]> = { top, train };

/** The side of the patch in which the loss of artifacts looks at variances, as in BasicSR. */
const LDL_WINDOW = 7;

/** Which images of the batch the losses compare with: names of inputs. */
export interface Targets {
  /** For the pixel loss. */
  readonly pixel: string;
  /** For the perceptual loss. */
  readonly perceptual: string;
  /** What the discriminator takes for real. */
  readonly gan: string;
}

/**
 * `lq` in, `gt` as the target. Logs `l_g_pix`, `l_g_percep`, `l_g_style`, `l_g_gan`, `l_g_ldl` (iterations in which the
 * generator is trained), `l_d_real`, `out_d_real`, `l_d_fake`, `out_d_fake`.
 */
@MODEL_REGISTRY.register({ sections: ganSections })
export class SRGANModel extends ModelBase {
  #generator: ModelNetwork | undefined;
  #discriminator: ModelNetwork | undefined;
  #pixelLoss: Loss | undefined;
  #perceptualLoss: PerceptualLossLike | undefined;
  #ldlLoss: Loss | undefined;
  #extraLosses: ExtraLosses = new Map();
  #ganLoss: GanLossLike | undefined;
  #optimizerG: Optimizer | undefined;
  #optimizerD: Optimizer | undefined;

  /**
   * Builds `network_g`, and when training its average, `network_d`, the losses, both optimizers and their schedules.
   *
   * @throws {UserError} If an option is wrong or the pretrained weights do not fit.
   */
  override async setup(): Promise<void> {
    this.#generator = await this.addNetwork("g", { average: true });
    if (!this.opt.is_train) return;
    this.#discriminator = await this.addNetwork("d", { average: false });
    this.#pixelLoss = await this.buildImageLoss("pixel_opt");
    this.#perceptualLoss = await this.buildPerceptualLoss("perceptual_opt");
    this.#ldlLoss = await this.buildImageLoss("ldl_opt");
    this.#extraLosses = await buildExtraLosses((key) => this.buildImageLoss(key));
    this.#ganLoss = await this.buildLoss<GanLossLike>("gan_opt");
    if (this.#ganLoss === undefined) throw this.mistake("train.gan_opt is missing");
    if (this.#ldlLoss && !this.#generator.ema) {
      throw this.mistake("train.ldl_opt compares with the moving average: set train.ema_decay");
    }
    this.#optimizerG = this.addOptimizer("g", this.#generator.net);
    this.#optimizerD = this.addOptimizer("d", this.#discriminator.net);
  }

  /** A step of the generator, if it is its turn, then one of the discriminator. */
  override async optimizeParameters(iter: number): Promise<Record<string, number>> {
    const targets = this.targets();
    const losses = this.#isGeneratorsTurn(iter)
      ? await this.step(
        iter,
        this.#optimizerG!,
        ["lq", "gt", targets.pixel, targets.perceptual, targets.gan],
        (images, scalars) =>
          gradientStep(
            this.#optimizerG!,
            scalars,
            (aside) => this.#generatorLosses(images, aside),
          ),
      )
      : {};
    if (!this.hasInput("output")) {
      await this.derive("output", [iter], ["lq"], ([lq]) => ({
        output: paddedForward(this.#generator!.net, lq!),
      }));
    }
    const { l_d_real, l_d_fake, out_d_real, out_d_fake, ...rest } = await this.step(
      iter,
      this.#optimizerD!,
      ["output", targets.gan],
      ([output, real], scalars) =>
        gradientStep(this.#optimizerD!, scalars, (aside) =>
          this.discriminatorLosses(
            this.#discriminator!.net,
            this.#ganLoss!,
            output!,
            real!,
            aside,
          )),
    );
    // BasicSR's order in the log.
    return {
      ...losses,
      l_d_real: l_d_real!,
      out_d_real: out_d_real!,
      l_d_fake: l_d_fake!,
      out_d_fake: out_d_fake!,
      ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`${name}_d`, value])),
    };
  }

  /** Restores the first image of the batch. */
  override async test(): Promise<Visuals> {
    return await this.restore(this.#generator!);
  }

  /** Which inputs the losses compare with; `gt` for all unless a model says otherwise. */
  protected targets(): Targets {
    return { pixel: "gt", perceptual: "gt", gan: "gt" };
  }

  /** The adversarial loss of the generator's images `fake`, as tensor code; `real` are those it is to be taken for. */
  protected generatorGan(
    discriminator: Module<Tensor4D>,
    gan: GanLossLike,
    fake: Tensor4D,
    _real: Tensor4D,
  ): Scalar {
    return gan.forward(discriminator.forward(fake), true, false);
  }

  /** The losses of the discriminator as tensor code, and through `aside` the means of what it says. */
  protected discriminatorLosses(
    discriminator: Module<Tensor4D>,
    gan: GanLossLike,
    fake: Tensor4D,
    real: Tensor4D,
    aside: Aside,
  ): Losses {
    const ofReal = discriminator.forward(real);
    const ofFake = discriminator.forward(fake);
    aside.log("out_d_real", tf.mean(ofReal));
    aside.log("out_d_fake", tf.mean(ofFake));
    return {
      l_d_real: gan.forward(ofReal, true, true),
      l_d_fake: gan.forward(ofFake, false, true),
    };
  }

  #isGeneratorsTurn(iter: number): boolean {
    const { net_d_iters = 1, net_d_init_iters = 0 } = this.trainOptions as {
      readonly net_d_iters?: number;
      readonly net_d_init_iters?: number;
    };
    return iter % net_d_iters === 0 && iter > net_d_init_iters;
  }

  #generatorLosses(images: readonly Tensor4D[], aside: Aside): Losses {
    const [lq, gt, pixel, perceptual, real] = images as [
      Tensor4D,
      Tensor4D,
      Tensor4D,
      Tensor4D,
      Tensor4D,
    ];
    const output = paddedForward(this.#generator!.net, lq);
    aside.image("output", output);
    const losses: Losses = {};
    if (this.#pixelLoss) losses["l_g_pix"] = this.#pixelLoss.forward(output, pixel) as Scalar;
    if (this.#ldlLoss) {
      const average = detach(paddedForward(this.#generator!.ema!, lq));
      const weight = refinedArtifactMap(gt, output, average, LDL_WINDOW);
      losses["l_g_ldl"] = this.#ldlLoss.forward(
        tf.mul(weight, output),
        tf.mul(weight, gt),
      ) as Scalar;
    }
    const { percep, style } = this.#perceptualLoss?.components(output, perceptual) ?? {};
    if (percep) losses["l_g_percep"] = percep;
    if (style) losses["l_g_style"] = style;
    addExtraLosses(losses, this.#extraLosses, output, pixel, "l_g_");
    losses["l_g_gan"] = this.generatorGan(
      this.#discriminator!.net,
      this.#ganLoss!,
      output,
      real,
    );
    return losses;
  }
}
