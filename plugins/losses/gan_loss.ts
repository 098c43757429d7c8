/**
 * Adversarial losses: on what a discriminator says, and on its features.
 *
 * Papers: I. Goodfellow et al., "Generative Adversarial Nets", https://arxiv.org/abs/1406.2661 (vanilla); X. Mao et al.,
 * "Least Squares Generative Adversarial Networks", https://arxiv.org/abs/1611.04076 (lsgan); M. Arjovsky et al.,
 * "Wasserstein GAN", https://arxiv.org/abs/1701.07875 (wgan); J. Lim, J. Ye, "Geometric GAN",
 * https://arxiv.org/abs/1705.02894 (hinge); T.-C. Wang et al., "High-Resolution Image Synthesis and Semantic Manipulation
 * with Conditional GANs", https://arxiv.org/abs/1711.11585 (several scales, features).
 * Origin: BasicSR `basicsr/losses/gan_loss.py`, 8d56e3a (Apache-2.0): options and arithmetic. GANFeatLoss is named in
 * BasicSR's options of HiFaceGAN and missing in its release; options as there, arithmetic as in the paper.
 *
 * @module
 */
import { detach, relu } from "../../core/engine/ops.ts";
import { type Scalar, type Tensor, type Tensor4D, tf } from "../../core/engine/tf.ts";
import type { FeatureMatchingLossLike, GanLossLike, Loss } from "../../core/nn/loss.ts";
import { z } from "../../core/options/zod.ts";
import { LOSS_REGISTRY } from "../../core/registry.ts";
import { CharbonnierLoss, L1Loss, MSELoss } from "./pixel_loss.ts";

/** Kinds of adversarial loss. */
export type GanType = "vanilla" | "lsgan" | "wgan" | "wgan_softplus" | "hinge";

/** Options of GANLoss and MultiScaleGANLoss, spelled as in YAML under `train.gan_opt`. */
export interface GanLossOptions {
  /** Kind of loss. */
  gan_type: GanType;
  /** What the discriminator should say of real images; for vanilla and lsgan. Default 1. */
  real_label_val?: number;
  /** What it should say of others. Default 0. */
  fake_label_val?: number;
  /** Factor on the loss of the generator; that of the discriminator has none. Default 1. */
  loss_weight?: number;
}

const options = z.strictObject({
  gan_type: z.enum(["vanilla", "lsgan", "wgan", "wgan_softplus", "hinge"]),
  real_label_val: z.number().default(1),
  fake_label_val: z.number().default(0),
  loss_weight: z.number().default(1),
});

/**
 * Mean over all logits x, with t the label of what they should be:
 *
 * - `vanilla`: binary cross entropy of x with t;
 * - `lsgan`: (x - t)²;
 * - `wgan`: -x if they should be real, else x;
 * - `wgan_softplus`: log(1 + e⁻ˣ) if they should be real, else log(1 + eˣ);
 * - `hinge`: for the discriminator max(0, 1 - x) if they should be real, else max(0, 1 + x); for the generator -x.
 */
@LOSS_REGISTRY.register({ options })
export class GANLoss implements GanLossLike {
  readonly #options: Required<GanLossOptions>;

  /** Applies the options. */
  constructor(opt: GanLossOptions) {
    this.#options = options.parse(opt);
  }

  /**
   * The loss of what the discriminator says of images, of any shape.
   *
   * @throws {TypeError} If there are several scales, which MultiScaleGANLoss takes.
   */
  forward(pred: Tensor | readonly Tensor[], targetIsReal: boolean, isDisc = false): Scalar {
    if (!(pred instanceof tf.Tensor)) {
      throw new TypeError("GANLoss takes one prediction: MultiScaleGANLoss takes several");
    }
    const loss = this.#unweighted(pred, targetIsReal, isDisc);
    return isDisc ? loss : tf.mul(loss, this.#options.loss_weight);
  }

  #unweighted(x: Tensor, isReal: boolean, isDisc: boolean): Scalar {
    const { gan_type, real_label_val, fake_label_val } = this.#options;
    const label = isReal ? real_label_val : fake_label_val;
    const wanted = (): Tensor => isReal ? tf.neg(x) : x;
    switch (gan_type) {
      case "vanilla":
        return tf.mean(tf.sub(tf.softplus(x), tf.mul(x, label)));
      case "lsgan":
        return tf.mean(tf.square(tf.sub(x, label)));
      case "wgan":
        return tf.mean(wanted());
      case "wgan_softplus":
        return tf.mean(tf.softplus(wanted()));
      case "hinge":
        return isDisc ? tf.mean(relu(tf.add(wanted(), 1))) : tf.neg(tf.mean(x));
    }
  }
}

/**
 * The mean of GANLoss over the scales of a discriminator. A scale gives its logits, or a list of features of which the
 * logits are the last.
 */
@LOSS_REGISTRY.register({ options })
export class MultiScaleGANLoss extends GANLoss {
  /** Applies the options. */
  constructor(opt: GanLossOptions) {
    super(opt);
  }

  /** See the class; a single tensor is a single scale. */
  override forward(
    pred: Tensor | readonly (Tensor | readonly Tensor[])[],
    targetIsReal: boolean,
    isDisc = false,
  ): Scalar {
    if (pred instanceof tf.Tensor) return super.forward(pred, targetIsReal, isDisc);
    const losses = pred.map((scale) => {
      const logits = scale instanceof tf.Tensor ? scale : scale.at(-1)!;
      return super.forward(logits, targetIsReal, isDisc);
    });
    return tf.div(tf.addN(losses), losses.length);
  }
}

/** Options of GANFeatLoss, spelled as in YAML under `train.feature_matching_opt`. */
export interface GanFeatLossOptions {
  /** How features are compared. Default `l1`. */
  criterion?: "l1" | "l2" | "charbonnier";
  /** Factor on the result. Default 1. */
  loss_weight?: number;
  /** How the map of a feature becomes a number. Default `mean`. */
  reduction?: "mean" | "sum";
}

const featureOptions = z.strictObject({
  criterion: z.enum(["l1", "l2", "charbonnier"]).default("l1"),
  loss_weight: z.number().default(1),
  reduction: z.enum(["mean", "sum"]).default("mean"),
});

const CRITERIA = { l1: L1Loss, l2: MSELoss, charbonnier: CharbonnierLoss };

/**
 * How far the features of a discriminator are apart for generated and real images: the sum over the layers of each scale but
 * the last, which are its logits, averaged over the scales. `real` is taken for a constant.
 */
@LOSS_REGISTRY.register({ options: featureOptions })
export class GANFeatLoss implements FeatureMatchingLossLike {
  readonly #criterion: Loss;

  /** Applies the options. */
  constructor(opt: GanFeatLossOptions = {}) {
    const { criterion, loss_weight, reduction } = featureOptions.parse(opt);
    this.#criterion = new CRITERIA[criterion]({ loss_weight, reduction });
  }

  /** See the class; a list of layers for each scale, `[n, h, w, c]`. */
  forward(
    fake: readonly (readonly Tensor4D[])[],
    real: readonly (readonly Tensor4D[])[],
  ): Scalar {
    const losses = fake.flatMap((layers, scale) =>
      layers.slice(0, -1).map((features, layer) =>
        this.#criterion.forward(features, detach(real[scale]![layer]!)) as Scalar
      )
    );
    return tf.div(tf.addN(losses), fake.length);
  }
}
